"""Where two people labeled an image differently: the reviewer takes over what the second one did."""

from __future__ import annotations

from maa.domain import Annotation, NotFound
from maa.workflow import agreement, review
from maa.workflow.revising import NewRevision
from maa.workflow.workspace import Workspace


def take(ws: Workspace, task_id: int, reviewer_id: int, number: int) -> Annotation | None:
    """Have an object of the task in review as the second annotator has it, as the reviewer's correction.

    `number`: of the list of `agreement.differences`. None: they do not have it, so it is deleted. What is
    taken already stays as it is. `NotFound`: there is no such difference; else as of
    `review.save_correction`.
    """
    found = agreement.differences(ws, task_id)
    if number >= len(found):
        raise NotFound("There is no such difference (any more). Reload the page.")
    one = found[number]
    if one.taken:
        return one.mine
    if one.other is None:
        assert one.mine is not None
        review.delete_corrected(ws, task_id, reviewer_id, one.mine.id)
        return None
    theirs = one.other.revision
    assert theirs.outline is not None
    new = NewRevision(
        theirs.class_id,
        theirs.outline,
        theirs.origin,
        prompt=theirs.prompt,
        model_id=theirs.model_id,
        model_outline=theirs.model_outline,
        confidence=theirs.confidence,
    )
    mine = one.mine.id if one.mine else None
    return review.save_correction(ws, task_id, reviewer_id, new, annotation_id=mine)
