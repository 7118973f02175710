"""Sessions that change the same things at once: nothing is lost, and who comes too late is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from shapely import MultiPolygon, box

from maa.domain import Conflict, MaaError, NewImage, Origin, Role, TaskState, Verdict
from maa.workflow import labeling, people, projects, queue, review
from maa.workflow.labeling import NewRevision
from maa.workflow.workspace import Workspace

Answer = TypeVar("Answer")


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace(tmp_path)
    yield workspace
    workspace.close()


def at_once(calls: list[Callable[[], Answer]]) -> list[Answer | MaaError]:
    """Run the calls in a thread each, started together; their answers or refusals in order."""
    answers: list[Answer | MaaError] = [MaaError("never ran")] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int) -> None:
        start.wait()
        try:
            answers[place] = calls[place]()
        except MaaError as error:
            answers[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def prepare(ws: Workspace, images: int) -> tuple[int, int]:
    """A project with images; returns its id and its class's."""
    project = projects.create_project(ws, "Street", ["cat"])
    with ws.store.write() as tx:
        for number in range(images):
            name = f"{number}.png"
            queue.add_image(
                tx,
                project.id,
                NewImage(file_name=name, width=500, height=500, file_hash=name, pixel_hash=name),
            )
    return project.id, projects.list_classes(ws, project.id)[0].id


def new_revision(class_id: int, number: int) -> NewRevision:
    return NewRevision(class_id, MultiPolygon([box(number, 1, number + 10, 20)]), Origin.MANUAL)


def test_fifty_annotators_at_once_get_fifty_images_and_lose_no_object(ws: Workspace) -> None:
    project_id, class_id = prepare(ws, images=50)
    team = [people.add_person(ws, f"Person {number}", {project_id: Role.ANNOTATOR}) for number in range(50)]

    def work(person_id: int, number: int) -> int:
        task = queue.claim_next(ws, project_id, person_id)
        assert task is not None
        for turn in range(3):
            saved = labeling.save_annotation(ws, task.id, person_id, new_revision(class_id, number + turn))
            assert saved in labeling.list_annotations(ws, task.id)
        return labeling.submit(ws, task.id, person_id).id

    calls = [lambda p=p, n=n: work(p.id, n) for n, p in enumerate(team)]
    done = at_once(calls)
    assert sorted(done) == [task.id for task in queue.list_tasks(ws, project_id)]
    assert projects.progress(ws, project_id).objects == 150
    assert projects.progress(ws, project_id).tasks[TaskState.SUBMITTED] == 50


def test_two_tabs_of_one_person_that_add_objects_at_once_lose_none(ws: Workspace) -> None:
    project_id, class_id = prepare(ws, images=1)
    ana = people.add_person(ws, "Ana", {project_id: Role.ANNOTATOR})
    task = queue.claim_next(ws, project_id, ana.id)
    assert task is not None
    saved = at_once(
        [
            lambda n=n: labeling.save_annotation(ws, task.id, ana.id, new_revision(class_id, n))
            for n in range(20)
        ]
    )
    assert sorted(saved, key=lambda a: a.id) == labeling.list_annotations(ws, task.id)


def test_of_two_edits_of_one_revision_one_is_saved_and_the_other_is_told(ws: Workspace) -> None:
    project_id, class_id = prepare(ws, images=1)
    ana = people.add_person(ws, "Ana", {project_id: Role.ANNOTATOR})
    task = queue.claim_next(ws, project_id, ana.id)
    assert task is not None
    first = labeling.save_annotation(ws, task.id, ana.id, new_revision(class_id, 0))
    answers = at_once(
        [
            lambda n=n: labeling.save_annotation(
                ws, task.id, ana.id, new_revision(class_id, n), annotation_id=first.id, base_revision=1
            )
            for n in range(1, 9)
        ]
    )
    (winner,) = [answer for answer in answers if not isinstance(answer, MaaError)]
    assert sum(isinstance(answer, Conflict) for answer in answers) == 7
    assert labeling.list_annotations(ws, task.id) == [winner]
    assert len(labeling.revisions(ws, first.id)) == 2


def test_a_save_sent_many_times_at_once_is_saved_once(ws: Workspace) -> None:
    project_id, class_id = prepare(ws, images=1)
    ana = people.add_person(ws, "Ana", {project_id: Role.ANNOTATOR})
    task = queue.claim_next(ws, project_id, ana.id)
    assert task is not None
    answers = at_once(
        [
            lambda: labeling.save_annotation(ws, task.id, ana.id, new_revision(class_id, 1), key="once")
            for _ in range(10)
        ]
    )
    assert labeling.list_annotations(ws, task.id) == [answers[0]]
    assert all(answer == answers[0] for answer in answers)


def test_one_of_many_reviewers_gets_an_image_and_decides_it_once(ws: Workspace) -> None:
    project_id, class_id = prepare(ws, images=1)
    ana = people.add_person(ws, "Ana", {project_id: Role.ANNOTATOR})
    reviewers = [people.add_person(ws, f"Reviewer {n}", {project_id: Role.REVIEWER}) for n in range(8)]
    task = queue.claim_next(ws, project_id, ana.id)
    assert task is not None
    labeling.save_annotation(ws, task.id, ana.id, new_revision(class_id, 1))
    labeling.submit(ws, task.id, ana.id)
    claims = at_once([lambda r=r: review.claim_next_review(ws, project_id, r.id) for r in reviewers])
    assert sum(claim is not None for claim in claims) == 1
    decisions = at_once(
        [lambda r=r: review.decide(ws, task.id, r.id, Verdict.APPROVE) for r in reviewers for _ in range(2)]
    )
    assert sum(not isinstance(decision, MaaError) for decision in decisions) == 1
    assert len(review.list_reviews(ws, task.id)) == 1
