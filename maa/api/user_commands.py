"""The commands about people: who is there, and what they may do. As of `api.commands`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from maa.domain import InvalidInput, NotFound, Person, Role
from maa.workflow import accounts, people, projects, sessions
from maa.workflow.images import Progress
from maa.workflow.names import name_key
from maa.workflow.workspace import Workspace

Json = Any


def add(
    ws: Workspace,
    _: Progress,
    *,
    name: str,
    roles: dict[str, str] | None = None,
    admin: bool = False,
    email: str | None = None,
) -> Json:
    """`roles`: by the project's name. With an e-mail address for single sign-on there is no password."""
    given = {projects.find_project(ws, project).id: _role(role) for project, role in (roles or {}).items()}
    email = accounts.clean_email(email or "")
    person = people.add_person(ws, name, given, admin=admin)
    if email:
        accounts.set_email(ws, person.id, email)
        return _person(ws, person)
    return {**_person(ws, person), "password": accounts.give_one_time(ws, person.id)}


def list_all(ws: Workspace, _: Progress) -> Json:
    return [_person(ws, person) for person in people.list_people(ws, include_inactive=True)]


def set_active(ws: Workspace, _: Progress, *, name: str, active: bool) -> Json:
    return _person(ws, people.set_active(ws, _find(ws, name).id, active))


def set_role(ws: Workspace, _: Progress, *, name: str, project: str, role: str) -> Json:
    """`role`: of `Role`, or none."""
    project_id = projects.find_project(ws, project).id
    wanted = None if role == "none" else _role(role)
    return _person(ws, people.set_role(ws, _find(ws, name).id, project_id, wanted))


def set_admin(ws: Workspace, _: Progress, *, name: str, admin: bool) -> Json:
    return _person(ws, people.set_admin(ws, _find(ws, name).id, admin))


def give_password(ws: Workspace, _: Progress, *, name: str) -> Json:
    """A one-time password; the person's sessions end."""
    person = _find(ws, name)
    password = accounts.give_one_time(ws, person.id)
    return {**_person(ws, person), "password": password}


def set_email(ws: Workspace, _: Progress, *, name: str, email: str) -> Json:
    person = _find(ws, name)
    accounts.set_email(ws, person.id, email)
    return _person(ws, person)


def unlock(ws: Workspace, _: Progress, *, name: str) -> Json:
    person = _find(ws, name)
    accounts.unlock(ws, person.id)
    return _person(ws, person)


def list_sessions(ws: Workspace, _: Progress, *, name: str, end: bool = False) -> Json:
    """Where a person is signed in; with `end` they are signed out there."""
    person = _find(ws, name)
    found = sessions.list_open(ws, person.id)
    if end:
        sessions.end_all(ws, person.id)
    return {
        "name": person.name,
        "ended": end,
        "sessions": [
            {
                "id": session.id,
                "device": session.device,
                "way": session.way,
                "since": session.created_at.isoformat(timespec="seconds"),
                "last_seen": session.last_seen_at.isoformat(timespec="seconds"),
            }
            for session in found
        ],
    }


COMMANDS: dict[str, Callable[..., Json]] = {
    "user add": add,
    "user list": list_all,
    "user active": set_active,
    "user role": set_role,
    "user admin": set_admin,
    "user password": give_password,
    "user email": set_email,
    "user unlock": unlock,
    "user sessions": list_sessions,
}


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise InvalidInput(f"{text[:50]!r} is not a role. Use one of: {', '.join(Role)}.") from error


def _find(ws: Workspace, name: str) -> Person:
    everybody = people.list_people(ws, include_inactive=True)
    found = next((person for person in everybody if name_key(person.name) == name_key(name.strip())), None)
    if found is None:
        raise NotFound(f"There is nobody called {name[:100]!r}. `maa user list` shows who there is.")
    return found


def _person(ws: Workspace, person: Person) -> dict[str, Json]:
    names = {project.id: project.name for project in projects.list_projects(ws, include_archived=True)}
    account = accounts.get_account(ws, person.id)
    return {
        "name": person.name,
        "email": account.email,
        "locked": account.locked_until is not None and account.locked_until > ws.clock(),
        "active": person.active,
        "admin": person.admin,
        "roles": {names[number]: role.value for number, role in people.roles_of(ws, person.id).items()},
    }
