"""How good a model's answers are on objects whose masks are known, and how quick."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import stats
from tqdm import tqdm

from maa.dextr.crop import check_prompt, probabilities_in_image
from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.domain import InvalidInput, Point, Prediction
from maa.geometry import boundary_f, mask_iou, rasterize

from .clicks import BoolMask, RepairAt, extreme_points, jittered, repairing_click
from .datasets import IGNORE, ObjectRef, numbered_objects, read_image, read_mask
from .measure import boundary_prompt

HARD = 0.8
"""Objects below this IoU at the initial clicks are hard: those a further click is for."""
MAX_SIDE = 20_000
"""Pixels of a photo that others are brought to."""
WARM_UP = 3
"""Answers before the timing counts."""


@dataclass(frozen=True)
class EvaluateConfig:
    """What is measured; see `evaluate`."""

    data: Path
    model: str | Path | None = None
    """A name of the library or a model's folder; None for the default."""
    clicks: int = 4
    jitter: float = 2.0
    """Photo pixels; each click is moved by up to this per axis, uniformly."""
    min_area: int = 600
    """Pixels of the stored mask; smaller objects are left out."""
    extra_clicks: int = 0
    repair_at: RepairAt = RepairAt.BORDER
    limit: int | None = None
    """Measure only this many objects, drawn with the seed."""
    seed: int = 0
    resize: tuple[int, int] | None = None
    """(width, height): bring each photo and its mask to this size first, to time such photos."""
    shuffle: bool = False
    """Show the four clicks in a random order: the figures must not depend on it."""


@dataclass
class _Tally:
    """What each object gave."""

    ious: list[list[float]] = field(default_factory=list)
    """Per object: after 4, 5, ... clicks."""
    confidences: list[float] = field(default_factory=list)
    boundary: list[float] = field(default_factory=list)
    polygon: list[float] = field(default_factory=list)
    vertices: list[int] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


def evaluate(
    model: str | Path | None = None, data: Path | str = ".", clicks: int = 4, jitter: float = 2.0,
    min_area: int = 600, extra_clicks: int = 0, limit: int | None = None, seed: int = 0,
    resize: tuple[int, int] | None = None, shuffle: bool = False, repair_at: str = RepairAt.BORDER,
    progress: Callable[[int, int], None] | bool = False,
) -> dict[str, object]:  # fmt: skip
    """Simulate an annotator on every object of a data set and compare the answers with the truth.

    Args:
        model: a name of the library or a model's folder (Path); None for the default.
        data: a set, or a folder of sets (see `datasets`).
        clicks: initial clicks; the four extreme points, so 4.
        jitter: each click is moved by up to this many photo pixels per axis.
        extra_clicks: further clicks, each where the answer before it errs most.
        repair_at: "border" or "middle" of that error, see `RepairAt`.
        shuffle: give the four clicks in a random order instead of left, top, right, bottom.
        progress: True draws a bar; a callable gets (objects done, objects in all).

    Returns: `data`, `model` (id), `instances`; `iou_mean`, `iou_over_085` (share of objects) and `boundary_f`
    of the mask at the initial clicks; `iou_by_clicks`; of the final polygon at the initial clicks
    `vertices_median` and `polygon_iou_mean`; `predict_ms_p50` and `_p95`: decoded image to final polygon,
    without cache, after warm-up. Ready for JSON.

    Raises:
        InvalidInput: an argument is out of range or no object is left to measure.
        NotFound: there is no data set.
        ModelError: the model cannot be loaded.
    """
    config = EvaluateConfig(
        Path(data), model, clicks, jitter, min_area, extra_clicks, RepairAt(repair_at), limit, seed, resize,
        shuffle,
    )  # fmt: skip
    _check(config)
    # Only a repaired answer is looked up again: each object is asked about under a key of its own.
    predictor = Predictor(config.model, cache_size=2)
    refs = numbered_objects(config.data, config.min_area, config.limit, config.seed)
    tally = _Tally()
    for done, (number, ref) in enumerate(_with_bar(refs, progress is True), start=1):
        rng = np.random.default_rng((config.seed, number))
        _measure(predictor, ref, rng, config, tally, str(number), warm=done <= WARM_UP)
        if callable(progress):
            progress(done, len(refs))
    return _report(config, predictor.model_id, tally)


def _check(config: EvaluateConfig) -> None:
    if config.clicks != 4:
        raise InvalidInput(
            "The initial clicks are the four extreme points, so 4. For more, use extra clicks."
        )
    if not 0 <= config.jitter < math.inf or config.extra_clicks < 0 or config.seed < 0:
        raise InvalidInput("Jitter, extra clicks and seed must not be negative.")
    if config.limit is not None and config.limit < 1:
        raise InvalidInput("The limit must be at least 1.")
    if config.resize is not None and not 1 <= min(config.resize) <= max(config.resize) <= MAX_SIDE:
        raise InvalidInput(
            f"A photo size must be WIDTHxHEIGHT in whole pixels, at least 1x1, no side over {MAX_SIDE}."
        )


def _with_bar(refs: list[tuple[int, ObjectRef]], bar: bool) -> Iterator[tuple[int, ObjectRef]]:
    yield from tqdm(refs, desc="evaluate", unit="object", disable=not bar)


