"""Projects and their classes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from maa.domain import EventKind, InvalidInput, LabelClass, NotFound, Project, Role, Settings, TaskState
from maa.store import events, people, projects
from maa.store.connection import Transaction
from maa.workflow import access, class_rules
from maa.workflow.names import clean_color, clean_name, clean_text, name_key
from maa.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ProjectProgress:
    """How far a project is. Counts follow the accepted task of each image."""

    images: int
    objects: int
    tasks: dict[TaskState, int]
    """Every state, also those with no task."""
    approved_share: float
    """Approved tasks of all tasks that were not skipped, 0..1; 0 with no images."""


def create_project(
    ws: Workspace,
    name: str,
    classes: Sequence[str | tuple[str, str]],
    *,
    guidelines: str = "",
    by: int | None = None,
) -> Project:
    """Create a project. `classes`: names, or (name, "#rrggbb"); colours come from a palette when not given.

    `by`, who may create projects, becomes its manager; None is the operator of the machine (command line,
    demo), and nobody has a role in it yet.
    Raises `InvalidInput` for names that are taken, empty, too long or unprintable, and for no classes.
    """
    if not classes:
        raise InvalidInput("A project needs at least one class.")
    guidelines = clean_text(guidelines, "guidelines text")
    with ws.store.write() as tx:
        access.require_creator(tx, by)
        name = _free_project_name(tx, name)
        project = projects.add(tx, name, name_key(name), guidelines)
        if by is not None:
            people.set_role(tx, project.id, by, Role.MANAGER)
        project = replace(project, settings=Settings(salt=secrets.token_hex(4)))
        projects.save(tx, project, name_key(name))
        for entry in classes:
            class_name, color = (entry, None) if isinstance(entry, str) else entry
            class_rules.append(tx, project.id, class_name, color)
        events.add(tx, "project_created", project_id=project.id, person_id=by, data={"name": name})
        return project


def list_projects(ws: Workspace, *, include_archived: bool = False, of: int | None = None) -> list[Project]:
    """The projects in which the person `of` has a role, or all of them; oldest first."""
    with ws.store.read() as tx:
        found = projects.every(tx, include_archived=include_archived)
        mine = None if of is None else people.roles(tx, of)
        return [project for project in found if mine is None or project.id in mine]


def may_create(ws: Workspace, person_id: int) -> bool:
    """Whether this person may create projects, and restore them."""
    with ws.store.read() as tx:
        return access.may_create_projects(tx, access.person(tx, person_id))


def get_project(ws: Workspace, project_id: int) -> Project:
    """One project, archived or not; `NotFound` if there is none."""
    with ws.store.read() as tx:
        return access.project(tx, project_id)


def find_project(ws: Workspace, name: str) -> Project:
    """The project of that name, whatever its letter case; `NotFound` names those that exist."""
    with ws.store.read() as tx:
        found = projects.by_key(tx, name_key(clean_name(name, "project's name")))
        if found is None:
            known = ", ".join(repr(project.name) for project in projects.every(tx, include_archived=True))
            raise NotFound(
                f"There is no project {name!r}. " + (f"There are: {known}." if known else "Create one first.")
            )
        return found


def update_project(
    ws: Workspace,
    project_id: int,
    *,
    name: str | None = None,
    guidelines: str | None = None,
    lease_minutes: int | None = None,
    by: int | None = None,
) -> Project:
    """Change what is given, leave the rest. `lease_minutes`: 1 to 1440."""
    if lease_minutes is not None and not 1 <= lease_minutes <= 1440:
        raise InvalidInput("A lease must last 1 to 1440 minutes (a day).")
    with ws.store.write() as tx:
        access.require_manager(tx, by, project_id)
        project = access.open_project(tx, project_id)
        if name is not None:
            project = replace(project, name=_free_project_name(tx, name, project_id))
        if guidelines is not None:
            project = replace(project, guidelines=clean_text(guidelines, "guidelines text"))
        if lease_minutes is not None:
            project = replace(project, lease_minutes=lease_minutes)
        return _save(tx, project, "project_updated", by)


def archive_project(ws: Workspace, project_id: int, *, by: int | None = None) -> Project:
    """Put a project away: it is hidden, and nothing in it can be changed until it is unarchived."""
    with ws.store.write() as tx:
        access.require_manager(tx, by, project_id)
        project = access.project(tx, project_id)
        if project.archived_at is not None:
            return project
        return _save(tx, replace(project, archived_at=tx.now), "archived", by)


def unarchive_project(ws: Workspace, project_id: int, *, by: int | None = None) -> Project:
    """Take an archived project up again."""
    with ws.store.write() as tx:
        access.require_manager(tx, by, project_id)
        return _save(tx, replace(access.project(tx, project_id), archived_at=None), "unarchived", by)


def progress(ws: Workspace, project_id: int) -> ProjectProgress:
    """How far the project is."""
    with ws.store.read() as tx:
        access.project(tx, project_id)
        states = projects.count_states(tx, project_id)
        to_do = sum(states.values()) - states[TaskState.SKIPPED]
        return ProjectProgress(
            images=projects.count_images(tx, project_id),
            objects=sum(projects.count_objects(tx, project_id).values()),
            tasks=states,
            approved_share=states[TaskState.APPROVED] / to_do if to_do else 0.0,
        )


def list_classes(ws: Workspace, project_id: int, *, include_retired: bool = False) -> list[LabelClass]:
    """The project's classes in their order; merged ones count as retired."""
    with ws.store.read() as tx:
        access.project(tx, project_id)
        return projects.classes(tx, project_id, include_retired=include_retired)


