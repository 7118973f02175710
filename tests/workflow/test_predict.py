"""From points on an image of the workspace to a polygon, through the model that ships with the code."""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from shapely import box

from maa.dextr.architectures import ORIGINAL
from maa.dextr.shelves import ModelError
from maa.domain import InvalidInput, Point, Prompt, Role
from maa.geometry import count_vertices, iou
from maa.workflow import images, predict, projects
from maa.workflow.workspace import Workspace

SQUARE = box(80, 60, 180, 150)
FOUR = (Point(80, 100), Point(180, 110), Point(130, 60), Point(120, 150))


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace whose library is the one that ships with the code."""
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("MAA_MODEL", raising=False)
    monkeypatch.setattr(predict, "_loaded", {})
    torch.set_num_threads(1)
    ws = Workspace(tmp_path / "data")
    yield ws
    ws.close()


@pytest.fixture
def image_id(ws: Workspace, tmp_path: Path) -> int:
    """A red square on grey."""
    pixels = np.full((240, 320, 3), 150, np.uint8)
    pixels += np.random.default_rng(0).integers(0, 20, pixels.shape, np.uint8)
    pixels[60:150, 80:180] = (40, 40, 200)
    cv2.imwrite(str(tmp_path / "square.png"), pixels)
    project = projects.create_project(ws, "Squares", ["square"])
    (image,) = images.import_paths(ws, project.id, [tmp_path / "square.png"]).imported
    return image.id


def test_four_points_become_a_polygon_with_few_vertices(ws: Workspace, image_id: int) -> None:
    proposal = predict.propose(ws, image_id, Prompt(points=FOUR))
    assert iou(proposal.outline, SQUARE) > 0.8
    assert count_vertices(proposal.outline) < 40


def test_the_same_question_is_answered_from_memory(ws: Workspace, image_id: int) -> None:
    first = predict.propose(ws, image_id, Prompt(points=FOUR))
    tighter = predict.propose(ws, image_id, Prompt(points=FOUR), threshold=0.9)
    assert tighter.prediction is first.prediction
    assert tighter.outline.area < first.outline.area


def test_more_detail_means_more_vertices(ws: Workspace, image_id: int) -> None:
    coarse = predict.propose(ws, image_id, Prompt(points=FOUR), detail=0.0)
    fine = predict.propose(ws, image_id, Prompt(points=FOUR), detail=1.0)
    assert count_vertices(coarse.outline) < count_vertices(fine.outline)


def test_a_model_s_own_threshold_is_the_one_to_begin_with(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert predict.model_threshold() == 0.5
    card = {"architecture": "any", "input_size": 64, "sha256": "0" * 64, "threshold": 0.8}
    (tmp_path / "data" / "models" / "tight").mkdir(parents=True)
    (tmp_path / "data" / "models" / "tight" / "card.json").write_text(json.dumps(card))
    monkeypatch.setenv("MAA_MODEL", "tight")
    assert predict.model_threshold() == 0.8
    monkeypatch.setenv("MAA_MODEL", "gone")
    assert predict.model_threshold() == 0.5


def test_what_a_model_understands_beside_the_border(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path / "data"))
    assert predict.model_takes() == predict.model_takes("gone") == ["box", "inside", "outside", "prior"]
    card = {"architecture": ORIGINAL.name, "input_size": 512, "sha256": "0" * 64}
    (tmp_path / "data" / "models" / "dextr").mkdir(parents=True)
    (tmp_path / "data" / "models" / "dextr" / "card.json").write_text(json.dumps(card))
    assert predict.model_takes("dextr") == []


def test_too_few_points_are_refused(ws: Workspace, image_id: int) -> None:
    with pytest.raises(InvalidInput):
        predict.propose(ws, image_id, Prompt(points=FOUR[:3]))


def test_a_missing_model_is_said_and_looked_for_again(
    ws: Workspace, image_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAA_MODEL", "gone")
    with pytest.raises(ModelError, match="gone"):
        predict.propose(ws, image_id, Prompt(points=FOUR))
    assert "gone" in (predict.model_problem() or "")
    monkeypatch.delenv("MAA_MODEL")
    assert predict.model_problem() is None


def test_only_who_can_mend_a_model_is_told_where_its_files_are() -> None:
    problem = "The weights of duo are missing: /srv/maa does not exist."
    assert predict.as_told(problem, Role.MANAGER) == problem
    for role in (Role.REVIEWER, Role.ANNOTATOR, None):
        assert predict.as_told(problem, role) == predict.UNUSABLE
