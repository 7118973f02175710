"""The commands that pre-label images; see `commands`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from maa.domain.library import PrelabelRun
from maa.workflow import detections, disagreement, prelabeling, projects, proposals, sequences
from maa.workflow.images import Progress
from maa.workflow.workspace import Workspace

Json = Any


def prelabel_detections(
    ws: Workspace,
    on_progress: Progress,
    *,
    project: str,
    file: str,
    coco: str | None,
    least_score: float,
    least_confidence: float,
) -> Json:
    found = projects.find_project(ws, project)
    begun = detections.begin(
        ws,
        found.id,
        Path(file),
        meaning=Path(coco) if coco else None,
        least_score=least_score,
        least_confidence=least_confidence,
    )
    made = _run(ws, prelabeling.go_on(ws, begun.run.id, on_progress))
    return made | {"skipped": [{"file": one.file, "reason": one.reason} for one in begun.skipped]}


def prelabel_sequence(
    ws: Workspace,
    on_progress: Progress,
    *,
    project: str,
    least_confidence: float,
    sequence: str | None = None,
    start: int | None = None,
) -> Json:
    found = projects.find_project(ws, project)
    run = sequences.begin(ws, found.id, sequence=sequence, start=start, least_confidence=least_confidence)
    return _run(ws, prelabeling.go_on(ws, run.id, on_progress))


def prelabel_propose(
    ws: Workspace,
    on_progress: Progress,
    *,
    project: str,
    detector: str | None,
    least_score: float | None,
    least_confidence: float,
) -> Json:
    found = projects.find_project(ws, project)
    run = proposals.begin(
        ws, found.id, name=detector, least_score=least_score, least_confidence=least_confidence
    )
    return _run(ws, prelabeling.go_on(ws, run.id, on_progress))


def prelabel_disagreement(
    ws: Workspace, on_progress: Progress, *, project: str, candidate: str | None, against: str | None
) -> Json:
    found = projects.find_project(ws, project)
    run = disagreement.begin(ws, found.id, candidate=candidate, against=against)
    return _run(ws, prelabeling.go_on(ws, run.id, on_progress))


def prelabel_resume(ws: Workspace, on_progress: Progress, *, number: int) -> Json:
    return _run(ws, prelabeling.go_on(ws, number, on_progress))


def prelabel_stop(ws: Workspace, _: Progress, *, number: int) -> Json:
    prelabeling.get_run(ws, number)
    prelabeling.stop(number)
    return _run(ws, prelabeling.get_run(ws, number))


def prelabel_list(ws: Workspace, _: Progress, *, project: str) -> Json:
    found = projects.find_project(ws, project)
    return [_run(ws, run) for run in prelabeling.runs(ws, found.id)]


def _run(ws: Workspace, run: PrelabelRun) -> dict[str, Json]:
    return {
        "run": run.id,
        "source": run.source,
        "name": run.name,
        "model": run.model_id,
        "other_model": run.other_model,
        "least_score": run.least_score,
        "images": run.images,
        "looked_at": run.looked_at,
        "objects": run.objects,
        "finished": run.finished,
        "going_on": prelabeling.is_running(run.id),
        "left_alone": prelabeling.left_alone(ws, run.id),
    }


COMMANDS: dict[str, Callable[..., Json]] = {
    "prelabel detections": prelabel_detections,
    "prelabel sequence": prelabel_sequence,
    "prelabel propose": prelabel_propose,
    "prelabel disagreement": prelabel_disagreement,
    "prelabel resume": prelabel_resume,
    "prelabel stop": prelabel_stop,
    "prelabel list": prelabel_list,
}