def _read(ref: ObjectRef, size: tuple[int, int] | None) -> tuple[NDArray[np.uint8], BoolMask, BoolMask]:
    image, ids = read_image(ref.image), read_mask(ref.mask)
    if size is not None:
        shrinks = size[0] * size[1] < ids.size
        image = np.asarray(
            cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        )
        ids = np.asarray(cv2.resize(ids, size, interpolation=cv2.INTER_NEAREST_EXACT))
    return np.ascontiguousarray(image, dtype=np.uint8), ids == ref.id, ids == IGNORE


def _measure(
    predictor: Predictor,
    ref: ObjectRef,
    rng: np.random.Generator,
    config: EvaluateConfig,
    tally: _Tally,
    key: str,
    warm: bool,
) -> None:
    """One object. A prompt that is refused (four clicks on one spot of a speck) counts as an empty answer."""
    image, truth, ignore = _read(ref, config.resize)
    if not truth.any():
        return  # a small object can vanish when photos are made smaller
    height, width = truth.shape
    extremes = extreme_points(truth, rng, config.jitter)
    if config.shuffle:
        # An order of its own, so that the clicks' places are those without it.
        extremes = np.random.default_rng((config.seed, int(key))).permutation(extremes)
    prompt = boundary_prompt(extremes)
    try:
        check_prompt(prompt, (width, height))
    except InvalidInput:
        tally.ious.append([0.0] * (1 + config.extra_clicks))
        tally.confidences.append(0.0)
        tally.boundary.append(0.0)
        tally.polygon.append(0.0)
        return
    if warm:
        outline_of(predictor.predict(image, prompt, image_key=f"warm-up {key}"))
    began = time.perf_counter()
    prediction = predictor.predict(image, prompt, image_key=key)
    outline = outline_of(prediction)
    tally.milliseconds.append((time.perf_counter() - began) * 1000)
    mask = mask_of(prediction)
    drawn = rasterize(outline, (height, width))
    tally.confidences.append(prediction.confidence)
    tally.boundary.append(boundary_f(mask, truth, ignore=ignore))
    tally.polygon.append(mask_iou(drawn, truth, ignore))
    tally.vertices.append(sum(len(ring.coords) - 1 for part in outline.geoms for ring in
                              (part.exterior, *part.interiors)))  # fmt: skip
    ious = [mask_iou(mask, truth, ignore)]
    for _ in range(config.extra_clicks):
        found = repairing_click(mask, truth, ignore, config.repair_at)
        if found is not None:
            (x, y), kind = jittered(found[0], config.jitter, rng, (width, height))[0], found[1]
            point = Point(float(x), float(y), kind)
            prompt = dataclasses.replace(prompt, points=(*prompt.points, point), crop=prediction.crop)
            prediction = predictor.predict(image, prompt, image_key=key)
            mask = mask_of(prediction)
        ious.append(mask_iou(mask, truth, ignore))
    tally.ious.append(ious)


def mask_of(prediction: Prediction) -> BoolMask:
    """The prediction's mask in image pixels, bool (height, width), before any outline is drawn."""
    spread = probabilities_in_image(prediction.probabilities, prediction.crop, prediction.image_size)
    return spread > prediction.threshold


def _report(config: EvaluateConfig, model_id: str, tally: _Tally) -> dict[str, object]:
    if not tally.milliseconds:
        raise InvalidInput("No object that could be clicked is left to measure at that photo size.")
    ious = np.array(tally.ious)
    means = enumerate(ious.mean(axis=0), start=config.clicks)
    by_clicks = {str(clicks): round(float(mean), 4) for clicks, mean in means}
    return {
        "data": str(config.data),
        "model": model_id,
        "instances": len(ious),
        "iou_mean": by_clicks[str(config.clicks)],
        "iou_over_085": round(float((ious[:, 0] >= 0.85).mean()), 4),
        "boundary_f": round(float(np.mean(tally.boundary)), 4),
        "iou_by_clicks": by_clicks,
        "confidence_correlation": _rank_correlation(tally.confidences, ious[:, 0]),
        "hard": _hard(ious),
        "vertices_median": float(np.median(tally.vertices)),
        "polygon_iou_mean": round(float(np.mean(tally.polygon)), 4),
        "predict_ms_p50": round(float(np.percentile(tally.milliseconds, 50)), 2),
        "predict_ms_p95": round(float(np.percentile(tally.milliseconds, 95)), 2),
    }


def _rank_correlation(guesses: Sequence[float], ious: NDArray[np.float64]) -> float | None:
    """Spearman's, of the model's guess at its own IoU with the IoU; None where one of both is constant."""
    if len(ious) < 3 or np.ptp(guesses) == 0 or np.ptp(ious) == 0:
        return None
    return round(float(stats.spearmanr(guesses, ious).statistic), 3)


def _hard(ious: NDArray[np.float64]) -> dict[str, object]:
    """What further clicks give the objects that need them, and how many of all objects they make worse."""
    hard = ious[ious[:, 0] < HARD]
    steps = np.diff(ious, axis=1)
    return {
        "instances": len(hard),
        "iou_by_clicks": {
            str(clicks): round(float(mean), 4)
            for clicks, mean in enumerate(hard.mean(axis=0) if len(hard) else [], start=4)
        },
        "clicks_that_cost": round(float((steps < -0.01).mean()), 4) if steps.size else None,
    }
