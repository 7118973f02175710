"""Rows of drafts: what somebody has begun on a task and not saved yet. The newest replaces the one before."""

from __future__ import annotations

from maa.store import annotations as stored
from maa.store.connection import Transaction


def put(tx: Transaction, task_id: int, person_id: int, content: str) -> None:
    """`content`: JSON as text."""
    tx.run(
        "INSERT INTO draft (task_id, person_id, content, updated_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (task_id, person_id)"
        " DO UPDATE SET content = excluded.content, updated_at = excluded.updated_at",
        task_id,
        person_id,
        content,
        tx.now,
    )


def get(tx: Transaction, task_id: int, person_id: int) -> str | None:
    row = tx.row("SELECT content FROM draft WHERE task_id = $1 AND person_id = $2", task_id, person_id)
    return row["content"] if row else None


def written_by_others(tx: Transaction, task_id: int, person_id: int) -> int:
    """Revisions and reviews of a task that somebody else than this person wrote."""
    written: int = tx.value(
        "SELECT count(*) FROM revision WHERE annotation_id = ANY($1) AND author_id <> $2",
        stored.ids_of_task(tx, task_id),
        person_id,
    )
    said: int = tx.value(
        "SELECT count(*) FROM review WHERE task_id = $1 AND reviewer_id <> $2", task_id, person_id
    )
    return written + said


def remove(tx: Transaction, task_id: int, person_id: int | None = None) -> None:
    """One person's draft of a task, or everybody's."""
    tx.run("DELETE FROM draft WHERE task_id = $1 AND ($2 IS NULL OR person_id = $2)", task_id, person_id)
