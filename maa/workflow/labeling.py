"""Saving objects and submitting images."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from maa.domain import (
    Annotation,
    Conflict,
    Effort,
    NotFound,
    Revision,
    Role,
    Task,
    TaskPurpose,
    TaskState,
)
from maa.store import annotations as stored
from maa.store import drafts, tasks
from maa.workflow import access, approval, comparing, holding, prelabels, revising, states
from maa.workflow.revising import NewRevision, check_outline, model_agreement
from maa.workflow.workspace import Workspace

OFFERED_BACK = timedelta(minutes=30)
"""For so long a page that is opened offers to take back what was submitted last."""

__all__ = [
    "NewRevision",
    "accept_prelabel",
    "check_outline",
    "delete_annotation",
    "every_object",
    "last_handed_in",
    "list_annotations",
    "model_agreement",
    "restore_annotation",
    "restore_revision",
    "revisions",
    "save_annotation",
    "submit",
    "take_back",
    "task_of",
    "undecide_prelabel",
]


def list_annotations(ws: Workspace, task_id: int) -> list[Annotation]:
    """The task's present objects (not the deleted ones) by id, each with its present class."""
    with ws.store.read() as tx:
        holding.existing(tx, task_id)
        return stored.of_task(tx, task_id)


def save_annotation(
    ws: Workspace,
    task_id: int,
    person_id: int,
    new: NewRevision,
    *,
    annotation_id: int | None = None,
    base_revision: int | None = None,
    key: str | None = None,
) -> Annotation:
    """Save a new object, or a new revision of `annotation_id`; returns once it is on disk. Renews the lease.

    `base_revision`: number of the revision it was made from; `Conflict` when there is a newer one. None
    saves over whatever is newest.
    `key`: names this attempt; the same key and outline again return the first result and write nothing.
    `InvalidInput`: an outline that is not valid or leaves the image, or a class that is not in use (an object
    that has a retired class may keep it).
    """
    with ws.store.write() as tx:
        done = revising.already_saved(tx, key, task_id, person_id, new)
        if done is not None:
            return done
        person, task, project = holding.held(tx, task_id, person_id, TaskState.LEASED)
        saved = revising.save(
            tx, task, person.id, new, annotation_id=annotation_id, base_revision=base_revision, key=key
        )
        states.lease(tx, task, TaskState.LEASED, person, project)
        return saved


def is_saved(ws: Workspace, task_id: int, key: str) -> bool:
    """Whether something was saved on the task under this key."""
    with ws.store.read() as tx:
        done = stored.by_key(tx, key)
    return done is not None and done.task_id == task_id


def accept_prelabel(
    ws: Workspace, task_id: int, person_id: int, annotation_id: int, effort: Effort | None = None
) -> Annotation:
    """Take a pre-label over as it is. One that was decided about stays as it is. Renews the lease."""
    with ws.store.write() as tx:
        person, task, project = holding.held(tx, task_id, person_id, TaskState.LEASED)
        accepted = prelabels.accept(tx, task, person.id, annotation_id, effort)
        states.lease(tx, task, TaskState.LEASED, person, project)
        return accepted


def undecide_prelabel(ws: Workspace, task_id: int, person_id: int, annotation_id: int) -> Annotation:
    """Undo `accept_prelabel`, or a repair of a pre-label: it is one again. Renews the lease."""
    with ws.store.write() as tx:
        person, task, project = holding.held(tx, task_id, person_id, TaskState.LEASED)
        back = revising.undecide(tx, task, person.id, annotation_id)
        states.lease(tx, task, TaskState.LEASED, person, project)
        return back


def delete_annotation(ws: Workspace, task_id: int, person_id: int, annotation_id: int) -> None:
    """Hide an object by a `deleted` revision; nothing is lost. Deleting a deleted one does nothing."""
    with ws.store.write() as tx:
        person, task, project = holding.held(tx, task_id, person_id, TaskState.LEASED)
        revising.delete(tx, task, person.id, annotation_id)
        states.lease(tx, task, TaskState.LEASED, person, project)


def restore_annotation(ws: Workspace, task_id: int, person_id: int, annotation_id: int) -> Annotation:
    """Undo a delete: a new revision equal to the last one before it. Restoring a present one does nothing."""
    with ws.store.write() as tx:
        person, task, project = holding.held(tx, task_id, person_id, TaskState.LEASED)
        back = revising.restore(tx, task, person.id, annotation_id)
        states.lease(tx, task, TaskState.LEASED, person, project)
        return back


def every_object(ws: Workspace, task_id: int) -> list[int]:
    """The ids of all objects that were ever on the task, the deleted ones too."""
    with ws.store.read() as tx:
        holding.existing(tx, task_id)
        return stored.ids_of_task(tx, task_id)


