"""Runs of pre-labels: prompts from somewhere, outlines from the project's model, on images nobody has opened.

A run can be stopped at any image and goes on where it was, after a restart too: what it reads is kept in the
data folder, and what it did on each image in the database.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from maa.dextr.outline import outline_of
from maa.domain import Box, Image, InvalidInput, NotFound, Point, PrelabelOrder, Project, Prompt, Task
from maa.domain_library import PrelabelRun
from maa.learning.job_folder import write_json
from maa.store import events, images, prelabels, tasks
from maa.store.connection import Transaction
from maa.workflow import access
from maa.workflow import prelabels as on_task
from maa.workflow.images import Progress, load_pixels
from maa.workflow.names import clean_name
from maa.workflow.predict import predictor
from maa.workflow.workspace import Workspace

LEAST_CONFIDENCE = 0.5
"""Answers below this guess at their own IoU are more work to repair than to draw."""
PRIORITY_RANGE = 50
"""Pre-labeled images get priorities from minus to plus this, where the project orders them by confidence."""


class PromptRow(TypedDict):
    """Where an object is said to be, as it is kept."""

    class_id: int
    points: list[list[float]]
    """Boundary points (x, y), or none: then the box counts."""
    box: list[float]
    """Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Prompted:
    """Where an object is said to be, before the model was asked."""

    class_id: int
    prompt: Prompt


def begin(
    ws: Workspace,
    project_id: int,
    source: str,
    name: str,
    model_id: str,
    prompts: Mapping[int, Sequence[PromptRow]],
    *,
    least_confidence: float = LEAST_CONFIDENCE,
    by: int | None = None,
) -> PrelabelRun:
    """Record a run and keep what it reads; `go_on` makes the pre-labels.

    Args:
        prompts: image id -> what is said to be there, the surest first.
        least_confidence: answers that the model is less sure of are left out.
    """
    if not 0 <= least_confidence <= 1:
        raise InvalidInput("The least confidence is a number from 0 to 1.")
    name = clean_name(name, "name of the run")
    with ws.store.write() as tx:
        access.require_manager(tx, by, project_id)
        access.open_project(tx, project_id)
        run = prelabels.add_run(
            tx,
            project_id,
            source=source,
            name=name,
            model_id=model_id,
            least_confidence=least_confidence,
            images=len(prompts),
            person_id=by,
        )
        data = {"run": run.id, "source": source, "name": name, "model": model_id}
        events.add(tx, "prelabels_begun", project_id=project_id, person_id=by, data=data)
        _prompts_file(ws, run.id).parent.mkdir(exist_ok=True)
        # Inside, so that a run without its file is never seen.
        write_json(_prompts_file(ws, run.id), prompts)
    return run


def go_on(
    ws: Workspace, run_id: int, on_progress: Progress, stop: Callable[[], bool] = lambda: False
) -> PrelabelRun:
    """Make a run's pre-labels, from where it was, until it is done or `stop()` says so.

    The model is the one that the run was begun with. An image that somebody opens meanwhile is left alone.

    Raises:
        ModelError: the model is not in the library any more.
        InvalidInput: what the run reads is gone.
    """
    run = get_run(ws, run_id)
    if run.finished:
        return run
    prompts = _read_prompts(ws, run_id)
    with ws.store.read() as tx:
        done = prelabels.images_of(tx, run_id)
    left = [image_id for image_id in sorted(prompts) if image_id not in done]
    for made, image_id in enumerate(left, start=len(prompts) - len(left)):
        if stop():
            return get_run(ws, run_id)
        on_progress(made, len(prompts), "")
        _one_image(ws, run, image_id, prompts[image_id])
    with ws.store.write() as tx:
        prelabels.finish(tx, run_id)
        data = {"run": run_id}
        events.add(tx, "prelabels_made", project_id=run.project_id, person_id=run.person_id, data=data)
    _prompts_file(ws, run_id).unlink(missing_ok=True)
    on_progress(len(prompts), len(prompts), "")
    return get_run(ws, run_id)


def get_run(ws: Workspace, run_id: int) -> PrelabelRun:
    """One run as it is now; `NotFound` if there is none."""
    with ws.store.read() as tx:
        run = prelabels.get(tx, run_id)
    if run is None:
        raise NotFound(f"There is no run of pre-labels number {run_id}.")
    return run


