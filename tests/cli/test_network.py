from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import Mock

import cv2
import numpy as np
import pytest
from shapely import MultiPolygon, Polygon, box

from maa.geometry import iou
from maa.learning.job_folder import locked
from maa.workflow.demo import _photo_folder
from maa.workflow.workspace import data_dir
from tests.cli.conftest import Maa, MaaJson
from tests.workflow.pictures import encoded, photo, write

COFFEE = _photo_folder() / "coffee.png"
CUP = box(180, 88, 424, 310)


@pytest.fixture
def data(folder: Path) -> Path:
    """A data set of two photos, each with one disc."""
    for number in (3, 4):  # 1 and 2 would be held out, by the hash of their names
        image = np.asarray(photo(96, 80, seed=number)).copy()
        mask = np.zeros((80, 96), np.uint8)
        cv2.circle(mask, (45, 40), 25, 1, -1)
        image[mask > 0] = (200, 30, 30)
        write(folder / "set" / "masks" / f"{number}.png", cv2.imencode(".png", mask)[1].tobytes())
        write(
            folder / "set" / "images" / f"{number}.jpg", cv2.imencode(".jpg", image[..., ::-1])[1].tobytes()
        )
    write(folder / "set" / "meta.json", json.dumps({"source": "drawn", "licence": "CC0"}).encode())
    return folder / "set"


def test_an_object_is_outlined_from_four_points_without_any_data_folder(
    maa: Maa, maa_json: MaaJson, folder: Path
) -> None:
    answer = maa_json("predict", COFFEE, "--points", "180,200 300,88 424,200 290,310")
    assert answer["vertices"] == sum(len(ring) for part in answer["polygon"] for ring in part)
    outline = MultiPolygon([Polygon(part[0], part[1:]) for part in answer["polygon"]])
    assert outline.is_valid
    assert outline.area == pytest.approx(answer["area"])
    assert iou(outline, CUP) > 0.5
    assert "@" in answer["model"]
    assert (answer["width"], answer["height"]) == (600, 400)
    text = maa("predict", COFFEE, "--points", "180,200 300,88 424,200 290,310").stdout
    assert "part 1: " in text
    assert not (folder.parent / "data").exists()


def test_a_picture_that_cannot_be_used_and_points_that_make_no_sense_are_explained(
    maa_json: MaaJson, folder: Path
) -> None:
    write(folder / "text.png", b"no picture")
    write(folder / "cut.png", encoded(photo(200, 200))[:900])
    four = "10,10 20,5 30,10 20,30"
    assert "No such file" in maa_json("predict", "none.png", "--points", four)["error"]
    assert "not a picture" in maa_json("predict", "text.png", "--points", four)["error"]
    assert "cut short" in maa_json("predict", "cut.png", "--points", four)["error"]
    for points in ("", "1,2", "1,2 3", "1,2 3,4 5,6 x,8", "1,2,3 4,5 6,7 8,9"):
        assert maa_json("predict", COFFEE, "--points", points)["error"]
    assert maa_json("predict", COFFEE, "--points", "1,2 3,4 nan,6 7,8")["error"]


