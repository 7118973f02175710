"""How long each panel of the dashboard takes with 100,000 tasks and a million events."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from maa.domain import TaskPurpose
from maa.workflow import metrics, quality
from maa.workflow.metrics import Filter
from maa.workflow.speedup import speed_report
from maa.workflow.summary import summarize
from maa.workflow.workspace import Workspace
from tools import bulk

TASKS = 100_000
EVENTS = 1_000_000
TURNS = 20

PANELS: dict[str, Callable[[Workspace, Filter], object]] = {
    "figures at the top": summarize,
    "work per day and person": metrics.throughput,
    "effort per object": metrics.seconds_per_object,
    "assisted against by hand, with interval": speed_report,
    "model's outlines by class and model": metrics.model_outcomes,
    "model's outline against the approved one": metrics.model_histogram,
    "objects behind it": metrics.approved_objects,
    "what reviewers said": metrics.review_outcomes,
    "reasons": metrics.return_reasons,
    "what was sent back": metrics.sent_back,
    "gold scores": quality.gold_scores,
    "agreement of two": quality.agreement,
    "objects compared": lambda ws, f: quality.compared_objects(ws, f, TaskPurpose.GOLD),
    "backlog": metrics.backlog,
    "forecast": metrics.forecast,
}


def measure(tasks: int = TASKS, events: int = EVENTS, turns: int = TURNS, folder: Path | None = None) -> dict:
    """Milliseconds of every panel, for everybody, the last 30 days and all time; the worse of the two counts.

    `folder`: a workspace that `tools.bulk` filled before; else one is made.
    """
    with tempfile.TemporaryDirectory() as scratch:
        ws = Workspace(folder or Path(scratch))
        try:
            project_id = 1 if folder else bulk.worked(ws, tasks, events).id
            return {
                "tasks": tasks,
                "events": events,
                "turns": turns,
                "panels": {name: _panel(ws, panel, project_id, turns) for name, panel in PANELS.items()},
            }
        finally:
            ws.close()


def _panel(ws: Workspace, panel: Callable[[Workspace, Filter], object], project_id: int, turns: int) -> dict:
    today = date.today()
    worst: dict[str, float] = {}
    for first in (today - timedelta(days=29), date(2000, 1, 1)):
        chosen = Filter(project_id, first, today, (), "Europe/Berlin")
        wall, processor = [], []
        for _ in range(turns):
            began, used = time.perf_counter(), time.process_time()
            panel(ws, chosen)
            wall.append(1000 * (time.perf_counter() - began))
            processor.append(1000 * (time.process_time() - used))
        for name, value in (
            ("ms_median", float(np.median(wall))),
            ("ms_p95", float(np.percentile(wall, 95))),
            ("ms_processor", min(processor)),
        ):
            worst[name] = max(worst.get(name, 0), round(value))
    return worst
