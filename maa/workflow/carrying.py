"""Objects carried from one frame of a sequence to another: what a batch proposes on a frame, and what an
annotator asks for on the one in hand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from shapely import MultiPolygon

from maa.dextr.predictor import Predictor
from maa.dextr.shelves import ModelError
from maa.domain import Annotation, Arm, Image, InvalidInput, NotAllowed, NotFound, TaskState
from maa.domain.library import PrelabelRun
from maa.geometry import iou, repair
from maa.store import annotations as stored
from maa.store import events, images, prelabels, projects, tasks, trials
from maa.store.connection import Transaction
from maa.workflow import arms, following, frames, holding, states
from maa.workflow import prelabels as on_task
from maa.workflow.decoding import Pixels
from maa.workflow.images import load_pixels
from maa.workflow.predict import named, predictor
from maa.workflow.prelabels import LABELED, Proposed
from maa.workflow.workspace import Workspace

MIN_CONFIDENCE = 0.5
"""What the annotator in front of it asks for is shown from here on; below, the moved outline is."""
MAX_AT_ONCE = 100
"""Objects of one call: the page waits for them."""
MAX_STEPS = 1000
"""Objects of one call times the frames that they are followed over: about 20 seconds."""
MAX_BETWEEN = 5
"""Frames that a batch follows objects over because people have opened them."""
LOST = "no object could be followed into it"
BY_MODEL, BY_MOTION, COPIED = "model", "motion", "copied"


# --- batches ---


def proposals(ws: Workspace, run: PrelabelRun, image: Image, line: Sequence[int]) -> Iterator[Proposed]:
    """What a run along a sequence proposes on a frame: the objects of the last frame before it that has some,
    followed over those between, which people have opened. Objects that are lost are left out.

    Args:
        line: ids of the frames from the labeled one on; the last one is this one's.
    """
    with ws.store.read() as tx:
        way, objects = _source(tx, run, line)
        between = [found for found in (images.get(tx, image_id) for image_id in way) if found is not None]
    if not objects or len({(one.width, one.height) for one in between}) > 1:
        return
    led_to, pixels = following.by_motion([outline for _, outline in objects], _pictures(ws, between))
    asked = predictor(run.model_id)
    for (class_id, _), expected in zip(objects, led_to, strict=True):
        found = expected and following.by_model(asked, expected, pixels, image, run.least_confidence)
        if found:
            yield Proposed(class_id, found.outline, found.prompt, found.model_id, found.confidence)


def _pictures(ws: Workspace, way: Sequence[Image]) -> Iterator[Pixels]:
    """The frames of a way one by one: all at once they would fill the memory."""
    return (load_pixels(ws, image.id) for image in way)


def _source(
    tx: Transaction, run: PrelabelRun, line: Sequence[int]
) -> tuple[list[int], list[tuple[int, MultiPolygon]]]:
    """The way from the frame whose objects are carried on, and these as (class, outline); none where the run
    has lost them, or people are at work on, or compared on, too many frames between.
    """
    dealt_with = prelabels.results(tx, run.id)
    compared = trials.compared(tx, run.project_id)
    for steps, image_id in enumerate(reversed(line[:-1]), start=1):
        if steps > MAX_BETWEEN:
            break
        task = tasks.accepted(tx, image_id)
        objects, note = dealt_with.get(image_id, (0, ""))
        if task is not None and image_id not in compared and (task.state in LABELED or objects):
            there = stored.of_task(tx, task.id)
            return list(line[-1 - steps :]), [
                (one.revision.class_id, one.revision.outline) for one in there if one.revision.outline
            ]
        if note == LOST:
            break
    return [], []


# --- on the frame in hand ---


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of an object that an annotator carried to their frame."""

    annotation: Annotation
    """The pre-label; or the object that was there already."""
    how: str
    """`BY_MODEL`, `BY_MOTION`, `COPIED`; "" when it was there already."""


