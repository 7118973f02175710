"""Reviewing submitted work, in one stage or two, and correcting it while at it.

Nobody reviews work they submitted or wrote any revision of as an annotator, nor at the second stage what they
passed at the first. What somebody wrote as the reviewer of a task does not count: who has corrected an object
may still approve the image, and gets it back when it was sent back all the same. The verdict names the
reviewer and each revision its author, so the history shows whose outline was approved by whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from maa.domain import (
    Annotation,
    EventKind,
    Image,
    InvalidInput,
    Member,
    NotAllowed,
    Project,
    Review,
    Revision,
    Role,
    Task,
    TaskState,
    Verdict,
)
from maa.store import annotations as stored
from maa.store import drafts, images, reviews, tasks, trials
from maa.store.connection import Transaction
from maa.workflow import access, comments, holding, revising, states
from maa.workflow.approval import approve
from maa.workflow.names import clean_text
from maa.workflow.revising import NewRevision
from maa.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ObjectVerdict:
    """A verdict on one object of the task."""

    verdict: Verdict
    reason: str = ""
    """One of the project's reasons, or empty."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """A remark on a place of the image."""

    x: float
    y: float
    comment: str
    annotation_id: int | None = None
    """The object it is about, if it is about one."""


MAX_PINS = 200

VERDICT_EVENTS: tuple[EventKind, ...] = ("approved", "passed", "sent_back")
"""What the history calls verdicts on an image."""


def claim_next_review(
    ws: Workspace, project_id: int, reviewer_id: int, *, first: int | None = None
) -> Task | None:
    """Lease the next submitted task to this reviewer; None when there is nothing they may review.

    In this order: what they hold already, the task `first` before others and then what they took up last;
    corrected work that they sent back; then by priority and the oldest first, with corrected work that
    another reviewer sent back last. A review whose lease ran out counts as submitted. `NotAllowed` while the
    project is paused and they hold nothing.
    """
    with ws.store.write() as tx:
        reviewer = access.require(tx, reviewer_id, Role.REVIEWER, project_id)
        project = access.open_project(tx, project_id)
        task = _next(tx, project, reviewer_id, first)
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
    pins: Sequence[Pin] = (),
) -> Task:
    """Approve the task or send it back; approved at the first of two stages, it waits for another reviewer.

    `objects`: verdicts on single objects by annotation id, kept with the revision they are about.
    `pins`: remarks on places of the image.
    `InvalidInput`: sending back with no reason on the task or an object, approving with an object sent
    back, a reason that is not one of the project's, an object that is not of this task, a pin that says
    nothing or lies outside the image, approving while a comment is open. `Conflict`: somebody else has it by
    now.
    """
    whole = ObjectVerdict(verdict, reason, clean_text(comment, "comment"))
    parts = {
        annotation_id: replace(part, comment=clean_text(part.comment, "comment"))
        for annotation_id, part in (objects or {}).items()
    }
    pins = [replace(pin, comment=clean_text(pin.comment, "remark")) for pin in pins]
    with ws.store.write() as tx:
        _, task, project = holding.held(tx, task_id, reviewer_id, TaskState.IN_REVIEW)
        if because := _why_not(tx, task, reviewer_id):
            raise NotAllowed(because)
        _check_verdicts(project, whole, parts)
        if verdict is Verdict.APPROVE and (because := comments.why_open(tx, task_id)):
            raise InvalidInput(f"{because} Resolve it first, or send the image back.")
        present = {annotation.id: annotation.revision for annotation in stored.of_task(tx, task_id)}
        _check_pins(pins, images.get(tx, task.image_id))
        named = parts.keys() | {pin.annotation_id for pin in pins if pin.annotation_id is not None}
        if strangers := sorted(named - present.keys()):
            raise InvalidInput(f"Object {strangers[0]} is not on this image (any more). Reload the page.")
        _write(tx, task, reviewer_id, whole, parts, pins, present)
        drafts.remove(tx, task_id)
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


