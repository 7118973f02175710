"""What two models disagree on: which images a model would learn most from."""

from __future__ import annotations

from maa.dextr.shelves import LibraryModel, find_model
from maa.domain import InvalidInput
from maa.domain.library import JobKind, JobState, PrelabelRun
from maa.store import training_jobs
from maa.workflow import access, prelabeling, promotion
from maa.workflow.predict import predictor
from maa.workflow.prelabel_making import DISAGREEMENT
from maa.workflow.prelabeling import PromptRow
from maa.workflow.prelabels import free_images
from maa.workflow.workspace import Workspace


def begin(
    ws: Workspace,
    project_id: int,
    *,
    candidate: str | None = None,
    against: str | None = None,
    by: int | None = None,
) -> PrelabelRun:
    """Begin a run that asks two models about the pre-labels of images that nobody has opened;
    `prelabeling.go_on` does it. Where the project orders by that, what they disagree on most comes first.

    Args:
        candidate: a model of the library; None for the project's newest training.
        against: another one; None for the model that the candidate was trained from.

    Raises:
        InvalidInput: nothing was trained yet, both are one model, or no such image has pre-labels.
        ModelError: a model cannot be used.
    """
    with ws.store.read() as tx:  # before anything is said about models
        access.require_manager(tx, by, project_id)
    first, second = _models(ws, project_id, candidate, against)
    if first.id == second.id:
        raise InvalidInput(f"{first.name} cannot disagree with itself. Name two models.")
    for model in (first, second):
        predictor(model.id)
    with ws.store.read() as tx:
        free = free_images(tx, access.project(tx, project_id), prelabeled=True)
    if not free:
        raise InvalidInput("No unopened image has pre-labels, so there is nothing to compare on.")
    rows: dict[int, list[PromptRow]] = {image_id: [] for image_id in free}
    return prelabeling.begin(
        ws,
        project_id,
        DISAGREEMENT,
        f"Disagreement of {first.name} and {second.name}",
        first.id,
        rows,
        other_model=second.id,
        by=by,
    )


def _models(
    ws: Workspace, project_id: int, candidate: str | None, against: str | None
) -> tuple[LibraryModel, LibraryModel]:
    with ws.store.read() as tx:
        trained = next(
            (
                job
                for job in training_jobs.listed(tx, project_id=project_id, state=JobState.DONE)
                if job.kind is JobKind.FINETUNE
            ),
            None,
        )
    if trained is None and candidate is None:
        raise InvalidInput(
            "No outlining model has been trained for the project yet. Train one on the Models page, or name "
            "one: `maa prelabel disagreement --project NAME --candidate MODEL`."
        )
    first = find_model(candidate or (trained.candidate if trained else None))
    parent = trained.parent if trained is not None and trained.candidate == first.name else None
    if against is None and parent is None:
        return first, promotion.present_model(ws, project_id)
    return first, find_model(against or parent)
