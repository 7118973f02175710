"""Rows of training jobs."""

from __future__ import annotations

from maa.domain.library import JobKind, JobState, TrainingJob
from maa.store.connection import Row, Transaction


def add(
    tx: Transaction,
    project_id: int,
    kind: JobKind,
    *,
    parent: str,
    candidate: str,
    minutes: float | None,
    person_id: int | None,
) -> TrainingJob:
    """A new job, running; its process is not started yet."""
    row = tx.row(
        "INSERT INTO training_job"
        " (project_id, kind, state, parent, candidate, minutes, person_id, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *",
        project_id,
        kind.value,
        JobState.RUNNING.value,
        parent,
        candidate,
        minutes,
        person_id,
        tx.now,
    )
    assert row is not None
    return _job(row)


def get(tx: Transaction, job_id: int) -> TrainingJob | None:
    row = tx.row("SELECT * FROM training_job WHERE id = $1", job_id)
    return _job(row) if row else None


def listed(
    tx: Transaction, *, project_id: int | None = None, state: JobState | None = None
) -> list[TrainingJob]:
    """Newest first; None takes any."""
    rows = tx.rows(
        "SELECT * FROM training_job WHERE ($1 IS NULL OR project_id = $1) AND ($2 IS NULL OR state = $2)"
        " ORDER BY id DESC",
        project_id,
        state.value if state else None,
    )
    return [_job(row) for row in rows]


def save(tx: Transaction, job: TrainingJob) -> None:
    """Write what can change about a job."""
    tx.run(
        "UPDATE training_job SET state = $2, images = $3, objects = $4, held_back = $5, starts = $6,"
        " ended_at = $7, message = $8 WHERE id = $1",
        job.id,
        job.state.value,
        job.images,
        job.objects,
        job.held_back,
        job.starts,
        job.ended_at,
        job.message,
    )


def _job(row: Row) -> TrainingJob:
    return TrainingJob(**{**row, "kind": JobKind(row["kind"]), "state": JobState(row["state"])})
