"""The frames around the one in hand: what its holder may see of them and take over, and who may not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from shapely import affinity
from skimage import data

from maa.domain import Annotation, Image, Member, Origin, Role, Task, TaskPurpose, TaskState
from maa.geometry import from_rings, iou, outermost_vertices
from maa.workflow import carrying, frames, gold, history, images, labeling, people, projects, queue
from maa.workflow.labeling import NewRevision
from maa.workflow.settings import update_settings
from tests.api.bench import CAT, Bench, Tab, task_of
from tests.workflow.office import square

PACE = 4
"""Pixels that the cat moves to the right from frame to frame."""


@dataclass
class Walk:
    """Five frames of a cat; Ana has labeled and submitted the first and holds the second."""

    bench: Bench
    frames: list[Image]
    first: Task
    cat: Annotation
    task: Task
    tab: Tab

    @property
    def ids(self) -> list[int]:
        return [image.id for image in self.frames]


def picture(number: int) -> np.ndarray:
    shift = np.array([[1, 0, PACE * (number + 1)], [0, 1, 0]], np.float64)
    return cv2.warpAffine(data.chelsea(), shift, (451, 300), borderMode=cv2.BORDER_REFLECT)


@pytest.fixture
def walk(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Walk:
    # Of a small picture the model is about as sure as it has to be; that is not tested here.
    monkeypatch.setattr(carrying, "MIN_CONFIDENCE", 0.4)
    folder = tmp_path / "walk"
    folder.mkdir()
    for number in range(5):
        cv2.imwrite(str(folder / f"walk_{10 * number:03}.png"), picture(number)[..., ::-1])
    office = bench.office
    frames = images.import_paths(bench.ws, office.project.id, [folder], priority=50).imported
    first, tab = bench.claimed()
    said = tab.ask("predict", rev=1, points=[[x + PACE, y, kind] for x, y, kind in CAT])
    new = NewRevision(office.cat.id, from_rings(said["outline"]), Origin.MANUAL)
    cat = labeling.save_annotation(bench.ws, first.id, office.ana.id, new)
    labeling.submit(bench.ws, first.id, office.ana.id)
    task, tab = bench.claimed()
    assert (first.image_id, task.image_id) == (frames[0].id, frames[1].id)
    tab.ask("open", take=True)
    return Walk(bench, frames, first, cat, task, tab)


# --- looking ---


def test_where_the_frame_is_in_its_sequence(walk: Walk) -> None:
    seen = walk.tab.ask("frames")
    assert (seen["place"], seen["of"], seen["video"]) == (2, 5, None)
    assert seen["frames"] == [
        [image.id, 10 * number, number == 0] for number, image in enumerate(walk.frames)
    ]


def test_a_photo_is_no_frame(bench: Bench) -> None:
    _, tab = bench.claimed()
    assert tab.ask("frames")["frames"] == []


def test_numbered_photos_are_no_frames_where_the_project_says_so(walk: Walk) -> None:
    office = walk.bench.office
    assert frames.is_frame(walk.bench.ws, office.project, walk.frames[1])
    project = update_settings(walk.bench.ws, office.project.id, numbered_are_frames=False)
    assert walk.tab.ask("frames")["frames"] == []
    assert not frames.is_frame(walk.bench.ws, project, walk.frames[1])
    walk.bench.assert_refused(
        walk.tab.post("outlines", image=walk.ids[0]), 404, "not_found", by=walk.bench.office.ana
    )
    update_settings(walk.bench.ws, office.project.id, numbered_are_frames=True)
    assert len(walk.tab.ask("frames")["frames"]) == 5


def test_the_time_in_its_video_is_json(bench: Bench) -> None:
    import io

    from tests.workflow.filming import video

    project = bench.office.project.id
    images.import_uploads(bench.ws, project, [("clip.mp4", io.BytesIO(video()))], priority=50)
    bench.claimed(bench.office.ben)
    _, tab = bench.claimed()
    seen = tab.ask("frames")
    assert (seen["place"], seen["of"], seen["video"], seen["seconds"]) == (2, 6, "clip.mp4", 0.5)


def test_pictures_of_another_size_are_no_frames_of_the_same_walk(walk: Walk, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "walk_005.png"), picture(7)[:200, :, ::-1])
    images.import_paths(walk.bench.ws, walk.bench.office.project.id, [tmp_path / "walk_005.png"])
    assert walk.tab.ask("frames")["of"] == 5


def test_frames_nearby_are_seen_and_no_other_image_is(walk: Walk) -> None:
    for image in walk.ids:
        assert walk.tab.tile(image).status_code == 200
    answer = walk.tab.tile(walk.bench.photos[0].id)
    walk.bench.assert_refused(answer, 404, "not_found", by=walk.bench.office.ana)


def test_looking_gives_nobody_a_task(walk: Walk) -> None:
    walk.tab.tile(walk.ids[4])
    walk.tab.ask("frames")
    last = queue.list_tasks(walk.bench.ws, walk.bench.office.project.id)
    assert {task.state for task in last if task.image_id in walk.ids[2:]} == {TaskState.READY}


def test_a_lost_task_shows_no_frames(walk: Walk) -> None:
    office = walk.bench.office
    update_settings(walk.bench.ws, office.project.id, pick_any=True)
    office.clock.advance(minutes=31)
    queue.claim(walk.bench.ws, walk.task.id, office.ben.id)
    walk.bench.assert_refused(walk.tab.tile(walk.ids[0]), 409, "conflict", by=office.ana)


def test_outlines_of_a_labeled_frame_are_shown_and_of_no_other(walk: Walk) -> None:
    (seen,) = walk.tab.ask("outlines", image=walk.ids[0])["objects"]
    assert seen["id"] == walk.cat.id
    assert seen["class"] == walk.bench.office.cat.id
    assert from_rings(seen["outline"]).equals(walk.cat.revision.outline)
    for image in (*walk.ids[1:], walk.bench.photos[0].id):
        answer = walk.tab.post("outlines", image=image)
        walk.bench.assert_refused(answer, 404, "not_found", by=walk.bench.office.ana)


def test_what_others_are_compared_with_is_not_shown(walk: Walk) -> None:
    office = walk.bench.office
    task = office.approve_next(office.rita)
    assert task.id == walk.first.id
    assert walk.tab.ask("frames")["frames"][0][2]
    gold.mark(walk.bench.ws, task.id, by=office.max.id)
    assert not walk.tab.ask("frames")["frames"][0][2]
    answer = walk.tab.post("outlines", image=walk.ids[0])
    walk.bench.assert_refused(answer, 404, "not_found", by=office.ana)


def shown(tab: Tab) -> list[bool]:
    """Of each frame, whether its outlines can be seen."""
    return [labeled for _, _, labeled in tab.ask("frames")["frames"]]


def assert_no_outlines(walk: Walk, tab: Tab, by: Member, frame: int) -> None:
    """Neither seen nor taken over."""
    answer = tab.post("outlines", image=walk.ids[frame])
    walk.bench.assert_refused(answer, 404, "not_found", by=by)
    tab.ask("open", take=True)
    answer = tab.post("carry", image=walk.ids[frame], annotations=[walk.cat.id])
    walk.bench.assert_refused(answer, 404, "not_found", by=by)


def test_where_two_people_label_an_image_each_sees_their_own_work_alone(walk: Walk) -> None:
    office = walk.bench.office
    update_settings(walk.bench.ws, office.project.id, duplicate_rate=1.0)
    labeling.submit(walk.bench.ws, walk.task.id, office.ana.id)
    second, tab = walk.bench.claimed(office.ben)
    assert (second.purpose, second.image_id) == (TaskPurpose.DUPLICATE, walk.ids[1])
    assert shown(tab) == [False] * 5
    assert_no_outlines(walk, tab, office.ben, 0)
    task, tab = walk.bench.claimed()
    assert (task.purpose, task.image_id) == (TaskPurpose.WORK, walk.ids[2])
    assert shown(tab) == [True, True, False, False, False]
    labeling.submit(walk.bench.ws, second.id, office.ben.id)
    task, tab = walk.bench.claimed(office.ben)
    assert task.purpose is TaskPurpose.WORK
    assert shown(tab) == [False, True, False, False, False]


def test_a_gold_trial_shows_as_much_of_others_as_any_work_there_and_none_when_it_is_over(walk: Walk) -> None:
    office, ws = walk.bench.office, walk.bench.ws
    labeling.submit(ws, walk.task.id, office.ana.id)
    approved = [office.approve_next(office.rita) for _ in range(2)]
    gold.mark(ws, approved[1].id, by=office.max.id)
    update_settings(ws, office.project.id, qualification_images=1, qualification_score=0)
    trial, tab = walk.bench.claimed(office.ben)
    assert (trial.purpose, trial.image_id) == (TaskPurpose.GOLD, walk.ids[1])
    assert shown(tab) == [False] * 5
    update_settings(ws, office.project.id, qualification_images=0)  # the one in hand counts all the same
    assert shown(tab) == [False] * 5
    assert_no_outlines(walk, tab, office.ben, 0)
    update_settings(ws, office.project.id, qualification_images=1)
    labeling.submit(ws, trial.id, office.ben.id)
    work, tab = walk.bench.claimed(office.ben)
    assert (work.purpose, work.image_id) == (TaskPurpose.WORK, walk.ids[2])
    assert shown(tab) == [False, True, False, False, False]  # their own, like any work
    assert tab.ask("outlines", image=walk.ids[1])["objects"] == []


def test_a_reviewer_sees_others_outlines_where_people_are_compared(walk: Walk) -> None:
    office, ws = walk.bench.office, walk.bench.ws
    labeling.submit(ws, walk.task.id, office.ana.id)
    update_settings(ws, office.project.id, gold_rate=0.1)
    office.claim_review(office.rita)
    held = queue.held_by(ws, office.rita.id, office.project.id)[0]
    tab = walk.bench.tab(office.rita, held, "review")
    assert shown(tab) == [False, True, False, False, False]


def test_a_reviewer_sees_them_too_and_takes_none_over(walk: Walk) -> None:
    office = walk.bench.office
    held = office.claim_review(office.rita)
    tab = walk.bench.tab(office.rita, held, "review")
    tab.ask("open", take=True)
    assert tab.ask("frames")["place"] == 1
    assert tab.tile(walk.ids[1]).status_code == 200
    answer = tab.post("carry", image=walk.ids[1], annotations=[walk.cat.id])
    walk.bench.assert_refused(answer, 403, "not_allowed", by=office.rita)


def test_looking_is_written_down(walk: Walk) -> None:
    walk.tab.ask("looked", steps=3, plays=1, seconds=4.26)
    (event,) = history.events(walk.bench.ws, kinds=["frames_looked_at"])
    assert event.data == {"steps": 3, "plays": 1, "seconds": 4.3}
    assert event.task_id == walk.task.id


# --- taking over ---


def assert_followed(walk: Walk, made: dict[str, Any], shift: float) -> None:
    """The model was asked where the cat has moved to, and what it said is about there."""
    outline = walk.cat.revision.outline
    assert outline is not None
    moved = affinity.translate(outline, shift, 0)
    asked = [[x, y] for x, y, _ in made["prompt"]["points"]]
    assert np.abs(np.array(asked) - outermost_vertices(moved)).max() < 2
    assert iou(from_rings(made["outline"]), moved) > 0.7


def test_an_object_is_followed_into_the_frame_as_a_prelabel(walk: Walk) -> None:
    said = walk.tab.ask("carry", image=walk.ids[0], annotations=[walk.cat.id])
    assert said["how"] == ["model"]
    (made,) = said["annotations"]
    assert made["prelabel"]
    assert made["confidence"] > 0.4
    assert made["class"] == walk.bench.office.cat.id
    assert_followed(walk, made, PACE)
    (event,) = history.events(walk.bench.ws, kinds=["carried"])
    assert (event.annotation_id, event.data["how"]) == (made["id"], "model")
    accepted = walk.tab.ask("confirm", annotation=made["id"])["annotation"]
    assert (accepted["prelabel"], accepted["author"]) == (False, "Ana")


def test_asking_twice_gives_the_same_object(walk: Walk) -> None:
    first = walk.tab.ask("carry", image=walk.ids[0], annotations=[walk.cat.id])
    again = walk.tab.ask("carry", image=walk.ids[0], annotations=[walk.cat.id])
    assert again["how"] == [""]
    assert again["annotations"] == first["annotations"]
    assert len(labeling.list_annotations(walk.bench.ws, walk.task.id)) == 1


def test_where_the_model_is_unsure_the_moved_outline_is_taken(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maa.workflow.following.by_model", lambda *_: None)
    said = walk.tab.ask("carry", image=walk.ids[0], annotations=[walk.cat.id])
    assert said["how"] == ["motion"]
    (made,) = said["annotations"]
    assert (made["model"], made["confidence"], made["prelabel"]) == (None, None, True)
    outline = walk.cat.revision.outline
    assert outline is not None
    assert iou(from_rings(made["outline"]), affinity.translate(outline, PACE, 0)) > 0.97


def test_where_nothing_can_be_followed_it_is_copied_and_can_be_worked_on(walk: Walk, tmp_path: Path) -> None:
    """The frame in hand shows something else altogether."""
    office = walk.bench.office
    noise = np.random.default_rng(0).integers(0, 255, (300, 451, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "walk_005.png"), noise)
    images.import_paths(walk.bench.ws, office.project.id, [tmp_path / "walk_005.png"], priority=90)
    task, tab = walk.bench.claimed(office.ben)
    tab.ask("open", take=True)
    said = tab.ask("carry", image=walk.ids[0], annotations=[walk.cat.id])
    assert said["how"] == ["copied"]
    (made,) = said["annotations"]
    assert walk.cat.revision.outline is not None
    assert from_rings(made["outline"]).equals(walk.cat.revision.outline)
    tab.ask("delete", annotation=made["id"])
    assert tab.ask("restore", annotation=made["id"])["annotation"]["prelabel"]
    tab.ask("submit", active_seconds=1)
    (kept,) = labeling.list_annotations(walk.bench.ws, task.id)
    assert kept.revision.author_id == office.ben.id


def test_several_frames_are_crossed_one_after_the_other(walk: Walk) -> None:
    walk.tab.ask("skip", reason="other")
    walk.bench.claimed(walk.bench.office.ben)
    task, tab = walk.bench.claimed()
    assert task.image_id == walk.ids[3]
    tab.ask("open", take=True)
    said = tab.ask("carry", image=walk.ids[0], annotations=[walk.cat.id])
    assert_followed(walk, said["annotations"][0], 3 * PACE)


def test_too_many_objects_over_too_many_frames_are_refused_before_any_is_looked_at(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maa.workflow.carrying.MAX_STEPS", 1)
    walk.tab.ask("skip", reason="other")
    walk.bench.claimed(walk.bench.office.ben)
    _, tab = walk.bench.claimed()
    tab.ask("open", take=True)
    answer = tab.post("carry", image=walk.ids[0], annotations=[walk.cat.id])
    said = walk.bench.assert_refused(answer, 422, "invalid", by=walk.bench.office.ana)
    assert "1 x 3" in said


def test_on_an_image_that_is_drawn_by_hand_nothing_is_taken_over(walk: Walk) -> None:
    office = walk.bench.office
    update_settings(walk.bench.ws, office.project.id, manual_share=1.0)
    walk.tab.ask("skip", reason="other")
    _, tab = walk.bench.claimed()
    tab.ask("open", take=True)
    answer = tab.post("carry", image=walk.ids[0], annotations=[walk.cat.id])
    assert "by hand" in walk.bench.assert_refused(answer, 403, "not_allowed", by=office.ana)


def test_only_objects_of_that_frame_are_taken_over(walk: Walk) -> None:
    office = walk.bench.office
    other = projects.create_project(walk.bench.ws, "Other", ["car"])
    people.set_role(walk.bench.ws, office.ben.id, other.id, Role.ANNOTATOR)
    for image, asked, status in [
        (walk.ids[0], [walk.cat.id + 100], 404),
        (walk.ids[1], [walk.cat.id], 404),
        (walk.ids[2], [walk.cat.id], 404),
        (walk.bench.photos[0].id, [walk.cat.id], 404),
        (walk.ids[0], list(range(1, 200)), 422),
        (walk.ids[0], "all", 422),
        (walk.ids[0], [-1], 422),
    ]:
        answer = walk.tab.post("carry", image=image, annotations=asked)
        kind = {404: "not_found", 422: "invalid"}[status]
        walk.bench.assert_refused(answer, status, kind, by=office.ana)
    assert labeling.list_annotations(walk.bench.ws, walk.task.id) == []


def test_a_class_that_is_not_in_use_any_more_is_not_taken_over(walk: Walk) -> None:
    projects.retire_class(walk.bench.ws, walk.bench.office.cat.id, by=walk.bench.office.max.id)
    answer = walk.tab.post("carry", image=walk.ids[0], annotations=[walk.cat.id])
    walk.bench.assert_refused(answer, 422, "invalid", by=walk.bench.office.ana)


def test_only_the_seated_tab_takes_over(walk: Walk) -> None:
    answer = walk.tab.other().post("carry", image=walk.ids[0], annotations=[walk.cat.id])
    walk.bench.assert_refused(answer, 409, "seat", by=walk.bench.office.ana)
    assert labeling.list_annotations(walk.bench.ws, task_of(walk.bench, walk.task).id) == []


def test_what_is_there_already_is_not_doubled(walk: Walk) -> None:
    outline = walk.cat.revision.outline
    assert outline is not None
    mine = walk.bench.office.save(
        walk.task, walk.bench.office.ana, walk.bench.office.new_revision(affinity.translate(outline, PACE, 0))
    )
    walk.bench.office.save(walk.task, walk.bench.office.ana, walk.bench.office.new_revision(square()))
    said = walk.tab.ask("carry", image=walk.ids[0], annotations=[walk.cat.id])
    assert said["how"] == [""]
    assert [one["id"] for one in said["annotations"]] == [mine.id]
