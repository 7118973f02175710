"""Making a candidate for a project from its approved work, and comparing models on it; both run as jobs."""

from __future__ import annotations

from pathlib import Path

from maa.dextr.architectures import COMPACT
from maa.dextr.library import check_files
from maa.dextr.shelves import find_model
from maa.domain import InvalidInput
from maa.domain.library import JobKind, TrainingJob
from maa.learning.job_folder import Order
from maa.workflow import access, detector_training, jobs, library, promotion, training_data
from maa.workflow.images import Progress
from maa.workflow.workspace import Workspace, general_dir

MIN_OBJECTS = 10
"""Fewer to train on teach nothing."""


def finetune(
    ws: Workspace,
    project_id: int,
    *,
    minutes: float,
    parent: str | None = None,
    threads: int = 1,
    batch: int = 8,
    input_size: int | None = None,
    seed: int = 0,
    by: int | None = None,
    on_progress: Progress = jobs.no_progress,
) -> TrainingJob:
    """Start to train a candidate for a project from its approved work; it is compared with its parent in the
    end.

    Args:
        parent: a model of the library; None for the one that the project works with.
        minutes: budget of the training; preparing and comparing come on top.
        on_progress: hears of the images that are written out before the process starts.

    Raises:
        Conflict: a job of the project is running already.
        InvalidInput: too little is approved, or the parent cannot be trained on.
        ModelError: the parent cannot be used.
    """
    jobs.check_threads(threads)
    start_from = find_model(parent) if parent else promotion.present_model(ws, project_id)
    check_files(start_from)
    if start_from.architecture != COMPACT.name:
        raise InvalidInput(
            f"{start_from.name} is of architecture {start_from.architecture}; MAA trains {COMPACT.name}. "
            "Choose another parent."
        )
    found = training_data.approved(ws, project_id)
    if reason := training_data.lacking(found, MIN_OBJECTS):
        raise InvalidInput(reason)
    with ws.store.read() as tx:
        project = access.project(tx, project_id)
    name = library.free_name(project.name)

    def prepare(folder: Path) -> Order:
        meta = {"source": f"project {project.name!r}", "licence": "as the project's images"}
        training_data.write_set(ws, folder / "data" / "project", found.train, meta, on_progress)
        _write_checks(ws, folder, found, on_progress)
        replayed = training_data.link_general(
            general_dir(ws.data_dir), replay=folder / "data", check=folder / "check" / "general"
        )
        card = {
            "use_case": f"{', '.join(found.classes)} as in {project.name}",
            "classes": list(found.classes),
            **training_data.card_of(project.name, found, ws.clock()),
        }
        card["training_data"] += [{"name": one, "use": "replayed against forgetting"} for one in replayed]
        return Order(str(start_from.folder), name, minutes, threads, seed, batch, input_size or None, card)

    return jobs.begin(ws, project_id, JobKind.FINETUNE, start_from, name, minutes, found, prepare, by)


def compare(
    ws: Workspace,
    project_id: int,
    candidate: str,
    *,
    against: str | None = None,
    threads: int = 1,
    by: int | None = None,
    on_progress: Progress = jobs.no_progress,
) -> TrainingJob:
    """Start to compare a model with another one (None: the one that the project works with) on the project's
    held-back share and on general data; errors as of `finetune`. A detector is measured on the former alone.
    """
    model = find_model(candidate)
    if model.detects:
        return detector_training.measure(
            ws, project_id, model, threads=threads, by=by, on_progress=on_progress
        )
    other = find_model(against) if against else promotion.present_model(ws, project_id)
    if model.id == other.id:
        raise InvalidInput(f"{model.name} cannot be compared with itself.")
    for one in (model, other):
        check_files(one)
    found = training_data.approved(ws, project_id)

    def prepare(folder: Path) -> Order:
        _write_checks(ws, folder, found, on_progress)
        training_data.link_general(
            general_dir(ws.data_dir), replay=folder / "data", check=folder / "check" / "general"
        )
        return Order(str(other.folder), str(model.folder), None, threads)

    return jobs.begin(ws, project_id, JobKind.COMPARE, other, model.id, None, found, prepare, by)


def _write_checks(ws: Workspace, folder: Path, found: training_data.Approved, on_progress: Progress) -> None:
    training_data.write_set(ws, folder / "check" / "project", found.held_back, {}, on_progress)
