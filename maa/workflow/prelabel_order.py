"""Where images with pre-labels come in the queue, by what models made of them and what the project says."""

from __future__ import annotations

from maa.domain import PrelabelOrder, Project, Task, TaskState
from maa.store import events, prelabels, tasks
from maa.store.connection import Transaction
from maa.store.prelabels import Score
from maa.workflow import prelabels as on_task

PRIORITY_RANGE = 50
"""Pre-labeled images get priorities from minus to plus this, where the project orders them by what models
make of them."""


def set_order(tx: Transaction, project: Project, task: Task, score: Score) -> None:
    """Put a task where the project's order wants it, by what is known of its image by now. What a manager put
    before or behind all that stays there.
    """
    wanted = _priority(project, score)
    if wanted is not None and abs(task.priority) <= PRIORITY_RANGE:
        on_task.set_priority(tx, task, wanted)


def reorder(tx: Transaction, before: Project, project: Project) -> None:
    """The project's order was changed: put the images anew that have pre-labels and that nobody has opened.
    Where the new order knows nothing of an image, what the old one gave it is taken back.
    """
    scores = prelabels.scores(tx, project.id)
    opened = events.happened_on(tx, project.id, on_task.OPENED)
    for task in tasks.of_project(tx, project.id, states=[TaskState.READY]):
        score = scores.get(task.image_id)
        if score is None or on_task.why_not_said(project, task, opened=task.id in opened):
            continue
        if _priority(project, score) is not None:
            set_order(tx, project, task, score)
        elif task.priority == _priority(before, score):
            on_task.set_priority(tx, task, 0)


def _priority(project: Project, score: Score) -> int | None:
    """From the last, -50, to the first, 50; None where models do not decide, or have not looked yet."""
    share = {
        PrelabelOrder.LEARN_MOST: None if score.confidence is None else 1 - score.confidence,
        PrelabelOrder.NEARLY_DONE: score.confidence,
        PrelabelOrder.DISAGREEMENT: score.disagreement,
    }.get(PrelabelOrder(project.settings.prelabel_order))
    return None if share is None else round(PRIORITY_RANGE * (2 * share - 1))
