"""People, images and work to put on the pages, and how to read what a page shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from shapely import MultiPolygon, box
from streamlit.testing.v1 import AppTest

from maa.domain import Annotation, Effort, Image, Origin, Person, Project, Role, Task
from maa.workflow import images, labeling, people, projects, queue
from maa.workflow.labeling import NewRevision
from maa.workflow.workspace import Workspace

OpenPage = Callable[..., AppTest]


class Team:
    """Four people, one of each role and a second annotator; the manager is the admin too."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self.ana = people.add_person(ws, "Ana")
        self.ben = people.add_person(ws, "Ben")
        self.rita = people.add_person(ws, "Rita")
        self.max = people.add_person(ws, "Max", admin=True)

    def join(self, project: Project) -> None:
        """Give everybody their role in a project."""
        for someone, role in (
            (self.ana, Role.ANNOTATOR),
            (self.ben, Role.ANNOTATOR),
            (self.rita, Role.REVIEWER),
            (self.max, Role.MANAGER),
        ):
            people.set_role(self._ws, someone.id, project.id, role)


def picture(number: int) -> np.ndarray:
    """A small picture that no other number has, uint8 (120, 160, 3) RGB."""
    pixels = np.full((120, 160, 3), 200, np.uint8)
    pixels[20:60, 20:70] = (40 + number, 90, 160)
    pixels[70:110, 90:150] = (200, 120, 40 + number)
    return pixels


def add_images(ws: Workspace, project: Project, folder: Path, how_many: int = 2) -> list[Image]:
    folder.mkdir(exist_ok=True)
    for number in range(how_many):
        cv2.imwrite(str(folder / f"part-{number}.png"), picture(number)[..., ::-1])
    return images.import_paths(ws, project.id, [folder]).imported


def label(
    ws: Workspace, project: Project, who: Person, *, seconds: float = 4.0, confidence: float = 0.9
) -> tuple[Task, list[Annotation]]:
    """The person's next task, with one assisted and one manual object, submitted."""
    task = queue.claim_next(ws, project.id, who.id)
    assert task is not None
    bolt, nut = projects.list_classes(ws, project.id)[:2]
    square = MultiPolygon([box(20, 20, 70, 60)])
    drafts = [
        NewRevision(
            bolt.id,
            square,
            Origin.ASSISTED,
            model_id="test@000000000000",
            model_outline=MultiPolygon([box(20, 20, 68, 60)]),
            confidence=confidence,
            effort=Effort(active_seconds=seconds, clicks=4),
        ),
        NewRevision(
            nut.id,
            MultiPolygon([box(90, 70, 150, 110)]),
            Origin.MANUAL,
            effort=Effort(active_seconds=seconds * 3, clicks=9),
        ),
    ]
    saved = [labeling.save_annotation(ws, task.id, who.id, draft) for draft in drafts]
    return labeling.submit(ws, task.id, who.id, active_seconds=seconds * 4), saved


def shown(app: AppTest) -> str:
    """All the text on the page, for a search."""
    kinds = (
        "title",
        "header",
        "subheader",
        "markdown",
        "text",
        "caption",
        "info",
        "success",
        "warning",
        "error",
    )
    return "\n".join(str(e.value) for kind in (*kinds, "toast") for e in app.get(kind))
