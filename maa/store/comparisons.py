"""Rows of comparisons and of the objects compared: inserted, never changed; one whose work was taken back
stays, and is marked so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from maa.domain import ComparedObject, Comparison, Outcome, Task, TaskPurpose
from maa.store.connection import Row, Transaction

_OBJECT = tuple(field.name for field in fields(ComparedObject))


def add(
    tx: Transaction,
    task: Task,
    *,
    reference_person_id: int | None,
    score: float,
    objects: Sequence[ComparedObject],
) -> Comparison:
    """A finished gold trial or duplicate compared with its reference; `score`: 0..1."""
    row = tx.row(
        "INSERT INTO comparison (task_id, reference_task_id, purpose, person_id, reference_person_id, score,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *",
        task.id,
        task.reference_task_id,
        task.purpose.value,
        task.author_id,
        reference_person_id,
        score,
        tx.now,
    )
    assert row is not None
    for number, one in enumerate(objects):
        tx.run(
            f"INSERT INTO compared_object (comparison_id, number, {', '.join(_OBJECT)})"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            row["id"],
            number,
            *(getattr(one, name) for name in _OBJECT),
        )
    return _comparison(row, tuple(objects))


def of_person(tx: Transaction, project_id: int, person_id: int, purpose: TaskPurpose) -> list[Comparison]:
    """Those of this person's tasks, oldest first."""
    rows = tx.rows(
        "SELECT comparison.* FROM standing_comparison comparison JOIN task ON task.id = comparison.task_id"
        " WHERE comparison.person_id = $2 AND task.project_id = $1 AND comparison.purpose = $3"
        " ORDER BY comparison.id",
        project_id,
        person_id,
        purpose.value,
    )
    return [_comparison(row, _objects(tx, row["id"])) for row in rows]


def with_reference(tx: Transaction, task_id: int) -> list[Comparison]:
    """Those of the tasks that were compared with this one, oldest first."""
    rows = tx.rows("SELECT * FROM standing_comparison WHERE reference_task_id = $1 ORDER BY id", task_id)
    return [_comparison(row, _objects(tx, row["id"])) for row in rows]


def of_task(tx: Transaction, task_id: int) -> Comparison | None:
    """That of this trial or duplicate; None while it is not handed in."""
    row = tx.row("SELECT * FROM standing_comparison WHERE task_id = $1", task_id)
    return _comparison(row, _objects(tx, row["id"])) if row else None


def take_back(tx: Transaction, comparison_id: int) -> None:
    """It does not stand any more."""
    tx.run("INSERT INTO taken_back_comparison VALUES ($1)", comparison_id)


def count_passed(tx: Transaction, project_id: int, person_id: int, least_score: float) -> int:
    """How many gold trials this person finished with at least this score."""
    return tx.value(
        "SELECT count(*) FROM standing_comparison comparison JOIN task ON task.id = comparison.task_id"
        " WHERE comparison.person_id = $2 AND comparison.purpose = 'gold' AND comparison.score >= $3"
        " AND task.project_id = $1",
        project_id,
        person_id,
        least_score,
    )


def _objects(tx: Transaction, comparison_id: int) -> tuple[ComparedObject, ...]:
    rows = tx.rows(
        f"SELECT {', '.join(_OBJECT)} FROM compared_object WHERE comparison_id = $1 ORDER BY number",
        comparison_id,
    )
    return tuple(ComparedObject(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows)


def _comparison(row: Row, objects: tuple[ComparedObject, ...]) -> Comparison:
    return Comparison(**{**row, "purpose": TaskPurpose(row["purpose"]), "objects": objects})
