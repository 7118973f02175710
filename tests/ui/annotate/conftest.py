"""A task in hand on a real store, with a stand-in for the model's answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from shapely import MultiPolygon, box

from maa.domain import Box, Person, Prediction, Project, Prompt, Role
from maa.ui.annotate import work as work_module
from maa.ui.annotate.work import Work
from maa.workflow import images, people, projects, queue
from maa.workflow.predict import Proposal
from maa.workflow.workspace import Workspace


class Stopwatch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Model:
    """Answers with the box around the points; raises `error` instead when it is set."""

    def __init__(self) -> None:
        self.asked: list[Prompt] = []
        self.error: Exception | None = None

    def propose(
        self, ws: Workspace, image_id: int, prompt: Prompt, *, threshold: float, detail: float
    ) -> Proposal:
        self.asked.append(prompt)
        if self.error is not None:
            raise self.error
        xs, ys = [p.x for p in prompt.points], [p.y for p in prompt.points]
        crop = Box(min(xs) - 5, min(ys) - 5, max(xs) + 5, max(ys) + 5)
        # another threshold has to be seen in the outline
        outline = MultiPolygon([box(min(xs), min(ys), max(xs) - threshold, max(ys))])
        nothing = np.zeros((2, 2), np.float32)
        return Proposal(outline, Prediction(nothing, crop, (160, 120), 0.9, "tiny@0123456789ab", 20.0))


@pytest.fixture
def ana(ws: Workspace) -> Person:
    return people.add_person(ws, "Ana")


@pytest.fixture
def street(ws: Workspace, ana: Person, tmp_path: Path) -> Project:
    """A project of Ana's, of three classes and two images of 160 x 120 pixels."""
    project = projects.create_project(ws, "Street", ["car", "bus", "tram"])
    people.set_role(ws, ana.id, project.id, Role.ANNOTATOR)
    for number in range(2):
        pixels = np.full((120, 160, 3), 90 + number, np.uint8)
        cv2.imwrite(str(tmp_path / f"street-{number}.png"), pixels)
    images.import_paths(ws, project.id, [tmp_path / f"street-{n}.png" for n in range(2)])
    return project


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    model = Model()
    monkeypatch.setattr(work_module, "propose", model.propose)
    return model


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def take(ws: Workspace, street: Project, model: Model, stopwatch: Stopwatch) -> Callable[[Person], Work]:
    """The person's next task in hand."""

    def taken(person: Person) -> Work:
        task = queue.claim_next(ws, street.id, person.id)
        assert task is not None
        return Work(ws, person, street, task, stopwatch)

    return taken


@pytest.fixture
def work(take: Callable[[Person], Work], ana: Person) -> Work:
    return take(ana)