def runs(ws: Workspace, project_id: int) -> list[PrelabelRun]:
    """Newest first."""
    with ws.store.read() as tx:
        access.project(tx, project_id)
        return prelabels.of_project(tx, project_id)


def left_alone(ws: Workspace, run_id: int) -> dict[str, int]:
    """How many images a run left alone, by the reason."""
    with ws.store.read() as tx:
        return prelabels.notes(tx, run_id)


# --- in the background of the app ---

_stops: dict[int, threading.Event] = {}
_problems: dict[int, str] = {}
_book = threading.Lock()


def start(ws: Workspace, run_id: int) -> None:
    """`go_on` in a thread of this process; nothing happens when it runs already."""
    with _book:
        if run_id in _stops:
            return
        stop = _stops[run_id] = threading.Event()
        _problems.pop(run_id, None)

    def work() -> None:
        try:
            go_on(ws, run_id, lambda *_: None, stop.is_set)
        except Exception as error:
            _problems[run_id] = str(error)
        finally:
            with _book:
                _stops.pop(run_id, None)

    threading.Thread(target=work, name=f"prelabels {run_id}", daemon=True).start()


def stop(run_id: int) -> None:
    """Have a run end after the image that it is at; `start` goes on with it."""
    with _book:
        if run_id in _stops:
            _stops[run_id].set()


def is_running(run_id: int) -> bool:
    return run_id in _stops


def problem(run_id: int) -> str | None:
    """Why a run of this process ended before its time; None when it did not."""
    return _problems.get(run_id)


# --- within ---


def _one_image(ws: Workspace, run: PrelabelRun, image_id: int, prompted: Sequence[Prompted]) -> None:
    with ws.store.read() as tx:
        project = access.project(tx, run.project_id)
        task = tasks.accepted(tx, image_id)
        image = images.get(tx, image_id)
        note = "it is not in the project any more"
        if task is not None and image is not None:
            note = on_task.why_not(tx, project, task)
    proposed = list(_answers(ws, run, image, prompted)) if image is not None and not note else []
    with ws.store.write() as tx:
        written = 0
        lowest = None
        task = tasks.accepted(tx, image_id)
        if task is not None and not note:
            note = on_task.why_not(tx, project, task)  # somebody may have opened it meanwhile
        if task is not None and not note:
            made = on_task.put(tx, task, proposed)
            written = len(made)
            lowest = min((one.revision.confidence or 0.0 for one in made), default=None)
            data = {"run": run.id, "objects": written, "model": run.model_id}
            events.add(tx, "prelabeled", project_id=run.project_id, task_id=task.id, data=data)
            if lowest is not None:
                _set_order(tx, project, task, lowest)
        prelabels.add_image(tx, run.id, image_id, objects=written, confidence=lowest, note=note)


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


def _set_order(tx: Transaction, project: Project, task: Task, confidence: float) -> None:
    """Which images come first: by the object that the model is least sure of. What a manager put before or
    behind all that stays there.
    """
    share = {
        PrelabelOrder.LEARN_MOST: 1 - confidence,
        PrelabelOrder.NEARLY_DONE: confidence,
    }.get(PrelabelOrder(project.settings.prelabel_order))
    if share is not None and abs(task.priority) <= PRIORITY_RANGE:
        on_task.set_priority(tx, task, round(PRIORITY_RANGE * (2 * share - 1)))


def _prompts_file(ws: Workspace, run_id: int) -> Path:
    return ws.data_dir / "prelabels" / f"{run_id}.json"


def _read_prompts(ws: Workspace, run_id: int) -> dict[int, list[Prompted]]:
    try:
        listed = json.loads(_prompts_file(ws, run_id).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput("What this run reads is gone. Import the file again.") from error
    return {
        int(image_id): [
            Prompted(
                one["class_id"],
                Prompt(
                    points=tuple(Point(x, y) for x, y in one["points"]),
                    box=None if one["points"] else Box(*one["box"]),
                ),
            )
            for one in prompts
        ]
        for image_id, prompts in listed.items()
    }