def carry(
    ws: Workspace, task_id: int, person_id: int, image_id: int, annotation_ids: Collection[int]
) -> list[Carried]:
    """Objects of a labeled frame nearby, followed to the frame that this person holds, as pre-labels there.

    The model outlines them where their motion leads; where it is unsure the moved outline is taken, and where
    the motion is lost the outline as it was. Asking twice changes nothing.

    Raises:
        NotAllowed, Conflict: as of `holding.held`, or the image is to be drawn by hand.
        NotFound: the frame is not shown beside this one, or has no such object.
        InvalidInput: too many objects at once, or over too many frames; or classes that are not in use
            any more.
    """
    if len(annotation_ids) > MAX_AT_ONCE:
        raise InvalidInput(f"At most {MAX_AT_ONCE} objects can be carried at once. Carry them one by one.")
    at = holding.look_held(ws, task_id, person_id, TaskState.LEASED)
    if arms.arm_now(at.project, at.task) is Arm.MANUAL:
        raise NotAllowed(arms.BY_HAND)
    way = frames.between(ws, at, image_id)
    chosen = [one for one in frames.objects(ws, at, image_id) if one.id in annotation_ids]
    if len(chosen) != len(set(annotation_ids)):
        raise NotFound("That frame has no such object (any more).")
    with ws.store.read() as tx:
        in_use = {label.id for label in projects.classes(tx, at.project.id, include_retired=False)}
    chosen = [one for one in chosen if one.revision.class_id in in_use]
    if annotation_ids and not chosen:
        raise InvalidInput("The class of this object is not in use any more.")
    if len(chosen) * (len(way) - 1) > MAX_STEPS:
        raise InvalidInput(
            f"Objects times frames: {len(chosen)} x {len(way) - 1} are too many at once. Carry them from a "
            "nearer frame, or one by one."
        )
    outlines = [one.revision.outline for one in chosen if one.revision.outline is not None]
    led_to, pixels = following.by_motion(outlines, _pictures(ws, way))
    asked = _model(ws, at.project.id)
    found = [
        _followed(one, expected, way[-1], pixels, asked) for one, expected in zip(chosen, led_to, strict=True)
    ]
    return _write(ws, task_id, person_id, found)


def _model(ws: Workspace, project_id: int) -> Predictor | None:
    try:
        return predictor(named(ws, project_id))
    except ModelError:
        return None


def _followed(
    source: Annotation,
    expected: MultiPolygon | None,
    image: Image,
    pixels: Pixels,
    asked: Predictor | None,
) -> tuple[Proposed, str]:
    """`expected`: where its motion led it; None when that is lost."""
    revision = source.revision
    assert revision.outline is not None
    if expected is None:
        as_it_was = repair(revision.outline, (image.width, image.height))
        return Proposed(revision.class_id, as_it_was, None, None, None), COPIED
    answer = asked and following.by_model(asked, expected, pixels, image, MIN_CONFIDENCE)
    if not answer:
        return Proposed(revision.class_id, expected, None, None, None), BY_MOTION
    return Proposed(
        revision.class_id, answer.outline, answer.prompt, answer.model_id, answer.confidence
    ), BY_MODEL


def _write(ws: Workspace, task_id: int, person_id: int, found: list[tuple[Proposed, str]]) -> list[Carried]:
    with ws.store.write() as tx:
        person, task, project = holding.held(tx, task_id, person_id, TaskState.LEASED)
        carried: list[Carried] = []
        there = stored.of_task(tx, task.id)
        for proposed, how in found:
            known = next((one for one in there if _same(one.revision.outline, proposed.outline)), None)
            if known is not None:
                carried.append(Carried(known, ""))
                continue
            made = on_task.add(tx, task, proposed)
            there.append(made)
            carried.append(Carried(made, how))
            events.add(
                tx,
                "carried",
                project_id=project.id,
                task_id=task.id,
                annotation_id=made.id,
                person_id=person.id,
                data={"how": how, "model": proposed.model_id, "confidence": proposed.confidence},
            )
        states.lease(tx, task, TaskState.LEASED, person, project)
        return carried


def _same(one: MultiPolygon | None, other: MultiPolygon) -> bool:
    return one is not None and iou(one, other) >= on_task.SAME
