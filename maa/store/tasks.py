"""Rows of tasks: the only rows of work that change, each change counted by `version`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import datetime

from maa.domain import Arm, Conflict, Task, TaskPurpose, TaskState
from maa.store.connection import Row, Transaction
from maa.store.open_tasks import OpenTasks, by_id

_NAMES = tuple(field.name for field in fields(Task))
COLUMNS = ", ".join(f"task.{name}" for name in _NAMES)
_ORDER = "priority DESC, image_id, id"


def add(
    tx: Transaction,
    project_id: int,
    image_id: int,
    *,
    purpose: TaskPurpose = TaskPurpose.WORK,
    accepted: bool = True,
    priority: int = 0,
    for_person_id: int | None = None,
    reference_task_id: int | None = None,
    reference_at: datetime | None = None,
) -> Task:
    """A new task, ready."""
    row = tx.row(
        "INSERT INTO task (project_id, image_id, purpose, state, accepted, updated_at, priority,"
        " for_person_id, reference_task_id, reference_at)"
        f" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING {', '.join(_NAMES)}",
        project_id,
        image_id,
        purpose.value,
        TaskState.READY.value,
        accepted,
        tx.now,
        priority,
        for_person_id,
        reference_task_id,
        reference_at,
        accounted=True,
    )
    assert row is not None
    return _told(tx, from_row(row))


def get(tx: Transaction, task_id: int) -> Task | None:
    row = tx.row(f"SELECT {COLUMNS} FROM task WHERE id = $1", task_id)
    return from_row(row) if row else None


def accepted(tx: Transaction, image_id: int) -> Task | None:
    """The task whose annotations are the image's result."""
    row = tx.row(f"SELECT {COLUMNS} FROM task WHERE image_id = $1 AND accepted", image_id)
    return from_row(row) if row else None


def accepted_of(tx: Transaction, image_ids: Collection[int]) -> dict[int, Task]:
    """Image -> the task whose annotations are its result."""
    rows = tx.rows(f"SELECT {COLUMNS} FROM task WHERE accepted AND image_id = ANY($1)", list(image_ids))
    return {row["image_id"]: from_row(row) for row in rows}


def shown_beside(
    tx: Transaction, image_ids: Collection[int], states: Collection[TaskState]
) -> dict[int, int]:
    """Image -> its accepted task, of those that are in one of the states and that nobody is or may still be
    compared with: no gold, and no trial or duplicate that is not handed in.
    """
    rows = tx.rows(
        "SELECT image_id, id FROM task WHERE accepted AND NOT gold AND image_id = ANY($1) AND state = ANY($2)"
        " AND image_id NOT IN (SELECT image_id FROM task other WHERE NOT other.accepted"
        "  AND other.image_id = ANY($1) AND other.state IN ('ready', 'leased'))",
        list(image_ids),
        [state.value for state in states],
    )
    return {row["image_id"]: row["id"] for row in rows}


def handed_in_by(
    tx: Transaction, image_ids: Collection[int], states: Collection[TaskState], person_id: int
) -> dict[int, int]:
    """Image -> the task that this person handed in, of those that are in one of the states, trials and
    duplicates as well as others.
    """
    rows = tx.rows(
        "SELECT image_id, id FROM task WHERE author_id = $3 AND image_id = ANY($1) AND state = ANY($2)"
        " ORDER BY accepted, id",
        list(image_ids),
        [state.value for state in states],
        person_id,
    )
    return {row["image_id"]: row["id"] for row in rows}


def save(tx: Transaction, task: Task) -> Task:
    """Write what can change about a task, if it is still at `task.version`, and count the version up.

    Raises `Conflict` when somebody wrote it since it was read.
    """
    # no RETURNING: with it DuckDB deletes and inserts the row, which the foreign keys to it forbid
    changed = tx.change(
        "UPDATE task SET version = version + 1, updated_at = $3, state = $4, holder_id = $5,"
        " lease_expires_at = $6, author_id = $7, sent_back_by = $8, submitted_at = $9, accepted = $10,"
        " priority = $11, stage = $12, gold = $13, arm = $14"
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
        task.priority,
        task.stage,
        task.gold,
        task.arm.value if task.arm else None,
        accounted=True,
    )
    if not changed:
        raise Conflict("This image was changed by somebody else at the same moment. Reload and try again.")
    return _told(tx, replace(task, version=task.version + 1, updated_at=tx.now))


def set_priorities(tx: Transaction, wanted: Mapping[int, int]) -> None:
    """Give tasks, by id, other places in the queue: in one statement, for a whole queue may be put anew."""
    if wanted:
        tx.run(
            "UPDATE task SET version = version + 1, updated_at = $1, priority = given.priority"
            " FROM (SELECT unnest($2) AS id, unnest($3) AS priority) AS given WHERE task.id = given.id",
            tx.now,
            list(wanted),
            list(wanted.values()),
        )


