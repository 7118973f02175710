"""Double annotation: a share of the images is labeled by a second person who does not see the first's work.

When both are handed in they are compared. Where they disagree, a reviewer decides: the first one's task is
then reviewed whatever share of the work the project looks at.
"""

from __future__ import annotations

from dataclasses import dataclass

from maa.domain import Annotation, ComparedObject, Comparison, Outcome, Project, Revision, Task, TaskPurpose
from maa.store import annotations as stored
from maa.store import comparisons, tasks, trials
from maa.store.connection import Transaction
from maa.workflow import access, comparing, holding
from maa.workflow.sampling import draw
from maa.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Difference:
    """An object on which two people differ; `mine` is of the task under review, `other` the second one's."""

    compared: ComparedObject
    mine: Annotation | None
    """As it is now; None when the first annotator does not have it, or when it was deleted since."""
    other: Annotation | None
    by: int | None
    """Who the second annotator is."""
    taken: bool = False
    """The task under review has it by now as the second annotator does."""


def differences(ws: Workspace, task_id: int) -> list[Difference]:
    """Where the second annotator of the task's image did something else: missed, extra, another class or an
    outline that agrees less than the project asks for. Empty without a duplicate, or when they agree.
    """
    with ws.store.read() as tx:
        task = holding.existing(tx, task_id)
        least = access.project(tx, task.project_id).settings.duplicate_agreement
        present = stored.of_task(tx, task_id)
        found = [
            _difference(tx, present, one, comparison.person_id)
            for comparison in comparisons.with_reference(tx, task_id)
            if comparison.purpose is TaskPurpose.DUPLICATE
            for one in comparison.objects
            if one.outcome is not Outcome.MATCHED or (one.iou or 0.0) < least
        ]
    return found


def is_drawn(project: Project, task: Task) -> bool:
    """Whether chance has it that a second person labels the image, if the task is work."""
    return draw(project, "duplicate", task.id) < project.settings.duplicate_rate


def waits_for_second(ws: Workspace, task_id: int) -> bool:
    """Whether a second person is still to label the task's image."""
    with ws.store.read() as tx:
        return _second_is_open(tx, task_id)


def ask_second(tx: Transaction, project: Project, task: Task) -> None:
    """Put a duplicate of work that was just handed in for the first time into the queue, if it is drawn."""
    if not is_drawn(project, task) or trials.duplicates(tx, task.id):
        return
    tasks.add(
        tx,
        project.id,
        task.image_id,
        purpose=TaskPurpose.DUPLICATE,
        accepted=False,
        priority=task.priority,
        reference_task_id=task.id,
        reference_at=tx.now,
    )
    holding.note(tx, "duplicate_asked", task, None)


def settle(tx: Transaction, project: Project, task: Task, *, waits: bool) -> tuple[Task, Task]:
    """Compare a duplicate that was handed in; returns it and the task that it doubles.

    `waits`: see `comparing.close`.
    """
    task, comparison = comparing.close(tx, task, waits=waits)
    first = holding.existing(tx, comparison.reference_task_id)
    agreed = _agree(project, comparison)
    for one in (task, first):
        holding.note(tx, "agreed" if agreed else "disagreed", one, None, score=round(comparison.score, 4))
    return task, first


def why_review(tx: Transaction, project: Project, task: Task) -> str:
    """Why a task with a duplicate is not approved unseen (yet); empty when nothing speaks against it."""
    if _second_is_open(tx, task.id):
        return "a second person has yet to label it"
    for comparison in comparisons.with_reference(tx, task.id):
        if comparison.purpose is TaskPurpose.DUPLICATE and not _agree(project, comparison):
            return "two people disagree about it"
    return ""


def _second_is_open(tx: Transaction, task_id: int) -> bool:
    return any(duplicate.waits_for_labels for duplicate in trials.duplicates(tx, task_id))


def _agree(project: Project, comparison: Comparison) -> bool:
    return comparison.score >= project.settings.duplicate_agreement


def _difference(
    tx: Transaction, present: list[Annotation], compared: ComparedObject, by: int | None
) -> Difference:
    mine = next((one for one in present if one.id == compared.reference_annotation_id), None)
    other = None if compared.annotation_id is None else stored.get(tx, compared.annotation_id)
    if other is None:
        taken = mine is None
    else:
        alike = [mine] if compared.reference_annotation_id is not None else present
        taken = any(one is not None and _same(one.revision, other.revision) for one in alike)
    return Difference(compared, mine, other, by, taken)


def _same(one: Revision, other: Revision) -> bool:
    return one.class_id == other.class_id and one.outline == other.outline
