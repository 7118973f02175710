"""How much of an annotator's time the model saves: an estimate, by simulating the annotator on known masks.

Each object is brought to a wanted IoU twice: by hand (`simulate_hand`) and with the model
(`simulate_assisted`). What each action takes is fixed (`simulate_report.Seconds`), what an answer takes is
measured. Where the model does not get there, the object is drawn by hand on top.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.domain import InvalidInput

from .clicks import BoolMask, extreme_points
from .datasets import IGNORE, ObjectRef, numbered_objects, read_image, read_mask
from .measure import boundary_prompt
from .simulate_assisted import MAX_CLICKS, Answers, steps
from .simulate_hand import drawn_vertices, fewest_vertices, on_border
from .simulate_report import ByHand, Case, Seconds, target_report

TARGETS = (0.85, 0.9, 0.95)
PART = 0.05
"""Share of the object's area from which a part counts as one."""


@dataclass(frozen=True)
class SimulateConfig:
    """What is simulated; see `simulate`."""

    data: Path
    targets: tuple[float, ...] = TARGETS
    jitter: float = 2.0
    min_area: int = 600
    limit: int | None = None
    seed: int = 0
    most_clicks: int = MAX_CLICKS


def simulate(
    data: Path | str, targets: Sequence[float] = TARGETS, model: str | Path | None = None,
    limit: int | None = None, jitter: float = 2.0, min_area: int = 600, seed: int = 0,
    progress: Callable[[int, int], None] | bool = False,
) -> dict[str, object]:  # fmt: skip
    """Simulate an annotator on every object of a data set, with and without the model.

    Args:
        data: a set, or a folder of sets (see `datasets`).
        targets: wanted IoUs; of the first one the figures stand at the top level as well.
        model: a name of the library or a model's folder; None for the default.
        limit: only this many objects, drawn with the seed.
        jitter: each click is moved by up to this many photo pixels per axis.
        progress: True draws a bar; a callable gets (objects done, objects in all).

    Returns: `data`, `model` (id), `seconds` (the constants), the figures of the first target (see
    `simulate_report.target_report`) and `targets`: those of every target. `skipped`: objects left out because
    not even their own outline reaches a target (a comb of single pixels, say). Ready for JSON.

    Raises:
        InvalidInput: an argument is out of range or no object is left.
        NotFound: there is no data set.
        ModelError: the model cannot be loaded.
    """
    config = SimulateConfig(Path(data), tuple(targets), jitter, min_area, limit, seed)
    check(config)
    # Large enough for the answer that the next click repairs; each object has a key of its own.
    predictor = Predictor(model, cache_size=MAX_CLICKS + 1)
    refs = chosen_objects(config)
    cases = []
    bar = tqdm(refs, desc="simulate", unit="object", disable=progress is not True)
    for done, (number, ref) in enumerate(bar, start=1):
        cases.append(simulate_object(predictor, number, ref, config, warm=done == 1))
        if callable(progress):
            progress(done, len(refs))
    return report(config, predictor.model_id, cases)


def check(config: SimulateConfig) -> None:
    """Refuse what makes no sense.

    Raises:
        InvalidInput: a target, the jitter or the limit is out of range.
    """
    if not config.targets or not all(0 < target < 1 for target in config.targets):
        raise InvalidInput("A target must be an IoU between 0 and 1, like 0.9.")
    if not 0 <= config.jitter < math.inf:
        raise InvalidInput("The jitter must be a number of pixels, at least 0.")
    if config.limit is not None and config.limit < 1:
        raise InvalidInput("The limit must be at least 1.")


def chosen_objects(config: SimulateConfig) -> list[tuple[int, ObjectRef]]:
    """The very objects that `evaluate` takes; an object's number seeds its clicks. See `numbered_objects`."""
    return numbered_objects(config.data, config.min_area, config.limit, config.seed)


def simulate_object(
    answers: Answers, number: int, ref: ObjectRef, config: SimulateConfig, warm: bool = False
) -> Case | None:
    """Both ways on one object; None when not even its own outline reaches every target.

    `warm`: ask once before anything is timed.
    """
    ids = read_mask(ref.mask)
    truth, ignore = ids == ref.id, ids == IGNORE
    hand = hand_vertices(ref, config.targets)
    if hand is None:
        return None
    image = read_image(ref.image)
    if warm:
        warm_up(answers, image, truth)
    rng = np.random.default_rng((config.seed, number))
    made = steps(
        answers,
        image,
        truth,
        ignore,
        rng,
        config.jitter,
        max(config.targets),
        config.most_clicks,
        str(number),
    )
    return Case(
        ref.source, ref.image.name, ref.id, ref.area, _thickness(truth), _parts(truth), hand, tuple(made)
    )


@functools.lru_cache(maxsize=4096)
def hand_vertices(ref: ObjectRef, targets: tuple[float, ...]) -> ByHand | None:
    """Vertices by hand; None when a target is out of reach. Kept, because several models may be measured on
    the same objects."""
    ids = read_mask(ref.mask)
    truth, ignore = ids == ref.id, ids == IGNORE
    fewest = _all_reached(fewest_vertices(truth, targets, ignore))
    bordered = _all_reached(fewest_vertices(truth, targets, ignore, on_border))
    return ByHand(fewest, bordered, drawn_vertices(truth)) if fewest and bordered else None


def _all_reached(counts: Sequence[int | None]) -> tuple[int, ...]:
    """The counts; none at all where one is missing."""
    reached = tuple(count for count in counts if count is not None)
    return reached if len(reached) == len(counts) else ()


def warm_up(answers: Answers, image: NDArray[np.uint8], truth: BoolMask) -> None:
    """The first answer prepares what later ones find ready; it is not what an annotator waits for."""
    with contextlib.suppress(InvalidInput):
        clicks = extreme_points(truth, np.random.default_rng(0))
        outline_of(answers.predict(image, boundary_prompt(clicks), image_key="warm-up"))


def report(config: SimulateConfig, model_id: str, cases: Sequence[Case | None]) -> dict[str, object]:
    """What `simulate` returns.

    Raises:
        InvalidInput: no object could be simulated.
    """
    done = [case for case in cases if case is not None]
    if not done:
        raise InvalidInput("None of the objects can be drawn to that IoU: there is nothing to simulate.")
    by_target = {
        f"{target:g}": target_report(done, number, target, config.seed)
        for number, target in enumerate(config.targets)
    }
    return {
        "data": str(config.data),
        "model": model_id,
        "seconds": dataclasses.asdict(Seconds()),
        "skipped": len(cases) - len(done),
        **by_target[f"{config.targets[0]:g}"],
        "targets": by_target,
    }


def _thickness(mask: BoolMask) -> float:
    padded = np.pad(mask.astype(np.uint8), 1)  # the image's edge is an edge of the object, too
    widest = 2 * cv2.distanceTransform(padded, cv2.DIST_L2, 5).max()
    return float(widest / np.sqrt(np.count_nonzero(mask)))


def _parts(mask: BoolMask) -> int:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return int((stats[1:, cv2.CC_STAT_AREA] >= PART * np.count_nonzero(mask)).sum())
