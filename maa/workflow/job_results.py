"""What comes of a training job: the candidate on the shelf, and what it was measured at."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

from shapely import MultiPolygon

from maa.dextr.shelves import ModelError, find_model
from maa.domain.library import (
    GENERAL,
    HELD_BACK,
    DetectorMeasurement,
    JobKind,
    Measurement,
    ModelState,
    TrainingJob,
)
from maa.geometry import from_rings
from maa.learning.job_folder import RESULT
from maa.store import micromodels
from maa.store.connection import Transaction
from maa.workflow import library
from maa.workflow.workspace import Workspace

_SETS = {"project": HELD_BACK, "general": GENERAL}


def folder(ws: Workspace, job_id: int) -> Path:
    """Where a job's files are."""
    return ws.data_dir / "jobs" / str(job_id)


def result(ws: Workspace, job_id: int) -> dict[str, Any] | None:
    """What a finished job found, every object included (see `maa.learning.job`); None if it left nothing."""
    try:
        found = json.loads((folder(ws, job_id) / RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


@dataclass(frozen=True, slots=True)
class Answered:
    """What two models made of one held-back object."""

    annotation_id: int
    parent_iou: float
    candidate_iou: float
    parent_outline: MultiPolygon
    candidate_outline: MultiPolygon


def answered(ws: Workspace, job_id: int) -> list[Answered]:
    """The held-back objects of a finished job, those first whose answers differ most."""
    outcome = result(ws, job_id)
    try:
        named = json.loads((folder(ws, job_id) / "check" / "project" / "annotations.json").read_text())
        found = [
            Answered(
                named[one["mask"]][str(one["id"])],
                one["parent"],
                one["candidate"],
                *map(from_rings, one["outlines"]),
            )
            for one in (outcome or {})["sets"]["project"]["each"]
        ]
    except (OSError, ValueError, KeyError):
        return []
    return sorted(found, key=lambda one: -abs(one.candidate_iou - one.parent_iou))


def record(
    ws: Workspace, found: TrainingJob, outcome: dict[str, Any], end: Callable[[Transaction], object]
) -> None:
    """Put the candidate on the shelf, and what it was measured at into the database, together with `end`.

    Raises:
        ModelError, InvalidInput: the candidate is damaged, or not the one that was measured.
        OSError, KeyError, TypeError, ValueError: what the job left cannot be read.
    """
    left = folder(ws, found.id)
    trained = found.kind is not JobKind.COMPARE
    made = left / "candidate" / found.candidate
    if trained and made.is_dir():
        model = library.put_on_shelf(made, found.candidate, found.candidate)
    else:  # it was in the library before; or it was moved already, and then the app was killed
        model = find_model(found.candidate)
    if model.id != outcome["candidate"]:
        raise ModelError(f"{model.id} is not the model that was compared, {outcome['candidate']}.")
    measured = [
        measurement
        for name, of in outcome.get("sets", {}).items()
        for measurement in _measurements(found, _SETS[name], outcome, of)
    ]
    detected = [
        DetectorMeasurement(model_id=model_id, project_id=found.project_id, job_id=found.id, **figures)
        for model_id, figures in outcome.get("detectors", {}).items()
    ]
    with ws.store.write() as tx:
        if trained:
            micromodels.set_state(tx, model.id, ModelState.CANDIDATE)
        for measurement in measured:
            micromodels.add_measurement(tx, measurement)
        for one in detected:
            micromodels.add_detector_measurement(tx, one)
        end(tx)
    for bulky in (left / "check" / "general", *(left / "check" / "project").glob("[im]*/")):
        rmtree(bulky, ignore_errors=True)


def _measurements(
    found: TrainingJob, measured_on: str, outcome: dict[str, Any], of: dict[str, Any]
) -> list[Measurement]:
    def one(who: str, **more: Any) -> Measurement:
        return Measurement(
            model_id=str(outcome[who]),
            project_id=found.project_id,
            measured_on=measured_on,
            images=int(of["images"]),
            objects=int(of["objects"]),
            iou_mean=float(of[who]["iou_mean"]),
            iou_over_085=float(of[who]["iou_over_085"]),
            job_id=found.id,
            **more,
        )

    return [
        one("parent"),
        one(
            "candidate",
            against=str(outcome["parent"]),
            difference=float(of["difference"]),
            low=float(of["low"]),
            high=float(of["high"]),
        ),
    ]
