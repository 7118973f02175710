"""Two models on the same objects: the same clicks, and what the difference says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from shapely import MultiPolygon

from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.domain import InvalidInput, Prompt
from maa.geometry import mask_iou

from .clicks import extreme_points
from .datasets import IGNORE, Decoder, ObjectRef
from .evaluate import mask_of
from .measure import boundary_prompt

JITTER = 2.0
"""Photo pixels by which simulated clicks are off."""
RESAMPLES = 2000
MEMORY = 512 * 2**20
"""Bytes of decoded photos that are remembered: objects of one photo follow one another."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What two models made of one object."""

    ref: ObjectRef
    first: float
    """IoU of the answer in image pixels."""
    second: float
    outlines: tuple[MultiPolygon, MultiPolygon]
    """What a person would have been shown; empty where there was no answer."""


def prompt_of(ref: ObjectRef, truth: NDArray[np.bool_], number: int) -> Prompt:
    """The annotator's own first four clicks, else simulated ones, the same for every model."""
    if ref.clicks:
        return boundary_prompt(np.array(ref.clicks[:4]))
    return boundary_prompt(extreme_points(truth, np.random.default_rng((0, number)), JITTER))


def versus(
    first: Path, second: Path, refs: Sequence[ObjectRef], on_progress: Callable[[int, int], None]
) -> list[Pair]:
    """Ask two models about every object.

    Args:
        first, second: models' folders.
        on_progress: hears (objects done, objects in all).

    Raises:
        ModelError: a model cannot be loaded.
    """
    predictors = [Predictor(folder, cache_size=0) for folder in (first, second)]
    decoder = Decoder(MEMORY)
    pairs = []
    for number, ref in enumerate(refs):
        on_progress(number, len(refs))
        image, ids = decoder.image(ref.image), decoder.mask(ref.mask)
        truth, ignore = ids == ref.id, ids == IGNORE
        prompt = prompt_of(ref, truth, number)
        (one, seen), (other, also) = (_answer(model, image, prompt, truth, ignore) for model in predictors)
        pairs.append(Pair(ref, one, other, (seen, also)))
    on_progress(len(refs), len(refs))
    return pairs


def _answer(
    predictor: Predictor,
    image: NDArray[np.uint8],
    prompt: Prompt,
    truth: NDArray[np.bool_],
    ignore: NDArray[np.bool_],
) -> tuple[float, MultiPolygon]:
    try:
        prediction = predictor.predict(image, prompt)
    except InvalidInput:  # the clicks say nothing (a speck): no model has an answer
        return 0.0, MultiPolygon()
    return mask_iou(mask_of(prediction), truth, ignore), outline_of(prediction)


def ious_of(model: Path, refs: Sequence[ObjectRef]) -> list[float]:
    """IoU of one model's answers to the same clicks as in `versus`, in image pixels.

    Raises:
        ModelError: the model cannot be loaded.
    """
    predictor, decoder = Predictor(model, cache_size=0), Decoder(MEMORY)
    found = []
    for number, ref in enumerate(refs):
        image, ids = decoder.image(ref.image), decoder.mask(ref.mask)
        truth = ids == ref.id
        found.append(_answer(predictor, image, prompt_of(ref, truth, number), truth, ids == IGNORE)[0])
    return found


def difference(pairs: Sequence[Pair]) -> tuple[float, float, float]:
    """The second's mean IoU minus the first's, and its 95 % interval.

    Images are resampled, not objects: what two objects share with their photo is counted once.

    Raises:
        ValueError: there are no pairs.
    """
    if not pairs:
        raise ValueError("nothing was compared")
    gains: dict[Path, list[float]] = {}
    for pair in pairs:
        gains.setdefault(pair.ref.image, []).append(pair.second - pair.first)
    return interval([sum(values) for values in gains.values()], [len(values) for values in gains.values()])


def interval(sums: Sequence[float], counts: Sequence[int]) -> tuple[float, float, float]:
    """A mean over objects and its 95 % interval, resampled by image.

    Args:
        sums: of each image's objects.
        counts: how many objects these are; not all 0.
    """
    mean = float(sum(sums) / sum(counts))
    images = len(sums)
    if images < 2:
        return mean, mean, mean
    # Percentiles of few images are far too narrow: expanded as much as Student's t is beside the normal
    # distribution (Hesterberg, "What Teachers Should Know About the Bootstrap", 2015, section 5.3).
    expanded = stats.norm.cdf(np.sqrt(images / (images - 1)) * stats.t.ppf(0.025, images - 1))
    found = stats.bootstrap(
        (np.asarray(sums, dtype=np.float64), np.asarray(counts, dtype=np.float64)),
        # An image without objects counts with what was found on it; a draw of such images alone says nothing.
        lambda gained, objects, axis: gained.sum(axis) / np.maximum(objects.sum(axis), 1),
        paired=True,
        n_resamples=RESAMPLES,
        confidence_level=float(1 - 2 * expanded),
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return mean, float(found.low), float(found.high)
