"""Rows of reviews: inserted, never changed; one that was taken back stays, and is marked so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from maa.domain import Review, Verdict
from maa.store.connection import Row, Transaction


def add(
    tx: Transaction,
    task_id: int,
    reviewer_id: int,
    verdict: Verdict,
    *,
    author_id: int | None,
    reason: str = "",
    comment: str = "",
    annotation_id: int | None = None,
    revision_number: int | None = None,
    place: tuple[float, float] | None = None,
    stage: int = 1,
) -> None:
    """`author_id`: whose work was judged, kept because the task's author may change later."""
    tx.run(
        "INSERT INTO review (task_id, annotation_id, revision_number, reviewer_id, author_id, verdict,"
        " reason, comment, created_at, x, y, stage)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        task_id,
        annotation_id,
        revision_number,
        reviewer_id,
        author_id,
        verdict.value,
        reason,
        comment,
        tx.now,
        *(place or (None, None)),
        stage,
    )


def of_task(tx: Transaction, task_id: int) -> list[Review]:
    """What stands, oldest first."""
    return _read(tx, "standing_review WHERE task_id = $1", task_id)


def ever_of_task(tx: Transaction, task_id: int) -> list[Review]:
    """With what was taken back, oldest first."""
    return _read(tx, "review WHERE task_id = $1", task_id)


def last_taken_back(tx: Transaction, task_id: int, reviewer_id: int) -> list[Review]:
    """The verdict that a reviewer took back last on a task, with all its parts; empty when they never did."""
    source = "review JOIN taken_back_review ON review_id = id WHERE task_id = $1 AND reviewer_id = $2"
    ever = _read(tx, source, task_id, reviewer_id)
    return [review for review in ever if review.created_at == ever[-1].created_at]


def last_judged(tx: Transaction, project_id: int, reviewer_id: int, since: datetime) -> int | None:
    """The task on which a reviewer's last standing verdict is, if it was given at `since` or later."""
    row = tx.row(
        "SELECT review.task_id FROM standing_review review JOIN task ON task.id = review.task_id"
        " WHERE task.project_id = $1 AND review.reviewer_id = $2 AND review.created_at >= $3"
        " ORDER BY review.id DESC LIMIT 1",
        project_id,
        reviewer_id,
        since,
    )
    return row["task_id"] if row else None


def take_back(tx: Transaction, review_ids: Collection[int]) -> None:
    """These do not stand any more."""
    tx.run("INSERT INTO taken_back_review SELECT unnest($1)", list(review_ids))


def _read(tx: Transaction, source: str, *values: object) -> list[Review]:
    rows = tx.rows(
        "SELECT id, task_id, reviewer_id, verdict, reason, comment, created_at, annotation_id,"
        f" revision_number, stage, x, y FROM {source} ORDER BY id",
        *values,
    )
    return [_review(row) for row in rows]


def _review(row: Row) -> Review:
    x, y = row.pop("x"), row.pop("y")
    place = None if x is None or y is None else (x, y)
    return Review(**{**row, "verdict": Verdict(row["verdict"]), "place": place})
