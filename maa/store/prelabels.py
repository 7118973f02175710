"""Rows of pre-labeling runs, and of what they did on each image."""

from __future__ import annotations

from dataclasses import dataclass

from maa.domain.library import PrelabelRun
from maa.store.connection import Row, Transaction


def add_run(
    tx: Transaction,
    project_id: int,
    *,
    source: str,
    name: str,
    model_id: str,
    least_confidence: float,
    images: int,
    person_id: int | None,
    other_model: str | None = None,
    least_score: float | None = None,
) -> PrelabelRun:
    row = tx.row(
        "INSERT INTO prelabel_run"
        " (project_id, source, name, model_id, least_confidence, images, person_id, created_at, other_model,"
        " least_score) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " RETURNING *, 0 AS looked_at, 0 AS objects",
        project_id,
        source,
        name,
        model_id,
        least_confidence,
        images,
        person_id,
        tx.now,
        other_model,
        least_score,
    )
    assert row is not None
    return _run(row)


def finish(tx: Transaction, run_id: int) -> None:
    tx.run("UPDATE prelabel_run SET finished = TRUE WHERE id = $1", run_id)


def get(tx: Transaction, run_id: int) -> PrelabelRun | None:
    row = tx.row(f"{_RUNS} WHERE run.id = $1", run_id)
    return _run(row) if row else None


def of_project(tx: Transaction, project_id: int) -> list[PrelabelRun]:
    """Newest first."""
    rows = tx.rows(f"{_RUNS} WHERE run.project_id = $1 ORDER BY run.id DESC", project_id)
    return [_run(row) for row in rows]


def add_image(
    tx: Transaction,
    run_id: int,
    image_id: int,
    *,
    objects: int,
    note: str,
    confidence: float | None = None,
    disagreement: float | None = None,
) -> None:
    """What a run did on an image. `confidence`: the lowest of its objects; `disagreement`: the largest."""
    tx.run(
        "INSERT INTO prelabeled_image (run_id, image_id, objects, confidence, note, created_at, disagreement)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        run_id,
        image_id,
        objects,
        confidence,
        note,
        tx.now,
        disagreement,
    )


@dataclass(frozen=True, slots=True)
class Score:
    """What models made of an image; None: they have not looked, or found nothing."""

    confidence: float | None = None
    """The lowest of its pre-labels."""
    disagreement: float | None = None
    """The largest of two models'."""


def scores(tx: Transaction, project_id: int) -> dict[int, Score]:
    """By image, what the newest runs that dealt with it made of it."""
    rows = tx.rows(
        "SELECT done.image_id, done.confidence, done.disagreement FROM prelabeled_image done"
        " JOIN prelabel_run run ON run.id = done.run_id WHERE run.project_id = $1 AND done.note = ''"
        " ORDER BY done.created_at, done.run_id",
        project_id,
    )
    found: dict[int, Score] = {}
    for row in rows:
        before = found.get(row["image_id"], Score())
        if row["disagreement"] is None:  # pre-labels, in place of those that were there
            found[row["image_id"]] = Score(row["confidence"], before.disagreement)
        else:
            found[row["image_id"]] = Score(before.confidence, row["disagreement"])
    return found


def results(tx: Transaction, run_id: int) -> dict[int, tuple[int, str]]:
    """The images that a run has dealt with: how many objects it proposed there, or why it left one alone."""
    rows = tx.rows("SELECT image_id, objects, note FROM prelabeled_image WHERE run_id = $1", run_id)
    return {row["image_id"]: (row["objects"], row["note"]) for row in rows}


def notes(tx: Transaction, run_id: int) -> dict[str, int]:
    """Why images were left alone: how many by each reason."""
    rows = tx.rows(
        "SELECT note, count(*) AS images FROM prelabeled_image WHERE run_id = $1 AND note <> ''"
        " GROUP BY note ORDER BY note",
        run_id,
    )
    return {row["note"]: row["images"] for row in rows}


_RUNS = (
    "SELECT run.*,"
    " (SELECT count(*) FROM prelabeled_image done WHERE done.run_id = run.id) AS looked_at,"
    " (SELECT coalesce(sum(objects), 0) FROM prelabeled_image done WHERE done.run_id = run.id) AS objects"
    " FROM prelabel_run run"
)


def _run(row: Row) -> PrelabelRun:
    return PrelabelRun(**{**row, "objects": int(row["objects"])})
