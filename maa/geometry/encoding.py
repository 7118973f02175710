"""Outlines as nested lists of numbers, for JSON: the browser, the store and the interchange formats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from shapely import MultiPolygon, Polygon
from shapely.geometry.polygon import orient

from maa.domain import InvalidInput
from maa.geometry.shapes import rings_of

Rings = list[list[list[list[float]]]]
"""Parts -> rings (exterior first) -> points -> [x, y]; no ring repeats its first point at the end."""


def to_rings(outline: MultiPolygon) -> Rings:
    """An outline as nested lists, like the coordinates of a GeoJSON MultiPolygon but with open rings.

    Floats are passed on as they are: `from_rings(to_rings(outline))` has exactly the same coordinates, also
    after a way through JSON.
    """
    return [[ring.tolist() for ring in rings_of(part)] for part in outline.geoms]


def to_one_ring(outline: MultiPolygon) -> list[list[float]]:
    """An outline as a single closed line, for formats that have neither parts nor holes.

    The rings are joined by cuts of no width between two of their vertices, there and back, each along the
    shortest way that is left (R. C. Prim, "Shortest connection networks", 1957). Exteriors run one way and
    holes the other, so the line encloses what the outline does by the even-odd rule and by the rule of
    winding numbers alike.

    Returns:
        Points [x, y]; the first one is not repeated at the end.
    """
    from scipy.spatial import KDTree  # a third of a second, which only exports should wait for

    rings = [ring for part in outline.geoms for ring in rings_of(orient(part))]
    points = np.concatenate(rings)
    ring_of = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    line = np.flatnonzero(ring_of == 0).tolist()
    apart = np.full(len(points), np.inf)
    nearest = np.zeros(len(points), dtype=np.intp)
    left = np.flatnonzero(ring_of != 0)
    newest = np.array(line)
    while len(left):
        far, which = KDTree(points[newest]).query(points[left])
        closer = far < apart[left]
        apart[left[closer]] = far[closer]
        nearest[left[closer]] = newest[which[closer]]
        there = left[np.argmin(apart[left])]
        newest = np.flatnonzero(ring_of == ring_of[there])
        around = [*range(there, newest[-1] + 1), *range(newest[0], there + 1)]
        here = line.index(nearest[there])
        line = line[: here + 1] + around + line[here:]
        left = left[ring_of[left] != ring_of[there]]
    joined: list[list[float]] = points[line].tolist()
    return joined


def from_rings(rings: Any) -> MultiPolygon:
    """The outline of nested lists as `to_rings` makes them; closed rings are accepted as well.

    Only the form is checked: pass what comes from people or files through `repair`, which makes it valid and
    cuts it to the image.

    Raises:
        InvalidInput: the nesting is not parts -> rings -> points -> [x, y], a ring has fewer than three
            points, or a coordinate is not a finite number. The message names the place.
    """
    return MultiPolygon(
        [_part(part, f"part {number}") for number, part in enumerate(_list(rings, "outline"), 1)]
    )


def _part(part: Any, place: str) -> Polygon:
    rings = [_ring(ring, f"{place}, ring {number}") for number, ring in enumerate(_list(part, place), 1)]
    if not rings:
        raise InvalidInput(f"The polygon's {place} has no ring.")
    return Polygon(rings[0], rings[1:])


def _ring(ring: Any, place: str) -> list[tuple[float, float]]:
    points = [_point(point, f"{place}, point {number}") for number, point in enumerate(_list(ring, place), 1)]
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    if len(points) < 3:
        raise InvalidInput(f"The polygon's {place} has {len(points)} points; it needs at least three.")
    return points


def _point(point: Any, place: str) -> tuple[float, float]:
    values = _list(point, place)
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    if len(values) != 2 or not numbers or not all(math.isfinite(value) for value in values):
        raise InvalidInput(f"The polygon's {place} is not a pair of numbers [x, y].")
    return float(values[0]), float(values[1])


def _list(value: Any, place: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise InvalidInput(f"The polygon's {place} is not a list.")
    return value
