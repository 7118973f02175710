"""Rows of reviews: inserted, never changed."""

from __future__ import annotations

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
    """Oldest first."""
    rows = tx.rows(
        "SELECT id, task_id, reviewer_id, verdict, reason, comment, created_at, annotation_id,"
        " revision_number, stage, x, y FROM review WHERE task_id = $1 ORDER BY id",
        task_id,
    )
    return [_review(row) for row in rows]


def _review(row: Row) -> Review:
    x, y = row.pop("x"), row.pop("y")
    place = None if x is None or y is None else (x, y)
    return Review(**{**row, "verdict": Verdict(row["verdict"]), "place": place})
