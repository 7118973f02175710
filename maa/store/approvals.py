"""Rows of approvals and their objects: inserted, never changed; one that was taken back is marked so."""

from __future__ import annotations

from datetime import datetime

from maa.store.connection import Transaction


def add(tx: Transaction, task_id: int, *, author_id: int | None, reviewer_id: int | None) -> int:
    """A task was approved, `reviewer_id` None: unseen. Returns the approval's id."""
    return tx.value(
        "INSERT INTO approval (task_id, author_id, reviewer_id, created_at) VALUES ($1, $2, $3, $4)"
        " RETURNING id",
        task_id,
        author_id,
        reviewer_id,
        tx.now,
    )


def add_object(
    tx: Transaction, approval_id: int, annotation_id: int, revision_number: int, kept_iou: float
) -> None:
    """`kept_iou`: of what was handed in first and what was approved, 0..1."""
    tx.run(
        "INSERT INTO approved_object (approval_id, annotation_id, revision_number, kept_iou)"
        " VALUES ($1, $2, $3, $4)",
        approval_id,
        annotation_id,
        revision_number,
        kept_iou,
    )


def take_back(tx: Transaction, task_id: int, reviewer_id: int, created_at: datetime) -> None:
    """What the reviewer approved at that time does not stand any more."""
    tx.run(
        "INSERT INTO taken_back_approval SELECT id FROM standing_approval"
        " WHERE task_id = $1 AND reviewer_id = $2 AND created_at = $3",
        task_id,
        reviewer_id,
        created_at,
    )


def count_of(tx: Transaction, project_id: int, author_id: int) -> int:
    """How many of this person's tasks are approved now."""
    return tx.value(
        "SELECT count(*) FROM task WHERE author_id = $2 AND project_id = $1 AND accepted"
        " AND state = 'approved'",
        project_id,
        author_id,
    )
