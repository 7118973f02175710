"""The comparison of the model with handwork: which tasks are labeled how.

While a project compares, chance gives each task to one of two arms when it is first taken: assisted or by
hand. People do not choose, so what differs between the arms is the way and not the images.
"""

from __future__ import annotations

from dataclasses import replace

from maa.domain import Arm, Project, Task
from maa.workflow.sampling import draw

BY_HAND = "This image is to be drawn by hand: the project compares drawing by hand with the model."
"""Why the model is not asked on a task whose arm is manual."""


def arm_now(project: Project, task: Task) -> Arm | None:
    """How the task is to be labeled: without the model when `Arm.MANUAL`; None leaves it to the annotator."""
    return task.arm if project.settings.manual_share else None


def drawn(project: Project, task_id: int) -> Arm:
    """The arm that chance gives a task: always the same one while the share and the salt are the same."""
    by_hand = draw(project, "arm", task_id) < project.settings.manual_share
    return Arm.MANUAL if by_hand else Arm.ASSISTED


def assign(project: Project, task: Task) -> Task:
    """The task with its arm, if the project compares and it has none yet."""
    if task.arm is not None or not project.settings.manual_share:
        return task
    return replace(task, arm=drawn(project, task.id))
