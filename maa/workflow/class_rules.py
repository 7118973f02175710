"""What holds for every change to a project's classes: unique names, colours, who may change them."""

from __future__ import annotations

from maa.domain import EventKind, InvalidInput, LabelClass, NotFound
from maa.store import annotations as stored
from maa.store import events, projects
from maa.store.connection import Transaction
from maa.workflow import access
from maa.workflow.names import PALETTE, clean_color, clean_name, name_key


def existing(tx: Transaction, class_id: int) -> LabelClass:
    """One class, in use or not; `NotFound` if there is none."""
    label = projects.get_class(tx, class_id)
    if label is None:
        raise NotFound(f"There is no class number {class_id} (any more).")
    return label


def to_change(tx: Transaction, class_id: int, by: int | None) -> LabelClass:
    """One class that `by` may change: a manager (or the operator), and its project is not archived."""
    label = existing(tx, class_id)
    access.require_manager(tx, by, label.project_id)
    access.open_project(tx, label.project_id)
    return label


def to_keep(tx: Transaction, annotation_id: int, class_id: int) -> int:
    """The class to write an object with that is to show as `class_id`: an object of a merged class that is
    changed otherwise keeps that class, so that undoing the merge gives it back."""
    before = stored.written_class_id(tx, annotation_id)
    if before is None:
        return class_id
    same = projects.present_class_id(tx, before) == projects.present_class_id(tx, class_id)
    return before if same else class_id


def in_use(label: LabelClass) -> LabelClass:
    """The class itself; `InvalidInput` when it is retired or merged."""
    if label.retired:
        raise InvalidInput(
            f"The class {label.name!r} is not in use. Restore it first, or choose another one."
        )
    return label


def free_name(tx: Transaction, project_id: int, name: str, class_id: int | None = None) -> str:
    """The cleaned name, if no class of the project but `class_id` has it, retired ones included."""
    name = clean_name(name, "class name")
    taken = projects.class_by_key(tx, project_id, name_key(name))
    if taken is not None and taken.id != class_id:
        hint = (
            " It is not in use: restore it, or choose another name."
            if taken.retired
            else " Choose another name."
        )
        raise InvalidInput(f"There is a class {taken.name!r} already.{hint}")
    return name


def append(tx: Transaction, project_id: int, name: str, color: str | None) -> LabelClass:
    """A new class at the end, in a colour that no other class has while the palette lasts."""
    name = free_name(tx, project_id, name)
    labels = projects.classes(tx, project_id, include_retired=True)
    if color is None:
        used = {label.color for label in labels}
        free = [candidate for candidate in PALETTE if candidate not in used]
        color = free[0] if free else PALETTE[len(labels) % len(PALETTE)]
    return projects.add_class(
        tx, project_id, name, name_key(name), clean_color(color), end_position(tx, project_id)
    )


def end_position(tx: Transaction, project_id: int) -> int:
    """The position after the last class in use."""
    return 1 + max(
        (label.position for label in projects.classes(tx, project_id, include_retired=False)), default=-1
    )


def save(tx: Transaction, label: LabelClass, kind: EventKind, by: int | None) -> LabelClass:
    """Write a changed class and the event of it."""
    projects.save_class(tx, label, name_key(label.name))
    note(tx, kind, label, by)
    return label


def note(tx: Transaction, kind: EventKind, label: LabelClass, by: int | None) -> None:
    data = {"class_id": label.id, "name": label.name, "color": label.color, "merged_into": label.merged_into}
    events.add(tx, kind, project_id=label.project_id, person_id=by, data=data)
