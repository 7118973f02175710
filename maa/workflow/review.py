"""Reviewing submitted work, and correcting it while at it.

Nobody reviews work they submitted or wrote any revision of as an annotator. What somebody wrote as the
reviewer of a task does not count: who has corrected an object may still approve the image, and gets it back
when it was sent back all the same. The verdict names the reviewer and each revision its author, so the
history shows whose outline was approved by whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from maa.domain import (
    Annotation,
    Image,
    InvalidInput,
    NotAllowed,
    Person,
    Project,
    Review,
    Revision,
    Role,
    Task,
    TaskState,
    Verdict,
)
from maa.store import annotations as stored
from maa.store import drafts, images, reviews, tasks
from maa.store.connection import Transaction
from maa.workflow import access, holding, revising, states
from maa.workflow.names import clean_text
from maa.workflow.revising import Draft
from maa.workflow.workspace import Workspace

REASONS: tuple[str, ...] = (
    "wrong class",
    "loose outline",
    "missing object",
    "extra object",
    "merged objects",
    "other",
)


@dataclass(frozen=True, slots=True)
class ObjectVerdict:
    """A verdict on one object of the task."""

    verdict: Verdict
    reason: str = ""
    """One of `REASONS`, or empty."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """A remark on a place of the image."""

    x: float
    y: float
    comment: str
    annotation_id: int | None = None
    """The object it is about, if it is about one."""


MOST_PINS = 200


def claim_next_review(ws: Workspace, project_id: int, reviewer_id: int) -> Task | None:
    """Lease the next submitted task to this reviewer; None when there is nothing they may review.

    In this order: what they hold already; corrected work that they sent back; then the oldest, with
    corrected work that another reviewer sent back last. A review whose lease ran out counts as submitted.
    """
    with ws.store.write() as tx:
        reviewer = access.require(tx, reviewer_id, Role.REVIEWER)
        project = access.open_project(tx, project_id)
        task = tasks.next_to_review(tx, project_id, reviewer_id)
        if task is None:
            return None
        mine = task.state is TaskState.IN_REVIEW and task.holder_id == reviewer_id
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
    pins: Sequence[Pin] = (),
) -> Task:
    """Approve the task or send it back.

    `objects`: verdicts on single objects by annotation id, kept with the revision they are about.
    `pins`: remarks on places of the image.
    `InvalidInput`: sending back with no reason on the task or an object, approving with an object sent
    back, a reason that is not of `REASONS`, an object that is not of this task, a pin that says nothing or
    lies outside the image. `Conflict`: somebody else has it by now.
    """
    whole = ObjectVerdict(verdict, reason, clean_text(comment, "comment"))
    parts = {
        annotation_id: replace(part, comment=clean_text(part.comment, "comment"))
        for annotation_id, part in (objects or {}).items()
    }
    _check_verdicts(whole, parts)
    pins = [replace(pin, comment=clean_text(pin.comment, "remark")) for pin in pins]
    with ws.store.write() as tx:
        _, task, _ = holding.held(tx, task_id, reviewer_id, TaskState.IN_REVIEW)
        _refuse_own_work(tx, task, reviewer_id)
        present = {annotation.id: annotation.revision for annotation in stored.of_task(tx, task_id)}
        _check_pins(pins, images.get(tx, task.image_id))
        named = parts.keys() | {pin.annotation_id for pin in pins if pin.annotation_id is not None}
        if strangers := sorted(named - present.keys()):
            raise InvalidInput(f"Object {strangers[0]} is not on this image (any more). Reload the page.")
        reviews.add(
            tx,
            task_id,
            reviewer_id,
            verdict,
            author_id=task.author_id,
            reason=whole.reason,
            comment=whole.comment,
        )
        for annotation_id, part in parts.items():
            reviews.add(
                tx,
                task_id,
                reviewer_id,
                part.verdict,
                author_id=_judged(present[annotation_id], task),
                reason=part.reason,
                comment=part.comment,
                annotation_id=annotation_id,
                revision_number=present[annotation_id].number,
            )
        for pin in pins:
            about = None if pin.annotation_id is None else present[pin.annotation_id]
            reviews.add(
                tx,
                task_id,
                reviewer_id,
                verdict,
                author_id=task.author_id if about is None else _judged(about, task),
                comment=pin.comment,
                annotation_id=pin.annotation_id,
                revision_number=about.number if about else None,
                place=(pin.x, pin.y),
            )
        approved = verdict is Verdict.APPROVE
        drafts.remove(tx, task_id)
        task = states.move(
            tx,
            replace(task, sent_back_by=None if approved else reviewer_id),
            TaskState.APPROVED if approved else TaskState.RETURNED,
        )
        holding.note(tx, "approved" if approved else "sent_back", task, reviewer_id)
        return task


def save_correction(
    ws: Workspace,
    task_id: int,
    reviewer_id: int,
    draft: Draft,
    *,
    annotation_id: int | None = None,
    base_revision: int | None = None,
    key: str | None = None,
) -> Annotation:
    """Save an object of the task that this reviewer holds, as a revision of their own; renews the lease.

    Parameters and errors as of `labeling.save_annotation`. The event is 'corrected'.
    """
    with ws.store.write() as tx:
        done = revising.already_saved(tx, key, task_id, reviewer_id)
        if done is not None:
            return done
        reviewer, task, project = _correcting(tx, task_id, reviewer_id)
        saved = revising.save(
            tx, task, reviewer.id, draft, annotation_id=annotation_id, base_revision=base_revision, key=key
        )
        states.lease(tx, task, TaskState.IN_REVIEW, reviewer, project)
        return saved


def delete_corrected(ws: Workspace, task_id: int, reviewer_id: int, annotation_id: int) -> None:
    """Take away an object that should not be there; like `labeling.delete_annotation`."""
    with ws.store.write() as tx:
        reviewer, task, project = _correcting(tx, task_id, reviewer_id)
        revising.delete(tx, task, reviewer.id, annotation_id)
        states.lease(tx, task, TaskState.IN_REVIEW, reviewer, project)


def restore_corrected(ws: Workspace, task_id: int, reviewer_id: int, annotation_id: int) -> Annotation:
    """Undo a delete; like `labeling.restore_annotation`."""
    with ws.store.write() as tx:
        reviewer, task, project = _correcting(tx, task_id, reviewer_id)
        back = revising.restore(tx, task, reviewer.id, annotation_id)
        states.lease(tx, task, TaskState.IN_REVIEW, reviewer, project)
        return back


def _correcting(tx: Transaction, task_id: int, reviewer_id: int) -> tuple[Person, Task, Project]:
    reviewer, task, project = holding.held(tx, task_id, reviewer_id, TaskState.IN_REVIEW)
    _refuse_own_work(tx, task, reviewer_id)
    return reviewer, task, project


def list_reviews(ws: Workspace, task_id: int) -> list[Review]:
    """Every verdict on the task and its objects, oldest first."""
    with ws.store.read() as tx:
        holding.existing(tx, task_id)
        return reviews.of_task(tx, task_id)


def waiting(ws: Workspace, project_id: int) -> int:
    """How many tasks wait for a reviewer."""
    with ws.store.read() as tx:
        return tasks.count_to_review(tx, project_id)


def _check_verdicts(whole: ObjectVerdict, parts: Mapping[int, ObjectVerdict]) -> None:
    for given in (whole, *parts.values()):
        if given.reason and given.reason not in REASONS:
            raise InvalidInput(f"{given.reason[:50]!r} is not a reason. Choose one of: {', '.join(REASONS)}.")
    sent_back = [part for part in parts.values() if part.verdict is Verdict.SEND_BACK]
    if whole.verdict is Verdict.APPROVE:
        if sent_back:
            raise InvalidInput(
                "An object is marked to be sent back. Send the image back, or approve the object."
            )
    elif not whole.reason and not any(part.reason for part in sent_back):
        raise InvalidInput("Say why it goes back: choose a reason for the image or for one of its objects.")


def _check_pins(pins: Sequence[Pin], image: Image | None) -> None:
    assert image is not None
    if len(pins) > MOST_PINS:
        raise InvalidInput(f"These are {len(pins)} remarks; at most {MOST_PINS} are possible.")
    for pin in pins:
        if not pin.comment:
            raise InvalidInput("A remark on the image says nothing. Write something, or take it away.")
        if not (0 <= pin.x <= image.width and 0 <= pin.y <= image.height):
            raise InvalidInput("A remark lies outside the image. Place it on the image.")


def _judged(revision: Revision, task: Task) -> int | None:
    """Whose work a verdict on an object counts for: never the reviewer's, who has only corrected it."""
    return task.author_id if revision.correction else revision.author_id


def _refuse_own_work(tx: Transaction, task: Task, reviewer_id: int) -> None:
    if task.author_id == reviewer_id or stored.was_written_by(tx, task.id, reviewer_id):
        raise NotAllowed("You worked on this image yourself; somebody else has to review it.")
