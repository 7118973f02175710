"""Two people's objects on one image compared: which belong together, and how well they agree.

Pure functions on outlines and class numbers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPolygon
from shapely.affinity import translate

from maa.domain import Outcome
from maa.geometry.measure import DAVIS_TOLERANCE, boundary_f
from maa.geometry.raster import rasterize

MIN_IOU = 0.5
"""Objects that overlap less are not the same one. Above it at most one of several disjoint objects fits."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An object as it is compared."""

    class_id: int
    outline: MultiPolygon


@dataclass(frozen=True, slots=True)
class Compared:
    """One pair of objects, or one that has no partner."""

    outcome: Outcome
    given: int | None
    """Index into the given shapes."""
    reference: int | None
    """Index into the reference shapes."""
    iou: float | None = None
    boundary_f: float | None = None


def match(
    given: Sequence[MultiPolygon], reference: Sequence[MultiPolygon], least_iou: float = MIN_IOU
) -> list[tuple[int, int, float]]:
    """Pairs (index in `given`, index in `reference`, IoU) with the largest sum of IoU, each at least so high.

    The assignment is H. W. Kuhn, "The Hungarian method for the assignment problem", 1955. By `given`.
    """
    if not given or not reference:
        return []
    # Here, not above: it takes half a second, a quarter of what every command takes to begin.
    from scipy.optimize import linear_sum_assignment

    mine, theirs = np.array(given, dtype=object), np.array(reference, dtype=object)
    left, right = shapely.STRtree(theirs).query(mine)
    shared = shapely.area(shapely.intersection(mine[left], theirs[right]))
    either = shapely.area(mine)[left] + shapely.area(theirs)[right] - shared
    overlaps = np.zeros((len(given), len(reference)))
    overlaps[left, right] = shared / np.maximum(either, np.finfo(float).tiny)
    overlaps[overlaps < least_iou] = 0
    rows, columns = linear_sum_assignment(overlaps, maximize=True)
    return [
        (int(row), int(column), float(overlaps[row, column]))
        for row, column in zip(rows, columns, strict=True)
        if overlaps[row, column] > 0
    ]


def compare(given: Sequence[Shape], reference: Sequence[Shape], size: tuple[int, int]) -> list[Compared]:
    """What became of every object of both. Classes play no part in who is matched with whom.

    `size`: (width, height) of the image in pixels, of whose diagonal the boundary measure allows a share.
    Pairs first, then what is missing, then what is too much, each in its order.
    """
    tolerance = max(1, math.ceil(DAVIS_TOLERANCE * math.hypot(*size)))
    pairs = match([shape.outline for shape in given], [shape.outline for shape in reference])
    compared = []
    for mine, theirs, overlap in pairs:
        same = given[mine].class_id == reference[theirs].class_id
        along = outlines_boundary_f(given[mine].outline, reference[theirs].outline, tolerance)
        outcome = Outcome.MATCHED if same else Outcome.WRONG_CLASS
        compared.append(Compared(outcome, mine, theirs, overlap, along))
    with_partner = {mine for mine, _, _ in pairs}, {theirs for _, theirs, _ in pairs}
    compared += [Compared(Outcome.MISSED, None, n) for n in range(len(reference)) if n not in with_partner[1]]
    compared += [Compared(Outcome.EXTRA, n, None) for n in range(len(given)) if n not in with_partner[0]]
    return compared


def outlines_boundary_f(a: MultiPolygon, b: MultiPolygon, tolerance: int) -> float:
    """`boundary_f` of two outlines, drawn on just as many pixels as they need; `tolerance` in pixels."""
    left, top, right, bottom = shapely.total_bounds([a, b])
    margin = tolerance + 2
    dx, dy = margin - math.floor(left), margin - math.floor(top)
    shape = math.ceil(bottom) + dy + margin, math.ceil(right) + dx + margin
    one, other = (rasterize(translate(outline, dx, dy), shape) for outline in (a, b))
    return boundary_f(one, other, tolerance=tolerance)


def panoptic_quality(compared: Iterable[Compared]) -> float:
    """One number for an image, 0..1: the matched objects' IoU over matched + missed / 2 + extra / 2.

    A. Kirillov et al., "Panoptic segmentation", CVPR 2019, over all classes together. A wrong class is both
    missed and extra. Two images without objects agree: 1.
    """
    found = list(compared)
    counts = Counter(one.outcome for one in found)
    alone = counts[Outcome.MISSED] + counts[Outcome.EXTRA]
    whole = counts[Outcome.MATCHED] + counts[Outcome.WRONG_CLASS] + alone / 2
    if not whole:
        return 1.0
    return sum(one.iou or 0.0 for one in found if one.outcome is Outcome.MATCHED) / whole


def cohen_kappa(pairs: Mapping[tuple[Hashable, Hashable], int]) -> float | None:
    """How much more often two people give an object the same class than by chance: 1 always, 0 as by chance.

    `pairs`: how many objects got which two classes. J. Cohen, "A coefficient of agreement for nominal
    scales", 1960. None with no pairs, or with one class only, where chance alone explains everything.
    """
    total = sum(pairs.values())
    if not total:
        return None
    mine: Counter[Hashable] = Counter()
    theirs: Counter[Hashable] = Counter()
    for (one, other), count in pairs.items():
        mine[one] += count
        theirs[other] += count
    observed = sum(count for (one, other), count in pairs.items() if one == other) / total
    by_chance = sum(count * theirs[one] for one, count in mine.items()) / total**2
    return None if by_chance >= 1 else (observed - by_chance) / (1 - by_chance)