def _write(
    tx: Transaction,
    task: Task,
    reviewer_id: int,
    whole: ObjectVerdict,
    parts: Mapping[int, ObjectVerdict],
    pins: Sequence[Pin],
    present: Mapping[int, Revision],
) -> None:
    """Add the rows of a verdict; `present`: the task's objects as they are now, by annotation id."""
    add = partial(reviews.add, tx, task.id, reviewer_id, stage=task.stage)
    add(whole.verdict, author_id=task.author_id, reason=whole.reason, comment=whole.comment)
    for annotation_id, part in parts.items():
        add(
            part.verdict,
            author_id=_judged(present[annotation_id], task),
            reason=part.reason,
            comment=part.comment,
            annotation_id=annotation_id,
            revision_number=present[annotation_id].number,
        )
    for pin in pins:
        about = None if pin.annotation_id is None else present[pin.annotation_id]
        add(
            whole.verdict,
            author_id=task.author_id if about is None else _judged(about, task),
            comment=pin.comment,
            annotation_id=pin.annotation_id,
            revision_number=about.number if about else None,
            place=(pin.x, pin.y),
        )


def reasons(ws: Workspace, project_id: int) -> tuple[str, ...]:
    """The project's reasons for sending work back, in its order."""
    with ws.store.read() as tx:
        return access.project(tx, project_id).settings.reasons


def save_correction(
    ws: Workspace,
    task_id: int,
    reviewer_id: int,
    new: NewRevision,
    *,
    annotation_id: int | None = None,
    base_revision: int | None = None,
    key: str | None = None,
) -> Annotation:
    """Save an object of the task that this reviewer holds, as a revision of their own; renews the lease.

    Parameters and errors as of `labeling.save_annotation`. The event is 'corrected'.
    """
    with ws.store.write() as tx:
        done = revising.already_saved(tx, key, task_id, reviewer_id, new)
        if done is not None:
            return done
        reviewer, task, project = _correcting(tx, task_id, reviewer_id)
        saved = revising.save(
            tx, task, reviewer.id, new, annotation_id=annotation_id, base_revision=base_revision, key=key
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


def _correcting(tx: Transaction, task_id: int, reviewer_id: int) -> tuple[Member, Task, Project]:
    reviewer, task, project = holding.held(tx, task_id, reviewer_id, TaskState.IN_REVIEW)
    if because := _why_not(tx, task, reviewer_id):
        raise NotAllowed(because)
    return reviewer, task, project


def list_reviews(ws: Workspace, task_id: int) -> list[Review]:
    """Every verdict on the task and its objects, oldest first."""
    with ws.store.read() as tx:
        holding.existing(tx, task_id)
        return reviews.of_task(tx, task_id)


def waiting(ws: Workspace, project_id: int, reviewer_id: int | None = None) -> int:
    """How many tasks wait for a reviewer: for anybody, or for this one."""
    with ws.store.read() as tx:
        if reviewer_id is None:
            return tasks.count_to_review(tx, project_id)
        return tasks.count_to_review_by(tx, project_id, reviewer_id)


def _next(tx: Transaction, project: Project, reviewer_id: int, first: int | None) -> Task | None:
    candidates = tasks.to_review(tx, project.id, reviewer_id)
    if project.settings.duplicate_rate:
        # one review once both are in, if it can be had
        doubled = trials.doubled(tx, project.id)
        candidates.sort(key=lambda candidate: candidate[0] in doubled and not candidate[1])
    candidates.sort(key=lambda candidate: candidate != (first, True))
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


def _check_pins(pins: Sequence[Pin], image: Image | None) -> None:
    assert image is not None
    if len(pins) > MAX_PINS:
        raise InvalidInput(f"There are {len(pins)} remarks; at most {MAX_PINS} are allowed.")
    for pin in pins:
        if not pin.comment:
            raise InvalidInput("A remark on the image is empty. Write something, or remove it.")
        if not (0 <= pin.x <= image.width and 0 <= pin.y <= image.height):
            raise InvalidInput("A remark lies outside the image. Place it on the image.")


def _judged(revision: Revision, task: Task) -> int | None:
    """Whose work a verdict on an object counts for: never the reviewer's, who has only corrected it."""
    return task.author_id if revision.correction else revision.author_id


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
