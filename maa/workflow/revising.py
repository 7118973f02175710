"""Writing revisions of a task's objects, in the transaction of whoever may: its annotator, or its reviewer.

Who may is checked before; what may be written is checked here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from shapely import MultiPolygon, is_valid_reason

from maa.domain import (
    Annotation,
    Conflict,
    Effort,
    EventKind,
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
from maa.workflow import class_rules, prelabels

_NOT_DRAWN = (Origin.PRELABEL, Origin.IMPORTED)
"""What nobody draws: an object that came so keeps it while it is only edited."""


@dataclass(frozen=True, slots=True)
class NewRevision:
    """What somebody wants to save of an object.

    One over an earlier revision that brings no `model_outline` but has the same origin (a vertex edit,
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


_SAME_PIXELS = 1e-6


def already_saved(
    tx: Transaction, key: str | None, task_id: int, person_id: int, new: NewRevision
) -> Annotation | None:
    """What an earlier attempt under the same key saved.

    `InvalidInput`: the key was used for another task, by another person, or for another outline or class,
    which would be lost if it were answered with that one.
    """
    done = stored.by_key(tx, key) if key is not None else None
    if done is None:
        return None
    before = done.revision.outline
    classes = {projects.present_class_id(tx, one) for one in (done.revision.class_id, new.class_id)}
    same = before is not None and before.equals_exact(new.outline, _SAME_PIXELS) and len(classes) == 1
    if not same or (done.task_id, done.revision.author_id) != (task_id, person_id):
        raise InvalidInput("This save was already used for something else. Save it once more.")
    return done


def save(
    tx: Transaction,
    task: Task,
    author_id: int,
    new: NewRevision,
    *,
    annotation_id: int | None,
    base_revision: int | None,
    key: str | None,
) -> Annotation:
    """A new object, or a new revision of `annotation_id`; errors as of `labeling.save_annotation`."""
    image = images.get(tx, task.image_id)
    assert image is not None
    check_outline(new.outline, image)
    _check_effort(new)
    earlier = None
    if annotation_id is not None:
        earlier = _annotation_of(tx, task.id, annotation_id).revision
        _check_base(earlier, base_revision)
    revision = Revision(
        annotation_id=stored.add(tx, task.id) if annotation_id is None else annotation_id,
        number=1 if earlier is None else earlier.number + 1,
        class_id=_usable_class(tx, task.project_id, new.class_id, earlier),
        outline=new.outline,
        origin=new.origin,
        author_id=author_id,
        created_at=tx.now,
        prompt=new.prompt,
        model_id=new.model_id,
        model_outline=new.model_outline,
        confidence=new.confidence,
        effort=new.effort,
    )
    alike = _newest_of(tx, earlier, new.origin)
    if new.origin in _NOT_DRAWN and alike is None:
        raise InvalidInput(f"This object did not come as {new.origin.value}.")
    if alike is not None and new.model_outline is None:
        revision = _with_proposal_of(alike, revision)
    if earlier is not None and earlier.prelabel:
        prelabels.decided(tx, task, earlier, prelabels.choice_of(earlier, revision), author_id)
    return _append(tx, task, "saved", revision, key=key)


def _newest_of(tx: Transaction, newest: Revision | None, origin: Origin) -> Revision | None:
    """The newest revision of an object that has this origin: undo goes back to one before the last."""
    if newest is None or newest.origin is origin:
        return newest
    revisions = stored.revisions(tx, newest.annotation_id)
    return next((one for one in reversed(revisions) if one.origin is origin and not one.deleted), None)


def delete(tx: Transaction, task: Task, author_id: int, annotation_id: int) -> None:
    """Hide an object by a `deleted` revision. Deleting a deleted one does nothing."""
    newest = _annotation_of(tx, task.id, annotation_id).revision
    if newest.deleted:
        return
    gone = Revision(
        annotation_id=annotation_id,
        number=newest.number + 1,
        class_id=newest.class_id,
        outline=None,
        origin=newest.origin,
        author_id=author_id,
        created_at=tx.now,
        deleted=True,
    )
    if newest.prelabel:
        prelabels.decided(tx, task, newest, prelabels.DELETED, author_id)
    _append(tx, task, "deleted", gone)


def restore(tx: Transaction, task: Task, author_id: int, annotation_id: int) -> Annotation:
    """Undo a delete: a new revision equal to the last one before it. Restoring a present one does nothing."""
    newest = _annotation_of(tx, task.id, annotation_id)
    if not newest.revision.deleted:
        return newest
    before = [revision for revision in stored.revisions(tx, annotation_id) if not revision.deleted][-1]
    undecided = before.prelabel
    back = replace(
        before,
        number=newest.revision.number + 1,
        author_id=None if undecided else author_id,
        created_at=tx.now,
        effort=Effort(),
        correction=task.state is TaskState.IN_REVIEW,
    )
    return _write(tx, task, "restored", back, by=author_id)


def restore_revision(tx: Transaction, task: Task, by: int, annotation_id: int, number: int) -> Annotation:
    """Make an earlier revision the present one; errors as of `labeling.restore_revision`."""
    newest = _annotation_of(tx, task.id, annotation_id)
    if newest.revision.number == number:
        return newest
    wanted = next((one for one in stored.revisions(tx, annotation_id) if one.number == number), None)
    if wanted is None:
        raise NotFound(f"Object number {annotation_id} has no revision {number}.")
    if wanted.deleted:
        raise InvalidInput("That revision deleted the object. Delete it again instead.")
    reviewing = task.state is TaskState.IN_REVIEW
    back = replace(
        wanted,
        number=newest.revision.number + 1,
        author_id=by if reviewing else wanted.author_id,
        created_at=tx.now,
        effort=Effort(),
        correction=reviewing or wanted.correction,
    )
    return _write(tx, task, "restored", back, by=by, of=number)


def undecide(tx: Transaction, task: Task, by: int, annotation_id: int) -> Annotation:
    """Undo whatever was decided about a pre-label: a new revision equal to it, by nobody. One that nobody has
    decided about stays as it is; `InvalidInput`: it was none."""
    newest = _annotation_of(tx, task.id, annotation_id)
    if newest.revision.prelabel:
        return newest
    proposed = [one.number for one in stored.revisions(tx, annotation_id) if one.prelabel]
    if not proposed:
        raise InvalidInput("This object was no pre-label.")
    return restore_revision(tx, task, by, annotation_id, proposed[-1])


def _append(
    tx: Transaction, task: Task, what: EventKind, revision: Revision, key: str | None = None
) -> Annotation:
    """Write a revision by its author: on a task in review it is the reviewer's correction."""
    revision = replace(
        revision,
        class_id=class_rules.to_keep(tx, revision.annotation_id, revision.class_id),
        correction=task.state is TaskState.IN_REVIEW,
    )
    return _write(tx, task, what, revision, key=key, by=revision.author_id)


def _write(
    tx: Transaction,
    task: Task,
    what: EventKind,
    revision: Revision,
    *,
    by: int | None,
    key: str | None = None,
    **more: object,
) -> Annotation:
    """Write a revision and its event; in a review the event is 'corrected' and says what was done."""
    stored.add_revision(tx, revision, model_iou=model_agreement(revision), key=key)
    corrected = task.state is TaskState.IN_REVIEW
    data: dict[str, object] = {"revision": revision.number, **more}
    events.add(
        tx,
        "corrected" if corrected else what,
        project_id=task.project_id,
        task_id=task.id,
        annotation_id=revision.annotation_id,
        person_id=by,
        data={**data, "what": what} if corrected else data,
    )
    shown = replace(revision, class_id=projects.present_class_id(tx, revision.class_id))
    return Annotation(id=shown.annotation_id, task_id=task.id, revision=shown)


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


def _check_effort(new: NewRevision) -> None:
    effort = new.effort
    check_seconds(effort.active_seconds)
    if min(effort.clicks, effort.extra_points, effort.vertices_moved) < 0:
        raise InvalidInput("The clicks, points and moved vertices of a save must be at least 0.")


def check_seconds(active_seconds: float) -> None:
    if not math.isfinite(active_seconds) or active_seconds < 0:
        raise InvalidInput("The active seconds must be a number of at least 0.")
