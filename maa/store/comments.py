"""Rows of comments: inserted, never changed. A thread is resolved by a row that says so."""

from __future__ import annotations

from maa.domain import Comment, CommentKind
from maa.store.connection import Row, Transaction

_COLUMNS = "id, task_id, annotation_id, thread_id, person_id, kind, text, created_at, x, y"


def add(
    tx: Transaction,
    task_id: int,
    person_id: int,
    kind: CommentKind,
    text: str,
    *,
    annotation_id: int | None,
    thread_id: int | None,
    place: tuple[float, float] | None = None,
) -> Comment:
    """`thread_id`: the first comment of the thread that it joins; None begins one."""
    x, y = place or (None, None)
    row = tx.row(
        "INSERT INTO comment (task_id, annotation_id, thread_id, person_id, kind, text, created_at, x, y)"
        f" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {_COLUMNS}",
        task_id,
        annotation_id,
        thread_id,
        person_id,
        kind.value,
        text,
        tx.now,
        x,
        y,
    )
    assert row is not None
    return _comment(row)


def get(tx: Transaction, comment_id: int) -> Comment | None:
    row = tx.row(f"SELECT {_COLUMNS} FROM comment WHERE id = $1", comment_id)
    return _comment(row) if row else None


def of_task(tx: Transaction, task_id: int) -> list[Comment]:
    """Oldest first."""
    rows = tx.rows(f"SELECT {_COLUMNS} FROM comment WHERE task_id = $1 ORDER BY id", task_id)
    return [_comment(row) for row in rows]


def _comment(row: Row) -> Comment:
    x, y = row.pop("x"), row.pop("y")
    place = None if x is None else (x, y)
    return Comment(**{**row, "kind": CommentKind(row["kind"]), "place": place})
