"""Changing an outline vertex by vertex.

A vertex is named by part, ring (0 is the exterior, 1 and up are holes) and index within the open ring. An
edited outline is exactly what was asked for and may cross itself while the person is still dragging: pass it
through `repair` before it is saved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from shapely import MultiPolygon

from maa.domain import InvalidInput
from maa.geometry.shapes import Points, polygon_from, rings_of


@dataclass(frozen=True, slots=True)
class Edge:
    """The edge from vertex `index` of a ring to the next one, and how far away it is in image pixels."""

    part: int
    ring: int
    index: int
    distance: float


def nearest_edge(outline: MultiPolygon, x: float, y: float) -> Edge:
    """The edge nearest to a point in image pixels; of equally near ones the first.

    Raises:
        InvalidInput: the outline is empty.
    """
    best: Edge | None = None
    for part, polygon in enumerate(outline.geoms):
        for ring, points in enumerate(rings_of(polygon)):
            distances = _distances_to_edges(points, np.array([x, y]))
            index = int(distances.argmin())
            if best is None or distances[index] < best.distance:
                best = Edge(part, ring, index, float(distances[index]))
    if best is None:
        raise InvalidInput("There is no polygon to edit.")
    return best


def _distances_to_edges(ring: Points, point: Points) -> Points:
    run = np.roll(ring, -1, axis=0) - ring
    squared = np.einsum("ij,ij->i", run, run)
    along = np.einsum("ij,ij->i", point - ring, run) / np.where(squared > 0, squared, 1)
    nearest = ring + np.clip(along, 0, 1)[:, None] * run
    return np.hypot(*(nearest - point).T)


def insert_vertex(
    outline: MultiPolygon, part: int, ring: int, index: int, x: float, y: float
) -> MultiPolygon:
    """A new vertex at (x, y) on the edge from vertex `index` to the next; it gets index `index` + 1.

    Raises:
        InvalidInput: there is no such vertex.
    """
    return _edited(outline, part, ring, index, lambda points: np.insert(points, index + 1, (x, y), axis=0))


def move_vertex(outline: MultiPolygon, part: int, ring: int, index: int, x: float, y: float) -> MultiPolygon:
    """The vertex moved to (x, y).

    Raises:
        InvalidInput: there is no such vertex.
    """

    def moved(points: Points) -> Points:
        points[index] = x, y
        return points

    return _edited(outline, part, ring, index, moved)


def delete_vertex(outline: MultiPolygon, part: int, ring: int, index: int) -> MultiPolygon:
    """The outline without that vertex.

    Raises:
        InvalidInput: there is no such vertex, or its ring has only three.
    """

    def fewer(points: Points) -> Points:
        if len(points) <= 3:
            raise InvalidInput("A polygon needs at least three points: delete the object instead.")
        return np.delete(points, index, axis=0)

    return _edited(outline, part, ring, index, fewer)


def _edited(
    outline: MultiPolygon, part: int, ring: int, index: int, change: Callable[[Points], Points]
) -> MultiPolygon:
    parts = [rings_of(polygon) for polygon in outline.geoms]
    if not (0 <= part < len(parts) and 0 <= ring < len(parts[part]) and 0 <= index < len(parts[part][ring])):
        raise InvalidInput("That point is no longer part of the polygon.")
    parts[part][ring] = change(parts[part][ring])
    return MultiPolygon([polygon_from(rings) for rings in parts])


def count_vertices(outline: MultiPolygon) -> int:
    """How many vertices an outline has, all parts and holes together (the closing points not counted)."""
    return sum(len(ring) for polygon in outline.geoms for ring in rings_of(polygon))
