"""What a project holds at one moment: read once for an export, a training or a comparison."""

from __future__ import annotations

from maa.domain import Annotation, TaskState
from maa.interchange.snapshot import LabeledImage, Snapshot
from maa.store import annotations as rows
from maa.store import images, projects, tasks
from maa.store.connection import Transaction
from maa.workflow import access

_SUBMITTED = (TaskState.SUBMITTED, TaskState.IN_REVIEW, TaskState.APPROVED)


def snapshot(tx: Transaction, project_id: int, *, approved_only: bool) -> Snapshot:
    """The project's classes, images and accepted objects, as they are now."""
    access.project(tx, project_id)
    accepted = {task.image_id: task for task in tasks.of_project(tx, project_id) if task.accepted}
    on_task: dict[int, list[Annotation]] = {}
    for annotation in rows.of_project(tx, project_id):
        on_task.setdefault(annotation.task_id, []).append(annotation)
    labeled = tuple(
        LabeledImage(
            image,
            task.state is TaskState.APPROVED,
            tuple(on_task.get(task.id, ())),
            submitted=task.state in _SUBMITTED,
        )
        for image in images.of_project(tx, project_id)
        if (task := accepted[image.id]).state is TaskState.APPROVED or not approved_only
    )
    used = {annotation.revision.class_id for entry in labeled for annotation in entry.annotations}
    classes = projects.classes(tx, project_id, include_retired=True)
    return Snapshot(tuple(label for label in classes if not label.retired or label.id in used), labeled)
