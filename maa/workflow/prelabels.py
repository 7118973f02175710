"""Pre-labels on a task: writing them before anybody has opened it, and what people decide about them.

A pre-label is an annotation whose newest revision no person wrote. Accepting it writes the same once more, in
the person's name; repairing or deleting it is a revision like any other. Each decision is an event.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from shapely import MultiPolygon

from maa.domain import (
    Annotation,
    Arm,
    Conflict,
    Effort,
    EventKind,
    NotFound,
    Origin,
    Project,
    Prompt,
    Revision,
    Task,
    TaskPurpose,
    TaskState,
)
from maa.geometry import iou
from maa.store import annotations as stored
from maa.store import events, projects, tasks
from maa.store.connection import Transaction
from maa.workflow import arms, class_rules

LABELED = (TaskState.SUBMITTED, TaskState.IN_REVIEW, TaskState.APPROVED)
"""States of frames whose objects are carried to others."""
SAME = 0.6
"""IoU from which on two outlines of an image are one object."""
OPENED: tuple[EventKind, ...] = ("claimed", "saved", "deleted", "restored")
"""Events of a task that a person has opened."""
DECIDED: EventKind = "prelabel_decided"
ACCEPTED, RECLASSED, REPAIRED, DELETED = "accepted", "reclassed", "repaired", "deleted"


@dataclass(frozen=True, slots=True)
class Proposed:
    """An object that a model proposes."""

    class_id: int
    outline: MultiPolygon
    prompt: Prompt | None
    model_id: str | None
    """None when no model drew it: an outline that was carried here from another frame."""
    confidence: float | None


def why_not(tx: Transaction, project: Project, task: Task) -> str:
    """Why a task takes no pre-labels; "" when it does: nobody has opened it, and it is no comparison."""
    return why_not_said(project, task, opened=events.happened(tx, task.id, OPENED))


def why_not_said(project: Project, task: Task, *, opened: bool) -> str:
    """`why_not` of a task of which it is known whether somebody has ever opened it."""
    if task.state is not TaskState.READY or task.purpose is not TaskPurpose.WORK or not task.accepted:
        return "somebody works or worked on it"
    if opened:
        return "somebody has opened it before"
    if project.settings.manual_share and arms.drawn(project, task.id) is Arm.MANUAL:
        return "it is labeled by hand, for the comparison"
    return ""


def free_images(tx: Transaction, project: Project, *, prelabeled: bool = False) -> list[int]:
    """The images that take pre-labels, in their order; with `prelabeled` those alone that have some."""
    wanted = None
    if prelabeled:
        wanted = {one.task_id for one in stored.of_project(tx, project.id) if one.revision.prelabel}
    return sorted(
        task.image_id
        for task in tasks.of_project(tx, project.id, states=[TaskState.READY])
        if (wanted is None or task.id in wanted) and not why_not(tx, project, task)
    )


def put(tx: Transaction, task: Task, proposed: Sequence[Proposed]) -> list[Annotation]:
    """Write pre-labels on a task, in place of those that were there; what overlaps an object that somebody
    imported, or one that comes before it, is left out.
    """
    there = stored.of_task(tx, task.id)
    for annotation in there:
        if annotation.revision.prelabel:
            _append(tx, replace(annotation.revision, outline=None, prompt=None, deleted=True), annotation)
    kept = [a.revision.outline for a in there if not a.revision.prelabel and a.revision.outline]
    written = []
    for one in proposed:
        if any(iou(one.outline, other) >= SAME for other in kept):
            continue
        kept.append(one.outline)
        written.append(add(tx, task, one))
    return written


def add(tx: Transaction, task: Task, one: Proposed) -> Annotation:
    """Write one pre-label beside what is on a task."""
    annotation_id = stored.add(tx, task.id)
    revision = Revision(
        annotation_id=annotation_id,
        number=1,
        class_id=one.class_id,
        outline=one.outline,
        origin=Origin.PRELABEL,
        author_id=None,
        created_at=tx.now,
        prompt=one.prompt,
        model_id=one.model_id,
        model_outline=one.outline if one.model_id else None,
        confidence=one.confidence,
    )
    stored.add_revision(tx, revision, model_iou=1.0 if one.model_id else None)
    return Annotation(annotation_id, task.id, revision)


def copy(tx: Transaction, task: Task, to: Task) -> None:
    """Write the pre-labels on a task that whoever opened another one first found on that, as they were then;
    without those of classes that are out of use by now."""
    in_use = {label.id for label in projects.classes(tx, task.project_id, include_retired=False)}
    for annotation_id in stored.ids_of_task(tx, task.id):
        unseen = list(takewhile(lambda one: one.author_id is None, stored.revisions(tx, annotation_id)))
        if not unseen or not (found := unseen[-1]).prelabel:
            continue
        if projects.present_class_id(tx, found.class_id) in in_use:
            again = replace(found, annotation_id=stored.add(tx, to.id), number=1)
            stored.add_revision(tx, again, model_iou=1.0 if found.model_outline is not None else None)


def accept(
    tx: Transaction,
    task: Task,
    person_id: int,
    annotation_id: int,
    effort: Effort | None = None,
    *,
    with_image: bool = False,
) -> Annotation:
    """Take a pre-label over as it is, in a person's name; one that was decided about stays as it is.

    `with_image`: nobody looked at it by itself; it was on the image that was handed in.
    """
    found = stored.get(tx, annotation_id)
    if found is None or found.task_id != task.id:
        raise NotFound(f"There is no object number {annotation_id} on this image.")
    if not found.revision.prelabel:
        return found
    revision = _append(tx, replace(found.revision, author_id=person_id, effort=effort or Effort()), found)
    decided(tx, task, found.revision, ACCEPTED, person_id, with_image=with_image)
    return Annotation(found.id, task.id, revision)


def accept_rest(tx: Transaction, task: Task, person_id: int, seen: Collection[int] | None = None) -> int:
    """Take over what nobody decided about on an image that is handed in; returns how many these were.

    `Conflict`: some are not among those `seen`.
    """
    left = [one for one in stored.of_task(tx, task.id) if one.revision.prelabel]
    if seen is not None and (hidden := [one for one in left if one.id not in seen]):
        raise Conflict(
            f"This image has got pre-labels that the page does not show yet ({len(hidden)}). Reload the "
            "page, look at them, and submit again."
        )
    for annotation in left:
        accept(tx, task, person_id, annotation.id, with_image=True)
    return len(left)


def decided(
    tx: Transaction, task: Task, prelabel: Revision, choice: str, person_id: int | None, **more: object
) -> None:
    """Note what a person decided about a pre-label."""
    data = {"choice": choice, "model": prelabel.model_id, "confidence": prelabel.confidence, **more}
    events.add(
        tx,
        DECIDED,
        project_id=task.project_id,
        task_id=task.id,
        annotation_id=prelabel.annotation_id,
        person_id=person_id,
        data=data,
    )


def choice_of(prelabel: Revision, later: Revision) -> str:
    """What a later revision means for the pre-label before it."""
    if later.deleted:
        return DELETED
    if later.outline is not None and prelabel.outline is not None and later.outline.equals(prelabel.outline):
        return ACCEPTED if later.class_id == prelabel.class_id else RECLASSED
    return REPAIRED


def _append(tx: Transaction, revision: Revision, annotation: Annotation) -> Revision:
    following = replace(revision, number=annotation.revision.number + 1, created_at=tx.now)
    agreement = 1.0 if following.model_outline is not None and not following.deleted else None
    written = replace(following, class_id=class_rules.to_keep(tx, annotation.id, following.class_id))
    stored.add_revision(tx, written, model_iou=agreement)
    return following
