from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from shapely import MultiPolygon, Point, box

from maa.domain import (
    Box,
    Effort,
    Origin,
    Prompt,
    Role,
    Verdict,
)
from maa.domain import Point as Click
from maa.workflow import images, labeling, people, projects, queue, review, taking_back
from maa.workflow.backup import backup
from maa.workflow.review import ObjectVerdict, Pin
from maa.workflow.workspace import Workspace
from tests.workflow.pictures import encoded, photo

DONUT = MultiPolygon([Point(60.3, 50.7).buffer(40).difference(Point(60, 50).buffer(10.5))])
BOX = MultiPolygon([box(10.5, 20.25, 60.75, 90.125)])


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, int]]:
    """A project in the middle of everything: revisions, deletions, reviews, merges, a lease."""
    ws = Workspace(tmp_path_factory.mktemp("busy") / "data")
    other = projects.create_project(ws, "Filler, so that ids differ", ["x"]).id
    images.import_uploads(ws, other, [("filler.png", io.BytesIO(encoded(photo(seed=99))))])
    project = projects.create_project(ws, "Straße 🚗", ["car", "lorry", "cat"], guidelines="Draw *all*.").id
    ana, ben = (people.add_person(ws, name, {project: Role.ANNOTATOR}).id for name in ("Ana", "Ben"))
    rita = people.add_person(ws, "Rita", {project: Role.REVIEWER}).id
    people.add_person(ws, "Max, who has no role here", {other: Role.MANAGER}, admin=True)
    uploads = [(f"cam_{n}.png", io.BytesIO(encoded(photo(120, 100, seed=n)))) for n in range(4)]
    images.import_uploads(ws, project, uploads)
    car, lorry, cat = (label.id for label in projects.list_classes(ws, project))
    task = queue.claim_next(ws, project, ana)
    assert task is not None
    prompt = Prompt((Click(1, 2), Click(3.5, 4), Click(5, 6), Click(7, 8)), crop=Box(-5, 0, 50, 60))
    new = labeling.NewRevision(
        lorry, DONUT, Origin.ASSISTED, prompt, "net@abc", BOX, 0.75, Effort(3.5, 4, 1, 2)
    )
    saved = labeling.save_annotation(ws, task.id, ana, new, key="once")
    labeling.save_annotation(
        ws, task.id, ana, labeling.NewRevision(car, BOX, Origin.MANUAL), annotation_id=saved.id
    )
    gone = labeling.save_annotation(ws, task.id, ana, labeling.NewRevision(cat, BOX, Origin.MANUAL))
    labeling.delete_annotation(ws, task.id, ana, gone.id)
    labeling.save_annotation(ws, task.id, ana, labeling.NewRevision(lorry, DONUT, Origin.MANUAL))
    labeling.submit(ws, task.id, ana)
    assert review.claim_next_review(ws, project, rita)
    verdicts = {saved.id: ObjectVerdict(Verdict.SEND_BACK, "loose outline", "tighter")}
    pins = [Pin(3.25, 4, "one more here"), Pin(5, 6, "this one", saved.id)]
    review.decide(ws, task.id, rita, Verdict.SEND_BACK, objects=verdicts, pins=pins)
    again = queue.claim_next(ws, project, ana)
    assert again is not None
    labeling.submit(ws, again.id, ana)
    assert review.claim_next_review(ws, project, rita)
    corrected = labeling.NewRevision(car, BOX, Origin.MANUAL)
    review.save_correction(ws, task.id, rita, corrected, annotation_id=saved.id)
    for _ in range(2):
        review.decide(ws, task.id, rita, Verdict.APPROVE)
        taking_back.take_back(ws, task.id, rita)
    review.decide(ws, task.id, rita, Verdict.APPROVE)
    projects.merge_class(ws, lorry, car)
    assert queue.claim_next(ws, project, ben)
    yield ws, project
    ws.close()


@pytest.fixture
def file(busy: tuple[Workspace, int], tmp_path: Path) -> Path:
    return backup(*busy, tmp_path / "street.maa.zip")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Workspace]:
    ws = Workspace(tmp_path / "elsewhere")
    yield ws
    ws.close()
