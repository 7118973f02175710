"""Who may do what: the checks that every changing call begins with, inside its own transaction."""

from __future__ import annotations

from maa.domain import Member, NotAllowed, NotFound, Person, Project, Role
from maa.store import people, projects
from maa.store.connection import Transaction


def person(tx: Transaction, person_id: int) -> Person:
    """One person, active or not; `NotFound` if there is none."""
    found = people.get(tx, person_id)
    if found is None:
        raise NotFound(f"There is no person number {person_id}.")
    return found


def active(tx: Transaction, person_id: int) -> Person:
    """One person who has not been switched off; else `NotAllowed`."""
    found = person(tx, person_id)
    _refuse_inactive(found)
    return found


def require(tx: Transaction, person_id: int, role: Role, project_id: int) -> Member:
    """An active person whose role in the project includes `role`; else `NotAllowed`."""
    found = people.member(tx, project_id, person_id)
    if found is None:
        someone = active(tx, person_id)
        project(tx, project_id)
        raise NotAllowed(
            f"{someone.name} has no role in this project. Its managers can change that on the People page."
        )
    _refuse_inactive(found)
    if not found.role.includes(role):
        raise NotAllowed(
            f"This needs the role {role.value}; {found.name} is {found.role.value} in this project. "
            "Its managers can change that on the People page."
        )
    return found


def require_manager(tx: Transaction, by: int | None, project_id: int) -> None:
    """`by` must be a manager of the project; None is the operator of the machine, who may do anything."""
    if by is not None:
        require(tx, by, Role.MANAGER, project_id)


def require_admin(tx: Transaction, by: int | None) -> None:
    """`by` must be an active admin; None is the operator of the machine."""
    if by is not None and not active(tx, by).admin:
        raise NotAllowed("This is for admins of the installation.")


def may_create_projects(tx: Transaction, person: Person) -> bool:
    """Admins, and whoever manages a project already."""
    return person.admin or Role.MANAGER in people.roles(tx, person.id).values()


def require_creator(tx: Transaction, by: int | None) -> None:
    """`by` may create projects; None is the operator of the machine."""
    if by is not None and not may_create_projects(tx, active(tx, by)):
        raise NotAllowed("Projects are created by admins, and by managers of other projects.")


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
        raise NotAllowed(
            f"The project {found.name!r} is archived. A manager can reopen it on the Projects page."
        )
    return found


def refuse_while_paused(project: Project) -> None:
    """`NotAllowed` while a manager has stopped the handing out."""
    if project.settings.paused:
        raise NotAllowed(
            f"The project {project.name!r} is paused, so nothing is handed out now. You can finish what you "
            "have in hand. A manager can resume it on the Projects page."
        )


def _refuse_inactive(someone: Person) -> None:
    if not someone.active:
        raise NotAllowed(
            f"{someone.name} is not active any more. An admin can change that on the People page."
        )
