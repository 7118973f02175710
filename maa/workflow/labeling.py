"""Saving objects and submitting images."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from shapely import MultiPolygon, is_valid_reason

from maa.domain import (
    Annotation,
    Conflict,
    Effort,
    Image,
    InvalidInput,
    NotFound,
    Origin,
    Prompt,
    Revision,
    Task,
    TaskState,
)
from maa.geometry import iou
from maa.store import annotations as stored
from maa.store import events, images, projects
from maa.store.connection import Transaction
from maa.workflow import approval, holding, states
from maa.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Draft:
    """What the annotator wants to save.

    A draft over an earlier revision that brings no `model_outline` but has the same origin (a vertex edit,
    another class) keeps the earlier one's prompt, model and proposal, so that these can still be compared.
    """

    class_id: int
    outline: MultiPolygon
    """Image pixels; valid, not empty, inside the image."""
    origin: Origin
    prompt: Prompt | None = None
    model_id: str | None = None
    model_outline: MultiPolygon | None = None
    confidence: float | None = None
    effort: Effort = field(default_factory=Effort)


def list_annotations(ws: Workspace, task_id: int) -> list[Annotation]:
    """The task's present objects (not the deleted ones) by id, each with its present class."""
    with ws.store.read() as tx:
        holding.existing(tx, task_id)
        return stored.of_task(tx, task_id)


def save_annotation(
    ws: Workspace,
    task_id: int,
    person_id: int,
    draft: Draft,
    *,
    annotation_id: int | None = None,
    base_revision: int | None = None,
    key: str | None = None,
) -> Annotation:
    """Save a new object, or a new revision of `annotation_id`; returns once it is on disk. Renews the lease.

    `base_revision`: the revision number the draft was made from; `Conflict` when there is a newer one. None
    saves over whatever is newest.
    `key`: names this attempt; the same key again returns the first result and writes nothing.
    `InvalidInput`: an outline that is not valid or leaves the image, or a class that is not in use (an object
    that has a retired class may keep it).
    """
    with ws.store.write() as tx:
        done = stored.by_key(tx, key) if key is not None else None
        if done is not None:
            return _same_attempt(done, task_id, person_id)
        person, task, project = holding.held(tx, task_id, person_id, TaskState.LEASED)
        image = images.get(tx, task.image_id)
        assert image is not None
        check_outline(draft.outline, image)
        _check_effort(draft)
        earlier = None
        if annotation_id is not None:
            earlier = _annotation_of(tx, task_id, annotation_id).revision
            _check_base(earlier, base_revision)
        revision = Revision(
            annotation_id=stored.add(tx, task_id) if annotation_id is None else annotation_id,
            number=1 if earlier is None else earlier.number + 1,
            class_id=_usable_class(tx, task.project_id, draft.class_id, earlier),
            outline=draft.outline,
            origin=draft.origin,
            author_id=person.id,
            created_at=tx.now,
            prompt=draft.prompt,
            model_id=draft.model_id,
            model_outline=draft.model_outline,
            confidence=draft.confidence,
            effort=draft.effort,
        )
        if earlier is not None and draft.model_outline is None and earlier.origin is draft.origin:
            revision = _with_proposal_of(earlier, revision)
        _append(tx, task, "saved", revision, key=key)
        states.lease(tx, task, TaskState.LEASED, person, project)
        return Annotation(id=revision.annotation_id, task_id=task_id, revision=revision)


def delete_annotation(ws: Workspace, task_id: int, person_id: int, annotation_id: int) -> None:
    """Hide an object by a `deleted` revision; nothing is lost. Deleting a deleted one does nothing."""
    with ws.store.write() as tx:
        person, task, project = holding.held(tx, task_id, person_id, TaskState.LEASED)
        newest = _annotation_of(tx, task_id, annotation_id).revision
        if newest.deleted:
            return
        gone = Revision(
            annotation_id=annotation_id,
            number=newest.number + 1,
            class_id=newest.class_id,
            outline=None,
            origin=newest.origin,
            author_id=person.id,
            created_at=tx.now,
            deleted=True,
        )
        _append(tx, task, "deleted", gone)
        states.lease(tx, task, TaskState.LEASED, person, project)


