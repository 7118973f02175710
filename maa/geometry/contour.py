"""From a probability map or a mask to an outline: marching squares with sub-pixel interpolation.

W. Lorensen and H. Cline, "Marching cubes", SIGGRAPH 1987, in two dimensions, as contourpy implements it:
filled contours, so that holes and parts come out as such.
"""

from __future__ import annotations

from typing import Any

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon

from maa.domain import Box, FloatArray, InvalidInput
from maa.geometry.shapes import EMPTY, clip_to_image, make_valid, polygons_of

MIN_AREA = 2.0
"""Square pixels of the image: smaller parts and holes of a traced probability map are specks."""

MIN_SHARE = 0.005
"""Parts and holes smaller than this share of the largest part are specks."""


def trace(
    probabilities: FloatArray,
    crop: Box,
    image_size: tuple[int, int],
    *,
    threshold: float = 0.5,
    min_area: float = MIN_AREA,
    min_share: float = MIN_SHARE,
) -> MultiPolygon:
    """The outline of where a probability map exceeds a threshold, in image pixels.

    Args:
        probabilities: float (H, W) in 0..1 that covers `crop` evenly; sample (i, j) lies at the centre of its
            cell: x = crop.left + (j + 0.5) * crop.width / W, y likewise.
        crop: the map's place in the image, in image pixels; may reach past the image's edge.
        image_size: (width, height) in pixels; the outline is clipped to it.
        threshold: the iso-level, inside 0..1.
        min_area: parts and holes under this many square image pixels are dropped.
        min_share: so are those under this share of the largest part's area.

    Returns:
        A valid outline inside the image; *empty* where nothing exceeds the threshold or only specks do. Where
        the object touches the crop's border the outline runs along that border.

    Raises:
        InvalidInput: the map is not two-dimensional or the threshold is not inside 0..1.
    """
    if probabilities.ndim != 2 or probabilities.size == 0:
        raise InvalidInput(f"A probability map has two dimensions, this one has shape {probabilities.shape}.")
    if not 0 < threshold < 1:
        raise InvalidInput(f"The threshold must lie between 0 and 1, not at {threshold}.")
    rows, columns = probabilities.shape
    outline = _iso_outline(probabilities, threshold)
    step = np.array([crop.width / columns, crop.height / rows])
    placed = shapely.transform(outline, lambda points: points * step + (crop.left, crop.top))
    # Contours through samples that equal the threshold can touch themselves: make the result valid.
    return _drop_specks(clip_to_image(make_valid(placed), image_size), min_area, min_share)


def trace_mask(mask: NDArray[np.bool_]) -> MultiPolygon:
    """The outline of a binary mask; every part and hole is kept.

    The line runs half-way between the centres of pixels inside and outside, which makes it unbiased: each
    ring's area is that of its pixels to within half a pixel (the corners of the pixel staircase are cut, and
    convex and concave ones cancel out but for four), and `rasterize` gives back exactly the same mask.

    Args:
        mask: bool (H, W) over the whole image; pixel (i, j) covers [j, j + 1] x [i, i + 1].

    Returns:
        A valid outline inside the image; empty for an empty mask.

    Raises:
        InvalidInput: the mask is not two-dimensional.
    """
    if mask.ndim != 2:
        raise InvalidInput(f"A mask has two dimensions, this one has shape {mask.shape}.")
    return make_valid(_iso_outline(mask.astype(bool, copy=False), 0.5))


def _iso_outline(samples: NDArray[Any], level: float) -> MultiPolygon:
    """The area above `level` on the grid's own scale (cells of size 1, sample (0, 0) at (0.5, 0.5))."""
    above = samples > level
    rows, columns = np.flatnonzero(above.any(axis=1)), np.flatnonzero(above.any(axis=0))
    if rows.size == 0:
        return EMPTY
    # Contouring only around the object is what makes a small object in a large image cheap.
    top, left = max(rows[0] - 1, 0), max(columns[0] - 1, 0)
    window = samples[top : rows[-1] + 2, left : columns[-1] + 2].astype(np.float64)
    generator = contourpy.contour_generator(
        z=_close(window, level), fill_type=contourpy.FillType.OuterOffset, name="serial"
    )
    filled = generator.filled(level, np.inf)
    assert isinstance(filled, tuple)
    polygons = []
    for points, offsets in zip(*filled, strict=True):
        # The window's first sample stands at index 1 of the padded grid and at 0.5 of its cell.
        rings = np.split(points + np.array([left - 0.5, top - 0.5]), offsets[1:-1])
        polygons.append(shapely.Polygon(rings[0], rings[1:]))
    return MultiPolygon(polygons)


def _close(window: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Pads by one sample so that contours close at the border, and exactly on it.

    A zero beyond a sample of 0.7 would put the line well inside the border cell; the sample mirrored at the
    level puts it on the cell's edge, wherever the object runs on past the grid.
    """
    padded = np.pad(window, 1, mode="edge")
    for edge in (padded[0], padded[-1], padded[:, 0], padded[:, -1]):
        np.minimum(edge, 2 * level - edge, out=edge)
    return padded


def _drop_specks(outline: MultiPolygon, min_area: float, min_share: float) -> MultiPolygon:
    parts = polygons_of(outline)
    if not parts:
        return EMPTY
    # A part's size is what its exterior encloses: a ring around a hole counts as the large thing it is.
    sizes = [shapely.Polygon(part.exterior).area for part in parts]
    least = max(min_area, min_share * max(sizes))
    kept = []
    for part, size in zip(parts, sizes, strict=True):
        if size >= least:
            holes = [hole for hole in part.interiors if shapely.Polygon(hole).area >= least]
            kept.append(shapely.Polygon(part.exterior, holes))
    return _without_nested(MultiPolygon(kept))


def _without_nested(outline: MultiPolygon) -> MultiPolygon:
    """Parts that lay in a hole that was dropped now lie in their host: the host has them already."""
    return outline if outline.is_valid else make_valid(shapely.union_all(outline.geoms))
