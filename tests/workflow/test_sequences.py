"""Objects carried from a labeled frame to the frames after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from shapely import MultiPolygon, Point, affinity

from maa.domain import InvalidInput, Origin, Project, Role
from maa.geometry import iou
from maa.geometry.motion import moved
from maa.workflow import images, labeling, people, prelabeling, projects, queue, sequences
from maa.workflow.labeling import Draft
from maa.workflow.workspace import Workspace

SIZE = (240, 320)


def at(frame: int) -> MultiPolygon:
    """Where the object is in a frame: it moves to the right, grows and turns."""
    shape = affinity.scale(Point(70 + 8 * frame, 110 + 2 * frame).buffer(1), 40 + frame, 26 + frame)
    return MultiPolygon([affinity.rotate(shape, 4 * frame)])


def picture(frame: int | None) -> np.ndarray:
    """Stripes on a quiet ground, uint8 RGB; None: something else altogether."""
    rng = np.random.default_rng(0)
    ground = cv2.GaussianBlur(rng.integers(0, 90, (*SIZE, 3), dtype=np.uint8), (0, 0), 2)
    if frame is None:
        return np.random.default_rng(9).integers(0, 255, (*SIZE, 3), dtype=np.uint8)
    texture = np.zeros((*SIZE, 3), np.uint8)
    texture[..., 0] = 150 + 100 * (np.add.outer(np.arange(SIZE[0]) // 7, np.arange(SIZE[1]) // 9) % 2)
    texture[..., 1] = 120
    middle = at(0).centroid
    turn = cv2.getRotationMatrix2D((middle.x, middle.y), -4 * frame, 1 + frame / 33)
    turn[:, 2] += (8 * frame, 2 * frame)
    texture = cv2.warpAffine(texture, turn, SIZE[::-1], borderMode=cv2.BORDER_REFLECT)
    mask = np.zeros(SIZE, np.uint8)
    ring = np.array(at(frame).geoms[0].exterior.coords)
    cv2.fillPoly(mask, [np.round(ring).astype(np.int32)], 1)
    return np.where(mask[..., None] > 0, texture, ground)


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("MAA_MODEL", raising=False)
    torch.set_num_threads(1)
    ws = Workspace(tmp_path / "data")
    yield ws
    ws.close()


def film(ws: Workspace, folder: Path, frames: list[int | None]) -> Project:
    folder.mkdir()
    for number, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"film_{number:03d}.png"), picture(frame)[..., ::-1])
    project = projects.create_project(ws, "Film", ["stone"])
    images.import_paths(ws, project.id, [folder])
    return project


def label_first(ws: Workspace, project: Project) -> None:
    who = people.add_person(ws, "Ana", {project.id: Role.ANNOTATOR})
    task = queue.claim_next(ws, project.id, who.id)
    assert task is not None
    (label,) = projects.list_classes(ws, project.id)
    labeling.save_annotation(ws, task.id, who.id, Draft(label.id, at(0), Origin.MANUAL))
    labeling.submit(ws, task.id, who.id)


def test_an_outline_moves_with_what_it_encloses() -> None:
    found = moved(at(0), picture(0), picture(1))
    assert found is not None
    assert iou(found, at(1)) > 0.9 > iou(at(0), at(1))


def test_objects_are_carried_on_until_they_are_lost(ws: Workspace, tmp_path: Path) -> None:
    project = film(ws, tmp_path / "film", [0, 1, 2, None, 4])
    label_first(ws, project)
    run = sequences.begin(ws, project.id)
    made = prelabeling.go_on(ws, run.id, lambda *_: None)
    assert (made.source, made.objects) == ("sequence", 2)
    by_frame = [labeling.list_annotations(ws, task.id) for task in queue.list_tasks(ws, project.id)]
    assert [len(found) for found in by_frame] == [1, 1, 1, 0, 0]
    for frame in (1, 2):
        outline = by_frame[frame][0].revision.outline
        assert outline is not None
        assert iou(outline, at(frame)) > 0.8


def test_a_sequence_without_a_labeled_frame_has_nothing_to_carry(ws: Workspace, tmp_path: Path) -> None:
    project = film(ws, tmp_path / "film", [0, 1])
    with pytest.raises(InvalidInput, match="No labeled frame"):
        sequences.begin(ws, project.id)
