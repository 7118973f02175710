"""The commands about people: who is there, and what they may do. As of `api.commands`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from maa.domain import InvalidInput, NotFound, Person, Role
from maa.workflow import people, projects
from maa.workflow.images import Progress
from maa.workflow.names import name_key
from maa.workflow.workspace import Workspace

Json = Any


def add(ws: Workspace, _: Progress, *, name: str, admin: bool = False, roles: dict[str, str]) -> Json:
    """`roles`: by the project's name."""
    given = {projects.find_project(ws, project).id: _role(role) for project, role in roles.items()}
    return _person(ws, people.add_person(ws, name, given, admin=admin))


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


COMMANDS: dict[str, Callable[..., Json]] = {
    "user add": add,
    "user list": list_all,
    "user active": set_active,
    "user role": set_role,
    "user admin": set_admin,
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
    return {
        "name": person.name,
        "active": person.active,
        "admin": person.admin,
        "roles": {names[number]: role.value for number, role in people.roles_of(ws, person.id).items()},
    }
