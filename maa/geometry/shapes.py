"""Small helpers on shapely polygons that the other modules of this package share."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

Points = NDArray[np.float64]
"""float64 (N, 2): x and y in image pixels."""

EMPTY = MultiPolygon()

NOTHING = 1e-6
"""Square pixels: a polygon smaller than this is a rounding error, not an area."""


def polygons_of(geometry: BaseGeometry) -> list[Polygon]:
    """The polygons in a geometry of any kind, lines and points and slivers without area dropped."""
    parts = shapely.get_parts(geometry)
    if any(isinstance(part, MultiPolygon | shapely.GeometryCollection) for part in parts):
        return [polygon for part in parts for polygon in polygons_of(part)]
    return [part for part in parts if isinstance(part, Polygon) and part.area > NOTHING]


def rings_of(polygon: Polygon) -> list[Points]:
    """The rings of a polygon, exterior first, each float64 (N, 2) *without* the repeated last point."""
    return [shapely.get_coordinates(ring)[:-1] for ring in (polygon.exterior, *polygon.interiors)]


def polygon_from(rings: Iterable[Points]) -> Polygon:
    """The polygon of open rings, exterior first; the reverse of `rings_of`."""
    exterior, *holes = rings
    return Polygon(exterior, holes)


def make_valid(geometry: BaseGeometry) -> MultiPolygon:
    """The area that a (multi)polygon covers as valid polygons; empty when it covers none.

    Of a ring that crosses itself every lobe is kept, and parts that overlap are united.
    """
    if geometry.is_valid:
        return MultiPolygon(polygons_of(geometry))
    valid = MultiPolygon(polygons_of(shapely.make_valid(geometry, method="structure", keep_collapsed=False)))
    # Dropping slivers cannot hurt, but parts that now share an edge would: unite them.
    return valid if valid.is_valid else MultiPolygon(polygons_of(shapely.union_all(valid.geoms)))


def clip_to_image(outline: MultiPolygon, image_size: tuple[int, int]) -> MultiPolygon:
    """The part of a valid outline inside the image; `image_size` is (width, height). May be empty."""
    width, height = image_size
    if outline.is_empty:
        return EMPTY
    left, top, right, bottom = outline.bounds
    if left >= 0 and top >= 0 and right <= width and bottom <= height:
        return outline
    clipped = MultiPolygon(polygons_of(shapely.intersection(outline, shapely.box(0, 0, width, height))))
    # The cut is computed in floating point and may lie a hair outside.
    inside = shapely.transform(clipped, lambda points: np.clip(points, 0, (width, height)))
    return make_valid(inside)
