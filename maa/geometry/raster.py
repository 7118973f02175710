"""From an outline to a mask."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from maa.geometry.shapes import polygons_of, rings_of


def rasterize(outline: Polygon | MultiPolygon, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels whose centre lies inside an outline.

    Even-odd scanlines: a pixel is in if and only if its centre is; a centre exactly on the line belongs to
    the area on its right, or below it where the line is level, so that outlines that share an edge share no
    pixel. Holes and parts count. (`cv2.fillPoly` also paints what the line only touches: half a pixel too
    much all around.)

    Args:
        outline: in image pixels; may reach past the image, which cuts it.
        shape: (height, width) of the mask.

    Returns:
        bool (height, width).
    """
    height, width = shape
    mask = np.zeros((height, width), dtype=bool)
    polygons = polygons_of(outline)
    if not polygons:
        return mask
    # Work only where the outline is: most objects are small in their image.
    bounds = shapely.total_bounds(polygons)
    left, top = np.clip(np.floor(bounds[:2]), 0, (width, height)).astype(int)
    right, bottom = np.clip(np.ceil(bounds[2:]), 0, (width, height)).astype(int)
    if left >= right or top >= bottom:
        return mask
    rings = [ring for polygon in polygons for ring in rings_of(polygon)]
    rows, crossings = _crossings(rings, top, bottom)
    columns = np.clip(np.ceil(crossings - 0.5), left, right).astype(np.intp)
    # One column more than needed takes the toggles at the right border.
    toggles = np.zeros((bottom - top, right - left + 1), dtype=np.uint8)
    np.add.at(toggles.reshape(-1), (rows - top) * toggles.shape[1] + columns - left, np.uint8(1))
    inside = np.logical_xor.accumulate((toggles & 1).view(bool), axis=1)
    mask[top:bottom, left:right] = inside[:, :-1]
    return mask


def _crossings(
    rings: list[NDArray[np.float64]], top: int, bottom: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Where the rings' edges cross the rows' centre lines: row (int) and x (float) of each crossing."""
    starts = np.concatenate(rings)
    ends = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    # Always downwards, so that two polygons sharing an edge compute the very same crossings.
    downwards = (starts[:, 1] <= ends[:, 1])[:, None]
    upper, lower = np.where(downwards, starts, ends), np.where(downwards, ends, starts)
    first = np.clip(np.ceil(upper[:, 1] - 0.5), top, bottom).astype(np.intp)
    last = np.clip(np.ceil(lower[:, 1] - 0.5), top, bottom).astype(np.intp)
    counts = last - first
    edges = np.repeat(np.arange(len(starts)), counts)
    rows = first[edges] + np.arange(len(edges)) - np.repeat(np.cumsum(counts) - counts, counts)
    run = lower[edges] - upper[edges]
    share = (rows + 0.5 - upper[edges, 1]) / run[:, 1]
    return rows, upper[edges, 0] + share * run[:, 0]
