"""Where images with pre-labels come in the queue, by what models made of them and what the project says."""

from __future__ import annotations

from dataclasses import replace

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
    wanted = _place(project, task, score)
    if wanted is not None:
        tasks.save(tx, replace(task, priority=wanted))


def reorder(tx: Transaction, before: Project, project: Project) -> None:
    """The project's order was changed: put the images anew that have pre-labels and that nobody has opened.
    Where the new order knows nothing of an image, what the old one gave it is taken back.
    """
    scores = prelabels.scores(tx, project.id)
    opened = events.happened_on(tx, project.id, on_task.OPENED)
    places: dict[int, int] = {}
    for task in tasks.of_project(tx, project.id, states=[TaskState.READY]):
        score = scores.get(task.image_id)
        if score is None or on_task.why_not_said(project, task, opened=task.id in opened):
            continue
        wanted = _place(project, task, score)
        if wanted is not None:
            places[task.id] = wanted
        elif _priority(project, score) is None and task.priority == _priority(before, score) != 0:
            places[task.id] = 0
    tasks.set_priorities(tx, places)


def _place(project: Project, task: Task, score: Score) -> int | None:
    """The priority that a task is to get; None where it stays as it is."""
    wanted = _priority(project, score)
    return None if wanted == task.priority or abs(task.priority) > PRIORITY_RANGE else wanted


def _priority(project: Project, score: Score) -> int | None:
    """From the last, -50, to the first, 50; None where models do not decide, or have not looked yet."""
    share = {
        PrelabelOrder.LEARN_MOST: None if score.confidence is None else 1 - score.confidence,
        PrelabelOrder.NEARLY_DONE: score.confidence,
        PrelabelOrder.DISAGREEMENT: score.disagreement,
    }.get(PrelabelOrder(project.settings.prelabel_order))
    return None if share is None else round(PRIORITY_RANGE * (2 * share - 1))
