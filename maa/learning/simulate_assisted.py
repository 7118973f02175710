"""Labeling with the model, simulated: four clicks, an answer, and repairs, on one object.

What the person does next depends on where the outline is wrong, which a person sees. The truth stands in for
that eye: it says when the person is satisfied and where the next repair goes. It never chooses among the
model's answers: the newest one stands, better or worse.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon

from maa.dextr.outline import outline_of
from maa.domain import InvalidInput, Point, Prediction, Prompt
from maa.geometry import (
    delete_vertex,
    insert_vertex,
    mask_iou,
    merged_near,
    move_vertex,
    nearest_edge,
    rasterize,
)
from maa.geometry.shapes import rings_of

from .clicks import (
    BoolMask,
    RepairAt,
    boundary_mask,
    extreme_points,
    jittered,
    repairing_click,
    wrong_regions,
)
from .measure import boundary_prompt

MAX_CLICKS = 3
"""Further clicks at the most; a person who sees no help turns to the vertices."""
MIN_GAIN = 0.01
"""A click that gains less IoU than this is the last one."""
MAX_DRAGS = 40
"""Vertex repairs that are looked at. Whoever sees that drawing anew would be quicker stops long before
(`simulate_report.outcome`); but nobody throws away a large outline after ten of them when three are left."""
REGIONS = 3
"""Of the places that are wrong, the largest so many are looked at for the next vertex repair."""
PLACES = 3
"""In each of them, this many places across and down."""
STRIDES = (0.08, 0.04, 0.02, 0.02)
"""How far a vertex is tried beside its place, as shares of the root of the object's area."""


class Answers(Protocol):
    """What gives answers: `maa.dextr.predictor.Predictor`, or anything to compare it with."""

    def predict(
        self, image: NDArray[np.uint8], prompt: Prompt, *, image_key: str | None = None
    ) -> Prediction: ...


class Action(StrEnum):
    LOOK = "look"
    """At an outline that was there before: a pre-label."""
    FOUR_CLICKS = "four clicks"
    CLICK = "further click"
    DRAG = "vertex"
    """A vertex moved, added on an edge, or taken out."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the person did and what came of it."""

    action: Action
    iou: float
    """Of the polygon then on the screen, rasterised, with the truth."""
    answer_seconds: float
    """Measured, from the click to the polygon; 0 for a vertex, which asks nobody."""


def steps(
    answers: Answers, image: NDArray[np.uint8], truth: BoolMask, ignore: BoolMask | None,
    rng: np.random.Generator, jitter: float = 2.0, satisfied: float = 1.0,
    most_clicks: int = MAX_CLICKS, image_key: str | None = None,
) -> Iterator[Step]:  # fmt: skip
    """What a person does to one object until satisfied or at the end of patience.

    Four extreme clicks; then up to `most_clicks` further clicks, each in the middle of the largest error
    (inside what is missing, outside on what is too much), as long as the one before gained `MIN_GAIN`; then
    up to `MAX_DRAGS` vertices, each the repair that helps the most, as long as one helps at all. Vertices go
    exactly where the person wants them, as they do in drawing by hand.

    The steps do not depend on the wanted IoU but for their end: one run serves several targets.

    Args:
        image: uint8 (H, W, 3) RGB. truth, ignore: bool (H, W).
        jitter: photo pixels; each click is moved by up to this per axis.
        satisfied: IoU at which there is nothing left to do.
        image_key: names the image to the predictor's cache, as in the app; so that finding the image's hash
            is no part of the measured time, and a repairing click finds the answer it repairs.
    """
    height, width = truth.shape
    prompt = boundary_prompt(extreme_points(truth, rng, jitter))
    outline, prediction, seconds = MultiPolygon(), None, 0.0
    gain, overlap = 1.0, 0.0
    for number in range(1 + most_clicks):
        if number > 0:
            # The middle of what is wrong is easier to hit than its border, and says more.
            click = repairing_click(rasterize(outline, truth.shape), truth, ignore, RepairAt.MIDDLE)
            if click is None or prediction is None:
                break
            (x, y), kind = jittered(click[0], jitter, rng, (width, height))[0], click[1]
            points = (*prompt.points, Point(float(x), float(y), kind))
            prompt = dataclasses.replace(prompt, points=points, crop=prediction.crop)
        try:
            began = time.perf_counter()
            prediction = answers.predict(image, prompt, image_key=image_key)
            outline = outline_of(prediction)
            seconds = time.perf_counter() - began
        except InvalidInput:  # four clicks on one spot of a speck
            outline, prediction, seconds = MultiPolygon(), None, 0.0
        before, overlap = overlap, _overlap(outline, truth, ignore)
        gain = overlap - before
        yield Step(Action.CLICK if number else Action.FOUR_CLICKS, overlap, seconds)
        if overlap >= satisfied:
            return
        if number > 0 and gain < MIN_GAIN:
            break
    yield from _drags(outline, truth, ignore, satisfied)


