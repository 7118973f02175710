"""Who may do what: the checks that every changing call begins with, inside its own transaction."""

from __future__ import annotations

from maa.domain import NotAllowed, NotFound, Person, Project, Role
from maa.store import people, projects
from maa.store.connection import Transaction


def person(tx: Transaction, person_id: int) -> Person:
    """One person, active or not; `NotFound` if there is none."""
    found = people.get(tx, person_id)
    if found is None:
        raise NotFound(f"There is no person number {person_id}. Choose who you are again.")
    return found


def require(tx: Transaction, person_id: int, role: Role) -> Person:
    """An active person whose role includes `role`; else `NotAllowed`."""
    found = person(tx, person_id)
    if not found.active:
        raise NotAllowed(
            f"{found.name} is not active any more. A manager can change that on the People page."
        )
    if not found.role.includes(role):
        raise NotAllowed(
            f"This needs the role {role.value}; {found.name} is {found.role.value}. "
            "A manager can change that on the People page."
        )
    return found


def require_manager(tx: Transaction, by: int | None) -> None:
    """`by` must be a manager; None is the operator of the machine, who may do anything."""
    if by is not None:
        require(tx, by, Role.MANAGER)


def project(tx: Transaction, project_id: int) -> Project:
    """One project, archived or not; `NotFound` if there is none."""
    found = projects.get(tx, project_id)
    if found is None:
        raise NotFound(f"There is no project number {project_id} (any more).")
    return found


def open_project(tx: Transaction, project_id: int) -> Project:
    """A project that may be changed: `NotAllowed` while it is archived."""
    found = project(tx, project_id)
    if found.archived_at is not None:
        raise NotAllowed(f"The project {found.name!r} is archived. Unarchive it on the Projects page first.")
    return found


def refuse_while_paused(project: Project) -> None:
    """`NotAllowed` while a manager has stopped the handing out."""
    if project.settings.paused:
        raise NotAllowed(
            f"The project {project.name!r} is paused, so nothing is handed out now. "
            "What you have in hand you can finish. A manager goes on with it on the Projects page."
        )
