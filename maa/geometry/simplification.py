"""From a traced outline of hundreds of points to the few vertices that a person can handle.

Each ring is cut into the fewest pieces that one straight edge can follow (`approximate`), then the vertices
are moved off the traced line to where the edges fit their pieces best (`fit`): an edge between two points
*on* a convex outline always cuts area off, an edge through its middle does not, and follows a longer piece.
"""

from __future__ import annotations

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from maa.domain import InvalidInput
from maa.geometry import approximate
from maa.geometry.approximate import Indices
from maa.geometry.fit import deviations, fitted, piece_of
from maa.geometry.shapes import Points, polygon_from, polygons_of, rings_of

DEFAULT_DETAIL = 0.5
"""Where the detail slider stands at first."""

COARSEST, FINEST = 0.03, 0.003
"""Distance at detail 0 and at detail 1, as a share of the square root of the object's area."""

MIN_PIXELS, MAX_PIXELS = 0.25, 20.0
"""Finer than this is noise of the trace; coarser than this shows even on the largest object."""


SMALL_RING = 0.15
"""No distance is larger than this share of the root of a ring's area, lest a small hole or part collapses."""

CHOICES = 2
"""How often the breaks are chosen anew without the edges that could not be fitted well enough."""

HALVINGS = 4
"""How often a shape that comes out invalid is tried with half the distance before it is left to shapely."""

ROUNDS = 8
"""After how many attempts in all (the later ones add breaks where needed) the vertices stay on the ring."""


def distance_for(detail: float, outline: MultiPolygon) -> float:
    """The distance in image pixels for `simplify` that a detail setting means on an object of this size.

    The distance falls geometrically from `COARSEST` at 0 to `FINEST` at 1, relative to the square root of the
    outline's area, so that a setting gives small and large objects about as many vertices.

    Raises:
        InvalidInput: `detail` is not in 0..1.
    """
    if not 0 <= detail <= 1:
        raise InvalidInput(f"The detail must lie between 0 and 1, not at {detail}.")
    share = COARSEST * (FINEST / COARSEST) ** detail
    return float(np.clip(share * np.sqrt(outline.area), MIN_PIXELS, MAX_PIXELS))


def simplify(outline: MultiPolygon, distance: float, image_size: tuple[int, int]) -> MultiPolygon:
    """An outline of few vertices that stays within `distance` of the given one.

    What is promised: every point of either outline's rings lies within `distance` of the other's (the
    Hausdorff distance of the boundaries, each ring against its own counterpart); the result is valid and
    inside the image, with the same parts and holes, at least three vertices each; it has no more vertices
    than the outline given. What is not: that no polygon with fewer vertices exists. The vertices need not
    lie on the traced line, nor does the area stay exactly the same, though it has no bias.

    Args:
        outline: valid, inside the image.
        distance: in image pixels; at 0 the outline comes back as it is.
        image_size: (width, height) in pixels.

    Raises:
        InvalidInput: `distance` is negative or not finite.
    """
    if not (np.isfinite(distance) and distance >= 0):
        raise InvalidInput(f"The distance must be a number of pixels that is not negative: {distance}.")
    if distance == 0:
        return outline
    parts = [rings_of(part) for part in outline.geoms]
    tolerances = [distance] * len(parts)
    simpler = [_simplify_part(rings, distance, image_size) for rings in parts]
    for _ in range(HALVINGS):
        result = MultiPolygon(simpler)
        if result.is_valid:
            return result
        # Parts that were apart may meet once simplified. Closer to the trace they no longer do.
        one, other = shapely.STRtree(simpler).query(simpler, predicate="intersects")
        for number in np.unique(one[one != other]):
            tolerances[number] /= 2
            simpler[number] = _simplify_part(parts[number], tolerances[number], image_size)
    return _keeping_topology(outline, distance)


def _simplify_part(rings: list[Points], distance: float, image_size: tuple[int, int]) -> Polygon:
    """One part, exterior first; closer to the trace where its rings would otherwise cross."""
    for halvings in range(HALVINGS):
        tolerance = distance / 2**halvings
        simpler = polygon_from([simplify_ring(ring, tolerance, image_size) for ring in rings])
        if simpler.is_valid:
            return simpler
    return _keeping_topology(MultiPolygon([polygon_from(rings)]), distance).geoms[0]