def by_ids(tx: Transaction, task_ids: Collection[int]) -> list[Task]:
    """Those that there are, oldest first."""
    rows = tx.rows(f"SELECT {COLUMNS} FROM task WHERE id = ANY($1) ORDER BY id", list(task_ids))
    return [from_row(row) for row in rows]


def of_project(
    tx: Transaction, project_id: int, *, states: Collection[TaskState] | None = None
) -> list[Task]:
    """Oldest first."""
    wanted = [state.value for state in (TaskState if states is None else states)]
    rows = tx.rows(
        f"SELECT {COLUMNS} FROM task WHERE project_id = $1 AND state = ANY($2) ORDER BY id",
        project_id,
        wanted,
    )
    return [from_row(row) for row in rows]


def held_by(tx: Transaction, person_id: int) -> list[Task]:
    rows = tx.rows(f"SELECT {COLUMNS} FROM task WHERE holder_id = $1 ORDER BY id", person_id)
    return [from_row(row) for row in rows]


# --- the queue: what a hand-out chooses from ---

# One query that ranks every candidate takes several times as long among 100,000 tasks as these together: each
# looks at few columns, and first at one that leaves little over. The rules put them in order.

_AT_A_TIME = 64
"""So many ready tasks are looked up together: among many, 64 take hardly longer to find than one."""


def leased(tx: Transaction, project_id: int) -> list[Task]:
    """What somebody holds to label, the latest claim first, run-out leases too."""
    known = _open_tasks(tx, project_id)
    if known.held is None:
        known.held = by_id(
            _where(tx, "lease_expires_at IS NOT NULL AND project_id = $1 AND state = 'leased'", project_id)
        )
    return known.leased()


def first_returned(tx: Transaction, project_id: int, author_ids: Collection[int]) -> Task | None:
    """The first by priority, then the oldest, of what was sent back to one of these people."""
    known = _open_tasks(tx, project_id)
    if known.returned is None:
        known.returned = by_id(
            _where(tx, "sent_back_by IS NOT NULL AND project_id = $1 AND state = 'returned'", project_id)
        )
    return known.first_returned(author_ids)


def first_ready(tx: Transaction, project_id: int) -> Task | None:
    """The first by priority, then the oldest, of the work that waits for anybody."""
    known = _open_tasks(tx, project_id)
    if not known.ready:
        ready = (
            f"project_id = $1 AND state = 'ready' AND purpose = 'work' ORDER BY {_ORDER} LIMIT {_AT_A_TIME}"
        )
        known.ready = by_id(_where(tx, ready, project_id))
    return next(iter(known.ready.values()), None)


def _open_tasks(tx: Transaction, project_id: int) -> OpenTasks:
    return tx.known(("open tasks", project_id), OpenTasks)


def _told(tx: Transaction, task: Task) -> Task:
    """The task as it was just written, once the remembered open tasks of its project know of it."""
    known = tx.known_already(("open tasks", task.project_id))
    if known is not None:
        known.changed(task)
    return task


def _where(tx: Transaction, condition: str, *values: object) -> list[Task]:
    return [from_row(row) for row in tx.rows(f"SELECT {COLUMNS} FROM task WHERE {condition}", *values)]


def first(tx: Transaction, condition: str, *values: object) -> Task | None:
    """The first task by priority, then the oldest image's, for which an SQL condition holds."""
    found = tx.row(f"SELECT id FROM task WHERE {condition} ORDER BY {_ORDER} LIMIT 1", *values)
    return get(tx, found["id"]) if found else None


def first_submitted(tx: Transaction, project_id: int) -> Task | None:
    """The first by priority, then by how long it has waited, of the work that waits for any reviewer."""
    row = tx.row(
        f"SELECT {COLUMNS} FROM task WHERE project_id = $1 AND accepted AND state = 'submitted'"
        " ORDER BY priority DESC, submitted_at, id LIMIT 1",
        project_id,
    )
    return from_row(row) if row else None


def last_handed_in(tx: Transaction, project_id: int, person_id: int, since: datetime) -> Task | None:
    """What a person submitted last in a project, at `since` or later, whatever it is now."""
    row = tx.row(
        f"SELECT {COLUMNS} FROM task WHERE project_id = $1 AND author_id = $2 AND submitted_at >= $3"
        " ORDER BY submitted_at DESC, id DESC LIMIT 1",
        project_id,
        person_id,
        since,
    )
    return from_row(row) if row else None


