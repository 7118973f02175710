from __future__ import annotations

import errno
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
import torch

from maa.dextr import checkpoint_import
from maa.workflow.library import free_name
from maa.workflow.workspace import Workspace
from tests.cli.conftest import Maa, MaaJson
from tests.cli.test_network import COFFEE
from tests.dextr import published
from tests.workflow.drawn_project import drawn_project, ellipses


@pytest.fixture
def checkpoint(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkpoint in the published form that calls everything object. Answers at 64 x 64, to be quick."""
    monkeypatch.setitem(checkpoint_import.CARD, "input_size", 64)
    torch.save(published.constant_state(3.0), folder / "dextr_pascal-sbd.pth")
    yield folder / "dextr_pascal-sbd.pth"
    shutil.rmtree(folder.parent / "data" / "models", ignore_errors=True)  # 240 MB


def test_a_published_checkpoint_is_imported_listed_and_asked(
    maa: Maa, maa_json: MaaJson, checkpoint: Path
) -> None:
    made = maa_json("models", "import", checkpoint, "--name", "dextr-pascal-sbd")
    assert made["name"] == "dextr-pascal-sbd"
    assert made["id"].startswith("dextr-pascal-sbd@")
    assert Path(made["path"], "card.json").is_file()

    listed = {model["name"]: model for model in maa_json("models", "list")}
    imported = listed["dextr-pascal-sbd"]
    assert made["id"] == f"dextr-pascal-sbd@{imported['sha256'][:12]}"
    assert imported["architecture"] == "dextr-resnet101"
    assert (imported["input_size"], imported["default"], imported["state"]) == (64, False, "candidate")
    assert imported["metrics"] == []
    assert imported["licence"].startswith("MIT")
    assert [name for name, model in listed.items() if model["default"]] == ["duo"]
    assert f"{made['id']}: dextr-resnet101, 64 x 64, candidate\n" in maa("models", "list").stdout

    four = ("--points", "180,200 300,88 424,200 290,310")
    answer = maa_json("predict", COFFEE, *four, "--model", "dextr-pascal-sbd")
    assert answer["model"] == made["id"]
    assert answer["bounds"] == pytest.approx([180, 88, 425, 311], abs=0.5)  # the box of the points, no more
    again = maa("models", "import", checkpoint, "--name", "dextr-pascal-sbd")
    assert made["id"] in again.stdout


def test_the_default_can_be_an_imported_model(
    maa_json: MaaJson, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = maa_json("models", "import", checkpoint)["name"]
    assert name == "dextr_pascal-sbd"
    monkeypatch.setenv("MAA_MODEL", name)
    assert [model["name"] for model in maa_json("models", "list") if model["default"]] == [name]
    monkeypatch.setenv("MAA_MODEL", "gone")
    assert not any(model["default"] for model in maa_json("models", "list"))


def test_what_is_no_checkpoint_is_said(maa: Maa, maa_json: MaaJson, checkpoint: Path) -> None:
    assert "No such file" in maa_json("models", "import", "none.pth")["error"]
    assert "not a PyTorch checkpoint" in maa_json("models", "import", COFFEE, "--name", "x")["error"]
    assert "another model" in maa_json("models", "import", checkpoint, "--name", "duo")["error"]
    assert "name" in maa_json("models", "import", checkpoint, "--name", "../x")["error"]
    checkpoint.write_bytes(checkpoint.read_bytes()[:5000])
    failed = maa("models", "import", checkpoint)
    assert failed.exit_code == 1
    assert "cut short" in failed.stderr
    assert "gone" in maa_json("predict", COFFEE, "--points", "1,2 3,4 5,6 7,8", "--model", "gone")["error"]


def test_a_model_goes_to_another_library_and_back(maa: Maa, maa_json: MaaJson, folder: Path) -> None:
    out = folder / "duo.zip"
    assert maa_json("models", "export", "duo", "--out", out)["bytes"] > 1_000_000
    made = maa_json("models", "import", out, "--name", "duo-again")
    listed = {model["name"]: model for model in maa_json("models", "list")}
    assert listed["duo-again"]["sha256"] == listed["duo"]["sha256"]
    assert (listed["duo-again"]["state"], listed["duo-again"]["default"]) == ("candidate", False)
    assert maa_json("models", "import", out, "--name", "duo-again")["id"] == made["id"]
    assert maa_json("models", "show", "duo-again")["card"]["name"] == "duo-again"
    assert "sha256" in maa("models", "show", "duo-again").stdout


def test_a_model_whose_weights_were_changed_on_the_way_is_refused(
    maa_json: MaaJson, folder: Path, tmp_path: Path
) -> None:
    maa_json("models", "export", "duo", "--out", folder / "duo.zip")
    with zipfile.ZipFile(folder / "duo.zip") as good, zipfile.ZipFile(folder / "bad.zip", "w") as bad:
        bad.writestr("card.json", good.read("card.json"))
        weights = bytearray(good.read("model.safetensors"))
        weights[-1] ^= 1
        bad.writestr("model.safetensors", bytes(weights))
    assert "sha256" in maa_json("models", "import", folder / "bad.zip", "--name", "bad")["error"]
    assert [model["name"] for model in maa_json("models", "list")] == ["duo"]
    assert not list((tmp_path / "data" / "models").iterdir())
    assert not list((tmp_path / "data").glob("model-*"))


def test_a_full_disk_is_not_blamed_on_the_file(
    maa_json: MaaJson, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maa_json("models", "export", "duo", "--out", folder / "duo.zip")
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr("maa.workflow.library.put_on_shelf", Mock(side_effect=full))
    said = maa_json("models", "import", folder / "duo.zip", "--name", "again")["error"]
    assert said.endswith("models cannot take a model now (No space left on device). Nothing was kept.")


def test_a_project_takes_a_model_up_and_goes_back(maa: Maa, maa_json: MaaJson, folder: Path) -> None:
    maa_json("project", "create", "street", "--classes", "car")
    maa_json("models", "export", "duo", "--out", folder / "duo.zip")
    maa_json("models", "import", folder / "duo.zip", "--name", "other")
    promote = ("models", "promote", "other", "--project", "street")
    assert "not compared" in maa_json(*promote)["error"]
    assert "Say why" in maa_json(*promote, "--override")["error"]
    made = maa_json(*promote, "--override", "--reason", "only a try")
    assert made["how"] == "overridden"
    assert made["reason"].startswith("only a try")
    listed = {model["name"]: model for model in maa_json("models", "list")}
    assert (listed["other"]["state"], listed["other"]["projects"]) == ("active", ["street"])
    assert "street" in maa_json("models", "retire", "other")["error"]
    assert "the library's default" in maa("models", "rollback", "--project", "street").stdout
    assert maa_json("models", "retire", "other")["state"] == "retired"
    assert "retired" in maa_json(*promote)["error"]
    assert [offer["name"] for offer in maa_json("models", "offers", "--project", "street")] == ["duo"]
    for _ in range(2):  # asked twice, done once
        assert maa_json("models", "bring-back", "other")["state"] == "active", "a project worked with it"


def test_the_loop_runs_from_the_command_line(
    maa: Maa, maa_json: MaaJson, folder: Path, tmp_path: Path
) -> None:
    ws = Workspace(tmp_path / "data")
    drawn_project(ws, tmp_path / "photos", photos=18, labeled=16)
    ws.close()
    box = list(ellipses(16)[0].bounds)
    found = {"image_id": 17, "category_id": 1, "bbox": [box[0], box[1], box[2] - box[0], box[3] - box[1]]}
    (folder / "results.json").write_text(json.dumps([found]))
    run = maa_json("prelabel", "detections", "Drawn", "results.json")
    assert (run["finished"], run["looked_at"], run["objects"]) == (True, 1, 1)
    assert maa_json("prelabel", "resume", run["run"])["objects"] == 1
    assert "image by duo" in maa("prelabel", "stop", str(run["run"])).stdout, "it is done, so nothing stops"
    assert "1 object on 1 of 1 image by" in maa("prelabel", "list", "Drawn").stdout

    assert "one thread" in maa_json("models", "finetune", "--project", "Drawn", "--threads", 0)["error"]
    job = maa_json("models", "finetune", "--project", "Drawn", "--minutes", 0.02)
    assert job["state"] == "done"
    assert job["model"].startswith("drawn-1@")
    assert isinstance(job["may_be_promoted"], bool)
    assert "finetune drawn-1 done" in maa("models", "jobs").stdout
    again = maa_json("models", "compare", "duo", "--project", "Drawn", "--against", "drawn-1")
    assert (again["state"], again["parent"]) == ("done", job["model"])
    assert "number 99" in maa_json("models", "cancel", 99)["error"]

    # A model that is damaged hides no job, and keeps its name.
    card = tmp_path / "data" / "models" / "drawn-1" / "card.json"
    card.write_text(card.read_text()[:40])
    listed = maa_json("models", "jobs")
    assert [one["state"] for one in listed] == ["done", "done"]
    assert "cannot be read" in listed[-1]["message"]
    assert free_name("drawn") == "drawn-2"
    assert maa_json("models", "list")[-1]["state"] == "damaged"
    assert f"drawn-1: damaged. {card} cannot be read" in maa("models", "list").stdout
