"""A verdict that was given by mistake is taken back, until somebody goes on with the image."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from maa.domain import Conflict, Event, EventKind, Review, Role, Task, TaskState, Verdict
from maa.store import approvals, events, images, reviews
from maa.store.connection import Transaction
from maa.workflow import access, holding, states
from maa.workflow.review import VERDICT_EVENTS
from maa.workflow.workspace import Workspace

OFFERED_BACK = timedelta(minutes=30)
"""For so long the page offers to take the last verdict back."""

_STEPS: tuple[EventKind, ...] = (
    *VERDICT_EVENTS,
    "verdict_taken_back",
    "claimed",
    "review_claimed",
    "review_released",
    "reopened",
    "gold_marked",
    "restored",
    "objects_imported",
    "approved_unseen",
)
"""What ends the time in which a verdict, or what a verdict that was taken back had said, can be had back."""


def last_decided(ws: Workspace, project_id: int, reviewer_id: int) -> Task | None:
    """The image about which this reviewer decided last, within `OFFERED_BACK`, while `take_back` would do."""
    with ws.store.read() as tx:
        task_id = reviews.last_judged(tx, project_id, reviewer_id, tx.now - OFFERED_BACK)
        task = None if task_id is None else holding.existing(tx, task_id)
        return task if task is not None and _untouched(tx, task, reviewer_id) else None


def take_back(ws: Workspace, task_id: int, reviewer_id: int) -> Task:
    """Take a verdict back that was given by mistake; the image is under this reviewer's review again.

    The verdict, all that it said of objects and places, and the approval that came of it count for nothing
    any more; `taken_back` still tells them. `Conflict` once somebody has gone on with the image.
    """
    with ws.store.write() as tx:
        task = holding.existing(tx, task_id)
        reviewer = access.require(tx, reviewer_id, Role.REVIEWER, task.project_id)
        project = access.open_project(tx, task.project_id)
        if _has_back(tx, task, reviewer_id):
            return task
        given = _untouched(tx, task, reviewer_id)
        if not given:
            image = images.get(tx, task.image_id)
            raise Conflict(
                f"The verdict on {image.file_name if image else 'it'} cannot be taken back any more: "
                "somebody has continued with the image. A manager can reopen it."
            )
        reviews.take_back(tx, [review.id for review in given])
        if task.state is TaskState.APPROVED:
            approvals.take_back(tx, task.id, reviewer_id, given[0].created_at)
        before = replace(task, stage=given[0].stage, sent_back_by=_sent_back_by(tx, task))
        task = states.lease(tx, before, TaskState.IN_REVIEW, reviewer, project)
        holding.note(tx, "verdict_taken_back", task, reviewer_id)
        return task


def taken_back(ws: Workspace, task: Task, reviewer_id: int) -> list[Review]:
    """What the verdict said that this reviewer took back, while they have the task in hand since."""
    with ws.store.read() as tx:
        return reviews.last_taken_back(tx, task.id, reviewer_id) if _has_back(tx, task, reviewer_id) else []


def _has_back(tx: Transaction, task: Task, reviewer_id: int) -> bool:
    newest = _last_step(tx, task)
    return newest is not None and (newest.kind, newest.person_id) == ("verdict_taken_back", reviewer_id)


def _untouched(tx: Transaction, task: Task, reviewer_id: int) -> list[Review]:
    """The parts of the last verdict, if this reviewer gave it and nobody has gone on with the image since."""
    newest = _last_step(tx, task)
    if newest is None or newest.kind not in VERDICT_EVENTS or newest.person_id != reviewer_id:
        return []
    whose = (newest.created_at, reviewer_id)
    return [
        review for review in reviews.of_task(tx, task.id) if (review.created_at, review.reviewer_id) == whose
    ]


def _last_step(tx: Transaction, task: Task) -> Event | None:
    newest = events.newest(tx, project_id=None, task_id=task.id, kinds=_STEPS, limit=1)
    return newest[0] if newest else None


def _sent_back_by(tx: Transaction, task: Task) -> int | None:
    """Whose send-back the work that waits for a review is an answer to, by what stands."""
    newest = events.newest(tx, project_id=None, task_id=task.id, kinds=["reopened"], limit=1)
    whole = [r for r in reviews.of_task(tx, task.id) if r.annotation_id is None and r.place is None]
    if not whole or whole[-1].verdict is not Verdict.SEND_BACK:
        return None
    if newest and newest[0].created_at >= whole[-1].created_at:
        return None
    return whole[-1].reviewer_id
