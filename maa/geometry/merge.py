"""Two outlines of one object into one: what a repairing click may change, and what it must leave alone."""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from shapely import MultiPolygon, Point
from shapely.geometry.base import BaseGeometry

from maa.geometry.validity import repair

SLIVER = 0.012
"""Share of the object's longer side. Thinner differences are two drawings of one border, not a change."""

MAX_TAKEN = 0.5
"""Share of the outline that a click may take away: an answer that lost the object is no repair."""


def merged_near(
    before: MultiPolygon, after: MultiPolygon, clicks: Sequence[tuple[float, float]], size: tuple[int, int]
) -> MultiPolygon:
    """`before`, with those differences to `after` that lie at the clicks.

    The rest of `before` stays vertex for vertex, however much better the model thinks it knows (Chen et al.,
    "FocalClick", CVPR 2022: progressive merge).

    Args:
        before: the outline that the clicks repair; valid.
        after: the model's answer to them; valid.
        clicks: xy in image pixels.
        size: (width, height) of the image.

    Returns:
        A valid outline; `before` itself where no difference lies at any click.
    """
    left, top, right, bottom = before.union(after).bounds
    thin = max(1.0, SLIVER * max(right - left, bottom - top))
    result: BaseGeometry = before
    for added, change in ((True, after.difference(before)), (False, before.difference(after))):
        for part in _parts_without_slivers(change, thin):
            if not added and part.area > MAX_TAKEN * before.area:
                continue
            if any(part.distance(Point(xy)) <= 2 * thin for xy in clicks):
                # A little over the seam, so that no hairline remains between the two.
                part = part.buffer(thin / 8, join_style="mitre").intersection(change)
                result = result.union(part) if added else result.difference(part)
    if result is before:
        return before
    return repair(_polygons(result), size)


def _parts_without_slivers(change: BaseGeometry, thin: float) -> list[BaseGeometry]:
    """The connected parts of a difference once what is thinner than `thin` is gone, full width again."""
    core = change.buffer(-thin / 2, join_style="mitre")
    opened = core.buffer(thin / 2 * 1.05, join_style="mitre").intersection(change)
    return [part for part in getattr(opened, "geoms", [opened]) if part.area > 0]


def _polygons(shape: BaseGeometry) -> MultiPolygon:
    parts = shapely.get_parts(shapely.get_parts(shape))
    return MultiPolygon([part for part in parts if part.geom_type == "Polygon" and part.area > 0])
