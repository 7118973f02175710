"""Who holds a task: the check before every change to one, and the note in the history after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from maa.domain import Conflict, EventKind, Image, Member, NotFound, Person, Project, Role, Task, TaskState
from maa.store import events, images, people, tasks
from maa.store.connection import Transaction
from maa.workflow import access, pseudonyms, states
from maa.workflow.lookups import remembered
from maa.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class AtTask:
    """A person at a task of a project that they are in, as it was when it was looked up."""

    person: Member
    task: Task
    project: Project
    image: Image


def look(ws: Workspace, task_id: int, person_id: int, role: Role) -> AtTask:
    """The person and the task, whoever holds it.

    `NotAllowed`: the person is not active or has not that role in the project. `NotFound`: there is no
    such task.
    """

    def read(tx: Transaction) -> AtTask:
        task = existing(tx, task_id)
        person = access.require(tx, person_id, role, task.project_id)
        return AtTask(person, task, access.project(tx, task.project_id), _image(tx, task))

    return remembered(ws, ("anybody's", task_id, person_id, role), read)


def look_held(ws: Workspace, task_id: int, person_id: int, state: TaskState) -> AtTask:
    """The person and the task that they hold in `state`; errors as of `held`."""

    def read(tx: Transaction) -> AtTask:
        person, task, project = held(tx, task_id, person_id, state)
        return AtTask(person, task, project, _image(tx, task))

    return remembered(ws, ("held", task_id, person_id, state), read)


def existing(tx: Transaction, task_id: int) -> Task:
    """One task; `NotFound` if there is none."""
    task = tasks.get(tx, task_id)
    if task is None:
        raise NotFound(f"There is no task number {task_id} (any more).")
    return task


def held(tx: Transaction, task_id: int, person_id: int, state: TaskState) -> tuple[Member, Task, Project]:
    """The task that this person holds in `state` (leased or in review), checked for a change to it.

    `NotAllowed`: this person may not, or the project is archived. `Conflict`: they do not hold it (any more);
    the message names who does.
    """
    task = existing(tx, task_id)
    role = Role.REVIEWER if state is TaskState.IN_REVIEW else Role.ANNOTATOR
    person = access.require(tx, person_id, role, task.project_id)
    project = access.open_project(tx, task.project_id)
    if task.state is not state:
        raise Conflict(
            f"This image is {states.WORDS[task.state]} by now. "
            "What you saved before is kept; take the next image."
        )
    if task.holder_id != person_id:
        raise Conflict(
            f"{holder_name(tx, task)} has this image now: your time for it ran out. "
            "What you saved before is kept; take the next image."
        )
    return person, task, project


def _image(tx: Transaction, task: Task) -> Image:
    image = images.get(tx, task.image_id)
    assert image is not None
    return image


def holder_name(tx: Transaction, task: Task) -> str:
    """Who has the task, as the project calls them, for a message."""
    holder = people.get(tx, task.holder_id) if task.holder_id is not None else None
    return pseudonyms.called(access.project(tx, task.project_id), holder) if holder else "Nobody"


def note(tx: Transaction, kind: EventKind, task: Task, person_id: int | None, **data: object) -> None:
    """Write the event of a change to a task."""
    events.add(tx, kind, project_id=task.project_id, task_id=task.id, person_id=person_id, data=data)


def renew_set_aside(tx: Transaction, person: Person, project: Project) -> None:
    """More time for what a person has set aside: what they had in hand is handed in, and this comes next."""
    latest_first = [task for task in tasks.leased(tx, project.id) if task.holder_id == person.id]
    for place, task in enumerate(latest_first):
        renewed = states.lease(tx, task, TaskState.LEASED, person, project)
        assert renewed.lease_expires_at is not None
        # Their order stays: what was taken last comes first.
        until = renewed.lease_expires_at - timedelta(microseconds=place)
        tasks.save(tx, replace(renewed, lease_expires_at=until))


def run_out(tx: Transaction, task: Task) -> bool:
    """Whether the lease is over, so that somebody else may take the task."""
    return task.lease_expires_at is not None and task.lease_expires_at <= tx.now
