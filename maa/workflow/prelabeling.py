"""Runs of pre-labels over the images that nobody has opened; what is done on each: `prelabel_making`.

A run can be stopped at any image and goes on where it was, after a restart too: what it reads is kept in the
data folder, and what it did on each image in the database.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from maa.domain import Box, Conflict, InvalidInput, MaaError, NotFound, Point, Prompt
from maa.domain.library import PrelabelRun
from maa.store import events, prelabels
from maa.workflow import access
from maa.workflow.atomic import replacing
from maa.workflow.images import Progress
from maa.workflow.names import clean_name
from maa.workflow.prelabel_making import CarriedRow, Prompted, Source, deal_with
from maa.workflow.workspace import Workspace

_log = logging.getLogger(__name__)

MIN_CONFIDENCE = 0.5
"""Answers below this guess at their own IoU are more work to repair than to draw."""


class PromptRow(TypedDict):
    """Where an object is said to be, as it is kept."""

    class_id: int
    points: list[list[float]]
    """Boundary points (x, y), or none: then the box counts."""
    box: list[float]
    """Left, top, right, bottom."""


def begin(
    ws: Workspace,
    project_id: int,
    source: str,
    name: str,
    model_id: str,
    sources: Mapping[int, Sequence[PromptRow] | CarriedRow],
    *,
    least_confidence: float = MIN_CONFIDENCE,
    other_model: str | None = None,
    least_score: float | None = None,
    by: int | None = None,
) -> PrelabelRun:
    """Record a run and keep what it reads; `go_on` makes the pre-labels.

    Args:
        sources: image id -> what is said to be there, the surest first (nothing yet where a detector looks
            when it is the image's turn), or the frames that lead to it; the images are taken in this order.
        other_model, least_score: see `PrelabelRun`.
        least_confidence: answers that the model is less sure of are left out.
    """
    if not 0 <= least_confidence <= 1:
        raise InvalidInput("The minimum confidence must be a number from 0 to 1.")
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
            images=len(sources),
            person_id=by,
            other_model=other_model,
            least_score=least_score,
        )
        data = {"run": run.id, "source": source, "name": name, "model": model_id}
        data |= {"other_model": other_model} if other_model else {}
        events.add(tx, "prelabels_begun", project_id=project_id, person_id=by, data=data)
        _sources_file(ws, run.id).parent.mkdir(exist_ok=True)
        # Inside, so that a run without its file is never seen.
        with replacing(_sources_file(ws, run.id)) as unfinished:
            unfinished.write_text(json.dumps(sources), encoding="utf-8")
    return run


def go_on(
    ws: Workspace, run_id: int, on_progress: Progress, stopped: Callable[[], bool] = lambda: False
) -> PrelabelRun:
    """Make a run's pre-labels, from where it was, until it is done, `stopped()` says so or `stop` is called.

    The model is the one that the run was begun with. An image that somebody opens meanwhile is left alone.

    Raises:
        Conflict: it is going on in this process already (no other one has the database).
        ModelError: the model is not in the library any more.
        InvalidInput: what the run reads is gone.
    """
    stopping = _begun(run_id)
    if stopping is None:
        raise Conflict(f"Run {run_id} is already running. To stop it: maa prelabel stop {run_id}")
    try:
        return _go_on(ws, run_id, on_progress, lambda: stopping.is_set() or stopped())
    finally:
        _ended(run_id)


def _go_on(ws: Workspace, run_id: int, on_progress: Progress, stop: Callable[[], bool]) -> PrelabelRun:
    run = get_run(ws, run_id)
    if run.finished:
        return run
    sources = _read_sources(ws, run_id)
    with ws.store.read() as tx:
        done = prelabels.results(tx, run_id)
    left = [image_id for image_id in sources if image_id not in done]
    for made, image_id in enumerate(left, start=len(sources) - len(left)):
        if stop():
            return get_run(ws, run_id)
        on_progress(made, len(sources), "")
        deal_with(ws, run, image_id, sources[image_id])
    with ws.store.write() as tx:
        prelabels.finish(tx, run_id)
        data = {"run": run_id}
        events.add(tx, "prelabels_made", project_id=run.project_id, person_id=run.person_id, data=data)
    _sources_file(ws, run_id).unlink(missing_ok=True)
    on_progress(len(sources), len(sources), "")
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


# --- which are going on ---

_stops: dict[int, threading.Event] = {}
_problems: dict[int, str] = {}
_book = threading.Lock()


def _begun(run_id: int) -> threading.Event | None:
    """Write down that a run goes on here, and get what stops it; None when it does already."""
    with _book:
        if run_id in _stops:
            return None
        _problems.pop(run_id, None)
        stopping = _stops[run_id] = threading.Event()
        return stopping


def _ended(run_id: int) -> None:
    with _book:
        _stops.pop(run_id, None)


def start(ws: Workspace, run_id: int) -> None:
    """`go_on` in a thread of this process; nothing happens when it is going on already."""
    stopping = _begun(run_id)
    if stopping is None:
        return

    def work() -> None:
        try:
            _go_on(ws, run_id, lambda *_: None, stopping.is_set)
        except MaaError as error:
            _problems[run_id] = str(error)
        except Exception as error:
            _log.exception("The run of pre-labels %s failed.", run_id)
            _problems[run_id] = f"A fault of MAA ({type(error).__name__}). The server's log has the details."
        finally:
            _ended(run_id)

    threading.Thread(target=work, name=f"prelabels {run_id}", daemon=True).start()


def stop(run_id: int) -> None:
    """Have a run end after the image that it is at; `start` and `go_on` go on with it."""
    with _book:
        if run_id in _stops:
            _stops[run_id].set()


def is_running(run_id: int) -> bool:
    return run_id in _stops


def problem(run_id: int) -> str | None:
    """Why a run of this process ended before its time; None when it did not."""
    return _problems.get(run_id)


# --- within ---


def _sources_file(ws: Workspace, run_id: int) -> Path:
    return ws.data_dir / "prelabels" / f"{run_id}.json"


def _read_sources(ws: Workspace, run_id: int) -> dict[int, Source]:
    """Image id -> what is said to be there, or the frames that lead to it."""
    try:
        listed = json.loads(_sources_file(ws, run_id).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput("The input of this run is gone. Start a new run.") from error
    return {int(image_id): _read_source(source) for image_id, source in listed.items()}


def _read_source(kept: Any) -> Source:
    return CarriedRow(line=kept["line"]) if isinstance(kept, dict) else [_prompted(row) for row in kept]


def _prompted(row: PromptRow) -> Prompted:
    prompt = Prompt(
        points=tuple(Point(x, y) for x, y in row["points"]), box=None if row["points"] else Box(*row["box"])
    )
    return Prompted(row["class_id"], prompt)
