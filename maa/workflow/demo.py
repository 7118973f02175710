"""A project to try everything on, from photos that are on every machine MAA runs on."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from maa.domain import EventKind, MaaError, NotFound, Project, Role
from maa.store import events
from maa.workflow import access, accounts, images, projects
from maa.workflow.history import events as past_events
from maa.workflow.workspace import Workspace

NAME = "Demo: from the kitchen to space"
PHOTOS = ("chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png", "motorcycle_left.png")
CLASSES = ("cat", "cup", "rocket", "person", "motorcycle")
PASSWORD = "four clicks make a polygon"
"""Of the demo's people. Everybody knows it: an app that others can reach does not start with it."""
PEOPLE = {"Ana": Role.ANNOTATOR, "Ben": Role.ANNOTATOR, "Rita": Role.REVIEWER, "Max": Role.MANAGER}
MAY = {
    "Ana": "annotates",
    "Ben": "annotates too",
    "Rita": "reviews",
    "Max": "manages, is admin",
}
GUIDELINES = """\
One object a photo: the cat, the cup, the rocket, the astronaut, the motorcycle.

- Click the four extreme points: left-most, right-most, top, bottom, in any order.
- Follow the visible edge to within 2 px. Leave shadows and reflections out.
- What is hidden behind something else is not outlined.
- The cup with its handle, without saucer and spoon. The person without the helmet she holds.
- The motorcycle whole, its wheels filled.

The photos come with scikit-image: chelsea and coffee are CC0, rocket (SpaceX) and astronaut (NASA) are in the
public domain, motorcycle is from the Middlebury stereo benchmark 2014.
"""
_SEEDED: EventKind = "demo_seeded"


def seed(ws: Workspace) -> Project:
    """Make the demo project, once: what was done to it since stays as it is. Where nobody else is yet, with
    the people of the demo.

    Raises:
        MaaError: the photos are not installed.
    """
    seeded = _seeded(ws)
    if seeded is not None:
        return seeded
    folder = _photo_folder()
    try:
        # An earlier seeding was interrupted: the rest of it follows.
        project = projects.find_project(ws, NAME)
    except NotFound:
        project = projects.create_project(ws, NAME, CLASSES, guidelines=GUIDELINES)
    accounts.add_demo_people(ws, project.id, PEOPLE, PASSWORD)
    images.import_paths(ws, project.id, [folder / photo for photo in PHOTOS])
    with ws.store.write() as tx:
        events.add(tx, _SEEDED, project_id=project.id)
    return project


def _seeded(ws: Workspace) -> Project | None:
    """The demo project as it is called by now; it may have been renamed or archived."""
    for event in past_events(ws, kinds=[_SEEDED]):
        with ws.store.read() as tx:
            return access.project(tx, event.project_id or 0)
    return None


def _photo_folder() -> Path:
    """The photos inside the installed scikit-image; its own loader would fetch missing ones from the
    network.
    """
    package = importlib.util.find_spec("skimage")
    folder = Path(package.origin).parent / "data" if package and package.origin else Path()
    missing = [photo for photo in PHOTOS if not (folder / photo).is_file()]
    if missing:
        raise MaaError(
            f"The photos {', '.join(missing)} of scikit-image are not there. Install scikit-image 0.26."
        )
    return folder
