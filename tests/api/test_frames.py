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
class Film:
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
def film(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Film:
    # Of a small picture the model is about as sure as it has to be; that is not tested here.
    monkeypatch.setattr(carrying, "MIN_CONFIDENCE", 0.4)
    folder = tmp_path / "film"
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
    return Film(bench, frames, first, cat, task, tab)


# --- looking ---


def test_where_the_frame_is_in_its_sequence(film: Film) -> None:
    seen = film.tab.ask("frames")
    assert (seen["place"], seen["of"], seen["video"]) == (2, 5, None)
    assert seen["frames"] == [
        [image.id, 10 * number, number == 0] for number, image in enumerate(film.frames)
    ]


def test_a_photo_is_no_frame(bench: Bench) -> None:
    _, tab = bench.claimed()
    assert tab.ask("frames")["frames"] == []


def test_numbered_photos_are_no_frames_where_the_project_says_so(film: Film) -> None:
    office = film.bench.office
    assert frames.is_frame(film.bench.ws, office.project, film.frames[1])
    project = update_settings(film.bench.ws, office.project.id, numbered_are_frames=False)
    assert film.tab.ask("frames")["frames"] == []
    assert not frames.is_frame(film.bench.ws, project, film.frames[1])
    film.bench.assert_refused(
        film.tab.post("outlines", image=film.ids[0]), 404, "not_found", by=film.bench.office.ana
    )
    update_settings(film.bench.ws, office.project.id, numbered_are_frames=True)
    assert len(film.tab.ask("frames")["frames"]) == 5


def test_the_time_in_its_video_is_json(bench: Bench) -> None:
    import io

    from tests.workflow.filming import video

    project = bench.office.project.id
    images.import_uploads(bench.ws, project, [("clip.mp4", io.BytesIO(video()))], priority=50)
    bench.claimed(bench.office.ben)
    _, tab = bench.claimed()
    seen = tab.ask("frames")
    assert (seen["place"], seen["of"], seen["video"], seen["seconds"]) == (2, 6, "clip.mp4", 0.5)


def test_pictures_of_another_size_are_no_frames_of_the_same_film(film: Film, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "walk_005.png"), picture(7)[:200, :, ::-1])
    images.import_paths(film.bench.ws, film.bench.office.project.id, [tmp_path / "walk_005.png"])
    assert film.tab.ask("frames")["of"] == 5


def test_frames_nearby_are_seen_and_no_other_image_is(film: Film) -> None:
    for image in film.ids:
        assert film.tab.tile(image).status_code == 200
    answer = film.tab.tile(film.bench.photos[0].id)
    film.bench.assert_refused(answer, 404, "not_found", by=film.bench.office.ana)


def test_looking_gives_nobody_a_task(film: Film) -> None:
    film.tab.tile(film.ids[4])
    film.tab.ask("frames")
    last = queue.list_tasks(film.bench.ws, film.bench.office.project.id)
    assert {task.state for task in last if task.image_id in film.ids[2:]} == {TaskState.READY}


def test_a_lost_task_shows_no_frames(film: Film) -> None:
    office = film.bench.office
    update_settings(film.bench.ws, office.project.id, pick_any=True)
    office.clock.advance(minutes=31)
    queue.claim(film.bench.ws, film.task.id, office.ben.id)
    film.bench.assert_refused(film.tab.tile(film.ids[0]), 409, "conflict", by=office.ana)


def test_outlines_of_a_labeled_frame_are_shown_and_of_no_other(film: Film) -> None:
    (seen,) = film.tab.ask("outlines", image=film.ids[0])["objects"]
    assert seen["id"] == film.cat.id
    assert seen["class"] == film.bench.office.cat.id
    assert from_rings(seen["outline"]).equals(film.cat.revision.outline)
    for image in (*film.ids[1:], film.bench.photos[0].id):
        answer = film.tab.post("outlines", image=image)
        film.bench.assert_refused(answer, 404, "not_found", by=film.bench.office.ana)


