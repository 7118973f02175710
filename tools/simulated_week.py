"""A working week of twelve people on made-up images, with a truth that the dashboard should find.

Every image shows the same two objects. People label them through the workflow as the app does: some miss an
object or take the wrong class, all cut their outlines short by an amount of their own, and with the model
they take `SPEEDUP` of the time that they need by hand. A reviewer sends back what is missing or of the wrong
class. Chance gives the images to the model or to handwork, slips in gold, and has some labeled twice.

`.venv/bin/python -m tools.simulated_week FOLDER` leaves the data folder of such a week, which ends today, to
look at: `MAA_DATA_DIR=FOLDER make run`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from shapely import MultiPolygon, box

from maa.domain import (
    Annotation,
    Arm,
    Effort,
    LabelClass,
    NewImage,
    Origin,
    Person,
    Project,
    Role,
    Task,
    TaskPurpose,
    Verdict,
)
from maa.workflow import gold, labeling, people, projects, queue, review
from maa.workflow.labeling import NewRevision
from maa.workflow.settings import update_settings
from maa.workflow.workspace import Workspace

PEOPLE = 12
DAYS = 5
GOLD_IMAGES = 12
SPEEDUP = 0.6
"""True time with the model / by hand."""
AS_IS = 0.5
"""True share of the model's outlines that people keep."""
_SECONDS_BY_HAND = 20.0
_BOXES = ((10.0, 10.0), (50.0, 40.0))
_SIDE = 20.0


@dataclass(frozen=True, slots=True)
class Skill:
    """What is true of one person."""

    pace: float
    """Their seconds over everybody's."""
    misses: float
    """Chance to miss an object."""
    mistakes: float
    """Chance to take the wrong class."""
    tightness: float
    """IoU of their outlines with the truth."""


@dataclass(slots=True)
class Truth:
    """What was put in."""

    project: Project
    skills: dict[str, Skill] = field(default_factory=dict)
    drawn: Counter[str] = field(default_factory=Counter)
    """Objects that each person drew and that are still there, gold trials and duplicates included."""
    reasons: Counter[str] = field(default_factory=Counter)
    approved: int = 0
    gold_objects: Counter[str] = field(default_factory=Counter)
    """Objects that each person was shown on gold."""
    gold_missed: Counter[str] = field(default_factory=Counter)
    gold_wrong: Counter[str] = field(default_factory=Counter)


