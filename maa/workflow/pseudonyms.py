"""What people are called in a project: their name, or a pseudonym."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from maa.domain import Person, Project
from maa.store import people, projects
from maa.store.connection import Transaction
from maa.workflow.workspace import Workspace


def pseudonym(project: Project, person_id: int) -> str:
    """Always the same for a person in a project; in another project they have another one."""
    key = f"{project.settings.salt}/pseudonym/{project.id}/{person_id}"
    return f"P-{hashlib.blake2b(key.encode(), digest_size=4).hexdigest()}"


def called(project: Project, person: Person) -> str:
    """What the project's people call somebody among themselves."""
    return pseudonym(project, person.id) if project.settings.pseudonyms else person.name


def names_in(ws: Workspace, project: Project) -> dict[int, str]:
    """Person id -> what they are called in the project, for everybody."""
    with ws.store.read() as tx:
        return {one.id: called(project, one) for one in people.everybody(tx, include_inactive=True)}


def shown_names(ws: Workspace, project_ids: Collection[int]) -> dict[int, str]:
    """Person id -> what they are called in numbers over these projects, for everybody."""
    with ws.store.read() as tx:
        return shown(tx, project_ids)


def shown(tx: Transaction, project_ids: Collection[int] | None) -> dict[int, str]:
    """`shown_names` in the caller's transaction; None: over all projects.

    One project with pseudonyms among them is enough to give them to all.
    """
    every = projects.every(tx, include_archived=True)
    chosen = [one for one in every if project_ids is None or one.id in project_ids]
    hiding = next((one for one in chosen if one.settings.pseudonyms), None)
    everybody = people.everybody(tx, include_inactive=True)
    return {one.id: one.name if hiding is None else called(hiding, one) for one in everybody}
