"""A finished gold trial or duplicate compared with its reference, and the result kept."""

from __future__ import annotations

from maa.domain import Annotation, ComparedObject, Comparison, Task, TaskState
from maa.geometry.matching import Shape, compare, panoptic_quality
from maa.store import annotations as stored
from maa.store import comparisons, images, tasks
from maa.store.connection import Transaction
from maa.workflow import states


def close(tx: Transaction, task: Task, *, waits: bool) -> tuple[Task, Comparison]:
    """Compare a submitted trial or duplicate; its objects never become the image's result.

    `waits`: work in its place would now wait for a review. So it stays as it is, and can be taken back like
    that work; else it is put away.
    """
    assert task.reference_task_id is not None
    assert task.reference_at is not None
    image, reference = images.get(tx, task.image_id), tasks.get(tx, task.reference_task_id)
    assert image is not None
    assert reference is not None
    mine = stored.of_task(tx, task.id)
    theirs = stored.of_task_at(tx, reference.id, task.reference_at)
    found = compare(_shapes(mine), _shapes(theirs), (image.width, image.height))
    objects = []
    for one in found:
        a = mine[one.given] if one.given is not None else None
        b = theirs[one.reference] if one.reference is not None else None
        objects.append(
            ComparedObject(
                outcome=one.outcome,
                annotation_id=a.id if a else None,
                class_id=a.revision.class_id if a else None,
                reference_annotation_id=b.id if b else None,
                reference_class_id=b.revision.class_id if b else None,
                iou=one.iou,
                boundary_f=one.boundary_f,
            )
        )
    comparison = comparisons.add(
        tx,
        task,
        reference_person_id=reference.author_id,
        score=panoptic_quality(found),
        objects=objects,
    )
    return task if waits else states.move(tx, task, TaskState.APPROVED), comparison


def reopen(tx: Transaction, task: Task) -> None:
    """What was compared counts no more: the task's author takes it back, and will hand it in again."""
    comparison = comparisons.of_task(tx, task.id)
    if comparison is not None:
        comparisons.take_back(tx, comparison.id)


def _shapes(annotations: list[Annotation]) -> list[Shape]:
    shapes = []
    for annotation in annotations:
        assert annotation.revision.outline is not None
        shapes.append(Shape(annotation.revision.class_id, annotation.revision.outline))
    return shapes
