"""What a detector trained on some hundred objects finds on other photos; on data with masks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from maa.dextr.detector import Detector
from maa.dextr.shelves import find_model
from maa.domain import InvalidInput

from . import run_folder
from .boxes import Photo, photos_of
from .datasets import read_image
from .detector_job import INPUT_SIZE, make, measure
from .detector_trainer import DetectorConfig
from .job_folder import Progress, Tell
from .trainer import has_bfloat16

HELD_BACK = 0.2
"""Of the labeled photos; the threshold is chosen on them."""
TIMED = 20
"""Photos."""


@dataclass(frozen=True)
class ProposalsConfig:
    """What is simulated."""

    data: Path
    run: Path
    """Folder for the detector; what is there is taken up again."""
    parent: str | None = None
    """A model of the library, which lends its encoder and outlines what is found; None for the default."""
    objects: int = 300
    """At least so many are labeled, by whole photos, held-back ones included."""
    test_photos: int = 200
    minutes: float = 5.0
    min_area: int = 200
    size: int = INPUT_SIZE
    seed: int = 0


def simulate_proposals(
    config: ProposalsConfig, progress: Callable[[str], None], tell: Tell | None = None
) -> dict[str, Any]:
    """Train on some labeled photos and measure on `test_photos` others. Ready for JSON. `progress` hears what
    begins, `tell` how far it is.

    Raises:
        InvalidInput: the data are too few, or an argument is out of range.
    """
    if config.objects < 1 or config.test_photos < 1 or not 0 < config.minutes < math.inf:
        raise InvalidInput("Objects, photos and minutes must be above 0.")
    if not 16 <= config.size <= 2048 or config.size % 16:
        raise InvalidInput(f"The size must be a multiple of 16 up to 2048, not {config.size}.")
    parent = find_model(config.parent)
    photos = photos_of(config.data, config.min_area)
    order = np.random.default_rng(config.seed).permutation(len(photos))
    test = [photos[index] for index in order[: config.test_photos]]
    labeled = _first([photos[index] for index in order[config.test_photos :]], config.objects)
    if _objects(labeled) < config.objects:
        raise InvalidInput(
            f"Beside {config.test_photos} test photos {config.data} has {_objects(labeled)} objects, fewer "
            f"than {config.objects}. Ask for fewer objects or fewer test photos."
        )
    held_back = max(1, round(HELD_BACK * len(labeled)))
    train, check = labeled[held_back:], labeled[:held_back]
    if not all(any(len(photo.boxes) for photo in part) for part in (train, check, test)):
        raise InvalidInput(f"{config.data} has too few photos with objects: {len(photos)} in all.")
    classes = tuple(sorted({name for photo in train for name in photo.classes}))
    settings = {key: value for key, value in asdict(config).items() if key != "run"}
    run_folder.take(config.run, "proposals", settings | {"data": str(config.data), "parent": parent.id})
    progress(f"training on {len(train)} photos, {_objects(train)} objects")
    detector_config = DetectorConfig(
        classes, config.minutes, config.size, seed=config.seed, reduced=has_bfloat16("cpu")
    )
    say = Progress(config.run, tell)
    run = config.run / "run"
    model = make(parent, detector_config, train, check, run, config.run / "detector", {}, say)
    progress(f"measuring on {len(test)} other photos, {_objects(test)} objects")
    found = measure(model, parent.folder, test, say, unseen=True).figures
    return {
        "data": str(config.data),
        "detector": model.id,
        "outliner": parent.id,
        "trained": {"photos": len(train), "objects": _objects(train), "minutes": config.minutes},
        "held_back": {"photos": len(check), "objects": _objects(check)},
        "tested": found,
        "milliseconds": _milliseconds(model.folder, test),
        "seed": config.seed,
    }


def _first(photos: list[Photo], objects: int) -> list[Photo]:
    counts = np.cumsum([len(photo.boxes) for photo in photos])
    return photos[: int(np.searchsorted(counts, objects)) + 1]


def _objects(photos: list[Photo]) -> int:
    return sum(len(photo.boxes) for photo in photos)


def _milliseconds(folder: Path, photos: list[Photo]) -> float:
    """Median time of a look at a photo, decoded already."""
    detector = Detector(folder)
    taken = []
    for photo in photos[:TIMED]:
        image = read_image(photo.image)
        began = time.perf_counter()
        detector.find(image)
        taken.append(1000 * (time.perf_counter() - began))
    return round(float(np.median(taken)), 1)
