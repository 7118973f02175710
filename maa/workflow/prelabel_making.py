"""What a run does on one image that nobody has opened: pre-labels from prompts or from what a detector finds,
or a second model's opinion of those that are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from maa.dextr.architectures import box_prompt
from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.domain import Image, InvalidInput, Project, Prompt, Task
from maa.domain.library import PrelabelRun
from maa.geometry import iou
from maa.store import annotations as stored
from maa.store import events, images, prelabels, projects, tasks
from maa.store.connection import Transaction
from maa.workflow import access, carrying
from maa.workflow import prelabels as on_task
from maa.workflow.images import load_pixels
from maa.workflow.names import name_key
from maa.workflow.predict import detector, predictor
from maa.workflow.prelabel_order import set_order
from maa.workflow.workspace import Workspace

DETECTOR, DISAGREEMENT = "detector", "disagreement"
"""Sources of a run: objects are looked for; answers are compared. Others bring prompts."""
GONE = "it is not in the project any more"
UNSURE = "the model is not sure enough of any of its objects"


class CarriedRow(TypedDict):
    """Along which frames a frame gets its objects, as it is kept."""

    line: list[int]
    """Image ids, from the labeled frame on; the last one is its own."""


@dataclass(frozen=True, slots=True)
class Prompted:
    """Where an object is said to be, before the model was asked."""

    class_id: int
    prompt: Prompt


Source = Sequence[Prompted] | CarriedRow


def deal_with(ws: Workspace, run: PrelabelRun, image_id: int, source: Source) -> None:
    """Do a run's work on an image, unless somebody has opened it, and note what was done.

    Raises:
        ModelError: a model of the run is not in the library any more.
    """
    with ws.store.read() as tx:
        project = access.project(tx, run.project_id)
        task = tasks.accepted(tx, image_id)
        image = images.get(tx, image_id)
        note = GONE if task is None or image is None else on_task.why_not(tx, project, task)
    if note or image is None:
        with ws.store.write() as tx:
            prelabels.add_image(tx, run.id, image_id, objects=0, note=note)
    elif run.source == DISAGREEMENT:
        _compare(ws, run, project, image)
    elif isinstance(source, dict):
        carried = list(carrying.proposals(ws, run, image, source["line"]))
        _write(ws, run, project, image, carried, "" if carried else carrying.LOST)
    else:
        prompted = list(_found(ws, run, image)) if run.source == DETECTOR else source
        answers = list(_answers(ws, run, image, prompted))
        _write(ws, run, project, image, answers, UNSURE if prompted and not answers else "")


def _write(
    ws: Workspace,
    run: PrelabelRun,
    project: Project,
    image: Image,
    proposed: Sequence[on_task.Proposed],
    why_none: str = "",
) -> None:
    """Put what is proposed on the image, unless somebody has opened it meanwhile, and note that."""
    with ws.store.write() as tx:
        written, lowest = 0, None
        task, note = _still_free(tx, project, image)
        note = note or why_none
        if task is not None and not note:
            made = on_task.put(tx, task, proposed)
            written = len(made)
            lowest = min((one.revision.confidence or 0.0 for one in made), default=None)
            data = {"run": run.id, "objects": written, "model": run.model_id}
            data |= {"detector": run.other_model} if run.source == DETECTOR else {}
            events.add(tx, "prelabeled", project_id=run.project_id, task_id=task.id, data=data)
            # As the project wants it by now: it may have been changed while the model was asked.
            set_order(tx, access.project(tx, project.id), task, prelabels.Score(confidence=lowest))
        prelabels.add_image(tx, run.id, image.id, objects=written, confidence=lowest, note=note)


def _answers(
    ws: Workspace, run: PrelabelRun, image: Image, prompted: Sequence[Prompted]
) -> Iterator[on_task.Proposed]:
    """The model's outlines, the surest prompt first; those that it is unsure of are left out."""
    asked = predictor(run.model_id)
    pixels = load_pixels(ws, image.id)
    for one in prompted:
        try:
            prediction = asked.predict(pixels, one.prompt, image_key=image.pixel_hash)
        except InvalidInput:  # the prompt says nothing on this image
            continue
        outline = outline_of(prediction)
        if not outline.is_empty and prediction.confidence >= run.least_confidence:
            yield on_task.Proposed(
                one.class_id, outline, one.prompt, prediction.model_id, prediction.confidence
            )


def _found(ws: Workspace, run: PrelabelRun, image: Image) -> Iterator[Prompted]:
    """What the run's detector sees of the project's classes, the surest first."""
    assert run.other_model is not None
    with ws.store.read() as tx:
        labels = projects.classes(tx, run.project_id, include_retired=False)
    classes = {name_key(label.name): label.id for label in labels}
    outliner = predictor(run.model_id).model
    for one in detector(run.other_model).find(load_pixels(ws, image.id), run.least_score):
        class_id = classes.get(name_key(one.class_name))
        if class_id is not None:
            yield Prompted(class_id, box_prompt(outliner, one.box))


def _compare(ws: Workspace, run: PrelabelRun, project: Project, image: Image) -> None:
    """How far two models disagree on the prompts of an image's pre-labels; it becomes the task's priority
    where the project orders by that.
    """
    assert run.other_model is not None
    with ws.store.read() as tx:
        task = tasks.accepted(tx, image.id)
        there = stored.of_task(tx, task.id) if task else []
    prompts = [one.revision.prompt for one in there if one.revision.prelabel and one.revision.prompt]
    models = [predictor(run.model_id), predictor(run.other_model)]
    pixels = load_pixels(ws, image.id)
    overlaps = [_agreement(models, pixels, image, prompt) for prompt in prompts]
    found = 1 - min(overlaps) if overlaps else None
    with ws.store.write() as tx:
        task, note = _still_free(tx, project, image)
        if task is not None and found is not None:
            data = {"run": run.id, "disagreement": found, "models": [run.model_id, run.other_model]}
            events.add(tx, "compared", project_id=run.project_id, task_id=task.id, data=data)
            score = prelabels.Score(disagreement=found)
            set_order(tx, access.project(tx, project.id), task, score)
        elif not note:
            note = "it has no pre-labels to compare on"
        prelabels.add_image(tx, run.id, image.id, objects=len(overlaps), note=note, disagreement=found)


def _agreement(models: Sequence[Predictor], pixels: NDArray[np.uint8], image: Image, prompt: Prompt) -> float:
    """IoU of two models' outlines for a prompt; 1 where neither has one."""
    outlines = []
    for model in models:
        try:
            outlines.append(outline_of(model.predict(pixels, prompt, image_key=image.pixel_hash)))
        except InvalidInput:
            return 1.0  # the prompt says nothing, to either
    first, second = outlines
    return 1.0 if first.is_empty and second.is_empty else iou(first, second)


def _still_free(tx: Transaction, project: Project, image: Image) -> tuple[Task | None, str]:
    """The image's task unless somebody has opened it meanwhile, and why not."""
    task = tasks.accepted(tx, image.id)
    note = GONE if task is None else on_task.why_not(tx, project, task)
    return (None if note else task), note
