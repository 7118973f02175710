"""Drawing by hand, simulated: how few polygon vertices bring an object to a wanted IoU."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from maa.domain import InvalidInput
from maa.geometry import count_vertices, delete_vertex, mask_iou, rasterize, simplify, trace_mask
from maa.geometry.shapes import rings_of

from .clicks import BoolMask

DISTANCES = np.geomspace(0.15, 0.006, 22)
"""Tried distances of `simplify`, coarse to fine, as shares of the root of the object's area (the coarsest is
where `simplify` itself stops lest a shape collapses)."""
STARTS = 3
"""From how many simplified outlines, the cheapest that reach the target, vertices are then taken out."""
MAX_RINGS = 8
"""Of an object in many parts or with many holes, the largest rings are tried alone up to this many."""
MOVE_PIXELS = 1.0
"""A vertex that moves the outline by less than this is none that a person drew."""


Shorten = Callable[[MultiPolygon, float, tuple[int, int]], MultiPolygon]
"""Outline, distance in pixels, image size -> the outline with fewer vertices, no further off than that."""


def on_border(outline: MultiPolygon, distance: float, image_size: tuple[int, int]) -> MultiPolygon:
    """`simplify` as people draw: every vertex lies on the outline (Douglas and Peucker)."""
    return _polygons(shapely.simplify(outline, distance, preserve_topology=True))


def fewest_vertices(
    truth: BoolMask,
    targets: Sequence[float],
    ignore: BoolMask | None = None,
    shorten: Shorten = simplify,
) -> list[int | None]:
    """The fewest polygon vertices found whose polygon, rasterised, reaches each wanted IoU with a mask.

    The traced outline is simplified at many distances (`maa.geometry.simplify` has vertices beside the line,
    so that few go far), with all of its rings and with only the largest ones; from the cheapest outlines that
    reach the target, vertices are then taken out one by one, always the one that costs the least IoU, while
    the target is still reached. That no polygon with fewer exists is not proven. Vertices fall exactly where
    they should: a person who draws is not charged for an unsteady hand.

    Args:
        truth: bool (H, W), not empty.
        targets: wanted IoUs, inside 0..1.
        ignore: bool (H, W), pixels that count neither way.
        shorten: `simplify`, or `on_border` for vertices where a person puts them.

    Returns: for each target the vertices of all rings together; None where not even the traced outline
    reaches it.

    Raises:
        InvalidInput: the mask is empty.
    """
    window, hidden = _window(truth, ignore)
    tried = [
        (count_vertices(outline), overlap, outline)
        for outline in _simplified(window, min(targets), hidden, shorten)
        if (overlap := mask_iou(rasterize(outline, window.shape), window, hidden)) >= min(targets)
    ]
    tried.sort(key=lambda one: (one[0], -one[1]))
    found: dict[float, int | None] = {}
    fewest: int | None = None
    for target in sorted(targets, reverse=True):
        reaching = [outline for _, overlap, outline in tried if overlap >= target]
        thinned = [_thinned(outline, window, hidden, target) for outline in reaching[:STARTS]]
        # What reaches a higher target reaches this one.
        counts = [count_vertices(outline) for outline in thinned] + ([] if fewest is None else [fewest])
        fewest = found[target] = min(counts, default=None)
    return [found[target] for target in targets]


def drawn_vertices(truth: BoolMask) -> int:
    """The density that people draw: the vertices of the mask's outline without those that move it by less
    than `MOVE_PIXELS` (Douglas and Peucker on every ring; a ring keeps at least three)."""
    rings = [ring for part in trace_mask(truth).geoms for ring in (part.exterior, *part.interiors)]
    kept = shapely.simplify(rings, MOVE_PIXELS, preserve_topology=True)
    return sum(max(3, len(ring.coords) - 1) for ring in kept)


def _window(truth: BoolMask, ignore: BoolMask | None) -> tuple[BoolMask, BoolMask | None]:
    """The part of the image around the object: all that the outlines tried here can reach."""
    rows, columns = np.flatnonzero(truth.any(axis=1)), np.flatnonzero(truth.any(axis=0))
    if rows.size == 0:
        raise InvalidInput("An object without pixels cannot be drawn.")
    margin = 2 + int(np.ceil(DISTANCES[0] * np.sqrt(np.count_nonzero(truth))))
    around = (
        slice(max(0, rows[0] - margin), rows[-1] + 1 + margin),
        slice(max(0, columns[0] - margin), columns[-1] + 1 + margin),
    )
    return truth[around], None if ignore is None else ignore[around]


def _polygons(shape: Polygon | MultiPolygon) -> MultiPolygon:
    return shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape])


def _simplified(
    truth: BoolMask, least: float, ignore: BoolMask | None, shorten: Shorten
) -> list[MultiPolygon]:
    traced = trace_mask(truth)
    size = (truth.shape[1], truth.shape[0])
    found = []
    for outline in _largest_rings(traced):
        if mask_iou(rasterize(outline, truth.shape), truth, ignore) < least:
            continue
        scale = np.sqrt(outline.area)
        found += [outline, *(shorten(outline, share * scale, size) for share in DISTANCES)]
    return found


def _largest_rings(outline: MultiPolygon) -> list[MultiPolygon]:
    """The outline with its largest ring only, its two largest, ... and whole. A hole is smaller than the part
    it is in, so never comes alone."""
    rings = [
        (Polygon(ring).area, part, ring)
        for part, polygon in enumerate(outline.geoms)
        for ring in rings_of(polygon)
    ]
    rings.sort(key=lambda one: -one[0])
    found = []
    for count in range(1, min(len(rings) - 1, MAX_RINGS) + 1):
        parts: dict[int, list] = {}
        for _, part, ring in rings[:count]:
            parts.setdefault(part, []).append(ring)
        kept = MultiPolygon([Polygon(exterior, holes) for exterior, *holes in parts.values()])
        if kept.is_valid:
            found.append(kept)
    return [*found, outline]


def _thinned(outline: MultiPolygon, truth: BoolMask, ignore: BoolMask | None, target: float) -> MultiPolygon:
    """The outline with vertices taken out, the cheapest first, while it reaches the target."""
    while True:
        best, best_iou = None, target
        for part, polygon in enumerate(outline.geoms):
            for ring, points in enumerate(rings_of(polygon)):
                if len(points) <= 3:
                    continue
                for index in range(len(points)):
                    fewer = delete_vertex(outline, part, ring, index)
                    overlap = mask_iou(rasterize(fewer, truth.shape), truth, ignore)
                    if overlap >= best_iou and fewer.is_valid:
                        best, best_iou = fewer, overlap
        if best is None:
            return outline
        outline = best
