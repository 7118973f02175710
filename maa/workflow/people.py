"""People and what they may do."""

from __future__ import annotations

from maa.domain import InvalidInput, NotAllowed, Person, Role, TaskState
from maa.store import events, people, tasks
from maa.store.connection import Transaction
from maa.workflow import access, holding, states
from maa.workflow.names import clean_name, name_key
from maa.workflow.workspace import Workspace


def add_person(ws: Workspace, name: str, role: Role) -> Person:
    """Add an active person. The name is cleaned; taken or unusable names raise `InvalidInput`."""
    name = clean_name(name, "name")
    with ws.store.write() as tx:
        taken = people.by_key(tx, name_key(name))
        if taken is not None:
            hint = "" if taken.active else " They are not active; switch them on instead."
            raise InvalidInput(f"There is somebody called {taken.name!r} already.{hint}")
        person = people.add(tx, name, name_key(name), role)
        events.add(tx, "person_added", person_id=person.id, data={"role": role.value})
        return person


def list_people(ws: Workspace, *, include_inactive: bool = False) -> list[Person]:
    """Everybody, by name."""
    with ws.store.read() as tx:
        return people.everybody(tx, include_inactive=include_inactive)


def get_person(ws: Workspace, person_id: int) -> Person:
    """One person, active or not; `NotFound` if there is none."""
    with ws.store.read() as tx:
        return access.person(tx, person_id)


def set_role(ws: Workspace, person_id: int, role: Role, *, by: int) -> Person:
    """Give a person another role. `by` must be a manager; the last active manager stays one."""
    with ws.store.write() as tx:
        access.require(tx, by, Role.MANAGER)
        person = access.person(tx, person_id)
        if role is not Role.MANAGER:
            _keep_a_manager(tx, person)
        people.set_role(tx, person_id, role)
        data = {"person_id": person_id, "from": person.role.value, "to": role.value}
        events.add(tx, "role_changed", person_id=by, data=data)
        return access.person(tx, person_id)


def set_active(ws: Workspace, person_id: int, active: bool, *, by: int) -> Person:
    """Switch a person on or off. Their work and history stay; what they held goes back to the queue."""
    with ws.store.write() as tx:
        access.require(tx, by, Role.MANAGER)
        person = access.person(tx, person_id)
        if not active:
            _keep_a_manager(tx, person)
            for task in tasks.held_by(tx, person_id):
                in_review = task.state is TaskState.IN_REVIEW
                free = states.move(tx, task, TaskState.SUBMITTED if in_review else states.queue_state(task))
                kind = "review_released" if in_review else "released"
                holding.note(tx, kind, free, by, reason=f"{person.name} was switched off")
        people.set_active(tx, person_id, active)
        events.add(tx, "activated" if active else "deactivated", person_id=by, data={"person_id": person_id})
        return access.person(tx, person_id)


def _keep_a_manager(tx: Transaction, person: Person) -> None:
    if person.active and person.role is Role.MANAGER and people.count_active(tx, Role.MANAGER) == 1:
        raise NotAllowed(f"{person.name} is the only manager. Make somebody else a manager first.")
