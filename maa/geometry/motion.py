"""Where an outline is in the next picture of a sequence. Pure OpenCV."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon

from maa.geometry.raster import rasterize

MAX_SIDE = 640
"""Pixels of the pictures' longer side between which motion is looked for."""
MAX_POINTS = 400
MIN_POINTS = 12
MIN_ALIKE = 0.3
"""Correlation of an object's brightness before and after its motion."""
EVEN, LIGHT = 4.0, 40.0
"""Grey levels: an object of less contrast has no look of its own, and only has to stay about as bright."""
MARGIN = 1.0
"""Of the object's size on each side: how far it is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What is kept of a picture to see what moves: some hundred kB, whatever its size."""

    grey: NDArray[np.uint8]
    """(h, w), the longer side at most `MAX_SIDE`."""
    scale: float
    """Of it to the picture, 1 or less."""
    size: tuple[int, int]
    """(H, W) of the picture."""


def sketch(picture: NDArray[np.uint8]) -> Sketch:
    """The sketch of a picture, uint8 (H, W, 3) RGB; made once for all objects."""
    height, width = picture.shape[:2]
    scale = min(1.0, MAX_SIDE / max(height, width))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return Sketch(np.asarray(grey, dtype=np.uint8), scale, (height, width))


def moved(outline: MultiPolygon, before: Sketch, after: Sketch) -> MultiPolygon | None:
    """An outline carried from one picture to the next by the motion of what it encloses.

    Dense optical flow gives the way of points inside; the shift, turn and scale that most of them agree on is
    the object's. What moves otherwise (the background at its edge, something that passes before it) is
    outvoted.

    Args:
        before, after: of pictures of one size.

    Returns: the outline in the next picture, not cut to it; None where no motion is agreed on.
    """
    if before.size != after.size or outline.is_empty:
        return None
    scale, first, second = before.scale, before.grey, after.grey
    small = shapely.transform(outline, lambda points: points * scale)
    rows, columns = np.nonzero(rasterize(small, first.shape))
    if len(rows) < MIN_POINTS:
        return None
    window = _window(small, first.shape)
    flow = _flow(first[window], second[window])
    top, left = window[0].start, window[1].start
    chosen = np.linspace(0, len(rows) - 1, min(len(rows), MAX_POINTS)).astype(int)
    start = np.stack([columns[chosen], rows[chosen]], axis=1).astype(np.float32)
    end = start + flow[rows[chosen] - top, columns[chosen] - left]
    motion, agree = cv2.estimateAffinePartial2D(start, end, ransacReprojThreshold=2.0)
    if motion is None or agree is None or agree.mean() < 0.4 or not _alike(first, second, start, end):
        return None
    # Pixel (i, j) has its centre half a pixel further.
    linear, shift = motion[:, :2], motion[:, 2]

    def carried(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return (((points * scale - 0.5) @ linear.T + shift) + 0.5) / scale

    found = shapely.transform(outline, carried)
    return found if found.is_valid and found.area > 0 else None


def _alike(
    first: NDArray[np.uint8],
    second: NDArray[np.uint8],
    start: NDArray[np.float32],
    end: NDArray[np.float32],
) -> bool:
    """Whether points look after the motion as they did before: after a cut they do not."""
    (x0, y0), (x1, y1) = (
        np.round(points).astype(int).T.clip(0, np.array(first.shape[::-1])[:, None] - 1)
        for points in (start, end)
    )
    before, after = first[y0, x0].astype(np.float64), second[y1, x1].astype(np.float64)
    if min(before.std(), after.std()) < EVEN:
        return abs(before.mean() - after.mean()) < LIGHT
    return bool(np.corrcoef(before, after)[0, 1] > MIN_ALIKE)


def _window(outline: MultiPolygon, shape: tuple[int, ...]) -> tuple[slice, slice]:
    left, top, right, bottom = outline.bounds
    reach = MARGIN * max(right - left, bottom - top) + 16
    return (
        slice(max(0, int(top - reach)), min(shape[0], int(bottom + reach) + 1)),
        slice(max(0, int(left - reach)), min(shape[1], int(right + reach) + 1)),
    )


def _flow(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 (H, W, 2): how far each pixel moved, x and y."""
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    still = np.zeros((*before.shape, 2), np.float32)
    return np.asarray(finder.calc(np.ascontiguousarray(before), np.ascontiguousarray(after), still))
