"""Every way a task can change state; anything else is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from maa.domain import Conflict, Person, Project, Task, TaskState
from maa.store import tasks
from maa.store.connection import Transaction

TRANSITIONS: dict[TaskState, frozenset[TaskState]] = {
    # ready -> approved: objects imported from a MAA export in which the image was approved
    TaskState.READY: frozenset({TaskState.LEASED, TaskState.APPROVED}),
    # leased -> leased: renewed, or a lease that ran out is taken over; in review likewise
    TaskState.LEASED: frozenset(
        {TaskState.LEASED, TaskState.READY, TaskState.RETURNED, TaskState.SUBMITTED, TaskState.SKIPPED}
    ),
    # submitted -> approved: unseen, where the project looks at a share only; -> leased: taken back by its
    # author before anybody looked at it (trials and duplicates do the same, though nobody reviews them)
    TaskState.SUBMITTED: frozenset({TaskState.IN_REVIEW, TaskState.APPROVED, TaskState.LEASED}),
    # in review -> submitted: given back, or passed on to the second stage
    TaskState.IN_REVIEW: frozenset(
        {TaskState.IN_REVIEW, TaskState.SUBMITTED, TaskState.APPROVED, TaskState.RETURNED}
    ),
    # returned, approved -> in review: the reviewer took the verdict back before anybody went on with it
    TaskState.RETURNED: frozenset({TaskState.LEASED, TaskState.READY, TaskState.IN_REVIEW}),
    TaskState.APPROVED: frozenset({TaskState.READY, TaskState.IN_REVIEW}),
    TaskState.SKIPPED: frozenset({TaskState.READY}),
}

WORDS: dict[TaskState, str] = {
    TaskState.READY: "waiting in the queue",
    TaskState.LEASED: "being labeled",
    TaskState.SUBMITTED: "submitted for review",
    TaskState.IN_REVIEW: "being reviewed",
    TaskState.RETURNED: "sent back to its author",
    TaskState.APPROVED: "approved",
    TaskState.SKIPPED: "skipped",
}
"""How a state is said in a sentence: "This image is ..."."""


def move(tx: Transaction, task: Task, to: TaskState) -> Task:
    """Put `task`, with whatever else was replaced in it, into another state; nobody holds it then.

    Raises `Conflict` for a transition that is not in the table, and when the task changed since it was read.
    """
    _check(task, to)
    return tasks.save(tx, replace(task, state=to, holder_id=None, lease_expires_at=None))


def lease(tx: Transaction, task: Task, to: TaskState, person: Person, project: Project) -> Task:
    """Give `person` the task, or more time for it. `to` is LEASED or IN_REVIEW; errors as of `move`."""
    _check(task, to)
    until = tx.now + timedelta(minutes=project.lease_minutes)
    return tasks.save(tx, replace(task, state=to, holder_id=person.id, lease_expires_at=until))


def queue_state(task: Task) -> TaskState:
    """Where a leased task goes when it is given back: sent-back work to its author, other work to anybody."""
    return TaskState.READY if task.sent_back_by is None else TaskState.RETURNED


def refusal(task: Task, to: TaskState) -> Conflict:
    """What is said to somebody who would have it otherwise."""
    return Conflict(
        f"This image is {WORDS[task.state]} by now, so it cannot be {WORDS[to]}. Reload the page."
    )


def _check(task: Task, to: TaskState) -> None:
    if to not in TRANSITIONS[task.state]:
        raise refusal(task, to)
