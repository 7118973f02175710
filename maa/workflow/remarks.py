"""What the reviewer said when an image was sent back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from maa.domain import Review, Task, Verdict
from maa.workflow.review import list_reviews
from maa.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Remarks:
    """The reasons of one send-back; empty where there was none."""

    image: Review | None = None
    objects: dict[int, Review] = field(default_factory=dict)
    """By annotation id: the objects that are to be corrected."""
    pins: tuple[Review, ...] = ()
    """Remarks on places of the image."""


def latest_remarks(ws: Workspace, task: Task) -> Remarks:
    """The send-back since the task was submitted last: what its annotator is to do now."""
    if task.submitted_at is None:
        return Remarks()
    return last_send_back(r for r in list_reviews(ws, task.id) if r.created_at >= task.submitted_at)


def last_send_back(reviews: Iterable[Review]) -> Remarks:
    """The last send-back among the reviews of one task (oldest first), corrected since or not."""
    back = [review for review in reviews if review.verdict is Verdict.SEND_BACK]
    # one decision is one transaction, so all that it says has one time
    said = [review for review in back if review.created_at == back[-1].created_at]
    on_image = [r for r in said if r.annotation_id is None and r.place is None]
    return Remarks(
        image=on_image[-1] if on_image else None,
        objects={r.annotation_id: r for r in said if r.annotation_id is not None and r.place is None},
        pins=tuple(review for review in said if review.place is not None),
    )