def test_what_others_are_compared_with_is_not_shown(film: Film) -> None:
    office = film.bench.office
    task = office.approve_next(office.rita)
    assert task.id == film.first.id
    assert film.tab.ask("frames")["frames"][0][2]
    gold.mark(film.bench.ws, task.id, by=office.max.id)
    assert not film.tab.ask("frames")["frames"][0][2]
    answer = film.tab.post("outlines", image=film.ids[0])
    film.bench.assert_refused(answer, 404, "not_found", by=office.ana)


def shown(tab: Tab) -> list[bool]:
    """Of each frame, whether its outlines can be seen."""
    return [labeled for _, _, labeled in tab.ask("frames")["frames"]]


def assert_no_outlines(film: Film, tab: Tab, by: Member, frame: int) -> None:
    """Neither seen nor taken over."""
    answer = tab.post("outlines", image=film.ids[frame])
    film.bench.assert_refused(answer, 404, "not_found", by=by)
    tab.ask("open", take=True)
    answer = tab.post("carry", image=film.ids[frame], annotations=[film.cat.id])
    film.bench.assert_refused(answer, 404, "not_found", by=by)


def test_where_two_people_label_an_image_each_sees_their_own_work_alone(film: Film) -> None:
    office = film.bench.office
    update_settings(film.bench.ws, office.project.id, duplicate_rate=1.0)
    labeling.submit(film.bench.ws, film.task.id, office.ana.id)
    second, tab = film.bench.claimed(office.ben)
    assert (second.purpose, second.image_id) == (TaskPurpose.DUPLICATE, film.ids[1])
    assert shown(tab) == [False] * 5
    assert_no_outlines(film, tab, office.ben, 0)
    task, tab = film.bench.claimed()
    assert (task.purpose, task.image_id) == (TaskPurpose.WORK, film.ids[2])
    assert shown(tab) == [True, True, False, False, False]
    labeling.submit(film.bench.ws, second.id, office.ben.id)
    task, tab = film.bench.claimed(office.ben)
    assert task.purpose is TaskPurpose.WORK
    assert shown(tab) == [False, True, False, False, False]


def test_a_gold_trial_shows_as_much_of_others_as_any_work_there_and_none_when_it_is_over(film: Film) -> None:
    office, ws = film.bench.office, film.bench.ws
    labeling.submit(ws, film.task.id, office.ana.id)
    approved = [office.approve_next(office.rita) for _ in range(2)]
    gold.mark(ws, approved[1].id, by=office.max.id)
    update_settings(ws, office.project.id, qualification_images=1, qualification_score=0)
    trial, tab = film.bench.claimed(office.ben)
    assert (trial.purpose, trial.image_id) == (TaskPurpose.GOLD, film.ids[1])
    assert shown(tab) == [False] * 5
    update_settings(ws, office.project.id, qualification_images=0)  # the one in hand counts all the same
    assert shown(tab) == [False] * 5
    assert_no_outlines(film, tab, office.ben, 0)
    update_settings(ws, office.project.id, qualification_images=1)
    labeling.submit(ws, trial.id, office.ben.id)
    work, tab = film.bench.claimed(office.ben)
    assert (work.purpose, work.image_id) == (TaskPurpose.WORK, film.ids[2])
    assert shown(tab) == [False, True, False, False, False]  # their own, like any work
    assert tab.ask("outlines", image=film.ids[1])["objects"] == []


def test_a_reviewer_sees_others_outlines_where_people_are_compared(film: Film) -> None:
    office, ws = film.bench.office, film.bench.ws
    labeling.submit(ws, film.task.id, office.ana.id)
    update_settings(ws, office.project.id, gold_rate=0.1)
    office.claim_review(office.rita)
    held = queue.held_by(ws, office.rita.id, office.project.id)[0]
    tab = film.bench.tab(office.rita, held, "review")
    assert shown(tab) == [False, True, False, False, False]


