"""Training a project's detector from its approved work, and measuring one on it; both run as jobs."""

from __future__ import annotations

from pathlib import Path

from maa.dextr.architectures import architecture_of
from maa.dextr.library import check_files
from maa.dextr.shelves import LibraryModel, find_model
from maa.domain import InvalidInput
from maa.domain.library import JobKind, TrainingJob
from maa.learning.job_folder import MIN_AREA, TOO_SMALL, DetectorOrder, Order
from maa.workflow import access, jobs, library, promotion, training_data
from maa.workflow.images import Progress
from maa.workflow.workspace import Workspace

MIN_OBJECTS = 30
"""Fewer to train on teach nothing."""
BATCH = 4


def train(
    ws: Workspace,
    project_id: int,
    *,
    minutes: float,
    parent: str | None = None,
    threads: int = 1,
    input_size: int | None = None,
    seed: int = 0,
    by: int | None = None,
    on_progress: Progress = jobs.no_progress,
) -> TrainingJob:
    """Start to train a detector for a project from its approved work; it is measured on the held-back share
    in the end, together with the one that the project has.

    Args:
        parent: a model of the library, which lends its encoder; None for the one that the project works with,
            or for the library's default where that has none to lend.
        minutes: budget of the training; preparing and measuring come on top.

    Raises:
        Conflict: a job of the project is running already.
        InvalidInput: too little is approved, or all that is held back is too small to measure on.
        ModelError: the parent cannot be used.
    """
    jobs.check_threads(threads)
    outliner = promotion.present_model(ws, project_id)
    lender = find_model(parent) if parent else outliner
    if parent is None and architecture_of(lender).encoder is None:
        lender = find_model()
    check_files(lender)
    found = training_data.approved(ws, project_id)
    if reason := training_data.lacking(found, MIN_OBJECTS):
        raise InvalidInput(reason)
    _check_held_back(found)
    learnt = {one.revision.class_id for labeled in found.train for one in labeled.annotations}
    classes = tuple(sorted(found.names[class_id] for class_id in learnt))
    with ws.store.read() as tx:
        project = access.project(tx, project_id)
    name = library.free_name(f"{project.name[:30]}-detector")

    def prepare(folder: Path) -> Order:
        training_data.write_set(ws, folder / "data" / "project", found.train, {}, on_progress, found.names)
        _write_check(ws, folder, found, on_progress)
        card = {
            "use_case": f"finds {', '.join(classes)} as in {project.name}",
            **training_data.card_of(project.name, found, ws.clock()),
        }
        more = DetectorOrder(classes, str(outliner.folder), _present(ws, project_id))
        return Order(str(lender.folder), name, minutes, threads, seed, BATCH, input_size, card, detector=more)

    return jobs.begin(ws, project_id, JobKind.DETECTOR, lender, name, minutes, found, prepare, by)


def measure(
    ws: Workspace,
    project_id: int,
    model: LibraryModel,
    *,
    threads: int = 1,
    by: int | None = None,
    on_progress: Progress = jobs.no_progress,
) -> TrainingJob:
    """Start to measure a detector of the library on a project's held-back share, together with the one that
    the project has; errors as of `train`.
    """
    check_files(model)
    outliner = promotion.present_model(ws, project_id)
    found = training_data.approved(ws, project_id)
    _check_held_back(found)

    def prepare(folder: Path) -> Order:
        _write_check(ws, folder, found, on_progress)
        present = _present(ws, project_id)
        more = DetectorOrder(
            model.classes, str(outliner.folder), None if present == str(model.folder) else present
        )
        return Order(str(outliner.folder), str(model.folder), None, threads, detector=more)

    return jobs.begin(ws, project_id, JobKind.COMPARE, outliner, model.id, None, found, prepare, by)


def _check_held_back(found: training_data.Approved) -> None:
    """Said here at once; the job, which counts pixels, says it too."""
    outlines = [one.revision.outline for labeled in found.held_back for one in labeled.annotations]
    if outlines and all(outline is None or outline.area < MIN_AREA for outline in outlines):
        raise InvalidInput(TOO_SMALL)


def _present(ws: Workspace, project_id: int) -> str | None:
    """Folder of the detector that a project has."""
    present = promotion.present_detector(ws, project_id)
    return str(present.folder) if present else None


def _write_check(ws: Workspace, folder: Path, found: training_data.Approved, on_progress: Progress) -> None:
    training_data.write_set(ws, folder / "check" / "project", found.held_back, {}, on_progress, found.names)