def repairs(
    answers: Answers, image: NDArray[np.uint8], truth: BoolMask, ignore: BoolMask | None,
    rng: np.random.Generator, outline: MultiPolygon, jitter: float = 2.0, satisfied: float = 1.0,
    most_clicks: int = MAX_CLICKS, image_key: str | None = None,
) -> Iterator[Step]:  # fmt: skip
    """What a person does to an outline that was there before (a pre-label): look at it; then click and drag
    as in `steps`. A click repairs the outline where it is made, as in the app.
    """
    height, width = truth.shape
    prior, points = outline, list[Point]()
    overlap = _overlap(outline, truth, ignore)
    yield Step(Action.LOOK, overlap, 0.0)
    for _ in range(most_clicks):
        click = repairing_click(rasterize(outline, truth.shape), truth, ignore, RepairAt.MIDDLE)
        if overlap >= satisfied or click is None:
            break
        (x, y), kind = jittered(click[0], jitter, rng, (width, height))[0], click[1]
        points.append(Point(float(x), float(y), kind))
        began = time.perf_counter()
        answer = outline_of(
            answers.predict(image, Prompt(points=tuple(points), prior=prior), image_key=image_key)
        )
        near = [(point.x, point.y) for point in points]
        outline = outline if answer.is_empty else merged_near(prior, answer, near, (width, height))
        before, overlap = overlap, _overlap(outline, truth, ignore)
        yield Step(Action.CLICK, overlap, time.perf_counter() - began)
        if overlap - before < MIN_GAIN:
            break
    if overlap < satisfied:
        yield from _drags(outline, truth, ignore, satisfied)


def _drags(
    outline: MultiPolygon, truth: BoolMask, ignore: BoolMask | None, satisfied: float
) -> Iterator[Step]:
    for _ in range(MAX_DRAGS):
        repaired = best_repair(outline, truth, ignore)
        if repaired is None:
            return
        outline = repaired
        overlap = _overlap(outline, truth, ignore)
        yield Step(Action.DRAG, overlap, 0.0)
        if overlap >= satisfied:
            return


def _overlap(outline: MultiPolygon, truth: BoolMask, ignore: BoolMask | None) -> float:
    return mask_iou(rasterize(outline, truth.shape), truth, ignore)


def best_repair(outline: MultiPolygon, truth: BoolMask, ignore: BoolMask | None) -> MultiPolygon | None:
    """The outline after the one vertex repair that gains the most IoU; None when none gains any.

    Tried at several places of the largest wrong regions: a vertex nearby moved onto the true outline there, a
    new vertex put there from the nearest edge, and the nearest vertex taken out. A person sees the outline
    follow the mouse: the vertex is then let go where the outline fits best.
    """
    if outline.is_empty:
        return None
    drawn = rasterize(outline, truth.shape)
    best, best_iou = None, mask_iou(drawn, truth, ignore)
    for spot in _spots(drawn, truth, ignore):
        for tried in _repairs(outline, spot):
            overlap = _overlap(tried.outline, truth, ignore)
            if overlap > best_iou and tried.outline.is_valid:
                best, best_iou = tried, overlap
    return None if best is None else _let_go(best, best_iou, truth, ignore)