def test_no_usable_model_is_said_with_what_to_do(maa_json: MaaJson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAA_MODEL", "no-such-model")
    answer = maa_json("predict", COFFEE, "--points", "180,200 300,88 424,200 290,310")
    assert "no-such-model" in answer["error"]


def test_a_model_is_trained_taken_up_again_and_measured(maa: Maa, maa_json: MaaJson, data: Path) -> None:
    trained = maa_json("train", "tiny", "--data", data, "--samples", "8", "--batch", "4", "--device", "cpu")
    assert trained["model"].startswith("tiny@")
    assert trained["samples"] >= 8
    assert Path(trained["folder"], "card.json").is_file()
    again = maa_json("train", "tiny", "--data", data, "--samples", "8", "--batch", "4", "--device", "cpu")
    assert again["model"] == trained["model"]
    other = maa_json("train", "tiny", "--data", data, "--samples", "8", "--batch", "2")["error"]
    assert "was started with other settings (batch was 4)" in other
    assert "tiny" in maa_json("status")["models"]
    run = data_dir() / "training" / "tiny"
    with locked(run):
        busy = maa_json("train", "tiny", "--data", data, "--samples", "8", "--batch", "4")["error"]
    assert busy == "A training of tiny is already running."
    measured = maa_json(
        "evaluate", "--model", "tiny", "--data", data, "--min-area", "100", "--extra-clicks", "1"
    )
    assert set(measured) >= {
        "data",
        "model",
        "instances",
        "iou_mean",
        "iou_over_085",
        "boundary_f",
        "iou_by_clicks",
        "vertices_median",
        "polygon_iou_mean",
        "predict_ms_p50",
        "predict_ms_p95",
    }
    assert measured["instances"] == 2
    assert list(measured["iou_by_clicks"]) == ["4", "5"]
    assert "iou_mean" in maa("evaluate", "--data", data, "--resize", "120x100", "--limit", "1").stdout


def test_a_training_that_the_disk_stops_says_where_it_is(
    maa_json: MaaJson, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos")
    with monkeypatch.context() as patch:
        patch.setattr("torch.save", Mock(side_effect=full))
        said = maa_json("train", "tiny", "--data", data, "--samples", "4", "--batch", "4")["error"]
    assert said.startswith("The training stopped: [enforce fail")
    assert "the same command again continues from there" in said
    run = data_dir() / "training" / "tiny"
    (run / "checkpoint.pt").write_bytes(b"PK\x03\x04 cut short")
    said = maa_json("train", "tiny", "--data", data, "--samples", "4", "--batch", "4")["error"]
    assert "checkpoint.pt is damaged" in said
    assert f"Remove {run} to start again" in said


def test_mistakes_in_training_and_measuring_are_explained(
    maa_json: MaaJson, data: Path, folder: Path
) -> None:
    assert "--minutes or --samples" in maa_json("train", "x", "--data", data)["error"]
    assert "letters" in maa_json("train", "../x", "--data", data, "--samples", "8")["error"]
    assert "no data set" in maa_json("train", "x", "--data", folder / "none", "--samples", "8")["error"]
    assert "no data set" in maa_json("evaluate", "--data", folder / "none")["error"]
    assert "not a size" in maa_json("evaluate", "--data", data, "--resize", "big")["error"]
    assert "clicks" in maa_json("evaluate", "--data", data, "--clicks", "3")["error"]
    assert maa_json("evaluate", "--data", data, "--model", "none")["error"]
    assert "already" in maa_json("train", "duo", "--data", data, "--samples", "8")["error"]


@pytest.mark.parametrize(
    "option",
    [
        "minutes=-1", "minutes=nan", "samples=0", "batch=0", "threads=0", "seed=-1", "learning-rate=nan",
        "device=bogus", "backbone=meta.json",
    ],
)  # fmt: skip
def test_a_training_that_cannot_be_is_refused(option: str, maa_json: MaaJson, data: Path) -> None:
    name, _, value = option.partition("=")
    budget = [] if name in ("minutes", "samples") else ["--samples", "8"]
    value = str(data / "meta.json") if name == "backbone" else value
    answer = maa_json("train", "x", "--data", data, *budget, f"--{name}", value)
    assert "fault of MAA" not in answer["error"]


@pytest.mark.parametrize("option", ["seed=-1", "jitter=nan", "jitter=inf", "resize=300000x300000"])
def test_a_measurement_that_cannot_be_is_refused(option: str, maa_json: MaaJson, data: Path) -> None:
    answer = maa_json("evaluate", "--data", data, "--" + option)
    assert "fault of MAA" not in answer["error"]


def test_a_model_answers_at_the_side_it_was_trained_at_last(maa_json: MaaJson, data: Path) -> None:
    made = maa_json("train", "side", "--data", data, "--samples", "4", "--batch", "2", "--start-from", "duo")
    assert json.loads((Path(made["folder"]) / "card.json").read_text())["input_size"] == made["size"] == 224
