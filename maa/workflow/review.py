"""Reviewing submitted work, in one stage or two.

Nobody reviews work they submitted or wrote any revision of, nor at the second stage what they passed at the
first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from maa.domain import (
    RETURN_REASONS,
    InvalidInput,
    NotAllowed,
    Project,
    Review,
    Role,
    Task,
    TaskState,
    Verdict,
)
from maa.store import annotations as stored
from maa.store import reviews, tasks, trials
from maa.store.connection import Transaction
from maa.workflow import access, comments, holding, states
from maa.workflow.approval import approve
from maa.workflow.names import clean_text
from maa.workflow.workspace import Workspace

REASONS = RETURN_REASONS
"""The reasons that a project begins with; `reasons` says what it has now."""


@dataclass(frozen=True, slots=True)
class ObjectVerdict:
    """A verdict on one object of the task."""

    verdict: Verdict
    reason: str = ""
    """One of the project's reasons, or empty."""
    comment: str = ""


def claim_next_review(ws: Workspace, project_id: int, reviewer_id: int) -> Task | None:
    """Lease the next submitted task to this reviewer; None when there is nothing they may review.

    In this order: what they hold already; corrected work that they sent back; then by priority and the
    oldest first, with corrected work that another reviewer sent back last. A review whose lease ran out
    counts as submitted. `NotAllowed` while the project is paused and they hold nothing.
    """
    with ws.store.write() as tx:
        reviewer = access.require(tx, reviewer_id, Role.REVIEWER)
        project = access.open_project(tx, project_id)
        task = _next(tx, project, reviewer_id)
        if task is None:
            access.refuse_while_paused(project)
            return None
        mine = task.state is TaskState.IN_REVIEW and task.holder_id == reviewer_id
        if not mine:
            access.refuse_while_paused(project)
        task = states.lease(tx, task, TaskState.IN_REVIEW, reviewer, project)
        if not mine:
            holding.note(tx, "review_claimed", task, reviewer_id)
        return task


def release_review(ws: Workspace, task_id: int, reviewer_id: int) -> Task:
    """Give a task back to the review queue undecided."""
    with ws.store.write() as tx:
        _, task, _ = holding.held(tx, task_id, reviewer_id, TaskState.IN_REVIEW)
        task = states.move(tx, task, TaskState.SUBMITTED)
        holding.note(tx, "review_released", task, reviewer_id)
        return task


def decide(
    ws: Workspace,
    task_id: int,
    reviewer_id: int,
    verdict: Verdict,
    *,
    reason: str = "",
    comment: str = "",
    objects: Mapping[int, ObjectVerdict] | None = None,
) -> Task:
    """Approve the task or send it back; approved at the first of two stages, it waits for another reviewer.

    `objects`: verdicts on single objects by annotation id, kept with the revision they are about.
    `InvalidInput`: sending back with no reason on the task or an object, approving with an object sent
    back, a reason that is not one of the project's, an object that is not of this task, approving while a
    comment is open. `Conflict`: somebody else has it by now.
    """
    whole = ObjectVerdict(verdict, reason, clean_text(comment, "comment"))
    parts = {
        annotation_id: replace(part, comment=clean_text(part.comment, "comment"))
        for annotation_id, part in (objects or {}).items()
    }
    with ws.store.write() as tx:
        _, task, project = holding.held(tx, task_id, reviewer_id, TaskState.IN_REVIEW)
        if because := _why_not(tx, task, reviewer_id):
            raise NotAllowed(because)
        _check_verdicts(project, whole, parts)
        if verdict is Verdict.APPROVE and any(
            not thread.resolved for thread in comments.of_task(tx, task_id)
        ):
            raise InvalidInput("A comment on this image is still open. Resolve it first, or send it back.")
        present = {annotation.id: annotation.revision for annotation in stored.of_task(tx, task_id)}
        if strangers := sorted(parts.keys() - present.keys()):
            raise InvalidInput(f"Object {strangers[0]} is not on this image (any more). Reload the page.")
        reviews.add(
            tx,
            task_id,
            reviewer_id,
            verdict,
            author_id=task.author_id,
            reason=whole.reason,
            comment=whole.comment,
            stage=task.stage,
        )
        for annotation_id, part in parts.items():
            reviews.add(
                tx,
                task_id,
                reviewer_id,
                part.verdict,
                author_id=present[annotation_id].author_id,
                reason=part.reason,
                comment=part.comment,
                annotation_id=annotation_id,
                revision_number=present[annotation_id].number,
                stage=task.stage,
            )
        if verdict is Verdict.SEND_BACK:
            task = states.move(tx, replace(task, sent_back_by=reviewer_id, stage=1), TaskState.RETURNED)
            holding.note(tx, "sent_back", task, reviewer_id, reason=reason, comment=whole.comment)
            return task
        if task.stage < project.settings.review_stages:
            passed = replace(task, sent_back_by=None, stage=task.stage + 1)
            task = states.move(tx, passed, TaskState.SUBMITTED)
            holding.note(tx, "passed", task, reviewer_id, stage=task.stage - 1)
            return task
        return approve(tx, task, reviewer_id)


def reasons(ws: Workspace, project_id: int) -> tuple[str, ...]:
    """The project's reasons for sending work back, in its order."""
    with ws.store.read() as tx:
        return access.project(tx, project_id).settings.reasons


def list_reviews(ws: Workspace, task_id: int) -> list[Review]:
    """Every verdict on the task and its objects, oldest first."""
    with ws.store.read() as tx:
        holding.existing(tx, task_id)
        return reviews.of_task(tx, task_id)


def waiting(ws: Workspace, project_id: int) -> int:
    """How many tasks wait for a reviewer."""
    with ws.store.read() as tx:
        return tasks.count_to_review(tx, project_id)


def _next(tx: Transaction, project: Project, reviewer_id: int) -> Task | None:
    candidates = tasks.to_review(tx, project.id, reviewer_id)
    if project.settings.duplicate_rate:
        # one review once both are in, if it can be had
        doubled = trials.doubled(tx, project.id)
        candidates.sort(key=lambda candidate: candidate[0] in doubled and not candidate[1])
    for task_id, _ in candidates:
        task = holding.existing(tx, task_id)
        if not _why_not(tx, task, reviewer_id):
            return task
    return None


def _check_verdicts(project: Project, whole: ObjectVerdict, parts: Mapping[int, ObjectVerdict]) -> None:
    known = project.settings.reasons
    for given in (whole, *parts.values()):
        if given.reason and given.reason not in known:
            raise InvalidInput(f"{given.reason[:50]!r} is not a reason. Choose one of: {', '.join(known)}.")
    sent_back = [part for part in parts.values() if part.verdict is Verdict.SEND_BACK]
    if whole.verdict is Verdict.APPROVE:
        if sent_back:
            raise InvalidInput(
                "An object is marked to be sent back. Send the image back, or approve the object."
            )
    elif not whole.reason and not any(part.reason for part in sent_back):
        raise InvalidInput("Say why it goes back: choose a reason for the image or for one of its objects.")


def _why_not(tx: Transaction, task: Task, reviewer_id: int) -> str:
    """Why this reviewer may not judge the task; empty when they may."""
    if task.author_id == reviewer_id or stored.was_written_by(tx, task.id, reviewer_id):
        return "You worked on this image yourself; somebody else has to review it."
    if task.stage > 1 and any(
        review.reviewer_id == reviewer_id
        and review.annotation_id is None
        and task.submitted_at is not None
        and review.created_at >= task.submitted_at
        for review in reviews.of_task(tx, task.id)
    ):
        return "You passed this image at the first stage; somebody else does the second."
    return ""
