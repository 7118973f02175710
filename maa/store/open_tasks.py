"""The open tasks of one project that a hand-out chooses from, in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from maa.domain import Task, TaskPurpose, TaskState


@dataclass(slots=True)
class OpenTasks:
    """What is held, what was sent back, and the first of what is ready; by task id.

    `maa.store.tasks` looks each of them up when it is asked for, and tells of every change to a task. So a
    hand-out costs the same in a project of any size.
    """

    held: dict[int, Task] | None = None
    """Every leased task; None: not looked up yet."""
    returned: dict[int, Task] | None = None
    """Every task that was sent back; None: not looked up yet."""
    ready: dict[int, Task] = field(default_factory=dict)
    """The first of the work that waits for anybody, in order; empty: to be looked up."""

    def changed(self, task: Task) -> None:
        """A task of the project is like this now."""
        self.ready.pop(task.id, None)
        if task.state is TaskState.READY and task.purpose is TaskPurpose.WORK:
            # its place may be among those that are known, or after them
            self.ready.clear()
        for group, state in ((self.held, TaskState.LEASED), (self.returned, TaskState.RETURNED)):
            if group is not None:
                group.pop(task.id, None)
                if task.state is state:
                    group[task.id] = task

    def leased(self) -> list[Task]:
        """What is held, the latest claim first."""
        return sorted((self.held or {}).values(), key=_time_and_age, reverse=True)

    def first_returned(self, author_ids: Collection[int]) -> Task | None:
        """The first by priority, then the oldest, of what was sent back to one of these people."""
        theirs = (task for task in (self.returned or {}).values() if task.author_id in author_ids)
        return min(theirs, key=_place, default=None)


def by_id(tasks: Iterable[Task]) -> dict[int, Task]:
    return {task.id: task for task in tasks}


def _place(task: Task) -> tuple[int, int, int]:
    return -task.priority, task.image_id, task.id


def _time_and_age(task: Task) -> tuple[float, int]:
    until = task.lease_expires_at
    return (until.timestamp() if until else 0.0), -task.id