class Week:
    """One run. `set_clock` moves the workspace's clock; `rounds`: images a person and day."""

    def __init__(
        self, ws: Workspace, start: datetime, set_clock: Callable[[datetime], None], *, seed: int = 0
    ) -> None:
        self._ws, self._now, self._set_clock = ws, start, set_clock
        self._random = np.random.default_rng(seed)
        self._tick(0)

    def run(self, rounds: int) -> Truth:
        """Play the week."""
        ws = self._ws
        project = projects.create_project(ws, "Simulated", ["cat", "dog"])
        self._classes = projects.list_classes(ws, project.id)
        self.truth = Truth(project)
        manager = people.add_person(ws, "Max", {project.id: Role.MANAGER})
        reviewers = [people.add_person(ws, name, {project.id: Role.REVIEWER}) for name in ("Rita", "Rolf")]
        annotator = {project.id: Role.ANNOTATOR}
        staff = [people.add_person(ws, f"Person {n:02}", annotator) for n in range(PEOPLE)]
        for person in staff:
            self.truth.skills[person.name] = Skill(
                pace=float(self._random.uniform(0.8, 1.2)),
                misses=float(self._random.uniform(0.0, 0.15)),
                mistakes=float(self._random.uniform(0.0, 0.1)),
                tightness=float(self._random.uniform(0.85, 0.95)),
            )
        self._make_gold(project, manager, reviewers[0])
        update_settings(
            ws,
            project.id,
            salt="week",
            gold_rate=0.15,
            duplicate_rate=0.2,
            manual_share=0.5,
        )
        self._add_images(project, PEOPLE * DAYS * rounds)
        for _ in range(DAYS):
            for _ in range(rounds):
                for person in staff:
                    self._work(project, person)
                self._review(project, reviewers)
            self._tick(86400 - 3600 * 8)
        return self.truth

    def _make_gold(self, project: Project, manager: Person, reviewer: Person) -> None:
        self._add_images(project, GOLD_IMAGES)
        for _ in range(GOLD_IMAGES):
            task = queue.claim_next(self._ws, project.id, manager.id)
            assert task is not None
            for number in range(2):
                self._save(task, manager, number, self._classes[number], 1.0, 5.0, Origin.MANUAL)
            labeling.submit(self._ws, task.id, manager.id)
            assert review.claim_next_review(self._ws, project.id, reviewer.id) is not None
            review.decide(self._ws, task.id, reviewer.id, Verdict.APPROVE)
            gold.mark(self._ws, task.id, by=manager.id)

    def _add_images(self, project: Project, count: int) -> None:
        with self._ws.store.write() as tx:
            there = len(queue.tasks.of_project(tx, project.id))
            for number in range(there, there + count):
                queue.add_image(
                    tx,
                    project.id,
                    NewImage(
                        file_name=f"{number}.png",
                        width=100,
                        height=80,
                        file_hash=f"{number}",
                        pixel_hash=f"{number}",
                    ),
                )

    def _work(self, project: Project, person: Person) -> None:
        task = queue.claim_next(self._ws, project.id, person.id)
        if task is None:
            return
        skill = self.truth.skills[person.name]
        present = {self._number(one): one for one in labeling.list_annotations(self._ws, task.id)}
        again = task.sent_back_by is not None
        for number, label in enumerate(self._classes):
            if task.purpose is TaskPurpose.GOLD:
                self.truth.gold_objects[person.name] += 1
            there = present.get(number)
            if there is not None:
                if there.revision.class_id != label.id:
                    self._save(
                        task,
                        person,
                        number,
                        label,
                        skill.tightness,
                        self._seconds(task, skill) / 4,
                        there.revision.origin,
                        there,
                    )
                continue
            if not again and self._random.random() < skill.misses:
                if task.purpose is TaskPurpose.GOLD:
                    self.truth.gold_missed[person.name] += 1
                continue
            wrong = not again and self._random.random() < skill.mistakes
            if wrong and task.purpose is TaskPurpose.GOLD:
                self.truth.gold_wrong[person.name] += 1
            origin = Origin.MANUAL if task.arm is Arm.MANUAL else Origin.ASSISTED
            given = self._classes[1 - number] if wrong else label
            self._save(task, person, number, given, skill.tightness, self._seconds(task, skill), origin)
            self.truth.drawn[person.name] += 1
        labeling.submit(self._ws, task.id, person.id)
        self._tick(30)

    def _seconds(self, task: Task, skill: Skill) -> float:
        mean = _SECONDS_BY_HAND * skill.pace * (1 if task.arm is Arm.MANUAL else SPEEDUP)
        return float(self._random.gamma(4.0, mean / 4.0))

    def _save(
        self,
        task: Task,
        person: Person,
        number: int,
        label: LabelClass,
        tightness: float,
        seconds: float,
        origin: Origin,
        there: Annotation | None = None,
    ) -> None:
        outline = _outline(number, tightness)
        proposed = None
        if origin is Origin.ASSISTED and there is None:
            proposed = outline if self._random.random() < AS_IS else _outline(number, 0.7)
        new = NewRevision(
            label.id,
            outline,
            origin,
            model_id="simulated@000000000000" if proposed else None,
            model_outline=proposed,
            confidence=0.9 if proposed else None,
            effort=Effort(active_seconds=seconds, clicks=4),
        )
        labeling.save_annotation(self._ws, task.id, person.id, new, annotation_id=there.id if there else None)

    def _review(self, project: Project, reviewers: list[Person]) -> None:
        for reviewer in reviewers:
            while task := review.claim_next_review(self._ws, project.id, reviewer.id):
                objects = labeling.list_annotations(self._ws, task.id)
                right = all(one.revision.class_id == self._classes[self._number(one)].id for one in objects)
                self._tick(20)
                if len(objects) == len(_BOXES) and right:
                    review.decide(self._ws, task.id, reviewer.id, Verdict.APPROVE)
                    self.truth.approved += 1
                    continue
                reason = "missing object" if right else "wrong class"
                self.truth.reasons[reason] += 1
                review.decide(self._ws, task.id, reviewer.id, Verdict.SEND_BACK, reason=reason)

    @staticmethod
    def _number(annotation: Annotation) -> int:
        """Which of the two objects it is."""
        assert annotation.revision.outline is not None
        return int(annotation.revision.outline.bounds[0] >= _BOXES[1][0])

    def _tick(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._set_clock(self._now)


def _outline(number: int, iou: float) -> MultiPolygon:
    """The object with its right side cut off, so that this is its IoU with the whole."""
    left, top = _BOXES[number]
    return MultiPolygon([box(left, top, left + _SIDE * iou, top + _SIDE)])


class _Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def set(self, now: datetime) -> None:
        self.now = now


def fill(folder: Path, start: datetime, rounds: int = 2) -> Truth:
    """Make the data folder of a week that begins at `start`; what is true of it."""
    clock = _Clock(start)
    ws = Workspace(folder, clock=clock)
    try:
        return Week(ws, start, clock.set).run(rounds)
    finally:
        ws.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=2, help="images a person and day")
    arguments = parser.parse_args()
    eight = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0)
    truth = fill(arguments.folder, eight - timedelta(days=DAYS), arguments.rounds)
    print(
        f"{truth.project.name}: {truth.approved} images approved, {sum(truth.drawn.values())} objects drawn."
    )


if __name__ == "__main__":
    main()
