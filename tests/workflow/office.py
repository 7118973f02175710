"""A small office to test in: a workspace with a clock that stands still, its people, a project."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from shapely import MultiPolygon, box

from maa.domain import (
    Annotation,
    Effort,
    Image,
    LabelClass,
    NewImage,
    Origin,
    Person,
    Project,
    Role,
    Task,
    Verdict,
)
from maa.workflow import labeling, people, projects, queue, review
from maa.workflow.labeling import NewRevision
from maa.workflow.review import ObjectVerdict
from maa.workflow.workspace import Workspace

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DATABASE = "maa.duckdb"


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


def square(left: float = 10, top: float = 10, side: float = 10) -> MultiPolygon:
    return MultiPolygon([box(left, top, left + side, top + side)])


def add_image(ws: Workspace, project: Project, name: str) -> Image:
    """A picture of 100 x 80 pixels, known to the store only."""
    with ws.store.write() as tx:
        return queue.add_image(
            tx,
            project.id,
            NewImage(file_name=name, width=100, height=80, file_hash=f"file {name}", pixel_hash=name),
        )


@dataclass
class Office:
    ws: Workspace
    clock: Clock
    ana: Person
    ben: Person
    rita: Person
    rolf: Person
    max: Person
    project: Project
    cat: LabelClass
    dog: LabelClass

    def add_images(self, count: int) -> list[Task]:
        """New images, each with its ready task."""
        before = {task.id for task in queue.list_tasks(self.ws, self.project.id)}
        for number in range(count):
            add_image(self.ws, self.project, f"photo {len(before) + number}.png")
        return [task for task in queue.list_tasks(self.ws, self.project.id) if task.id not in before]

    def claim(self, person: Person) -> Task:
        task = queue.claim_next(self.ws, self.project.id, person.id)
        assert task is not None
        return task

    def claim_review(self, person: Person) -> Task:
        task = review.claim_next_review(self.ws, self.project.id, person.id)
        assert task is not None
        return task

    def new_revision(
        self,
        outline: MultiPolygon | None = None,
        *,
        label: LabelClass | None = None,
        origin: Origin = Origin.MANUAL,
        model: MultiPolygon | None = None,
        effort: Effort | None = None,
    ) -> NewRevision:
        return NewRevision(
            class_id=(label or self.cat).id,
            outline=outline or square(),
            origin=origin,
            model_id="first@0123456789ab" if model else None,
            model_outline=model,
            confidence=0.9 if model else None,
            effort=effort or Effort(),
        )

    def save(self, task: Task, person: Person, new: NewRevision | None = None) -> Annotation:
        return labeling.save_annotation(self.ws, task.id, person.id, new or self.new_revision())

    def submitted(self, person: Person, objects: int = 1) -> Task:
        """The person's next image, labeled and submitted."""
        task = self.claim(person)
        for number in range(objects):
            self.save(task, person, self.new_revision(square(left=10 + number)))
        return labeling.submit(self.ws, task.id, person.id)

    def decide(self, task: Task, reviewer: Person, verdict: Verdict, reason: str = "") -> Task:
        return review.decide(self.ws, task.id, reviewer.id, verdict, reason=reason)

    def approve_next(self, reviewer: Person) -> Task:
        return self.decide(self.claim_review(reviewer), reviewer, Verdict.APPROVE)

    def send_back_next(self, reviewer: Person, objects: dict[int, ObjectVerdict] | None = None) -> Task:
        task = self.claim_review(reviewer)
        return review.decide(
            self.ws, task.id, reviewer.id, Verdict.SEND_BACK, reason="loose outline", objects=objects
        )


def open_office(folder: Path) -> Office:
    """An office where nothing has happened yet; the first of a process is furnished, others are copies."""
    database, first = _furnished()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DATABASE).write_bytes(database)
    clock = Clock(MONDAY)
    return replace(first, ws=Workspace(folder, clock=clock), clock=clock)


@cache
def _furnished() -> tuple[bytes, Office]:
    """The database of such an office, and who and what is in it."""
    clock = Clock(MONDAY)
    with tempfile.TemporaryDirectory() as folder:
        ws = Workspace(Path(folder), clock=clock)
        project = projects.create_project(ws, "Street", ["cat", "dog"])
        cat, dog = projects.list_classes(ws, project.id)
        office = Office(
            ws=ws,
            clock=clock,
            ana=people.add_person(ws, "Ana", {project.id: Role.ANNOTATOR}),
            ben=people.add_person(ws, "Ben", {project.id: Role.ANNOTATOR}),
            rita=people.add_person(ws, "Rita", {project.id: Role.REVIEWER}),
            rolf=people.add_person(ws, "Rolf", {project.id: Role.REVIEWER}),
            max=people.add_person(ws, "Max", {project.id: Role.MANAGER}, admin=True),
            project=project,
            cat=cat,
            dog=dog,
        )
        ws.close()
        return (Path(folder) / DATABASE).read_bytes(), office
