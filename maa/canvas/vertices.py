"""What a drag or a click means for an outline's vertices, on a canvas that only tells where it went."""

from __future__ import annotations

import math

import numpy as np
from shapely import MultiPolygon

from maa.geometry import delete_vertex, insert_vertex, move_vertex, nearest_edge
from maa.geometry.shapes import rings_of

XY = tuple[float, float]


def apply_stroke(
    outline: MultiPolygon, start: XY, end: XY, *, reach: float, click: float, image_size: tuple[int, int]
) -> MultiPolygon | None:
    """The outline after a stroke from `start` to `end`, or None where the stroke began on nothing.

    From a vertex: a drag moves it, a click deletes it. From an edge: a click adds a vertex there, a drag adds
    one and takes it along. A vertex goes before an edge. The result may cross itself.

    Args:
        start, end: image pixels; `end` is brought back inside the image.
        reach: how near, in image pixels, a vertex or an edge has to be to be meant.
        click: a stroke shorter than this, in image pixels, is a click.
        image_size: (width, height) in pixels.

    Raises:
        InvalidInput: the outline is empty, or the vertex to delete is one of only three.
    """
    is_click = math.dist(start, end) < click
    x, y = (min(max(value, 0.0), float(most)) for value, most in zip(end, image_size, strict=True))
    vertex = _nearest_vertex(outline, start, reach)
    if vertex is not None:
        return delete_vertex(outline, *vertex) if is_click else move_vertex(outline, *vertex, x, y)
    edge = nearest_edge(outline, *start)
    if edge.distance > reach:
        return None
    return insert_vertex(outline, edge.part, edge.ring, edge.index, x, y)


def _nearest_vertex(outline: MultiPolygon, at: XY, reach: float) -> tuple[int, int, int] | None:
    """Part, ring and index of the vertex nearest to a point, if one is within reach."""
    nearest, found = reach, None
    for part, polygon in enumerate(outline.geoms):
        for ring, points in enumerate(rings_of(polygon)):
            distances = np.hypot(*(points - at).T)
            index = int(distances.argmin())
            if distances[index] <= nearest:
                nearest, found = float(distances[index]), (part, ring, index)
    return found
