"""A job on a detector: train one on a project's objects, choose its threshold, and measure it on the
held-back share. See `job`, which runs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from maa.dextr.detector import Detector
from maa.dextr.library import encoder_weights, save_model
from maa.dextr.predictor import Predictor
from maa.dextr.shelves import CARD_FILE, DETECTOR, LibraryModel, read_model
from maa.domain import InvalidInput

from .boxes import Photo, photos_of
from .detector_measure import best_threshold, by_halves, cautious, figures, gains, look, matched, opened
from .detector_trainer import DetectorConfig, train_detector
from .job_folder import MIN_AREA, TOO_SMALL, DetectorOrder, Order, Progress
from .trainer import has_bfloat16
from .versus import interval

INPUT_SIZE = 512
"""Longer side of what a detector sees."""


def run(folder: Path, order: Order, more: DetectorOrder, say: Progress) -> dict[str, Any]:
    """Do what an order says; returns the job's result: the candidate's id, and `detectors`: what was measured
    on the held-back share, by model id.

    Raises:
        InvalidInput: there is nothing to measure on; said before anything is trained.
    """
    torch.set_num_threads(order.threads)
    cv2.setNumThreads(1)
    check = photos_of(folder / "check" / "project", MIN_AREA)
    if not any(len(photo.boxes) for photo in check):
        raise InvalidInput(TOO_SMALL)
    if order.minutes is None:
        candidate = read_model(Path(order.candidate))
    elif ((made := folder / "candidate" / order.candidate) / CARD_FILE).exists():
        candidate = read_model(made)
    else:
        config = DetectorConfig(
            classes=more.classes,
            minutes=order.minutes,
            size=order.input_size or INPUT_SIZE,
            batch=order.batch,
            seed=order.seed,
            reduced=has_bfloat16("cpu"),
        )
        parent = read_model(Path(order.parent))
        photos = photos_of(folder / "data", MIN_AREA)
        candidate = make(parent, config, photos, check, folder / "run", made, order.card, say)
    new = measure(candidate, Path(more.outliner), check, say)
    measured: dict[str, dict[str, Any]] = {}
    if more.present is not None:
        present = read_model(Path(more.present))
        old = measure(present, Path(more.outliner), check, say)
        measured[present.id] = old.figures
        names = ("difference", "difference_low", "difference_high")
        new.figures.update(zip(names, better(new, old, check), strict=True), against=present.id)
    return {"candidate": candidate.id, "detectors": measured | {candidate.id: new.figures}}


def make(
    parent: LibraryModel,
    config: DetectorConfig,
    photos: Sequence[Photo],
    check: Sequence[Photo],
    run_folder: Path,
    to: Path,
    card: Mapping[str, object],
    say: Progress,
) -> LibraryModel:
    """Train a detector on photos and choose its threshold on others, which no training sees.

    Args:
        parent: lends its encoder.
        run_folder: keeps the checkpoint.
        to: the new model's folder.
        card: further entries of its card.
    """
    run_folder.mkdir(parents=True, exist_ok=True)
    say.begin("training")
    network, steps = train_detector(
        config,
        encoder_weights(parent),
        photos,
        run_folder / "checkpoint.pt",
        lambda share, loss: say("training", share, loss=round(loss, 4)),
    )
    full = {
        "architecture": DETECTOR,
        "input_size": config.size,
        "default": False,
        "parent": parent.id,
        "backbone": f"began with the encoder of {parent.id}, which has seen what that model's card says",
        **card,
        "classes": list(config.classes),
        "training": {
            "steps": steps,
            "minutes": config.minutes,
            "batch": config.batch,
            "learning_rate": config.learning_rate,
            "encoder_rate": config.encoder_rate,
            "mosaic": config.mosaic,
            "seed": config.seed,
            "photos": len(photos),
        },
    }
    unjudged = save_model(run_folder / "unjudged", network.state_dict(), full)
    found = matched(check, look(Detector(unjudged.folder), check, say.part("choosing the threshold")))
    threshold = best_threshold(found)
    judged = {
        "threshold": threshold,
        "threshold_chosen": "where most actions are saved on the held-back share; measured on each half of "
        "it with what the other half chose",
        "metrics": {"set": "the held-back share", **asdict(figures(found, threshold, by_halves(found)))},
    }
    return save_model(to, network.state_dict(), full | judged)


@dataclass(frozen=True, slots=True)
class Measured:
    """A detector on photos."""

    figures: dict[str, Any]
    """`Figures`, and the shares of the objects (`opened_05`, `opened_08`) that open with an outline of an IoU
    of at least that."""
    gains: NDArray[np.float64]
    """(photos,) actions saved on each."""


def measure(
    model: LibraryModel, outliner: Path, photos: Sequence[Photo], say: Progress, *, unseen: bool = False
) -> Measured:
    """Measure a detector, and what becomes of what it finds.

    Args:
        outliner: folder of the model that makes outlines of what is found.
        unseen: the detector's threshold was chosen on none of these photos, and counts as it is; else what
            is `cautious`.
    """
    seen = look(Detector(model.folder), photos, say.part(f"looking for objects: {model.name}"))
    found = matched(photos, seen)
    least = np.full(len(photos), model.threshold) if unseen else cautious(found, model.threshold)
    best = opened(Predictor(outliner, cache_size=0), photos, seen, least, say.part("outlining what it found"))
    shares = {f"opened_0{tenths}": sum(iou >= tenths / 10 for iou in best) / len(best) for tenths in (5, 8)}
    return Measured(asdict(figures(found, model.threshold, least)) | shares, gains(found, least))


def better(new: Measured, old: Measured, photos: Sequence[Photo]) -> tuple[float, float, float]:
    """Actions an object that one detector saves beyond another on the same photos, and the 95 % interval."""
    return interval((new.gains - old.gains).tolist(), [len(photo.boxes) for photo in photos])
