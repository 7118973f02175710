"""The frames around the one in hand: what who works on it may see of them.

Looking gives nobody a task: frames are handed out by the queue as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maa.domain import Annotation, Image, NotFound, Project, TaskPurpose, TaskState, Video
from maa.store import annotations as stored
from maa.store import images, tasks
from maa.store import videos as stored_videos
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
    """Image -> task, of the frames around it whose objects this person may see."""
    video: Video | None
    seconds: float
    """When in the video the frame is."""


def is_frame(ws: Workspace, project: Project, image: Image) -> bool:
    """Whether there are other frames around an image of this project."""
    if image.sequence is None:
        return False
    with ws.store.read() as tx:
        return _counts(tx, project, image) and not images.is_alone(tx, image)


def by_name(ws: Workspace, project: Project, imported: Sequence[Image]) -> bool:
    """Whether some of these images count as frames of one sequence because of their numbered names alone."""
    if not project.settings.numbered_are_frames:
        return False
    found: dict[tuple[object, ...], list[Image]] = {}
    for image in imported:
        if image.sequence is not None:
            found.setdefault((image.sequence, image.width, image.height), []).append(image)
    with ws.store.read() as tx:
        return any(len(one) > 1 and stored_videos.of_image(tx, one[0].id) is None for one in found.values())


def _counts(tx: Transaction, project: Project, image: Image) -> bool:
    """Whether the number in an image's name says which frame it is."""
    return project.settings.numbered_are_frames or stored_videos.of_image(tx, image.id) is not None


def surroundings(ws: Workspace, at: AtTask) -> Surroundings | None:
    """The frames around a task's image; None when it is no frame of anything.

    Outlines of frames on which people are or may still be compared are not shown. While a project has gold
    trials or duplicates, who labels is shown those of their own work, and no others.
    """
    if at.image.sequence is None:
        return None
    own = at.person.id if _only_own(ws, at) else None

    def read(tx: Transaction) -> Surroundings | None:
        if not _counts(tx, at.project, at.image):
            return None
        around = images.around(tx, at.image, REACH)
        if len(around) < 2:
            return None
        here = next(one for one in around if one.image.id == at.image.id)
        others = [one.image.id for one in around if one is not here]
        video, seconds = stored_videos.of_image(tx, at.image.id) or (None, 0.0)
        if own is None:
            labeled = tasks.shown_beside(tx, others, LABELED)
        else:
            labeled = tasks.handed_in_by(tx, others, LABELED, own)
        return Surroundings(here, tuple(around), labeled, video, seconds)

    return remembered(ws, ("surroundings", at.image.id, own), read)


def _only_own(ws: Workspace, at: AtTask) -> bool:
    """Whether this person, who labels, sees the outlines of nothing but what they handed in themselves.

    So it is for every task where some are compared: others' outlines beside a trial or a duplicate would be
    half its answer, and none beside it alone would tell which it is.
    """
    if at.task.state is TaskState.IN_REVIEW:
        return False
    settings = at.project.settings
    if settings.compares_people:
        return True
    # What was handed out before they were switched off is compared all the same.
    return remembered(
        ws,
        ("trials in hand", at.project.id),
        lambda tx: any(one.purpose is not TaskPurpose.WORK for one in tasks.leased(tx, at.project.id)),
    )


def visible(ws: Workspace, at: AtTask, image_id: int) -> Image:
    """A frame around the one in hand; `NotFound` when it is none."""
    found = surroundings(ws, at)
    for one in found.around if found else ():
        if one.image.id == image_id:
            return one.image
    raise NotFound("That image is not among the frames around this one.")


def objects(ws: Workspace, at: AtTask, image_id: int) -> list[Annotation]:
    """The objects of a labeled frame around the one in hand, by id.

    `NotFound`: it is not around it, not labeled (yet), or not to be seen because of comparisons, as
    `surroundings` says.
    """
    found = surroundings(ws, at)
    task_id = found.labeled.get(image_id) if found else None
    if task_id is None:
        raise NotFound("That frame has no outlines to show.")
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