def count_by_class(ws: Workspace, project_id: int) -> dict[int, int]:
    """How many objects show as each class, by id: those of classes merged into it as well; for a merged class
    those that were written as it."""
    with ws.store.read() as tx:
        access.project(tx, project_id)
        written = projects.count_objects(tx, project_id)
        shown = dict(written)
        for class_id, objects in written.items():
            present = projects.present_class_id(tx, class_id)
            if present != class_id:
                shown[present] = shown.get(present, 0) + objects
        return shown


def add_class(
    ws: Workspace, project_id: int, name: str, color: str | None = None, *, by: int | None = None
) -> LabelClass:
    """Add a class at the end; the next free palette colour when none is given."""
    with ws.store.write() as tx:
        access.require_manager(tx, by, project_id)
        access.open_project(tx, project_id)
        label = class_rules.append(tx, project_id, name, color)
        class_rules.note(tx, "class_added", label, by)
        return label


def rename_class(ws: Workspace, class_id: int, name: str, *, by: int | None = None) -> LabelClass:
    """Rename a class; every object of it shows the new name."""
    with ws.store.write() as tx:
        label = class_rules.to_change(tx, class_id, by)
        name = class_rules.free_name(tx, label.project_id, name, label.id)
        return class_rules.save(tx, replace(label, name=name), "class_renamed", by)


def recolor_class(ws: Workspace, class_id: int, color: str, *, by: int | None = None) -> LabelClass:
    """Give a class another colour, "#rrggbb"."""
    with ws.store.write() as tx:
        label = class_rules.to_change(tx, class_id, by)
        return class_rules.save(tx, replace(label, color=clean_color(color)), "class_recolored", by)


def move_class(ws: Workspace, class_id: int, position: int, *, by: int | None = None) -> LabelClass:
    """Move a class to `position` (0 is first) among those in use; the others close up."""
    with ws.store.write() as tx:
        label = class_rules.in_use(class_rules.to_change(tx, class_id, by))
        others = projects.classes(tx, label.project_id, include_retired=False)
        _arrange(tx, label, [other for other in others if other.id != label.id], position)
        moved = class_rules.existing(tx, class_id)
        class_rules.note(tx, "class_moved", moved, by)
        return moved


def retire_class(ws: Workspace, class_id: int, *, by: int | None = None) -> LabelClass:
    """Take a class out of use: its objects keep it, new ones cannot have it. The last one in use stays."""
    with ws.store.write() as tx:
        label = class_rules.in_use(class_rules.to_change(tx, class_id, by))
        if len(projects.classes(tx, label.project_id, include_retired=False)) == 1:
            raise InvalidInput(f"{label.name!r} is the last class in use. Add another one first.")
        return class_rules.save(tx, replace(label, retired=True), "class_retired", by)


def restore_class(ws: Workspace, class_id: int, *, by: int | None = None) -> LabelClass:
    """Put a retired class back in use where it was (its key is in people's fingers); undoes a merge too."""
    with ws.store.write() as tx:
        label = class_rules.to_change(tx, class_id, by)
        if not label.retired:
            return label
        others = projects.classes(tx, label.project_id, include_retired=False)
        class_rules.save(tx, replace(label, retired=False, merged_into=None), "class_restored", by)
        before = sum(other.position < label.position for other in others)
        _arrange(tx, class_rules.existing(tx, class_id), others, before)
        return class_rules.existing(tx, class_id)


def _arrange(tx: Transaction, label: LabelClass, others: list[LabelClass], place: int) -> None:
    """Have a class at this place (from 0) among the others that are in use."""
    order = [*others]
    order.insert(max(0, place), label)
    for position, other in enumerate(order):
        projects.save_class(tx, replace(other, position=position), name_key(other.name))


def merge_class(ws: Workspace, class_id: int, into: int, *, by: int | None = None) -> LabelClass:
    """Show every object of `class_id` as one of `into` from now on, and retire `class_id`.

    Revisions keep the class they were written with; reading follows the merge (chains too), so it can be
    undone by `restore_class`. `into` must be a class in use of the same project. Returns `into`.
    """
    with ws.store.write() as tx:
        label = class_rules.to_change(tx, class_id, by)
        target = class_rules.in_use(class_rules.existing(tx, into))
        if target.project_id != label.project_id:
            raise InvalidInput(f"{target.name!r} is a class of another project.")
        if target.id == label.id:
            raise InvalidInput(f"{label.name!r} cannot be merged into itself. Choose another class.")
        # the target is in use and so merged into nothing: no circle can come about
        class_rules.save(tx, replace(label, retired=True, merged_into=target.id), "class_merged", by)
        return target


def _free_project_name(tx: Transaction, name: str, project_id: int | None = None) -> str:
    """The cleaned name, if no project but `project_id` has it."""
    name = clean_name(name, "project's name")
    taken = projects.by_key(tx, name_key(name))
    if taken is not None and taken.id != project_id:
        hint = " It is archived." if taken.archived_at else ""
        raise InvalidInput(f"There is a project {taken.name!r} already.{hint} Choose another name.")
    return name


def _save(tx: Transaction, project: Project, kind: EventKind, by: int | None) -> Project:
    projects.save(tx, project, name_key(project.name))
    events.add(tx, kind, project_id=project.id, person_id=by)
    return project
