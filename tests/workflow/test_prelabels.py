"""Pre-labels: from a detector's file to what people decide about them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from shapely import affinity

from maa.domain import Annotation, Conflict, InvalidInput, Origin, Person, PrelabelOrder, Project, Role, Task
from maa.geometry import iou
from maa.workflow import (
    detections,
    exports,
    history,
    labeling,
    people,
    prelabel_making,
    prelabeling,
    prelabels,
    projects,
    queue,
)
from maa.workflow.labeling import NewRevision
from maa.workflow.prelabeling import MIN_CONFIDENCE
from maa.workflow.settings import update_settings
from maa.workflow.workspace import Workspace
from tests.workflow.drawn_project import drawn_project, ellipses


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("MAA_MODEL", raising=False)
    torch.set_num_threads(1)
    ws = Workspace(tmp_path / "data")
    yield ws
    ws.close()


@pytest.fixture
def project(ws: Workspace, tmp_path: Path) -> Project:
    """Four drawn photos of two ellipses each, none of them labeled."""
    return drawn_project(ws, tmp_path / "photos", photos=4, labeled=0)


@pytest.fixture
def ben(ws: Workspace, project: Project) -> Person:
    return people.add_person(ws, "Ben", {project.id: Role.ANNOTATOR})


def results(photos: int = 4, **more: Any) -> list[dict[str, Any]]:
    """What a detector would write about the photos, with the numbers of the project's export."""
    found = []
    for number in range(photos):
        for outline in ellipses(number):
            left, top, right, bottom = outline.bounds
            box = [left, top, right - left, bottom - top]
            found.append({"image_id": number + 1, "category_id": 1, "bbox": box, "score": 0.9, **more})
    return found


def prelabeled(ws: Workspace, project: Project, tmp_path: Path, listed: Any = None, **how: Any) -> Any:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(results() if listed is None else listed))
    begun = detections.begin(ws, project.id, file, **how)
    return begun, prelabeling.go_on(ws, begun.run.id, lambda *_: None)


def claim(ws: Workspace, project: Project, who: Person) -> tuple[Task, list[Annotation]]:
    task = queue.claim_next(ws, project.id, who.id)
    assert task is not None
    return task, labeling.list_annotations(ws, task.id)


def test_a_detector_s_boxes_become_polygons_that_nobody_wrote(
    ws: Workspace, project: Project, ben: Person, tmp_path: Path
) -> None:
    begun, run = prelabeled(ws, project, tmp_path)
    assert begun.skipped == ()
    assert (run.finished, run.looked_at, run.objects) == (True, 4, 8)
    _, found = claim(ws, project, ben)
    assert len(found) == 2
    for annotation, truth in zip(found, ellipses(0), strict=True):
        revision = annotation.revision
        assert revision.prelabel
        assert revision.origin is Origin.PRELABEL
        assert revision.author_id is None
        assert revision.model_id == run.model_id
        assert (revision.confidence or 0) >= MIN_CONFIDENCE
        assert revision.outline is not None
        assert iou(revision.outline, truth) > 0.8


def test_a_pre_label_accepted_while_its_class_is_merged_gets_it_back_with_the_undo(
    ws: Workspace, project: Project, ben: Person, tmp_path: Path
) -> None:
    prelabeled(ws, project, tmp_path)
    (ellipse,) = projects.list_classes(ws, project.id)
    round_one = projects.add_class(ws, project.id, "round")
    task, found = claim(ws, project, ben)
    projects.merge_class(ws, ellipse.id, round_one.id)
    accepted = labeling.accept_prelabel(ws, task.id, ben.id, found[0].id)
    assert accepted.revision.class_id == round_one.id
    labeling.submit(ws, task.id, ben.id)
    projects.restore_class(ws, ellipse.id)
    assert {one.revision.class_id for one in labeling.list_annotations(ws, task.id)} == {ellipse.id}


