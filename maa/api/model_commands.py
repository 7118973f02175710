"""The commands of the library of models; see `commands`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from maa.dextr.shelves import damaged
from maa.domain import MaaError
from maa.domain.library import JobState, ModelChoice, ModelPurpose, TrainingJob
from maa.workflow import detector_training, jobs, library, projects, promotion, training
from maa.workflow.images import Progress
from maa.workflow.workspace import Workspace

Json = Any


def models_list(ws: Workspace, _: Progress) -> Json:
    """Damaged ones last, with the problem in place of what a card says."""
    problems = damaged()
    sound = [library.described(one) for one in library.entries(ws) if one.model.name not in problems]
    return sound + [
        {"name": name, "state": "damaged", "problem": problem} for name, problem in problems.items()
    ]


def models_show(ws: Workspace, _: Progress, *, name: str) -> Json:
    """Everything about one model, its card included."""
    entry = library.entry(ws, name)
    return {**library.described(entry), "path": str(entry.model.folder), "card": dict(entry.model.card)}


def models_import(ws: Workspace, _: Progress, *, file: str, name: str | None) -> Json:
    model = library.import_model(ws, Path(file), name)
    return {"name": model.name, "id": model.id, "path": str(model.folder)}


def models_export(ws: Workspace, _: Progress, *, name: str, out: str) -> Json:
    model = library.export_model(name, Path(out))
    return {"name": model.name, "id": model.id, "file": out, "bytes": Path(out).stat().st_size}


def models_promote(
    ws: Workspace, _: Progress, *, name: str, project: str, reason: str, override: bool
) -> Json:
    found = projects.find_project(ws, project)
    choice = promotion.promote(ws, found.id, name, reason=reason, override=override)
    return _choice(found.name, choice)


def models_rollback(ws: Workspace, _: Progress, *, project: str, detector: bool = False) -> Json:
    found = projects.find_project(ws, project)
    purpose = ModelPurpose.OBJECTS if detector else ModelPurpose.OUTLINES
    return _choice(found.name, promotion.roll_back(ws, found.id, purpose))


def models_retire(ws: Workspace, _: Progress, *, name: str) -> Json:
    model = library.retire(ws, name)
    return {"name": model.name, "id": model.id, "state": "retired"}


def models_bring_back(ws: Workspace, _: Progress, *, name: str) -> Json:
    state = library.bring_back(ws, name)
    model = library.find_model(name)
    return {"name": model.name, "id": model.id, "state": state.value}


def models_offers(ws: Workspace, _: Progress, *, project: str) -> Json:
    found = projects.find_project(ws, project)
    return [
        {"name": offer.model.name, "id": offer.model.id, "covers": list(offer.covers)}
        for offer in library.offers(ws, found.id)
    ]


def models_finetune(
    ws: Workspace,
    on_progress: Progress,
    *,
    project: str,
    minutes: float,
    parent: str | None,
    threads: int,
    seed: int,
) -> Json:
    """Start a training; `models job` says how far it is."""
    found = projects.find_project(ws, project)
    started = training.finetune(
        ws,
        found.id,
        minutes=minutes,
        parent=parent,
        threads=threads,
        seed=seed,
        on_progress=on_progress,
    )
    return _job(ws, started)


def models_detector(
    ws: Workspace,
    on_progress: Progress,
    *,
    project: str,
    minutes: float,
    parent: str | None,
    threads: int,
    seed: int,
) -> Json:
    """Start to train a detector; `models job` says how far it is."""
    found = projects.find_project(ws, project)
    started = detector_training.train(
        ws,
        found.id,
        minutes=minutes,
        parent=parent,
        threads=threads,
        seed=seed,
        on_progress=on_progress,
    )
    return _job(ws, started)


def models_compare(
    ws: Workspace, on_progress: Progress, *, project: str, candidate: str, against: str | None
) -> Json:
    """Start a comparison; `models job` says how far it is."""
    found = projects.find_project(ws, project)
    return _job(ws, training.compare(ws, found.id, candidate, against=against, on_progress=on_progress))


def models_job(ws: Workspace, _: Progress, *, number: int) -> Json:
    return _job(ws, jobs.job(ws, number))


def models_jobs(ws: Workspace, _: Progress, *, project: str | None) -> Json:
    found = projects.find_project(ws, project) if project else None
    return [_job(ws, one) for one in jobs.listed(ws, found.id if found else None)]


def models_cancel(ws: Workspace, _: Progress, *, number: int) -> Json:
    return _job(ws, jobs.cancel(ws, number))


def _job(ws: Workspace, job: TrainingJob) -> Json:
    """A job, how far it is while it runs, and what it found once it is done."""
    told: dict[str, Json] = {
        "job": job.id,
        "kind": job.kind.value,
        "state": job.state.value,
        "parent": job.parent,
        "candidate": job.candidate,
        "minutes": job.minutes,
        "images": job.images,
        "objects": job.objects,
        "held_back": job.held_back,
        "message": job.message,
    }
    if job.state is JobState.RUNNING:
        said = jobs.progress(ws, job.id)
        told["progress"] = {"phase": said.phase, "share": said.share, **said.more}
    if job.state is JobState.DONE:
        try:
            told |= _outcome(ws, job)
        except MaaError as because:  # one model that is gone or damaged hides no other job
            told["message"] = str(because)
    return told


def _outcome(ws: Workspace, job: TrainingJob) -> dict[str, Json]:
    entry = library.entry(ws, job.candidate)
    metrics = [library.measured(one) for one in entry.measurements if one.job_id == job.id]
    metrics += [library.detected(one) for one in entry.detector_measurements if one.job_id == job.id]
    found = promotion.look_at(ws, job.project_id, entry.model.id)
    return {
        "model": entry.model.id,
        "metrics": metrics,
        "may_be_promoted": found.passed,
        "finding": found.why,
    }


def _choice(project: str, choice: ModelChoice) -> Json:
    return {
        "project": project,
        "model": choice.model_id,
        "purpose": choice.purpose.value,
        "replaced": choice.replaced,
        "how": choice.how.value,
        "reason": choice.reason,
    }


COMMANDS: dict[str, Callable[..., Json]] = {
    "models list": models_list,
    "models show": models_show,
    "models import": models_import,
    "models export": models_export,
    "models promote": models_promote,
    "models rollback": models_rollback,
    "models retire": models_retire,
    "models bring-back": models_bring_back,
    "models offers": models_offers,
    "models finetune": models_finetune,
    "models detector": models_detector,
    "models compare": models_compare,
    "models job": models_job,
    "models jobs": models_jobs,
    "models cancel": models_cancel,
}