def test_a_reviewer_sees_them_too_and_takes_none_over(film: Film) -> None:
    office = film.bench.office
    held = office.claim_review(office.rita)
    tab = film.bench.tab(office.rita, held, "review")
    tab.ask("open", take=True)
    assert tab.ask("frames")["place"] == 1
    assert tab.tile(film.ids[1]).status_code == 200
    answer = tab.post("carry", image=film.ids[1], annotations=[film.cat.id])
    film.bench.assert_refused(answer, 403, "not_allowed", by=office.rita)


def test_looking_is_written_down(film: Film) -> None:
    film.tab.ask("looked", steps=3, plays=1, seconds=4.26)
    (event,) = history.events(film.bench.ws, kinds=["frames_looked_at"])
    assert event.data == {"steps": 3, "plays": 1, "seconds": 4.3}
    assert event.task_id == film.task.id


# --- taking over ---


def assert_followed(film: Film, made: dict[str, Any], shift: float) -> None:
    """The model was asked where the cat has moved to, and what it said is about there."""
    outline = film.cat.revision.outline
    assert outline is not None
    moved = affinity.translate(outline, shift, 0)
    asked = [[x, y] for x, y, _ in made["prompt"]["points"]]
    assert np.abs(np.array(asked) - outermost_vertices(moved)).max() < 2
    assert iou(from_rings(made["outline"]), moved) > 0.7


def test_an_object_is_followed_into_the_frame_as_a_prelabel(film: Film) -> None:
    said = film.tab.ask("carry", image=film.ids[0], annotations=[film.cat.id])
    assert said["how"] == ["model"]
    (made,) = said["annotations"]
    assert made["prelabel"]
    assert made["confidence"] > 0.4
    assert made["class"] == film.bench.office.cat.id
    assert_followed(film, made, PACE)
    (event,) = history.events(film.bench.ws, kinds=["carried"])
    assert (event.annotation_id, event.data["how"]) == (made["id"], "model")
    accepted = film.tab.ask("confirm", annotation=made["id"])["annotation"]
    assert (accepted["prelabel"], accepted["author"]) == (False, "Ana")


def test_asking_twice_gives_the_same_object(film: Film) -> None:
    first = film.tab.ask("carry", image=film.ids[0], annotations=[film.cat.id])
    again = film.tab.ask("carry", image=film.ids[0], annotations=[film.cat.id])
    assert again["how"] == [""]
    assert again["annotations"] == first["annotations"]
    assert len(labeling.list_annotations(film.bench.ws, film.task.id)) == 1


