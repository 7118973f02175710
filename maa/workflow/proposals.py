"""Objects that a project's detector proposes by itself, on images that nobody has opened."""

from __future__ import annotations

from maa.dextr.shelves import find_model
from maa.domain import InvalidInput
from maa.domain.library import PrelabelRun
from maa.store import projects
from maa.workflow import access, prelabeling, promotion
from maa.workflow.names import name_key
from maa.workflow.predict import detector
from maa.workflow.prelabel_making import DETECTOR
from maa.workflow.prelabeling import MIN_CONFIDENCE, PromptRow
from maa.workflow.prelabels import free_images
from maa.workflow.workspace import Workspace


def begin(
    ws: Workspace,
    project_id: int,
    *,
    name: str | None = None,
    least_score: float | None = None,
    least_confidence: float = MIN_CONFIDENCE,
    by: int | None = None,
) -> PrelabelRun:
    """Begin a run that looks for objects and outlines them; `prelabeling.go_on` makes the pre-labels.

    Args:
        name: a detector of the library; None for the project's.
        least_score: what it is less sure of is left out; None for its own threshold.
        least_confidence: so are outlines that the project's model is less sure of.

    Raises:
        InvalidInput: the project has no detector, it knows none of the project's classes, or somebody has
            opened every image.
        ModelError: a model cannot be used.
    """
    outliner = promotion.present_model(ws, project_id)
    found = find_model(name) if name else promotion.present_detector(ws, project_id)
    if found is None:
        raise InvalidInput(
            "The project has no detector yet. Train one on the Models page, or by "
            "`maa models detector --project NAME`, and promote it."
        )
    found = detector(found.id).model
    least = found.threshold if least_score is None else least_score
    if not 0 <= least <= 1:
        raise InvalidInput("The minimum score must be a number from 0 to 1.")
    with ws.store.read() as tx:
        project = access.project(tx, project_id)
        labels = projects.classes(tx, project_id, include_retired=False)
        free = free_images(tx, project)
    if not {name_key(label.name) for label in labels} & {name_key(known) for known in found.classes}:
        raise InvalidInput(
            f"{found.name} finds {', '.join(found.classes)}: none of these is a class of the project."
        )
    if not free:
        raise InvalidInput(
            "Every image has been opened already: there is nothing left to propose objects on."
        )
    rows: dict[int, list[PromptRow]] = {image_id: [] for image_id in free}
    return prelabeling.begin(
        ws,
        project_id,
        DETECTOR,
        f"Objects that {found.name} finds",
        outliner.id,
        rows,
        least_confidence=least_confidence,
        other_model=found.id,
        least_score=least,
        by=by,
    )
