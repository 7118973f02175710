"""How good a detector is on photos that it has not seen, and what it saves those who label them."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from maa.dextr.architectures import box_prompt
from maa.dextr.detector import MAX_OBJECTS, MIN_SCORE, Detector, Found
from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.domain import Box, InvalidInput
from maa.geometry import mask_iou, rasterize

from .boxes import Photo
from .datasets import IGNORE, read_image, read_mask
from .versus import interval

MATCH = 0.5
"""IoU of boxes from which on an object is found."""
FOUND_SAVES = 4.0
"""Actions that an object costs which nobody found: its four clicks..."""
FALSE_COSTS = 2.0
"""...and one that is none: choosing and deleting it."""
Thresholds = NDArray[np.float64]
"""(photos,) least scores, one for each photo."""
WEAKEST, SUREST = MIN_SCORE, 0.95
"""Between these lies a threshold."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A detector on photos that it has not seen."""

    images: int
    objects: int
    average_precision: float
    """At IoU 0.5, mean over classes, by pycocotools."""
    threshold: float
    """Least score of what people are shown; what follows was measured with it, or with `Thresholds`."""
    precision: float
    recall: float
    saved: float
    """Actions an object: four clicks for each that is found, less two for each that is none..."""
    low: float
    high: float
    """...and its 95 % interval, resampled by photo."""


@dataclass(frozen=True, slots=True)
class Matches:
    """What a detector found on photos, matched with what is there."""

    image: NDArray[np.int64]
    """(N,) number of the photo; one row for each detection, those on ignored regions left out."""
    score: NDArray[np.float64]
    hit: NDArray[np.bool_]
    objects: NDArray[np.int64]
    """(photos,) how many are there."""
    average_precision: float


def look(
    detector: Detector, photos: Sequence[Photo], on_progress: Callable[[int, int], None] = lambda *_: None
) -> list[list[Found]]:
    """What a detector sees on each photo, weak ones too."""
    seen = []
    for number, photo in enumerate(photos):
        on_progress(number, len(photos))
        seen.append(detector.find(read_image(photo.image), MIN_SCORE))
    on_progress(len(photos), len(photos))
    return seen


def matched(photos: Sequence[Photo], seen: Sequence[Sequence[Found]]) -> Matches:
    """Match detections with objects of their class, as COCO does: the surest first, at IoU 0.5."""
    names = sorted({name for photo in photos for name in photo.classes})
    numbers = {name: number for number, name in enumerate(names, start=1)}
    annotations: list[dict[str, Any]] = []
    for image, photo in enumerate(photos, start=1):
        for box, name in zip(photo.boxes.tolist(), photo.classes, strict=True):
            annotations.append(_row(image, numbers[name], box, iscrowd=0))
        # An ignored region takes detections of any class.
        annotations += [
            _row(image, number, box, iscrowd=1)
            for box in photo.ignored.tolist()
            for number in numbers.values()
        ]
    found = [
        _row(image, numbers.get(one.class_name, 0), _corners(one.box), score=one.score)
        for image, listed in enumerate(seen, start=1)
        for one in listed
    ]
    # Of a class that is on none of the photos: not found by COCO's reckoning, false by ours.
    strange = [row for row in found if row["category_id"] == 0]
    scored = _evaluated(len(photos), names, annotations, [row for row in found if row["category_id"]])
    images, scores = [row["image_id"] - 1 for row in strange], [row["score"] for row in strange]
    hits = [False] * len(strange)
    for one in scored.evalImgs:
        if one is None:
            continue
        counted = ~one["dtIgnore"][0].astype(bool)
        images += [one["image_id"] - 1] * int(counted.sum())
        scores += np.array(one["dtScores"])[counted].tolist()
        hits += (one["dtMatches"][0] > 0)[counted].tolist()
    precision = scored.eval["precision"]
    known = precision[precision > -1]
    return Matches(
        np.array(images, dtype=np.int64),
        np.array(scores, dtype=np.float64),
        np.array(hits, dtype=bool),
        np.array([len(photo.boxes) for photo in photos], dtype=np.int64),
        float(known.mean()) if known.size else 0.0,
    )


def best_threshold(found: Matches) -> float:
    """The least score with which a detector saves most actions; the surest one where it saves none."""
    order = np.argsort(-found.score, kind="stable")
    gained = np.where(found.hit[order], FOUND_SAVES, -FALSE_COSTS).cumsum()
    if not gained.size or gained.max() <= 0:
        return SUREST
    best = found.score[order][gained.argmax()]
    return float(np.clip(np.floor(best * 1000) / 1000, WEAKEST, SUREST))