def test_polygons_and_a_coco_file_that_names_the_numbers_do_as_well(
    ws: Workspace, project: Project, tmp_path: Path
) -> None:
    ring = [value for point in ellipses(2)[0].geoms[0].exterior.coords for value in point]
    listed = [
        {"image_id": "x", "category_id": 7, "segmentation": [ring], "score": 0.8},
        {"image_id": "x", "category_id": 8, "segmentation": [ring], "score": 0.8},
        {"image_id": "y", "category_id": 7, "bbox": [0, 0, 5, 5], "score": 0.8},
    ]
    numbers = {
        "images": [{"id": "x", "file_name": "photo c.png", "width": 120, "height": 90}],
        "categories": [{"id": 7, "name": "Ellipse"}, {"id": 8, "name": "tree"}],
        "annotations": [],
    }
    (tmp_path / "numbers.json").write_text(json.dumps(numbers))
    begun, run = prelabeled(ws, project, tmp_path, listed, meaning=tmp_path / "numbers.json")
    assert (run.looked_at, run.objects) == (1, 1)
    reasons = " ".join(f"{one.file}: {one.reason}" for one in begun.skipped)
    assert "class tree" in reasons
    assert "no usable image with id 'y'" in reasons


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        ("text", "neither a list nor an object"),
        ([], "Nothing in the file can be used. It lists no detections."),
        ([{"image_id": 1, "category_id": 1, "bbox": [1, 1, 0.5, 9]}], "no room for an object"),
        ([{"image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9], "score": 7}], "score is not a number"),
        ([{"image_id": 99, "category_id": 1, "bbox": [1, 1, 9, 9]}], "no usable image with id 99"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_begins_nothing(
    ws: Workspace, project: Project, tmp_path: Path, listed: Any, why: str
) -> None:
    with pytest.raises(InvalidInput, match=why):
        prelabeled(ws, project, tmp_path, listed)
    assert prelabeling.runs(ws, project.id) == []


def test_scores_that_are_all_too_low_are_said(ws: Workspace, project: Project, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"all its detections \(8\) are below 95%"):
        prelabeled(ws, project, tmp_path, least_score=0.95)


def test_a_run_says_where_the_model_was_too_unsure(ws: Workspace, project: Project, tmp_path: Path) -> None:
    _, run = prelabeled(ws, project, tmp_path, least_confidence=1.0)
    assert (run.finished, run.objects) == (True, 0)
    assert prelabeling.left_alone(ws, run.id) == {prelabel_making.UNSURE: 4}


def test_an_image_that_somebody_has_opened_is_left_alone(
    ws: Workspace, project: Project, ben: Person, tmp_path: Path
) -> None:
    task, _ = claim(ws, project, ben)
    queue.release(ws, task.id, ben.id)
    held, _ = claim(ws, project, ben)
    assert held.id == task.id
    _, run = prelabeled(ws, project, tmp_path)
    assert (run.looked_at, run.objects) == (4, 6)
    assert sum(prelabeling.left_alone(ws, run.id).values()) == 1
    assert labeling.list_annotations(ws, task.id) == []


def test_a_run_stops_where_it_is_told_and_goes_on_there(
    ws: Workspace, project: Project, tmp_path: Path
) -> None:
    (tmp_path / "results.json").write_text(json.dumps(results()))
    run = detections.begin(ws, project.id, tmp_path / "results.json").run
    asked = iter([False, False, True])
    stopped = prelabeling.go_on(ws, run.id, lambda *_: None, lambda: next(asked))
    assert (stopped.finished, stopped.looked_at) == (False, 2)
    again = prelabeling.go_on(ws, run.id, lambda *_: None)
    assert (again.finished, again.looked_at, again.objects) == (True, 4, 8)
    made = history.events(ws, project_id=project.id, kinds=["prelabeled"])
    assert len(made) == 4  # each image once


def test_a_run_goes_on_once_at_a_time_and_can_be_stopped_from_elsewhere(
    ws: Workspace, project: Project, tmp_path: Path
) -> None:
    (tmp_path / "results.json").write_text(json.dumps(results()))
    run = detections.begin(ws, project.id, tmp_path / "results.json").run

    def meanwhile(done: int, total: int, name: str) -> None:
        assert prelabeling.is_running(run.id)
        with pytest.raises(Conflict, match=f"maa prelabel stop {run.id}"):
            prelabeling.go_on(ws, run.id, lambda *_: None)
        prelabeling.start(ws, run.id)
        prelabeling.stop(run.id)

    stopped = prelabeling.go_on(ws, run.id, meanwhile)
    assert (stopped.finished, stopped.looked_at) == (False, 1)
    assert not prelabeling.is_running(run.id)
    assert prelabeling.go_on(ws, run.id, lambda *_: None).finished


def test_undecided_pre_labels_count_for_nothing_and_an_export_marks_them(
    ws: Workspace, project: Project, ben: Person, tmp_path: Path
) -> None:
    prelabeled(ws, project, tmp_path)
    assert projects.progress(ws, project.id).objects == 0
    written = json.loads(exports.export(ws, project.id, status="all").content)["annotations"]
    assert len(written) == 8
    assert all(one["maa_prelabel"] and 0 <= one["score"] <= 1 for one in written)
    task, _ = claim(ws, project, ben)
    labeling.submit(ws, task.id, ben.id)
    assert projects.progress(ws, project.id).objects == 2
    written = json.loads(exports.export(ws, project.id, status="all").content)["annotations"]
    assert sum("maa_prelabel" in one for one in written) == 6


def test_newer_pre_labels_take_the_place_of_older_ones(
    ws: Workspace, project: Project, ben: Person, tmp_path: Path
) -> None:
    prelabeled(ws, project, tmp_path)
    prelabeled(ws, project, tmp_path, results()[1:])
    _, found = claim(ws, project, ben)
    assert len(found) == 1


def test_each_decision_is_kept(ws: Workspace, project: Project, ben: Person, tmp_path: Path) -> None:
    prelabeled(ws, project, tmp_path)
    task, (first, second) = claim(ws, project, ben)
    accepted = labeling.accept_prelabel(ws, task.id, ben.id, first.id)
    assert accepted.revision.author_id == ben.id
    assert accepted.revision.origin is Origin.PRELABEL
    assert accepted.revision.outline == first.revision.outline
    assert labeling.accept_prelabel(ws, task.id, ben.id, first.id).revision.number == 2  # twice is once
    outline = ellipses(0)[1]
    labeling.save_annotation(
        ws,
        task.id,
        ben.id,
        NewRevision(second.revision.class_id, outline, Origin.PRELABEL),
        annotation_id=second.id,
    )
    labeling.submit(ws, task.id, ben.id)
    task, (third, fourth) = claim(ws, project, ben)
    labeling.delete_annotation(ws, task.id, ben.id, third.id)
    labeling.submit(ws, task.id, ben.id)
    decisions = history.events(ws, project_id=project.id, kinds=[prelabels.DECIDED])[::-1]
    assert [event.data["choice"] for event in decisions] == ["accepted", "repaired", "deleted", "accepted"]
    assert [event.data.get("with_image") for event in decisions] == [False, None, None, True]
    assert decisions[3].annotation_id == fourth.id
    assert all(event.person_id == ben.id and event.data["model"] for event in decisions)


def test_a_deleted_pre_label_that_is_restored_is_still_to_be_decided(
    ws: Workspace, project: Project, ben: Person, tmp_path: Path
) -> None:
    prelabeled(ws, project, tmp_path)
    task, (first, _) = claim(ws, project, ben)
    labeling.delete_annotation(ws, task.id, ben.id, first.id)
    assert labeling.restore_annotation(ws, task.id, ben.id, first.id).revision.prelabel


def test_what_was_decided_about_a_pre_label_is_undone(
    ws: Workspace, project: Project, ben: Person, tmp_path: Path
) -> None:
    prelabeled(ws, project, tmp_path)
    task, (first, second) = claim(ws, project, ben)
    labeling.accept_prelabel(ws, task.id, ben.id, first.id)
    repair(ws, task, ben, second)
    for one in (first, second):
        for _ in range(2):  # asked twice, done once
            back = labeling.undecide_prelabel(ws, task.id, ben.id, one.id)
            assert (back.revision.prelabel, back.revision.number) == (True, 3)
        assert (back.revision.outline, back.revision.confidence) == (
            one.revision.outline,
            one.revision.confidence,
        )
    drawn = NewRevision(first.revision.class_id, ellipses(3)[0], Origin.MANUAL)
    own = labeling.save_annotation(ws, task.id, ben.id, drawn)
    with pytest.raises(InvalidInput, match="no pre-label"):
        labeling.undecide_prelabel(ws, task.id, ben.id, own.id)


def repair(ws: Workspace, task: Task, who: Person, one: Annotation) -> None:
    assert one.revision.outline is not None
    moved = affinity.translate(one.revision.outline, 1, 0)
    new = NewRevision(one.revision.class_id, moved, Origin.PRELABEL)
    labeling.save_annotation(ws, task.id, who.id, new, annotation_id=one.id)


def test_a_repair_of_a_pre_label_can_be_taken_back(
    ws: Workspace, project: Project, ben: Person, tmp_path: Path
) -> None:
    prelabeled(ws, project, tmp_path)
    task, (first, _) = claim(ws, project, ben)
    came = first.revision
    assert came.outline is not None
    outline = affinity.translate(came.outline, 1, 0)
    for origin, drawn in ((Origin.ASSISTED, outline), (Origin.PRELABEL, came.outline)):
        saved = labeling.save_annotation(
            ws, task.id, ben.id, NewRevision(came.class_id, drawn, origin), annotation_id=first.id
        )
    assert (saved.revision.origin, saved.revision.number) == (Origin.PRELABEL, 3)
    assert (saved.revision.model_id, saved.revision.model_outline) == (came.model_id, came.model_outline)
    assert not saved.revision.prelabel, "it was decided about"


def test_nothing_is_accepted_that_the_page_did_not_show(
    ws: Workspace, project: Project, ben: Person, tmp_path: Path
) -> None:
    prelabeled(ws, project, tmp_path)
    task, (first, second) = claim(ws, project, ben)
    with pytest.raises(Conflict, match="does not show yet"):
        labeling.submit(ws, task.id, ben.id, seen=[first.id])
    assert all(one.revision.prelabel for one in labeling.list_annotations(ws, task.id))
    labeling.submit(ws, task.id, ben.id, seen=[first.id, second.id])


def test_nobody_draws_a_pre_label(ws: Workspace, project: Project, ben: Person) -> None:
    task, _ = claim(ws, project, ben)
    (label,) = projects.list_classes(ws, project.id)
    with pytest.raises(InvalidInput, match="did not come as prelabel"):
        labeling.save_annotation(ws, task.id, ben.id, NewRevision(label.id, ellipses(0)[0], Origin.PRELABEL))


def test_only_the_holder_accepts(ws: Workspace, project: Project, ben: Person, tmp_path: Path) -> None:
    prelabeled(ws, project, tmp_path)
    task, (first, _) = claim(ws, project, ben)
    ana = people.add_person(ws, "Ana", {project.id: Role.ANNOTATOR})
    with pytest.raises(Conflict):
        labeling.accept_prelabel(ws, task.id, ana.id, first.id)


@pytest.mark.parametrize(
    ("order", "highest"),
    [("what is nearly done", max), ("what the model would learn most from", min)],
)
def test_the_project_says_which_pre_labeled_images_come_first(
    ws: Workspace, project: Project, ben: Person, tmp_path: Path, order: str, highest: Any
) -> None:
    update_settings(ws, project.id, prelabel_order=order)
    prelabeled(ws, project, tmp_path, least_confidence=0.0)
    lowest = {
        task.id: min(one.revision.confidence or 0 for one in labeling.list_annotations(ws, task.id))
        for task in queue.list_tasks(ws, project.id)
    }
    task, _ = claim(ws, project, ben)
    assert lowest[task.id] == pytest.approx(highest(lowest.values()), abs=0.01)


def test_another_order_holds_for_what_has_pre_labels_already(
    ws: Workspace, project: Project, ben: Person, tmp_path: Path
) -> None:
    prelabeled(ws, project, tmp_path, results(3), least_confidence=0.0)
    opened, _ = claim(ws, project, ben)
    first, second, bare = (task for task in queue.list_tasks(ws, project.id) if task.id != opened.id)
    queue.set_priority(ws, [second.id], 60)

    def lowest(task: Task) -> float:
        return min(one.revision.confidence or 0 for one in labeling.list_annotations(ws, task.id))

    def order(name: PrelabelOrder) -> list[int]:
        update_settings(ws, project.id, prelabel_order=name.value)
        return [queue.get_task(ws, task.id).priority for task in (opened, first, second, bare)]

    # Not what somebody has opened, nor what a manager put before all, nor what no model has looked at.
    learnt = order(PrelabelOrder.LEARN_MOST)
    assert learnt == [0, round(50 * (1 - 2 * lowest(first))), 60, 0]
    assert learnt[1] < 0
    assert order(PrelabelOrder.NEARLY_DONE) == [0, -learnt[1], 60, 0]
    # Nothing was compared yet, or models decide nothing any more: what they gave is taken back.
    assert order(PrelabelOrder.DISAGREEMENT) == [0, 0, 60, 0]
    order(PrelabelOrder.LEARN_MOST)
    assert order(PrelabelOrder.AS_THEY_CAME) == [0, 0, 60, 0]
    queue.set_priority(ws, [first.id], 7)
    assert order(PrelabelOrder.DISAGREEMENT) == [0, 7, 60, 0]


def test_a_project_that_compares_with_handwork_keeps_that_free_of_pre_labels(
    ws: Workspace, project: Project, tmp_path: Path
) -> None:
    update_settings(ws, project.id, manual_share=1.0)
    _, run = prelabeled(ws, project, tmp_path)
    assert run.objects == 0
    assert prelabeling.left_alone(ws, run.id) == {"it is labeled by hand, for the comparison": 4}
