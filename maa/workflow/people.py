"""People: who is there, and what they may do in which project.

Admins add and switch off people; a project's roles are given by its managers, and by admins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maa.domain import Account, Conflict, InvalidInput, Member, NotAllowed, Person, Role, Task, TaskState
from maa.store import accounts, events, names, people, tasks
from maa.store.connection import Transaction
from maa.workflow import access, holding, sessions, states
from maa.workflow.lookups import remembered
from maa.workflow.names import clean_name, name_key
from maa.workflow.workspace import Workspace


def add_person(
    ws: Workspace,
    name: str,
    roles: Mapping[int, Role] | None = None,
    *,
    admin: bool = False,
    by: int | None = None,
) -> Person:
    """An admin adds an active person, with roles by project id.

    The name is cleaned; taken or unusable names raise `InvalidInput`.
    """
    name = clean_name(name, "name")
    with ws.store.write() as tx:
        access.require_admin(tx, by)
        taken = people.by_key(tx, name_key(name))
        if taken is not None:
            hint = "" if taken.active else " They are not active; switch them on instead."
            raise InvalidInput(f"There is somebody called {taken.name!r} already.{hint}")
        person = people.add(tx, name, name_key(name), admin=admin)
        events.add(tx, "person_added", person_id=person.id, data={"by": by, "admin": admin})
        for project_id, role in (roles or {}).items():
            access.project(tx, project_id)
            _give(tx, person.id, project_id, role, by)
        return person


def list_people(ws: Workspace, *, include_inactive: bool = False) -> list[Person]:
    """Everybody, by name."""
    with ws.store.read() as tx:
        return people.everybody(tx, include_inactive=include_inactive)


def get_person(ws: Workspace, person_id: int) -> Person:
    """One person, active or not; `NotFound` if there is none."""
    with ws.store.read() as tx:
        return access.person(tx, person_id)


def list_members(ws: Workspace, project_id: int, *, include_inactive: bool = False) -> list[Member]:
    """Who has a role in the project, by name."""
    with ws.store.read() as tx:
        access.project(tx, project_id)
        return people.members(tx, project_id, include_inactive=include_inactive)


def find_member(ws: Workspace, project_id: int, person_id: int) -> Member | None:
    """The person with their role in the project; None when they have none there."""
    return remembered(
        ws, ("member", project_id, person_id), lambda tx: people.member(tx, project_id, person_id)
    )


def roles_of(ws: Workspace, person_id: int) -> dict[int, Role]:
    """Project id -> the person's role there, archived projects too."""
    with ws.store.read() as tx:
        return people.roles(tx, person_id)


def set_role(
    ws: Workspace, person_id: int, project_id: int, role: Role | None, *, by: int | None = None
) -> Person:
    """Give a person another role in a project, or none. `by`: a manager of the project, an admin, or the
    operator (None). What they held there and may not do any more goes back to the queue.

    `Conflict`: nobody but the operator takes the role from a project's last manager. (An admin may switch
    that person off, and give the role to somebody else.)
    """
    with ws.store.write() as tx:
        if by is not None and not access.active(tx, by).admin:
            access.require(tx, by, Role.MANAGER, project_id)
        person = access.person(tx, person_id)
        project = access.project(tx, project_id)
        if by is not None and role is not Role.MANAGER:
            managers = [
                one.id
                for one in people.members(tx, project_id, include_inactive=False)
                if one.role is Role.MANAGER
            ]
            if managers == [person_id]:
                raise Conflict(
                    f"{person.name} is the only manager of {project.name}. Make somebody else a manager "
                    "first."
                )
        _give(tx, person_id, project_id, role, by)
        least = {TaskState.LEASED: Role.ANNOTATOR, TaskState.IN_REVIEW: Role.REVIEWER}
        lost = [
            task
            for task in tasks.held_by(tx, person_id)
            if task.project_id == project_id and not (role and role.includes(least[task.state]))
        ]
        _hand_back(tx, lost, by, f"{person.name} has another role")
        return person


def set_admin(ws: Workspace, person_id: int, admin: bool, *, by: int | None = None) -> Person:
    """An admin makes somebody an admin, or no longer one; the last active one stays."""
    with ws.store.write() as tx:
        access.require_admin(tx, by)
        person = access.person(tx, person_id)
        if not admin:
            _keep_an_admin(tx, person)
        people.set_admin(tx, person_id, admin)
        events.add(tx, "admin_made" if admin else "admin_unmade", person_id=by, data={"person_id": person_id})
        return access.person(tx, person_id)


def set_active(ws: Workspace, person_id: int, active: bool, *, by: int | None = None) -> Person:
    """An admin switches a person on or off. Their work and history stay; what they held goes back to the
    queue.
    """
    with ws.store.write() as tx:
        access.require_admin(tx, by)
        person = access.person(tx, person_id)
        if not active:
            _keep_an_admin(tx, person)
            _hand_back(tx, tasks.held_by(tx, person_id), by, f"{person.name} was switched off")
            sessions.end_in(tx, person_id, by=by)
        people.set_active(tx, person_id, active)
        events.add(tx, "activated" if active else "deactivated", person_id=by, data={"person_id": person_id})
        return access.person(tx, person_id)


def remove_name(ws: Workspace, person_id: int, *, by: int | None = None) -> Person:
    """An admin takes a person's name out of everything, for good, and switches them off.

    Their work, their numbers and the history stay, under "Person N". The name is replaced wherever it stands
    in the database as words of its own: also in comments, guidelines and drafts. Backups made before keep it.
    `NotAllowed` for oneself and for the last admin.
    """
    with ws.store.write() as tx:
        access.require_admin(tx, by)
        person = access.person(tx, person_id)
        if person_id == by:
            raise NotAllowed("Another admin has to remove your name.")
        _keep_an_admin(tx, person)
        _hand_back(tx, tasks.held_by(tx, person_id), by, f"Person {person_id} was switched off")
        people.set_active(tx, person_id, False)
        people.set_admin(tx, person_id, False)
        sessions.end_in(tx, person_id, by=by)
        accounts.save(tx, Account(person_id))  # an address is a name too
        instead = _free_name(tx, person_id)
        names.replace(tx, person_id, person.name, instead, name_key(instead))
        events.add(tx, "name_removed", person_id=by, data={"person_id": person_id})
        return access.person(tx, person_id)


def _free_name(tx: Transaction, person_id: int) -> str:
    """What somebody without a name is called, as long as nobody else is called so."""
    name = f"Person {person_id}"
    while (other := people.by_key(tx, name_key(name))) is not None and other.id != person_id:
        name += "*"
    return name


def _give(tx: Transaction, person_id: int, project_id: int, role: Role | None, by: int | None) -> None:
    before = people.roles(tx, person_id).get(project_id)
    if role is before:
        return
    people.set_role(tx, project_id, person_id, role)
    data = {"person_id": person_id, "from": before and before.value, "to": role and role.value}
    events.add(tx, "role_changed", project_id=project_id, person_id=by, data=data)


def _hand_back(tx: Transaction, held: Iterable[Task], by: int | None, reason: str) -> None:
    for task in held:
        in_review = task.state is TaskState.IN_REVIEW
        free = states.move(tx, task, TaskState.SUBMITTED if in_review else states.queue_state(task))
        holding.note(tx, "review_released" if in_review else "released", free, by, reason=reason)


def _keep_an_admin(tx: Transaction, person: Person) -> None:
    if person.active and person.admin and people.count_admins(tx) == 1:
        raise NotAllowed(f"{person.name} is the only admin. Make somebody else an admin first.")