@dataclass(frozen=True, slots=True)
class _Repair:
    outline: MultiPolygon
    vertex: tuple[int, int, int] | None
    """Part, ring and index of the vertex that was put somewhere; None for one taken out."""
    spot: tuple[float, float] = (0.0, 0.0)


def _let_go(repair: _Repair, overlap: float, truth: BoolMask, ignore: BoolMask | None) -> MultiPolygon:
    """Pattern search for the best place near the one chosen."""
    if repair.vertex is None:
        return repair.outline
    outline, (x, y) = repair.outline, repair.spot
    for share in STRIDES:
        stride = share * np.sqrt(np.count_nonzero(truth))
        for across, down in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            try:
                tried = move_vertex(outline, *repair.vertex, x + across * stride, y + down * stride)
            except InvalidInput:
                return outline  # it came to lie on a neighbour, and the two are one now
            gained = _overlap(tried, truth, ignore)
            if gained > overlap and tried.is_valid:
                outline, overlap, x, y = tried, gained, x + across * stride, y + down * stride
    return outline


def _spots(drawn: BoolMask, truth: BoolMask, ignore: BoolMask | None) -> list[tuple[float, float]]:
    """Places on the true outline to pull the drawn one to, xy in image pixels: for each of the largest wrong
    regions, some of the true boundary pixels that touch it, spread over its width and height, or the one
    nearest to its middle."""
    labels, areas, middles = wrong_regions(drawn, truth, ignore)
    rows, columns = np.nonzero(boundary_mask(truth))
    found: set[tuple[float, float]] = set()
    for number in np.argsort(-areas)[:REGIONS]:
        region = cv2.dilate((labels == number + 1).astype(np.uint8), np.ones((3, 3), np.uint8))
        touching = np.flatnonzero(region[rows, columns])
        if len(touching) == 0:
            x, y = middles[number]
            touching = np.array([np.argmin((columns - x) ** 2 + (rows - y) ** 2)])
        distance = cv2.distanceTransform((~boundary_mask(drawn)).astype(np.uint8), cv2.DIST_L2, 5)
        far = touching[np.argmax(distance[rows[touching], columns[touching]])]
        along = np.linspace(0, len(touching) - 1, PLACES).round().astype(int)
        for index in (far, *touching[np.argsort(columns[touching])][along], *touching[along]):
            found.add((float(columns[index]) + 0.5, float(rows[index]) + 0.5))
    return sorted(found)


def _repairs(outline: MultiPolygon, spot: tuple[float, float]) -> Iterator[_Repair]:
    part, ring, index = _nearest_vertex(outline, spot)
    count = len(rings_of(outline.geoms[part])[ring])
    for near in {index, (index + 1) % count, (index - 1) % count}:
        yield _Repair(move_vertex(outline, part, ring, near, *spot), (part, ring, near), spot)
    edge = nearest_edge(outline, *spot)
    added = insert_vertex(outline, edge.part, edge.ring, edge.index, *spot)
    yield _Repair(added, (edge.part, edge.ring, edge.index + 1), spot)
    if count > 3:
        yield _Repair(delete_vertex(outline, part, ring, index), None)


def _nearest_vertex(outline: MultiPolygon, spot: tuple[float, float]) -> tuple[int, int, int]:
    best, nearest = (0, 0, 0), np.inf
    for part, polygon in enumerate(outline.geoms):
        for ring, points in enumerate(rings_of(polygon)):
            distances = np.hypot(*(points - spot).T)
            index = int(distances.argmin())
            if distances[index] < nearest:
                best, nearest = (part, ring, index), float(distances[index])
    return best
