"""Rows of tasks that are not an image's result: gold trials and duplicates; and the gold they are about."""

from __future__ import annotations

from maa.domain import Task
from maa.store.connection import Transaction
from maa.store.tasks import COLUMNS, first, from_row

_UNSEEN = (
    "gold AND project_id = $1 AND author_id IS DISTINCT FROM $2 AND image_id NOT IN"
    " (SELECT image_id FROM task trial WHERE trial.for_person_id = $2 AND trial.project_id = $1)"
    " AND id NOT IN (SELECT annotation.task_id FROM annotation"
    "  JOIN revision ON revision.annotation_id = annotation.id WHERE revision.author_id = $2)"
)


def gold_unseen_by(tx: Transaction, project_id: int, person_id: int) -> list[Task]:
    """Gold that this person neither worked on themselves, also as a reviewer, nor had a trial on."""
    rows = tx.rows(f"SELECT {COLUMNS} FROM task WHERE {_UNSEEN} ORDER BY id", project_id, person_id)
    return [from_row(row) for row in rows]


def is_stuck(tx: Transaction, project_id: int, person_id: int) -> bool:
    """Whether this person has no trial in hand and there is no gold for another one."""
    return tx.value(
        f"SELECT NOT EXISTS (SELECT 1 FROM task WHERE {_UNSEEN}) AND NOT EXISTS (SELECT 1 FROM task"
        " WHERE for_person_id = $2 AND project_id = $1 AND state IN ('ready', 'leased'))",
        project_id,
        person_id,
    )


def ready_trial(tx: Transaction, project_id: int, person_id: int) -> Task | None:
    """A trial that this person gave back."""
    return first(tx, "for_person_id = $2 AND project_id = $1 AND state = 'ready'", project_id, person_id)


def count_done(tx: Transaction, project_id: int, person_id: int) -> tuple[int, int]:
    """How many other tasks this person handed in, and how many trials they were given."""
    row = tx.row(
        "SELECT count(*) FILTER (WHERE purpose <> 'gold' AND author_id = $2) AS work,"
        " count(*) FILTER (WHERE for_person_id = $2) AS trials"
        " FROM task WHERE (author_id = $2 OR for_person_id = $2) AND project_id = $1",
        project_id,
        person_id,
    )
    assert row is not None
    return row["work"], row["trials"]


def duplicates(tx: Transaction, task_id: int) -> list[Task]:
    """The duplicates of a task."""
    rows = tx.rows(
        f"SELECT {COLUMNS} FROM task WHERE reference_task_id = $1 AND purpose = 'duplicate' ORDER BY id",
        task_id,
    )
    return [from_row(row) for row in rows]


def doubled(tx: Transaction, project_id: int) -> set[int]:
    """The ids of tasks whose duplicate is not handed in yet."""
    rows = tx.rows(
        "SELECT reference_task_id AS id FROM task WHERE reference_task_id IS NOT NULL AND project_id = $1"
        " AND purpose = 'duplicate' AND state IN ('ready', 'leased')",
        project_id,
    )
    return {row["id"] for row in rows}


def compared(tx: Transaction, project_id: int) -> set[int]:
    """The ids of images that people are or may still be compared on: gold, and those with a trial or a
    duplicate that is not handed in.
    """
    rows = tx.rows(
        "SELECT DISTINCT image_id FROM task WHERE project_id = $1"
        " AND (gold OR (NOT accepted AND state IN ('ready', 'leased')))",
        project_id,
    )
    return {row["image_id"] for row in rows}


def first_duplicate(tx: Transaction, project_id: int, person_id: int) -> Task | None:
    """The first duplicate, by priority and age of its image, of an image that this person has no task on; one
    that they took back and then gave back is nobody's."""
    return first(
        tx,
        "reference_task_id IS NOT NULL AND project_id = $1 AND state = 'ready' AND purpose = 'duplicate'"
        " AND image_id NOT IN (SELECT image_id FROM task mine"
        "  WHERE (mine.author_id = $2 OR mine.holder_id = $2) AND mine.project_id = $1"
        "  AND NOT (mine.purpose = 'duplicate' AND mine.state = 'ready'))",
        project_id,
        person_id,
    )


def worked_on(tx: Transaction, image_id: int, person_id: int, *, but: int) -> bool:
    """Whether this person has another task than `but` on the image, finished or in hand."""
    return tx.value(
        "SELECT count(*) > 0 FROM task WHERE image_id = $1 AND id <> $3"
        " AND (author_id = $2 OR holder_id = $2)",
        image_id,
        person_id,
        but,
    )
