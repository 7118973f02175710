"""Rows of tasks: the only rows of work that change, each change counted by `version`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace

from maa.domain import Conflict, Task, TaskPurpose, TaskState
from maa.store.connection import Row, Transaction

_NAMES = tuple(field.name for field in fields(Task))
_COLUMNS = ", ".join(f"task.{name}" for name in _NAMES)


def add(
    tx: Transaction,
    project_id: int,
    image_id: int,
    *,
    purpose: TaskPurpose = TaskPurpose.WORK,
    accepted: bool = True,
) -> Task:
    """A new task, ready."""
    row = tx.row(
        "INSERT INTO task (project_id, image_id, purpose, state, accepted, updated_at)"
        f" VALUES ($1, $2, $3, $4, $5, $6) RETURNING {', '.join(_NAMES)}",
        project_id,
        image_id,
        purpose.value,
        TaskState.READY.value,
        accepted,
        tx.now,
    )
    assert row is not None
    return _task(row)


def get(tx: Transaction, task_id: int) -> Task | None:
    row = tx.row(f"SELECT {_COLUMNS} FROM task WHERE id = $1", task_id)
    return _task(row) if row else None


def accepted(tx: Transaction, image_id: int) -> Task | None:
    """The task whose annotations are the image's result."""
    row = tx.row(f"SELECT {_COLUMNS} FROM task WHERE image_id = $1 AND accepted", image_id)
    return _task(row) if row else None


def save(tx: Transaction, task: Task) -> Task:
    """Write what can change about a task, if it is still at `task.version`, and count the version up.

    Raises `Conflict` when somebody wrote it since it was read.
    """
    # no RETURNING: with it DuckDB deletes and inserts the row, which the foreign keys to it forbid
    changed = tx.change(
        "UPDATE task SET version = version + 1, updated_at = $3, state = $4, holder_id = $5,"
        " lease_expires_at = $6, author_id = $7, sent_back_by = $8, submitted_at = $9, accepted = $10"
        " WHERE id = $1 AND version = $2",
        task.id,
        task.version,
        tx.now,
        task.state.value,
        task.holder_id,
        task.lease_expires_at,
        task.author_id,
        task.sent_back_by,
        task.submitted_at,
        task.accepted,
    )
    if not changed:
        raise Conflict("This image was changed by somebody else at the same moment. Reload and try again.")
    return replace(task, version=task.version + 1, updated_at=tx.now)


def of_project(
    tx: Transaction, project_id: int, *, states: Collection[TaskState] | None = None
) -> list[Task]:
    """Oldest first."""
    wanted = [state.value for state in (TaskState if states is None else states)]
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM task WHERE project_id = $1 AND state = ANY($2) ORDER BY id",
        project_id,
        wanted,
    )
    return [_task(row) for row in rows]


def oldest(tx: Transaction, project_id: int, state: TaskState) -> Task | None:
    """The one that has waited longest in this state."""
    row = tx.row(
        f"SELECT {_COLUMNS} FROM task WHERE project_id = $1 AND state = $2 ORDER BY submitted_at, id LIMIT 1",
        project_id,
        state.value,
    )
    return _task(row) if row else None


def held_by(tx: Transaction, person_id: int) -> list[Task]:
    rows = tx.rows(f"SELECT {_COLUMNS} FROM task WHERE holder_id = $1 ORDER BY id", person_id)
    return [_task(row) for row in rows]


def next_to_label(tx: Transaction, project_id: int, person_id: int) -> Task | None:
    """What this person labels next, in the order that `workflow.queue.claim_next` promises."""
    row = tx.row(
        f"""
        WITH candidate AS (
            SELECT {_COLUMNS},
                task.state = 'leased' AND task.holder_id = $2 AS held,
                task.state = 'returned'
                    OR (task.state = 'leased' AND task.sent_back_by IS NOT NULL) AS sent_back,
                coalesce(author.active, FALSE) AS author_active
            FROM task LEFT JOIN person author ON author.id = task.author_id
            WHERE task.project_id = $1 AND (
                task.state IN ('ready', 'returned')
                OR (task.state = 'leased' AND (task.holder_id = $2 OR task.lease_expires_at <= $3))
            )
        )
        SELECT {", ".join(_NAMES)}
        FROM candidate
        WHERE held OR NOT sent_back OR author_id = $2 OR NOT author_active
        ORDER BY
            CASE WHEN held THEN 0 WHEN sent_back AND author_id = $2 THEN 1 ELSE 2 END,
            CASE WHEN held THEN lease_expires_at END DESC,
            id
        LIMIT 1
        """,
        project_id,
        person_id,
        tx.now,
    )
    return _task(row) if row else None


def next_to_review(tx: Transaction, project_id: int, reviewer_id: int) -> Task | None:
    """What this reviewer sees next, in the order that `workflow.review.claim_next_review` promises."""
    row = tx.row(
        f"""
        SELECT {_COLUMNS}
        FROM task
        WHERE task.project_id = $1
            AND (
                task.state = 'submitted'
                OR (task.state = 'in_review' AND (task.holder_id = $2 OR task.lease_expires_at <= $3))
            )
            AND task.author_id <> $2
            AND NOT EXISTS (
                SELECT 1 FROM revision JOIN annotation ON annotation.id = revision.annotation_id
                WHERE annotation.task_id = task.id AND revision.author_id = $2 AND NOT revision.correction
            )
        ORDER BY
            CASE
                WHEN task.state = 'in_review' AND task.holder_id = $2 THEN 0
                WHEN task.sent_back_by = $2 THEN 1
                WHEN task.sent_back_by IS NULL THEN 2
                ELSE 3
            END,
            task.submitted_at,
            task.id
        LIMIT 1
        """,
        project_id,
        reviewer_id,
        tx.now,
    )
    return _task(row) if row else None


def count_to_review(tx: Transaction, project_id: int) -> int:
    """Tasks that wait for a reviewer, those with a run-out review lease included."""
    return tx.value(
        "SELECT count(*) FROM task WHERE project_id = $1"
        " AND (state = 'submitted' OR (state = 'in_review' AND lease_expires_at <= $2))",
        project_id,
        tx.now,
    )


def _task(row: Row) -> Task:
    return Task(**{**row, "purpose": TaskPurpose(row["purpose"]), "state": TaskState(row["state"])})
