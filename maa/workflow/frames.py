"""The frames around the one in hand: what who works on it may see of them.

Looking gives nobody a task: frames are handed out by the queue as ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from maa.domain import Annotation, Image, NotFound, Video
from maa.store import annotations as stored
from maa.store import images, tasks
from maa.store import videos as films
from maa.store.connection import Transaction
from maa.store.images import Placed
from maa.workflow.holding import AtTask
from maa.workflow.lookups import remembered
from maa.workflow.prelabels import LABELED
from maa.workflow.workspace import Workspace

REACH = 30
"""Frames before and after the one in hand that can be looked at."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where in its sequence a frame is, and the frames around it."""

    here: Placed
    around: tuple[Placed, ...]
    """By frame number, the frame in hand among them."""
    labeled: dict[int, int]
    """Image -> task, of the frames around it whose objects may be seen."""
    video: Video | None
    seconds: float
    """When in the video the frame is."""


def is_frame(ws: Workspace, image: Image) -> bool:
    """Whether there are other frames around an image."""
    if image.sequence is None:
        return False
    with ws.store.read() as tx:
        return not images.is_alone(tx, image)


def surroundings(ws: Workspace, at: AtTask) -> Surroundings | None:
    """The frames around a task's image; None when it is no frame of anything."""
    if at.image.sequence is None:
        return None

    def read(tx: Transaction) -> Surroundings | None:
        around = images.around(tx, at.image, REACH)
        if len(around) < 2:
            return None
        here = next(one for one in around if one.image.id == at.image.id)
        others = [one.image.id for one in around if one is not here]
        video, seconds = films.of_image(tx, at.image.id) or (None, 0.0)
        labeled = tasks.shown_beside(tx, others, LABELED)
        return Surroundings(here, tuple(around), labeled, video, seconds)

    return remembered(ws, ("surroundings", at.image.id), read)


def visible(ws: Workspace, at: AtTask, image_id: int) -> Image:
    """A frame around the one in hand; `NotFound` when it is none."""
    found = surroundings(ws, at)
    for one in found.around if found else ():
        if one.image.id == image_id:
            return one.image
    raise NotFound("That image is not among the frames around this one.")


def objects(ws: Workspace, at: AtTask, image_id: int) -> list[Annotation]:
    """The objects of a labeled frame around the one in hand, by id.

    `NotFound`: it is not around it, not labeled (yet), or somebody's work on it is compared with others'.
    """
    found = surroundings(ws, at)
    task_id = found.labeled.get(image_id) if found else None
    if task_id is None:
        raise NotFound("That frame has no outlines to be shown.")
    with ws.store.read() as tx:
        return [one for one in stored.of_task(tx, task_id) if one.revision.outline is not None]


def between(ws: Workspace, at: AtTask, image_id: int) -> list[Image]:
    """The frames from another one to the one in hand, both included, in the order of the way there."""
    visible(ws, at, image_id)
    found = surroundings(ws, at)
    assert found is not None
    line = [one.image for one in found.around]
    numbers = {image.id: number for number, image in enumerate(line)}
    start, end = numbers[image_id], numbers[at.image.id]
    return line[start : end + 1] if start <= end else line[end : start + 1][::-1]