def _keeping_topology(outline: MultiPolygon, distance: float) -> MultiPolygon:
    """Douglas and Peucker's method as shapely has it, which keeps rings apart; the trace where that fails."""
    simpler = MultiPolygon(polygons_of(outline.simplify(distance, preserve_topology=True)))
    before, after = shapely.get_rings(list(outline.geoms)), shapely.get_rings(list(simpler.geoms))
    same_shape = [len(part.interiors) for part in simpler.geoms] == [
        len(part.interiors) for part in outline.geoms
    ]
    # Of rings that would collapse it keeps points that are too far away. Its vertices are the trace's, so to
    # compare vertices with edges is exact.
    if same_shape and simpler.is_valid and shapely.hausdorff_distance(before, after).max() <= distance:
        return simpler
    return outline


def simplify_ring(ring: Points, distance: float, image_size: tuple[int, int]) -> Points:
    """One open ring, float64 (N, 2), as one of fewer vertices, within `distance` both ways.

    Why both ways: every point of a piece is within the distance of its edge, and a vertex is within the
    distance of its break. The nearest places on the edge to the points of the piece run without a gap from
    that of its first to that of its last point, and what is left of the edge lies between a vertex and a
    place that are both within the distance of the same break.
    """
    distance = min(distance, SMALL_RING * float(np.sqrt(Polygon(ring).area)))
    if len(ring) <= 3 or distance == 0:
        return ring
    candidates = approximate.candidates(ring, distance)
    chords = approximate.Chords(ring[candidates], distance)
    breaks = _three(ring, candidates[chords.fewest()])
    for attempt in range(ROUNDS):
        vertices = _in_image(ring[breaks], fitted(ring, breaks, distance), image_size)
        off = deviations(ring, breaks, vertices)
        if off.max() <= distance:
            return vertices
        if attempt < CHOICES:
            ends = np.searchsorted(candidates, breaks)
            bad = np.unique(piece_of(len(ring), breaks)[off > distance])
            chords.forbid(ends[bad], np.roll(ends, -1)[bad])
            breaks = _three(ring, candidates[chords.fewest()])
        else:
            breaks = _split(breaks, candidates, off, distance)
    while (off := deviations(ring, breaks, ring[breaks])).max() > distance:
        more = _split(breaks, candidates, off, distance)
        if len(more) == len(breaks):
            return ring[candidates]
        breaks = more
    return ring[breaks]


def _three(ring: Points, breaks: Indices) -> Indices:
    """At least three breaks not on one line: those missing are found furthest from those given."""
    while len(breaks) < 3:
        first, last = ring[breaks[0]], ring[breaks[-1]]
        run = (last - first) / max(float(np.hypot(*(last - first))), 1e-9)
        offset = ring - first
        far = (
            np.hypot(*offset.T) if len(breaks) == 1 else np.abs(offset[:, 0] * run[1] - offset[:, 1] * run[0])
        )
        breaks = np.sort(np.append(breaks, far.argmax()))
    return breaks


def _in_image(before: Points, after: Points, image_size: tuple[int, int]) -> Points:
    """Vertices kept inside the image, and those that were on its edge kept on it."""
    on_edge = (before <= 0) | (before >= image_size)
    return np.where(on_edge, before, np.clip(after, 0, image_size))


def _split(breaks: Indices, candidates: Indices, off: Points, distance: float) -> Indices:
    """One more break in every piece that strays too far from its edge: the candidate that strays furthest.

    Repeated, it ends at the latest when every candidate is a break: the ring through all of them is close
    enough.
    """
    piece = piece_of(len(off), breaks)
    bad = np.zeros(len(breaks), dtype=bool)
    bad[piece[off > distance]] = True
    free = np.setdiff1d(candidates[bad[piece[candidates]]], breaks)
    by_distance = free[np.argsort(-off[free], kind="stable")]
    _, furthest = np.unique(piece[by_distance], return_index=True)
    return np.union1d(breaks, by_distance[furthest])