def restore_revision(
    ws: Workspace, task_id: int, person_id: int, annotation_id: int, number: int
) -> Annotation:
    """Make an earlier revision the present one: a new revision equal to it, by whoever wrote that one.

    For who holds the task, to label it or to review it; a reviewer's is a correction, by them. For managers
    also while nobody holds it. Who restored it stands in the history. Restoring the present one does nothing.
    `NotFound`: no such revision; `InvalidInput`: one that is a delete; `Conflict`: the image is approved, or
    somebody else has it.
    """
    with ws.store.write() as tx:
        task = holding.existing(tx, task_id)
        member = access.require(tx, person_id, Role.ANNOTATOR, task.project_id)
        if task.state is TaskState.APPROVED:
            raise Conflict("This image is approved. Reopen it first, then restore what it had.")
        if task.purpose is not TaskPurpose.WORK and task.state is TaskState.SUBMITTED:
            raise Conflict("This one was made for a comparison and is done.")
        if task.holder_id is None and member.role.includes(Role.MANAGER):
            access.open_project(tx, task.project_id)
            return revising.restore_revision(tx, tasks.save(tx, task), person_id, annotation_id, number)
        reviewing = task.state is TaskState.IN_REVIEW
        person, task, project = holding.held(
            tx, task_id, person_id, TaskState.IN_REVIEW if reviewing else TaskState.LEASED
        )
        back = revising.restore_revision(tx, task, person.id, annotation_id, number)
        states.lease(tx, task, task.state, person, project)
        return back


def task_of(ws: Workspace, annotation_id: int) -> int:
    """The id of the task that an object belongs to; `NotFound` if there is none."""
    with ws.store.read() as tx:
        found = stored.get(tx, annotation_id)
    if found is None:
        raise NotFound(f"There is no object number {annotation_id}.")
    return found.task_id


def revisions(ws: Workspace, annotation_id: int) -> list[Revision]:
    """Every revision, oldest first, each with the class it was written with; `NotFound` if there is none."""
    with ws.store.read() as tx:
        found = stored.revisions(tx, annotation_id)
    if not found:
        raise NotFound(f"There is no object number {annotation_id}.")
    return found


def submit(
    ws: Workspace,
    task_id: int,
    person_id: int,
    *,
    active_seconds: float = 0.0,
    seen: Collection[int] | None = None,
) -> Task:
    """Hand a leased task in: to be reviewed, or approved unseen where the project looks at a share only.

    No objects is a valid answer: there was nothing to label. Pre-labels that are still on the image are
    accepted with it.

    `active_seconds`: time spent on the image as a whole (the objects carry their own), kept in the history.
    `seen`: the undecided pre-labels that were shown; `Conflict` when there are others. None: all were.
    """
    revising.check_seconds(active_seconds)
    with ws.store.write() as tx:
        person, task, project = holding.held(tx, task_id, person_id, TaskState.LEASED)
        prelabels.accept_rest(tx, task, person.id, seen)
        handed_in = replace(task, author_id=person.id, submitted_at=tx.now, stage=1)
        task = states.move(tx, handed_in, TaskState.SUBMITTED)
        drafts.remove(tx, task_id)
        holding.note(tx, "submitted", task, person.id, active_seconds=active_seconds)
        holding.renew_set_aside(tx, person, project)
        return approval.after_submit(tx, project, task)


def is_handed_in(ws: Workspace, task_id: int, person_id: int) -> bool:
    """Whether this person has submitted the task, and it has not come back to them since."""
    with ws.store.read() as tx:
        task = holding.existing(tx, task_id)
    done = (TaskState.SUBMITTED, TaskState.IN_REVIEW, TaskState.APPROVED)
    return task.author_id == person_id and task.state in done


def last_handed_in(ws: Workspace, project_id: int, person_id: int) -> Task | None:
    """What somebody may want to have back: their last submission in the project, of the last minutes.

    Whether they can is not looked at, for that would tell them which images are trials; but what is back with
    them, skipped, or under review, is not it.
    """
    with ws.store.read() as tx:
        found = tasks.last_handed_in(tx, project_id, person_id, ws.clock() - OFFERED_BACK)
    offered = (TaskState.SUBMITTED, TaskState.APPROVED)
    return found if found is not None and found.state in offered else None


def take_back(ws: Workspace, task_id: int, person_id: int) -> Task:
    """Have one's own work back that was handed in by mistake; it is leased to its author again, or is still.

    `Conflict` once anybody has looked at it, and where nobody will: it was approved unseen. A trial or a
    duplicate is had back like other work, for nobody is to learn which images are; it is compared anew.
    """
    with ws.store.write() as tx:
        task = holding.existing(tx, task_id)
        person = access.require(tx, person_id, Role.ANNOTATOR, task.project_id)
        project = access.open_project(tx, task.project_id)
        if task.state is TaskState.LEASED and task.holder_id == person.id:
            return task
        waits = task.state is TaskState.SUBMITTED and task.stage == 1 and task.author_id == person.id
        if waits and task.purpose is not TaskPurpose.WORK:
            waits = approval.nothing_came_of(tx, project, task, person)
        if not waits:
            raise Conflict(
                "It cannot be taken back any more: its review has begun, or it is finished. Ask a reviewer "
                "or a manager."
            )
        if task.purpose is not TaskPurpose.WORK:
            comparing.reopen(tx, task)
        task = states.lease(tx, task, TaskState.LEASED, person, project)
        holding.note(tx, "taken_back", task, person.id)
        return task
