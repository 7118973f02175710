"""Rows of the library: what was decided about models, which one a project uses, how good they were."""

from __future__ import annotations

from maa.domain.library import (
    ChoiceHow,
    DetectorMeasurement,
    Measurement,
    ModelChoice,
    ModelPurpose,
    ModelState,
)
from maa.store.connection import Row, Transaction

_MEASURED = (
    "job_id, model_id, project_id, measured_on, images, objects, iou_mean, iou_over_085, against, difference,"
    " low, high, created_at"
)
_DETECTED = (
    "job_id, model_id, project_id, images, objects, average_precision, threshold, precision, recall, saved,"
    " low, high, opened_05, opened_08, against, difference, difference_low, difference_high, created_at"
)


def states(tx: Transaction) -> dict[str, ModelState]:
    """By model id; models that nothing was decided about are not in it."""
    return {row["id"]: ModelState(row["state"]) for row in tx.rows("SELECT id, state FROM micromodel")}


def set_state(tx: Transaction, model_id: str, state: ModelState) -> None:
    tx.run(
        "INSERT INTO micromodel (id, state, updated_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at",
        model_id,
        state.value,
        tx.now,
    )


def add_choice(
    tx: Transaction,
    project_id: int,
    model_id: str | None,
    purpose: ModelPurpose,
    *,
    replaced: str | None,
    how: ChoiceHow,
    reason: str,
    person_id: int | None,
) -> ModelChoice:
    row = tx.row(
        "INSERT INTO model_choice"
        " (project_id, model_id, purpose, replaced, how, reason, person_id, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *",
        project_id,
        model_id,
        purpose.value,
        replaced,
        how.value,
        reason,
        person_id,
        tx.now,
    )
    assert row is not None
    return _choice(row)


def choices(tx: Transaction, project_id: int) -> list[ModelChoice]:
    """What the project named, newest first."""
    rows = tx.rows("SELECT * FROM model_choice WHERE project_id = $1 ORDER BY id DESC", project_id)
    return [_choice(row) for row in rows]


def chosen(tx: Transaction, project_id: int, purpose: ModelPurpose = ModelPurpose.OUTLINES) -> str | None:
    """The model id that the project names now; None: the library's default, or no detector."""
    row = tx.row(
        "SELECT model_id FROM model_choice WHERE project_id = $1 AND purpose = $2 ORDER BY id DESC LIMIT 1",
        project_id,
        purpose.value,
    )
    return row["model_id"] if row else None


def was_chosen(tx: Transaction, model_id: str) -> bool:
    """Whether any project has ever named it."""
    return tx.value("SELECT count(*) > 0 FROM model_choice WHERE model_id = $1", model_id)


def users(tx: Transaction) -> dict[str, list[int]]:
    """The projects that name each model now, by model id."""
    rows = tx.rows(
        "SELECT project_id, model_id FROM model_choice WHERE id IN"
        " (SELECT max(id) FROM model_choice GROUP BY project_id, purpose) AND model_id IS NOT NULL"
        " ORDER BY project_id"
    )
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row["model_id"], []).append(row["project_id"])
    return found


def add_measurement(tx: Transaction, measured: Measurement) -> None:
    tx.run(
        f"INSERT INTO model_measurement ({_MEASURED})"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        measured.job_id,
        measured.model_id,
        measured.project_id,
        measured.measured_on,
        measured.images,
        measured.objects,
        measured.iou_mean,
        measured.iou_over_085,
        measured.against,
        measured.difference,
        measured.low,
        measured.high,
        tx.now,
    )


def measurements(
    tx: Transaction, *, model_id: str | None = None, project_id: int | None = None
) -> list[Measurement]:
    """Oldest first; None takes any."""
    rows = tx.rows(
        f"SELECT {_MEASURED} FROM model_measurement"
        " WHERE ($1 IS NULL OR model_id = $1) AND ($2 IS NULL OR project_id = $2) ORDER BY id",
        model_id,
        project_id,
    )
    return [Measurement(**row) for row in rows]


def add_detector_measurement(tx: Transaction, measured: DetectorMeasurement) -> None:
    places = ", ".join(f"${number}" for number in range(1, 20))
    tx.run(
        f"INSERT INTO detector_measurement ({_DETECTED}) VALUES ({places})",
        measured.job_id,
        measured.model_id,
        measured.project_id,
        measured.images,
        measured.objects,
        measured.average_precision,
        measured.threshold,
        measured.precision,
        measured.recall,
        measured.saved,
        measured.low,
        measured.high,
        measured.opened_05,
        measured.opened_08,
        measured.against,
        measured.difference,
        measured.difference_low,
        measured.difference_high,
        tx.now,
    )


def detector_measurements(tx: Transaction, *, project_id: int | None = None) -> list[DetectorMeasurement]:
    """Oldest first; None takes any project's."""
    rows = tx.rows(
        f"SELECT {_DETECTED} FROM detector_measurement WHERE ($1 IS NULL OR project_id = $1) ORDER BY id",
        project_id,
    )
    return [DetectorMeasurement(**row) for row in rows]


def _choice(row: Row) -> ModelChoice:
    return ModelChoice(**{**row, "how": ChoiceHow(row["how"]), "purpose": ModelPurpose(row["purpose"])})
