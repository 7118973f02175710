"""The crop that the network sees, and the way back from it to image pixels. Pure numpy/OpenCV.

Coordinates are those of `maa.domain`: continuous image pixels, pixel (row i, column j) covers [j, j+1] x [i,
i+1]. A crop grid of `size` x `size` cells covers a `Box` evenly; cell (i, j) is sampled at its centre. Every
resampling here is one affine map between those two continuous frames, so nothing is shifted by half a pixel
anywhere.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from maa.domain import Box, FloatArray, InvalidInput, PointKind, Prompt

PADDING = 0.15
"""Context on each side of the object, as a share of its longer side (relative, so that small and large
objects look alike to the network)."""
MINIMUM_PADDING = 4.0
"""Pixels; a ten-pixel object still gets some surroundings."""
MINIMUM_ASPECT = 0.5
"""Shorter over longer side of a crop. Thin objects are stretched to use the network's resolution, but by no
more than a factor of two: a square crop would leave a lamp post five cells wide, an unlimited stretch looks
like nothing the encoder has seen."""
MINIMUM_SIDE = 1.0
"""Pixels; a box thinner than this either way holds no object that could be outlined."""


def padded_box(bounds: Box, padding: float = PADDING) -> Box:
    """Grow an object's bounds to the box the network sees (may reach past the image's edge)."""
    pad = max(padding * max(bounds.width, bounds.height), MINIMUM_PADDING)
    width, height = bounds.width + 2 * pad, bounds.height + 2 * pad
    longer = max(width, height)
    width, height = max(width, MINIMUM_ASPECT * longer), max(height, MINIMUM_ASPECT * longer)
    x, y = (bounds.left + bounds.right) / 2, (bounds.top + bounds.bottom) / 2
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def crop_box(prompt: Prompt, image_size: tuple[int, int]) -> Box:
    """Choose the crop of a prompt on an image of (width, height) pixels.

    The bounds of everything the prompt says of the object (boundary and inside points, box, prior) are grown
    by `padded_box`. `prompt.crop` is kept as it is unless a point lies outside it. Clicks a little past the
    image's edge are moved onto the edge: a person aiming at an object cut off by the frame does that.

    Raises:
        InvalidInput: the prompt does not say where an object is; the message tells what is missing.
    """
    check_prompt(prompt, image_size)
    xy = clamped_points(prompt, image_size)
    if prompt.crop is not None and _holds(prompt.crop, xy):
        return prompt.crop
    telling = np.array([point.kind is not PointKind.OUTSIDE for point in prompt.points], dtype=bool)
    corners = [xy[telling]] if telling.any() else []
    if prompt.box is not None:
        corners.append(np.array([[prompt.box.left, prompt.box.top], [prompt.box.right, prompt.box.bottom]]))
    if prompt.prior is not None:
        corners.append(np.array(prompt.prior.bounds).reshape(2, 2))
    everything = np.concatenate(corners)
    (left, top), (right, bottom) = everything.min(axis=0), everything.max(axis=0)
    box = padded_box(Box(float(left), float(top), float(right), float(bottom)))
    outside = xy[~telling]
    if len(outside) and not _holds(box, outside):
        # A click that says "not here" must be seen as well; it moves the crop only when it lies outside.
        both = np.concatenate([outside, [[box.left, box.top], [box.right, box.bottom]]])
        (left, top), (right, bottom) = both.min(axis=0), both.max(axis=0)
        box = Box(float(left), float(top), float(right), float(bottom))
    return box


def check_prompt(prompt: Prompt, image_size: tuple[int, int]) -> None:
    """Refuse a prompt that does not say where an object is.

    Raises:
        InvalidInput: with a message for the person who clicked.
    """
    width, height = image_size
    xy = np.array([(point.x, point.y) for point in prompt.points], dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(xy).all():
        raise InvalidInput("A point has no valid position (it is not a finite number). Click it again.")
    slack = max(10.0, 0.02 * max(width, height))
    far = (xy < -slack).any(axis=1) | (xy > np.array([width, height]) + slack).any(axis=1)
    if far.any():
        x, y = xy[far][0]
        raise InvalidInput(
            f"The point ({x:.1f}, {y:.1f}) lies outside the image, which is {width} x {height} pixels. "
            "Place it on the image."
        )
    for name, box in (("box", prompt.box), ("crop", prompt.crop)):
        if box is None:
            continue
        if not np.isfinite([box.left, box.top, box.right, box.bottom]).all():
            raise InvalidInput(f"The {name} has a corner that is not a finite number. Draw it again.")
        if box.width < MINIMUM_SIDE or box.height < MINIMUM_SIDE:
            raise InvalidInput(f"The {name} is less than one pixel wide or high. Draw a larger one.")
        if box.left >= width or box.top >= height or box.right <= 0 or box.bottom <= 0:
            raise InvalidInput(f"The {name} lies outside the image, which is {width} x {height} pixels.")
    if prompt.prior is not None and prompt.prior.is_empty:
        raise InvalidInput("The prior outline is empty. Leave it out or give one with an area.")
    if prompt.box is not None or prompt.prior is not None:
        return
    boundary = xy[[point.kind is PointKind.BOUNDARY for point in prompt.points]] if len(xy) else xy
    if len(boundary) < 4:
        raise InvalidInput(
            f"Four boundary points are needed (left-most, top, right-most, bottom, in any order) or a box; "
            f"got {len(boundary)}."
        )
    # Points on a slanted line are fine: the four extremes of a thin, slanted pole lie on one.
    extent = np.ptp(np.clip(boundary, 0, [width, height]), axis=0)
    if extent.max() < MINIMUM_SIDE:
        raise InvalidInput("All points lie on the same spot. Click the object's four different extremes.")
    if extent.min() < MINIMUM_SIDE:
        raise InvalidInput(
            "All points lie on one level or upright line. Click the object's left, top, right and bottom."
        )


def clamped_points(prompt: Prompt, image_size: tuple[int, int]) -> NDArray[np.float64]:
    """The prompt's points as (N, 2) xy, moved onto the image where they lie a little outside it."""
    xy = np.array([(point.x, point.y) for point in prompt.points], dtype=np.float64).reshape(-1, 2)
    return np.clip(xy, 0, np.array(image_size, dtype=np.float64))


