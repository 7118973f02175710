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

    Each further ring is reached over a cut of no width from the vertex that is nearest to it, and left the
    same way. Exteriors run one way and holes the other, so the line encloses what the outline does by the
    even-odd rule and by the rule of winding numbers alike.

    Returns:
        Points [x, y]; the first one is not repeated at the end.
    """
    from scipy.spatial import KDTree  # a third of a second, which only exports should wait for

    line, *others = [ring for part in outline.geoms for ring in rings_of(orient(part))]
    for ring in others:
        apart, nearest = KDTree(line).query(ring)
        there = int(np.argmin(apart))
        here = int(nearest[there])
        line = np.concatenate([line[: here + 1], ring[there:], ring[: there + 1], line[here:]])
    points: list[list[float]] = line.tolist()
    return points


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