def test_where_the_model_is_unsure_the_moved_outline_is_taken(
    film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maa.workflow.following.by_model", lambda *_: None)
    said = film.tab.ask("carry", image=film.ids[0], annotations=[film.cat.id])
    assert said["how"] == ["motion"]
    (made,) = said["annotations"]
    assert (made["model"], made["confidence"], made["prelabel"]) == (None, None, True)
    outline = film.cat.revision.outline
    assert outline is not None
    assert iou(from_rings(made["outline"]), affinity.translate(outline, PACE, 0)) > 0.97


def test_where_nothing_can_be_followed_it_is_copied_and_can_be_worked_on(film: Film, tmp_path: Path) -> None:
    """The frame in hand shows something else altogether."""
    office = film.bench.office
    noise = np.random.default_rng(0).integers(0, 255, (300, 451, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "walk_005.png"), noise)
    images.import_paths(film.bench.ws, office.project.id, [tmp_path / "walk_005.png"], priority=90)
    task, tab = film.bench.claimed(office.ben)
    tab.ask("open", take=True)
    said = tab.ask("carry", image=film.ids[0], annotations=[film.cat.id])
    assert said["how"] == ["copied"]
    (made,) = said["annotations"]
    assert film.cat.revision.outline is not None
    assert from_rings(made["outline"]).equals(film.cat.revision.outline)
    tab.ask("delete", annotation=made["id"])
    assert tab.ask("restore", annotation=made["id"])["annotation"]["prelabel"]
    tab.ask("submit", active_seconds=1)
    (kept,) = labeling.list_annotations(film.bench.ws, task.id)
    assert kept.revision.author_id == office.ben.id


def test_several_frames_are_crossed_one_after_the_other(film: Film) -> None:
    film.tab.ask("skip", reason="other")
    film.bench.claimed(film.bench.office.ben)
    task, tab = film.bench.claimed()
    assert task.image_id == film.ids[3]
    tab.ask("open", take=True)
    said = tab.ask("carry", image=film.ids[0], annotations=[film.cat.id])
    assert_followed(film, said["annotations"][0], 3 * PACE)


def test_too_many_objects_over_too_many_frames_are_refused_before_any_is_looked_at(
    film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maa.workflow.carrying.MAX_STEPS", 1)
    film.tab.ask("skip", reason="other")
    film.bench.claimed(film.bench.office.ben)
    _, tab = film.bench.claimed()
    tab.ask("open", take=True)
    answer = tab.post("carry", image=film.ids[0], annotations=[film.cat.id])
    said = film.bench.assert_refused(answer, 422, "invalid", by=film.bench.office.ana)
    assert "1 x 3" in said


def test_on_an_image_that_is_drawn_by_hand_nothing_is_taken_over(film: Film) -> None:
    office = film.bench.office
    update_settings(film.bench.ws, office.project.id, manual_share=1.0)
    film.tab.ask("skip", reason="other")
    _, tab = film.bench.claimed()
    tab.ask("open", take=True)
    answer = tab.post("carry", image=film.ids[0], annotations=[film.cat.id])
    assert "by hand" in film.bench.assert_refused(answer, 403, "not_allowed", by=office.ana)


def test_only_objects_of_that_frame_are_taken_over(film: Film) -> None:
    office = film.bench.office
    other = projects.create_project(film.bench.ws, "Other", ["car"])
    people.set_role(film.bench.ws, office.ben.id, other.id, Role.ANNOTATOR)
    for image, asked, status in [
        (film.ids[0], [film.cat.id + 100], 404),
        (film.ids[1], [film.cat.id], 404),
        (film.ids[2], [film.cat.id], 404),
        (film.bench.photos[0].id, [film.cat.id], 404),
        (film.ids[0], list(range(1, 200)), 422),
        (film.ids[0], "all", 422),
        (film.ids[0], [-1], 422),
    ]:
        answer = film.tab.post("carry", image=image, annotations=asked)
        kind = {404: "not_found", 422: "invalid"}[status]
        film.bench.assert_refused(answer, status, kind, by=office.ana)
    assert labeling.list_annotations(film.bench.ws, film.task.id) == []


def test_a_class_that_is_not_in_use_any_more_is_not_taken_over(film: Film) -> None:
    projects.retire_class(film.bench.ws, film.bench.office.cat.id, by=film.bench.office.max.id)
    answer = film.tab.post("carry", image=film.ids[0], annotations=[film.cat.id])
    film.bench.assert_refused(answer, 422, "invalid", by=film.bench.office.ana)


def test_only_the_seated_tab_takes_over(film: Film) -> None:
    answer = film.tab.other().post("carry", image=film.ids[0], annotations=[film.cat.id])
    film.bench.assert_refused(answer, 409, "seat", by=film.bench.office.ana)
    assert labeling.list_annotations(film.bench.ws, task_of(film.bench, film.task).id) == []


def test_what_is_there_already_is_not_doubled(film: Film) -> None:
    outline = film.cat.revision.outline
    assert outline is not None
    mine = film.bench.office.save(
        film.task, film.bench.office.ana, film.bench.office.new_revision(affinity.translate(outline, PACE, 0))
    )
    film.bench.office.save(film.task, film.bench.office.ana, film.bench.office.new_revision(square()))
    said = film.tab.ask("carry", image=film.ids[0], annotations=[film.cat.id])
    assert said["how"] == [""]
    assert [one["id"] for one in said["annotations"]] == [mine.id]