def to_review(tx: Transaction, project_id: int, reviewer_id: int) -> list[tuple[int, bool]]:
    """(task id, whether they hold it) of what this reviewer may get, in the order that
    `workflow.review.claim_next_review` promises; what they worked on as an annotator, or passed at an earlier
    stage, is still in it.
    """
    rows = tx.rows(
        """
        SELECT task.id, task.state = 'in_review' AND task.holder_id = $2 AS held
        FROM task
        WHERE task.project_id = $1 AND task.accepted AND task.state IN ('submitted', 'in_review')
            AND (task.state = 'submitted' OR task.holder_id = $2 OR task.lease_expires_at <= $3)
            AND task.author_id <> $2
        ORDER BY
            CASE
                WHEN task.state = 'in_review' AND task.holder_id = $2 THEN 0
                WHEN task.sent_back_by = $2 THEN 1
                WHEN task.sent_back_by IS NULL THEN 2
                ELSE 3
            END,
            CASE WHEN task.state = 'in_review' AND task.holder_id = $2 THEN task.lease_expires_at END DESC,
            task.priority DESC,
            task.submitted_at,
            task.id
        """,
        project_id,
        reviewer_id,
        tx.now,
    )
    return [(row["id"], row["held"]) for row in rows]


def count_ready_work(tx: Transaction, project_id: int) -> int:
    """The images that wait to be labeled; their trials and duplicates are not counted."""
    return tx.value(
        "SELECT count(*) FROM task WHERE project_id = $1 AND accepted AND state = 'ready'", project_id
    )


_WAITS = (
    "task.project_id = $1 AND task.accepted"
    " AND (task.state = 'submitted' OR (task.state = 'in_review' AND task.lease_expires_at <= $2))"
)


def count_to_review(tx: Transaction, project_id: int) -> int:
    """Tasks that wait for a reviewer, those with a run-out review lease included."""
    return tx.value(f"SELECT count(*) FROM task WHERE {_WAITS}", project_id, tx.now)


def count_to_review_by(tx: Transaction, project_id: int, reviewer_id: int) -> int:
    """Those of `count_to_review` that this reviewer may judge, by the rules of `workflow.review`: neither
    worked on by them as an annotator, nor passed by them at the first stage.
    """
    return tx.value(
        f"""
        SELECT count(*) FROM task
        WHERE {_WAITS} AND task.author_id IS DISTINCT FROM $3
            AND task.id NOT IN (
                SELECT annotation.task_id
                FROM task JOIN annotation ON annotation.task_id = task.id
                JOIN revision ON revision.annotation_id = annotation.id
                WHERE {_WAITS} AND revision.author_id = $3 AND NOT revision.correction
            )
            AND (task.stage = 1 OR NOT EXISTS (
                SELECT 1 FROM standing_review review
                WHERE review.task_id = task.id AND review.reviewer_id = $3
                    AND review.annotation_id IS NULL AND review.created_at >= task.submitted_at
            ))
        """,
        project_id,
        tx.now,
        reviewer_id,
    )


def by_image_name(tx: Transaction, project_id: int, text: str, limit: int) -> list[tuple[Task, str]]:
    """(task, name of its image), the newest change first, of those whose image's name contains the text;
    without gold trials.
    """
    rows = tx.rows(
        f"SELECT {COLUMNS}, image.file_name FROM task JOIN image ON image.id = task.image_id"
        " WHERE task.project_id = $1 AND task.purpose <> 'gold'"
        " AND position(lower($2) IN lower(image.file_name)) > 0"
        " ORDER BY task.updated_at DESC, task.id DESC LIMIT $3",
        project_id,
        text,
        limit,
    )
    return [(from_row(row), name) for row in rows for name in (row.pop("file_name"),)]


def ready_by_image_name(tx: Transaction, project_id: int, text: str, limit: int) -> list[tuple[int, str]]:
    """(task id, name of its image) of the work that waits for anybody, as it would be handed out, where the
    image's name contains the text."""
    rows = tx.rows(
        "SELECT task.id, image.file_name FROM task JOIN image ON image.id = task.image_id"
        " WHERE task.project_id = $1 AND task.state = 'ready' AND task.purpose = 'work'"
        " AND position(lower($2) IN lower(image.file_name)) > 0"
        " ORDER BY task.priority DESC, task.image_id, task.id LIMIT $3",
        project_id,
        text,
        limit,
    )
    return [(row["id"], row["file_name"]) for row in rows]


def from_row(row: Row) -> Task:
    return Task(
        **{
            **row,
            "purpose": TaskPurpose(row["purpose"]),
            "state": TaskState(row["state"]),
            "arm": Arm(row["arm"]) if row["arm"] else None,
        }
    )
