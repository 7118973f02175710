"""Objects carried along a sequence: from a labeled frame to those after it that nobody has opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from shapely import MultiPolygon

from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.domain import Image, InvalidInput, Point, Prompt, Task, TaskState
from maa.domain_library import PrelabelRun
from maa.geometry import iou, repair
from maa.geometry.motion import moved
from maa.store import annotations as stored
from maa.store import images, tasks
from maa.store.connection import Transaction
from maa.workflow import access, prelabeling, prelabels
from maa.workflow.detections import extremes
from maa.workflow.images import Progress, load_pixels
from maa.workflow.predict import predictor
from maa.workflow.prelabeling import LEAST_CONFIDENCE, PromptRow
from maa.workflow.promotion import present_model
from maa.workflow.workspace import Workspace

LABELED = (TaskState.SUBMITTED, TaskState.IN_REVIEW, TaskState.APPROVED)
"""States of frames whose objects are carried on."""
FARTHEST = 30
"""Frames that an object is carried at the most; then somebody should look again."""
LEAST_AGREEMENT = 0.5
"""IoU of what the motion and what the model say; below it the object is lost."""


@dataclass(slots=True)
class _Carried:
    """An object on its way through the frames."""

    class_id: int
    outline: MultiPolygon


@dataclass(slots=True)
class _Stretch:
    """A labeled frame and those after it that nobody has opened, up to the next labeled one."""

    first: Image
    objects: list[_Carried]
    following: list[Image] = field(default_factory=list)


def begin(
    ws: Workspace,
    project_id: int,
    on_progress: Progress,
    *,
    least_confidence: float = LEAST_CONFIDENCE,
    by: int | None = None,
) -> PrelabelRun:
    """Carry the objects of labeled frames to the frames after them, as prompts for pre-labels;
    `prelabeling.go_on` makes these.

    In each frame the motion of what an object encloses gives the prompt, and the model the outline. An object
    is carried on until the model is unsure of it, motion and model disagree, or `FARTHEST` frames on.

    Raises:
        InvalidInput: no labeled frame has a frame after it that nobody has opened.
        ModelError: there is no usable model.
    """
    model = present_model(ws, project_id)
    with ws.store.read() as tx:
        access.require_manager(tx, by, project_id)
        project = access.open_project(tx, project_id)
        stretches = list(_stretches(tx, project.id))
    frames = sum(len(stretch.following) for stretch in stretches)
    if not frames:
        raise InvalidInput(
            "No labeled frame has a frame after it that nobody has opened. Frames are images with numbered "
            "names; label the first one of a sequence."
        )
    rows: dict[int, list[PromptRow]] = {}
    asked, done = predictor(model.id), 0
    for stretch in stretches:
        for before, after in pairwise([stretch.first, *stretch.following]):
            on_progress(done, frames, after.file_name)
            done += 1
            found = list(_next_frame(ws, asked, stretch.objects, before, after, least_confidence))
            stretch.objects = [carried for carried, _ in found]
            if found:
                rows[after.id] = [row for _, row in found]
    if not rows:
        raise InvalidInput("No object could be followed into the next frame: too much changes between them.")
    return prelabeling.begin(
        ws,
        project_id,
        "sequence",
        f"{len(stretches)} labeled frames",
        model.id,
        rows,
        least_confidence=least_confidence,
        by=by,
    )


def _stretches(tx: Transaction, project_id: int) -> Iterator[_Stretch]:
    project = access.project(tx, project_id)
    on_image: Mapping[int, Task] = {
        task.image_id: task for task in tasks.of_project(tx, project_id) if task.accepted
    }
    frames = [image for image in images.of_project(tx, project_id) if image.sequence is not None]
    frames.sort(key=lambda image: (image.sequence, image.frame, image.id))
    present: _Stretch | None = None
    for image in frames:
        task = on_image[image.id]
        if present is not None and image.sequence != present.first.sequence:
            yield present
            present = None
        if task.state in LABELED:
            if present is not None:
                yield present
            objects = [
                _Carried(one.revision.class_id, one.revision.outline)
                for one in stored.of_task(tx, task.id)
                if one.revision.outline is not None
            ]
            present = _Stretch(image, objects)
        elif present is not None:
            if prelabels.why_not(tx, project, task) or len(present.following) >= FARTHEST:
                yield present
                present = None
            else:
                present.following.append(image)
    if present is not None:
        yield present


def _next_frame(
    ws: Workspace,
    asked: Predictor,
    objects: list[_Carried],
    before: Image,
    after: Image,
    least_confidence: float,
) -> Iterator[tuple[_Carried, PromptRow]]:
    first, second = load_pixels(ws, before.id), load_pixels(ws, after.id)
    for carried in objects:
        expected = moved(carried.outline, first, second)
        try:
            if expected is None:
                continue
            expected = repair(expected, (after.width, after.height))
            points = extremes(expected)
            prompt = Prompt(points=tuple(Point(x, y) for x, y in points))
            prediction = asked.predict(second, prompt, image_key=after.pixel_hash)
        except InvalidInput:  # it left the picture, or is a speck by now
            continue
        answer = outline_of(prediction)
        if prediction.confidence < least_confidence or answer.is_empty:
            continue
        if iou(answer, expected) < LEAST_AGREEMENT:
            continue
        yield (
            _Carried(carried.class_id, answer),
            PromptRow(class_id=carried.class_id, points=points, box=list(answer.bounds)),
        )