def _holds(box: Box, xy: NDArray[np.float64]) -> bool:
    inside = (
        (xy[:, 0] >= box.left) & (xy[:, 0] <= box.right) & (xy[:, 1] >= box.top) & (xy[:, 1] <= box.bottom)
    )
    return bool(inside.all())


def grid_to_image(box: Box, size: int) -> NDArray[np.float64]:
    """(2, 3) affine matrix from the crop grid's continuous coordinates (0..size) to image pixels."""
    return np.array([[box.width / size, 0, box.left], [0, box.height / size, box.top]], dtype=np.float64)


def to_grid(xy: NDArray[np.float64], box: Box, size: int) -> NDArray[np.float64]:
    """Image pixels (N, 2) xy -> the crop grid's continuous coordinates (0..size)."""
    return (xy - [box.left, box.top]) * [size / box.width, size / box.height]


def resample(
    array: NDArray, to_source: NDArray[np.float64], size: tuple[int, int], *, outside: float = 0.0
) -> NDArray:
    """Read a (H, W) or (H, W, C) array through an affine map, bilinear, without aliasing.

    Args:
        array: uint8 or float32.
        to_source: (2, 3) matrix from the result's continuous coordinates to the array's (cell corners at
            whole numbers in both).
        size: (width, height) of the result.
        outside: the value past the array's edge.

    Returns:
        An array of the same dtype, (height, width[, C]). Strong reductions are first averaged down over areas
        (INTER_AREA), so that a 4K photo does not alias.
    """
    to_source = np.asarray(to_source, dtype=np.float64)
    height, width = array.shape[:2]
    step = np.hypot(to_source[:, 0], to_source[:, 1])
    if step.max() > 1.5:
        # Only the part that is read: the corners of the result, mapped back, with a margin.
        corners = np.array(
            [[0, 0, 1], [size[0], 0, 1], [0, size[1], 1], [size[0], size[1], 1]], dtype=np.float64
        )
        seen = corners @ to_source.T
        margin = 2 * step
        left, top = np.clip(np.floor(seen.min(axis=0) - margin), 0, [width, height]).astype(int)
        right, bottom = np.clip(np.ceil(seen.max(axis=0) + margin), 0, [width, height]).astype(int)
        if right <= left or bottom <= top:
            return np.full((size[1], size[0], *array.shape[2:]), outside, dtype=array.dtype)
        part = array[top:bottom, left:right]
        small = tuple(
            max(1, round(side / max(1.0, factor)))
            for side, factor in zip((right - left, bottom - top), step, strict=True)
        )
        array = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
        ratio = np.array([small[0] / (right - left), small[1] / (bottom - top)])
        to_source = (to_source - [[0, 0, left], [0, 0, top]]) * ratio[:, None]
    # OpenCV counts from pixel centres: move both frames by half a cell.
    matrix = to_source.copy()
    matrix[:, 2] += to_source[:, 0] * 0.5 + to_source[:, 1] * 0.5 - 0.5
    return cv2.warpAffine(
        array, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT, borderValue=(outside,) * 4,
    )  # fmt: skip


def take_crop(image: NDArray[np.uint8], box: Box, size: int) -> NDArray[np.uint8]:
    """Cut `box` out of an image uint8 (H, W, 3) as uint8 (size, size, 3); black past the image's edge."""
    return resample(image, grid_to_image(box, size), (size, size))


def probabilities_in_image(probabilities: FloatArray, box: Box, image_size: tuple[int, int]) -> FloatArray:
    """Spread crop probabilities (H, W) over the image: float32 (height, width), 0 outside the crop."""
    rows_in_crop, columns_in_crop = probabilities.shape
    scale_x, scale_y = columns_in_crop / box.width, rows_in_crop / box.height
    to_grid_matrix = np.array([[scale_x, 0, -box.left * scale_x], [0, scale_y, -box.top * scale_y]])
    # The outermost half cell has no neighbour to interpolate with: repeat the edge, then cut at the crop's
    # box.
    padded = np.pad(np.ascontiguousarray(probabilities, dtype=np.float32), 1, mode="edge")
    to_grid_matrix[:, 2] += 1
    result = resample(padded, to_grid_matrix, image_size)
    width, height = image_size
    columns, rows = np.arange(width) + 0.5, np.arange(height) + 0.5
    result[(rows < box.top) | (rows > box.bottom)] = 0
    result[:, (columns < box.left) | (columns > box.right)] = 0
    return result
