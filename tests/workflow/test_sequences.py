"""Objects carried from a labeled frame to the frames after it."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from shapely import MultiPolygon, Point, affinity

from maa.domain import InvalidInput, NotFound, Origin, Project, Role, Verdict
from maa.geometry import iou
from maa.geometry.motion import moved, sketch
from maa.workflow import (
    following,
    gold,
    images,
    labeling,
    people,
    prelabeling,
    projects,
    queue,
    review,
    sequences,
)
from maa.workflow.labeling import NewRevision
from maa.workflow.settings import update_settings
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
    labeling.save_annotation(ws, task.id, who.id, NewRevision(label.id, at(0), Origin.MANUAL))
    labeling.submit(ws, task.id, who.id)


def test_an_outline_moves_with_what_it_encloses() -> None:
    found = moved(at(0), sketch(picture(0)), sketch(picture(1)))
    assert found is not None
    assert iou(found, at(1)) > 0.9 > iou(at(0), at(1))


def test_a_way_is_walked_frame_by_frame_by_all_objects_together() -> None:
    alive: list[weakref.ref[np.ndarray]] = []

    def frames() -> Iterator[np.ndarray]:
        for number in range(4):
            assert sum(one() is not None for one in alive) <= 1
            pixels = picture(number)
            alive.append(weakref.ref(pixels))
            yield pixels
            del pixels

    beside = MultiPolygon([Point(10, 10).buffer(1)])  # a speck, nothing to follow
    (stone, speck), last = following.by_motion([at(0), beside], frames())
    assert stone is not None
    assert iou(stone, at(3)) > 0.85
    assert speck is None
    assert np.array_equal(last, picture(3))


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


def opened(ws: Workspace, project: Project, name: str) -> None:
    """Somebody takes the next image and leaves it open."""
    who = people.add_person(ws, name, {project.id: Role.ANNOTATOR})
    assert queue.claim_next(ws, project.id, who.id) is not None


def counts(ws: Workspace, project: Project) -> list[int]:
    """How many objects are on each frame."""
    return [len(labeling.list_annotations(ws, task.id)) for task in queue.list_tasks(ws, project.id)]


def test_a_frame_that_somebody_has_opened_is_passed_over_and_not_touched(
    ws: Workspace, tmp_path: Path
) -> None:
    project = film(ws, tmp_path / "film", [0, 1, 2, 3])
    label_first(ws, project)
    opened(ws, project, "Ben")
    run = prelabeling.go_on(ws, sequences.begin(ws, project.id).id, lambda *_: None)
    assert (run.images, run.objects) == (2, 2)
    assert counts(ws, project) == [1, 0, 1, 1]
    last = queue.list_tasks(ws, project.id)[3]
    (found,) = labeling.list_annotations(ws, last.id)
    assert found.revision.outline is not None
    assert iou(found.revision.outline, at(3)) > 0.8


def test_a_frame_that_is_opened_while_the_run_is_at_work_is_left_alone(ws: Workspace, tmp_path: Path) -> None:
    project = film(ws, tmp_path / "film", [0, 1, 2])
    label_first(ws, project)
    run = sequences.begin(ws, project.id)
    opened(ws, project, "Ben")
    run = prelabeling.go_on(ws, run.id, lambda *_: None)
    assert counts(ws, project) == [1, 0, 1]
    assert list(prelabeling.left_alone(ws, run.id).values()) == [1]


def test_nothing_is_carried_from_a_frame_on_which_people_are_compared(ws: Workspace, tmp_path: Path) -> None:
    project = film(ws, tmp_path / "film", [0, 1, 2])
    label_first(ws, project)
    run = sequences.begin(ws, project.id)
    manager = people.add_person(ws, "Max", {project.id: Role.MANAGER})
    first = queue.list_tasks(ws, project.id)[0]
    assert review.claim_next_review(ws, project.id, manager.id) is not None
    review.decide(ws, first.id, manager.id, Verdict.APPROVE)
    gold.mark(ws, first.id, by=manager.id)
    assert sequences.stretches(ws, project.id) == []
    with pytest.raises(InvalidInput, match="from gold"):
        sequences.begin(ws, project.id)
    run = prelabeling.go_on(ws, run.id, lambda *_: None)  # begun before
    assert (run.objects, counts(ws, project)) == (0, [1, 0, 0])
    gold.mark(ws, first.id, False, by=manager.id)
    update_settings(ws, project.id, duplicate_rate=1.0)
    who = people.add_person(ws, "Ben", {project.id: Role.ANNOTATOR})
    second = queue.claim_next(ws, project.id, who.id)
    assert second is not None
    labeling.submit(ws, second.id, who.id)  # empty, and to be labeled by a second person
    (stretch,) = sequences.stretches(ws, project.id)
    assert (stretch.first.frame, [image.frame for image in stretch.following]) == (0, [2])


def test_numbered_photos_that_are_no_frames_are_left_alone(ws: Workspace, tmp_path: Path) -> None:
    project = film(ws, tmp_path / "film", [0, 1, 2])
    label_first(ws, project)
    assert sequences.has_sequences(ws, project)
    project = update_settings(ws, project.id, numbered_are_frames=False)
    assert not sequences.has_sequences(ws, project)
    assert sequences.stretches(ws, project.id) == []
    with pytest.raises(InvalidInput, match="rules say so"):
        sequences.begin(ws, project.id)


def test_a_run_that_was_stopped_goes_on_from_the_frame_it_had_come_to(ws: Workspace, tmp_path: Path) -> None:
    project = film(ws, tmp_path / "film", [0, 1, 2, 3])
    label_first(ws, project)
    run = sequences.begin(ws, project.id)
    stops = iter([False, True])
    half = prelabeling.go_on(ws, run.id, lambda *_: None, lambda: next(stops))
    assert (half.finished, half.looked_at, counts(ws, project)) == (False, 1, [1, 1, 0, 0])
    whole = prelabeling.go_on(ws, run.id, lambda *_: None)
    assert (whole.finished, whole.objects, counts(ws, project)) == (True, 3, [1, 1, 1, 1])


def test_one_sequence_from_one_frame(ws: Workspace, tmp_path: Path) -> None:
    project = film(ws, tmp_path / "film", [0, 1])
    other = tmp_path / "other"
    other.mkdir()
    for number in (4, 5, 6):
        cv2.imwrite(str(other / f"clip_{number}.png"), picture(number)[..., ::-1])
    images.import_paths(ws, project.id, [other])
    label_first(ws, project)
    who = people.list_people(ws)[0]
    (label,) = projects.list_classes(ws, project.id)
    for frame in (1, 4):
        task = queue.claim_next(ws, project.id, who.id)
        assert task is not None
        labeling.save_annotation(ws, task.id, who.id, NewRevision(label.id, at(frame), Origin.MANUAL))
        labeling.submit(ws, task.id, who.id)
    assert [
        (one.first.sequence, one.first.frame, len(one.following))
        for one in sequences.stretches(ws, project.id)
    ] == [("clip_", 4, 2)]
    for wrong in ({"sequence": "film_"}, {"sequence": "clip_", "start": 5}):
        with pytest.raises(InvalidInput, match="No labeled frame"):
            sequences.begin(ws, project.id, **wrong)
    with pytest.raises(NotFound, match=r"no sequence 'none'\. Some that it has: clip_, film_\."):
        sequences.begin(ws, project.id, sequence="none")
    run = sequences.begin(ws, project.id, sequence="clip_", start=4)
    assert run.name == "from clip_4.png"
    assert prelabeling.go_on(ws, run.id, lambda *_: None).objects == 2


def test_the_confidence_says_when_to_stop(ws: Workspace, tmp_path: Path) -> None:
    project = film(ws, tmp_path / "film", [0, 1, 2])
    label_first(ws, project)
    run = prelabeling.go_on(ws, sequences.begin(ws, project.id, least_confidence=0.999).id, lambda *_: None)
    assert (run.objects, counts(ws, project)) == (0, [1, 0, 0])
    assert prelabeling.left_alone(ws, run.id) == {"no object could be followed into it": 2}
