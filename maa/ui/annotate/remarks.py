"""What the reviewer said when the image was sent back."""

from __future__ import annotations

from dataclasses import dataclass, field

from maa.domain import Review, Task, Verdict
from maa.workflow.review import list_reviews
from maa.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Remarks:
    """The reasons of the latest send-back; empty for an image that was not sent back."""

    image: Review | None = None
    objects: dict[int, Review] = field(default_factory=dict)
    """By annotation id: the objects that are to be corrected."""


def latest_remarks(ws: Workspace, task: Task) -> Remarks:
    """The send-back since the task was submitted last."""
    if task.submitted_at is None:
        return Remarks()
    said = [r for r in list_reviews(ws, task.id) if r.created_at >= task.submitted_at]
    back = [r for r in said if r.verdict is Verdict.SEND_BACK]
    on_image = [r for r in back if r.annotation_id is None]
    return Remarks(
        image=on_image[-1] if on_image else None,
        objects={r.annotation_id: r for r in back if r.annotation_id is not None},
    )


def said(review: Review) -> str:
    """Reason and comment as one text (as people wrote it, not escaped)."""
    return ": ".join(text for text in (review.reason, review.comment) if text)