def restore_annotation(ws: Workspace, task_id: int, person_id: int, annotation_id: int) -> Annotation:
    """Undo a delete: a new revision equal to the last one before it. Restoring a present one does nothing."""
    with ws.store.write() as tx:
        person, task, project = holding.held(tx, task_id, person_id, TaskState.LEASED)
        newest = _annotation_of(tx, task_id, annotation_id)
        if not newest.revision.deleted:
            return newest
        before = [revision for revision in stored.revisions(tx, annotation_id) if not revision.deleted][-1]
        back = replace(
            before,
            number=newest.revision.number + 1,
            class_id=projects.present_class_id(tx, before.class_id),
            author_id=person.id,
            created_at=tx.now,
            effort=Effort(),
        )
        _append(tx, task, "restored", back)
        states.lease(tx, task, TaskState.LEASED, person, project)
        return Annotation(id=annotation_id, task_id=task_id, revision=back)


def restore_revision(
    ws: Workspace, task_id: int, person_id: int, annotation_id: int, number: int
) -> Annotation:
    """Make an earlier revision the present one: a new revision equal to it, by whoever wrote that one.

    For who holds the task, to label or to review it; who restored it stands in the history. Restoring the
    present one does nothing. `NotFound`: no such revision; `InvalidInput`: one that is a delete.
    """
    with ws.store.write() as tx:
        state = holding.existing(tx, task_id).state
        reviewing = state is TaskState.IN_REVIEW
        person, task, project = holding.held(
            tx, task_id, person_id, TaskState.IN_REVIEW if reviewing else TaskState.LEASED
        )
        newest = _annotation_of(tx, task_id, annotation_id)
        if newest.revision.number == number:
            return newest
        wanted = next((one for one in stored.revisions(tx, annotation_id) if one.number == number), None)
        if wanted is None:
            raise NotFound(f"Object number {annotation_id} has no revision {number}.")
        if wanted.deleted:
            raise InvalidInput("That revision deleted the object. Delete it again instead.")
        back = replace(
            wanted,
            number=newest.revision.number + 1,
            class_id=projects.present_class_id(tx, wanted.class_id),
            created_at=tx.now,
            effort=Effort(),
        )
        _append(tx, task, "restored", back, by=person.id, of=number)
        states.lease(tx, task, state, person, project)
        return Annotation(id=annotation_id, task_id=task_id, revision=back)


def task_of(ws: Workspace, annotation_id: int) -> int:
    """The id of the task that an object belongs to; `NotFound` if there is none."""
    with ws.store.read() as tx:
        found = stored.get(tx, annotation_id)
    if found is None:
        raise NotFound(f"There is no object number {annotation_id}.")
    return found.task_id


def revisions(ws: Workspace, annotation_id: int) -> list[Revision]:
    """Every revision, oldest first, each with the class it was written with; `NotFound` if there is none."""
    with ws.store.read() as tx:
        found = stored.revisions(tx, annotation_id)
    if not found:
        raise NotFound(f"There is no object number {annotation_id}.")
    return found


def submit(ws: Workspace, task_id: int, person_id: int, *, active_seconds: float = 0.0) -> Task:
    """Hand a leased task in: to be reviewed, or approved unseen where the project looks at a share only.

    No objects is a valid answer: there was nothing to label.

    `active_seconds`: time spent on the image as a whole (the objects carry their own), kept in the history.
    """
    _check_seconds(active_seconds)
    with ws.store.write() as tx:
        person, task, project = holding.held(tx, task_id, person_id, TaskState.LEASED)
        handed_in = replace(task, author_id=person.id, submitted_at=tx.now, stage=1)
        task = states.move(tx, handed_in, TaskState.SUBMITTED)
        holding.note(tx, "submitted", task, person.id, active_seconds=active_seconds)
        return approval.after_submit(tx, project, task)