def by_halves(found: Matches) -> Thresholds:
    """Thresholds to measure with what they are not chosen on: every other photo has the one that saves most
    on the rest, and the rest has theirs (two-fold cross-fitting).
    """
    return np.array([best_threshold(_part(found, 1)), best_threshold(_part(found, 0))])[
        np.arange(len(found.objects)) % 2
    ]


def _part(found: Matches, half: int) -> Matches:
    """The detections on every other photo, from that of number `half` on."""
    there = found.image % 2 == half
    return replace(found, image=found.image[there], score=found.score[there], hit=found.hit[there])


def gains(found: Matches, least: Thresholds) -> NDArray[np.float64]:
    """(photos,) actions that a detector saves on each, with these thresholds."""
    shown = found.score >= least[found.image]
    each = np.where(found.hit[shown], FOUND_SAVES, -FALSE_COSTS)
    return np.bincount(found.image[shown], each, len(found.objects)).astype(np.float64)


def cautious(found: Matches, threshold: float) -> Thresholds:
    """Thresholds with which to measure a detector on photos that its own threshold may have been chosen on:
    `by_halves`, or its own where that saves even less (it may have been chosen on photos of another kind).
    """
    own, halves = np.full(len(found.objects), threshold), by_halves(found)
    return own if gains(found, own).sum() < gains(found, halves).sum() else halves


def figures(found: Matches, threshold: float, least: Thresholds | None = None) -> Figures:
    """What a detector is worth with a threshold. There is at least one object.

    Args:
        least: thresholds to measure with in its place.
    """
    least = np.full(len(found.objects), threshold) if least is None else least
    shown = found.score >= least[found.image]
    hits = found.hit & shown
    saved, low, high = interval(gains(found, least).tolist(), found.objects.tolist())
    return Figures(
        images=len(found.objects),
        objects=int(found.objects.sum()),
        average_precision=found.average_precision,
        threshold=threshold,
        precision=float(hits.sum() / max(shown.sum(), 1)),
        recall=float(hits.sum() / found.objects.sum()),
        saved=saved,
        low=low,
        high=high,
    )


def opened(
    outliner: Predictor,
    photos: Sequence[Photo],
    seen: Sequence[Sequence[Found]],
    least: Thresholds,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> list[float]:
    """For each object the IoU of the best outline that its photo would open with; 0 where there is none."""
    best = []
    for number, (photo, listed, threshold) in enumerate(zip(photos, seen, least, strict=True)):
        on_progress(number, len(photos))
        image = read_image(photo.image)
        outlines = []
        for one in listed:
            if one.score < threshold:
                continue
            with contextlib.suppress(InvalidInput):
                outline = outline_of(outliner.predict(image, box_prompt(outliner.model, one.box)))
                outlines.append((one.class_name, rasterize(outline, image.shape[:2])))
        for (mask, number_in_mask), name in zip(photo.objects, photo.classes, strict=True):
            ids = read_mask(mask)
            overlaps = [mask_iou(o, ids == number_in_mask, ids == IGNORE) for n, o in outlines if n == name]
            best.append(max(overlaps, default=0.0))
    return best


def _corners(box: Box) -> list[float]:
    return [box.left, box.top, box.right, box.bottom]


def _row(image: int, category: int, corners: Sequence[float], **more: object) -> dict[str, Any]:
    left, top, right, bottom = corners
    area = (right - left) * (bottom - top)
    bbox = [left, top, right - left, bottom - top]
    return {"image_id": image, "category_id": category, "bbox": bbox, "area": area, **more}


def _evaluated(
    photos: int, names: Sequence[str], annotations: list[dict[str, Any]], found: list[dict[str, Any]]
) -> COCOeval:
    for number, row in enumerate(annotations, start=1):
        row["id"] = number
    for number, row in enumerate(found, start=1):
        row |= {"id": number, "iscrowd": 0}
    with contextlib.redirect_stdout(io.StringIO()):  # it talks
        there, given = COCO(), COCO()
        common = {
            "images": [{"id": number} for number in range(1, photos + 1)],
            "categories": [{"id": number, "name": name} for number, name in enumerate(names, start=1)],
        }
        there.dataset, given.dataset = common | {"annotations": annotations}, common | {"annotations": found}
        there.createIndex()
        given.createIndex()
        scored = COCOeval(there, given, "bbox")
        scored.params.iouThrs = np.array([MATCH])
        scored.params.areaRng, scored.params.areaRngLbl = [[0, 1e10]], ["all"]
        scored.params.maxDets = [MAX_OBJECTS]
        scored.evaluate()
        scored.accumulate()
    return scored