def check_outline(outline: MultiPolygon, image: Image) -> None:
    """Raise `InvalidInput` unless the outline is a valid, non-empty MultiPolygon inside the image."""
    if not isinstance(outline, MultiPolygon) or outline.is_empty:
        raise InvalidInput("The outline is empty. Draw it around the object.")
    if not outline.is_valid or not outline.area > 0:
        raise InvalidInput(
            f"The outline is not valid ({is_valid_reason(outline)}). Move the points that cross."
        )
    left, top, right, bottom = outline.bounds
    # the tolerance is the rounding of a cut along the image's edge, far below anything visible
    if min(left, top) < -1e-6 or right > image.width + 1e-6 or bottom > image.height + 1e-6:
        raise InvalidInput("The outline leaves the image. Move the points that lie outside.")


def model_agreement(revision: Revision) -> float | None:
    """IoU of the revision's outline and its model's proposal, 0..1; None without a proposal."""
    if revision.outline is None or revision.model_outline is None:
        return None
    return iou(revision.outline, revision.model_outline)


def _append(
    tx: Transaction,
    task: Task,
    kind: str,
    revision: Revision,
    *,
    key: str | None = None,
    by: int | None = None,
    **data: object,
) -> None:
    stored.add_revision(tx, revision, model_iou=model_agreement(revision), key=key)
    events.add(
        tx,
        kind,
        project_id=task.project_id,
        task_id=task.id,
        annotation_id=revision.annotation_id,
        person_id=revision.author_id if by is None else by,
        data={"revision": revision.number, **data},
    )


def _same_attempt(done: Annotation, task_id: int, person_id: int) -> Annotation:
    if done.task_id != task_id or done.revision.author_id != person_id:
        raise InvalidInput("This save was already used for something else. Reload the page and save again.")
    return done


def _annotation_of(tx: Transaction, task_id: int, annotation_id: int) -> Annotation:
    found = stored.get(tx, annotation_id)
    if found is None or found.task_id != task_id:
        raise NotFound(f"There is no object number {annotation_id} on this image.")
    return found


def _check_base(newest: Revision, base_revision: int | None) -> None:
    if base_revision is not None and base_revision != newest.number:
        raise Conflict(
            "This object was changed since you opened it (another tab, or another person). "
            "Nothing was overwritten: reload the image and make your change again."
        )
    if newest.deleted:
        raise Conflict(
            "This object was deleted since you opened it. Undo the delete first, or draw it again."
        )


def _usable_class(tx: Transaction, project_id: int, class_id: int, earlier: Revision | None) -> int:
    """The class to write: `class_id`, or what it was merged into since the page was drawn."""
    label = projects.get_class(tx, class_id)
    if label is None or label.project_id != project_id:
        raise InvalidInput(
            "This class does not belong to the project. Reload the page and choose one of the list."
        )
    present = projects.get_class(tx, projects.present_class_id(tx, class_id))
    assert present is not None
    if present.retired and (earlier is None or earlier.class_id != present.id):
        raise InvalidInput(f"The class {present.name!r} is not in use any more. Choose another one.")
    return present.id


def _with_proposal_of(earlier: Revision, revision: Revision) -> Revision:
    return replace(
        revision,
        prompt=revision.prompt or earlier.prompt,
        model_id=earlier.model_id,
        model_outline=earlier.model_outline,
        confidence=earlier.confidence,
    )


def _check_effort(draft: Draft) -> None:
    effort = draft.effort
    _check_seconds(effort.active_seconds)
    if min(effort.clicks, effort.extra_points, effort.vertices_moved) < 0:
        raise InvalidInput("The clicks, points and moved vertices of a save must be at least 0.")


def _check_seconds(active_seconds: float) -> None:
    if not math.isfinite(active_seconds) or active_seconds < 0:
        raise InvalidInput("The active seconds must be a number of at least 0.")
