"""Simulated clicks: what a person would have marked on an object whose mask is known. Pure numpy/OpenCV.

Masks are bool (H, W); points are float64 (N, 2) xy in continuous pixels (the centre of pixel (i, j) is
(j + 0.5, i + 0.5)).
"""

from __future__ import annotations

from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from maa.domain import PointKind

BoolMask = NDArray[np.bool_]
Points = NDArray[np.float64]

DIRECTIONS = np.array([[-1.0, 0.0], [0.0, -1.0], [1.0, 0.0], [0.0, 1.0]])
"""Left, up, right, down."""
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def boundary_mask(mask: BoolMask) -> BoolMask:
    """The mask's own pixels that touch the outside (the image's edge counts as outside)."""
    eroded = cv2.erode(mask.astype(np.uint8), _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return mask & (eroded == 0)


def boundary_points(mask: BoolMask) -> Points:
    """Centres of the boundary pixels, (N, 2) xy."""
    rows, columns = np.nonzero(boundary_mask(mask))
    return np.stack([columns, rows], axis=1).astype(np.float64) + 0.5


def extremes(points: Points, rng: np.random.Generator, tolerance: float = 0.0) -> Points:
    """Four extreme points (left, top, right, bottom) of a cloud of boundary points.

    Ties, and everything within `tolerance` pixels of the extreme, are drawn from at random, as people do on a
    flat side.

    Raises:
        ValueError: there are no points.
    """
    if len(points) == 0:
        raise ValueError("an object without pixels has no extreme points")
    along = points @ DIRECTIONS.T
    chosen = [
        points[rng.choice(np.flatnonzero(column >= column.max() - tolerance - 1e-6))] for column in along.T
    ]
    return np.array(chosen)


def jittered(points: Points, jitter: float, rng: np.random.Generator, image_size: tuple[int, int]) -> Points:
    """Move each point by up to `jitter` pixels per axis, uniformly, and keep it on the (width, height)
    image."""
    moved = points + rng.uniform(-jitter, jitter, points.shape)
    return np.clip(moved, 0, np.array(image_size, dtype=np.float64))


def extreme_points(mask: BoolMask, rng: np.random.Generator, jitter: float = 0.0) -> Points:
    """The four clicks of the simulated annotator: extremes with random ties, uniformly jittered.

    Raises:
        ValueError: the mask is empty.
    """
    height, width = mask.shape
    return jittered(extremes(boundary_points(mask), rng), jitter, rng, (width, height))


def wrong_regions(
    predicted: BoolMask, truth: BoolMask, ignore: BoolMask | None = None, connectivity: int = 8
) -> tuple[NDArray[np.int32], NDArray[np.int32], Points]:
    """What is wrong, in connected regions.

    Returns:
        int32 (H, W): of each pixel the number of its region, from 1 on; 0 where it is right or ignored. The
        areas (N,) in pixels, and the middles (N, 2), xy of pixel indices, of regions 1 to N.
    """
    wrong = predicted != truth
    if ignore is not None:
        wrong &= ~ignore
    _, labels, stats, middles = cv2.connectedComponentsWithStats(
        wrong.astype(np.uint8), connectivity=connectivity
    )
    return labels, stats[1:, cv2.CC_STAT_AREA], middles[1:]


def largest_error_point(
    predicted: BoolMask, truth: BoolMask, ignore: BoolMask | None = None
) -> Points | None:
    """Where a person would place a repairing boundary click: on the true boundary, at the largest error.

    Of the wrong pixels' largest connected region, the true boundary pixel that touches it and lies farthest
    from the predicted boundary; for a wrong region that touches no true boundary, the boundary pixel nearest
    to its middle.

    Returns:
        (1, 2) xy, or None when nothing is wrong or the truth is empty.
    """
    labels, areas, middles = wrong_regions(predicted, truth, ignore)
    edge = boundary_mask(truth)
    if not len(areas) or not edge.any():
        return None
    largest = int(np.argmax(areas))
    region = cv2.dilate((labels == largest + 1).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    rows, columns = np.nonzero(edge & region)
    if len(rows) == 0:
        rows, columns = np.nonzero(edge)
        middle = middles[largest]
        index = int(np.argmin((columns - middle[0]) ** 2 + (rows - middle[1]) ** 2))
    elif predicted.any():
        distance = cv2.distanceTransform((~boundary_mask(predicted)).astype(np.uint8), cv2.DIST_L2, 5)
        index = int(np.argmax(distance[rows, columns]))
    else:
        index = len(rows) // 3  # nothing was found: a place away from the four extremes
    return np.array([[columns[index] + 0.5, rows[index] + 0.5]])


def largest_error_middle(
    predicted: BoolMask, truth: BoolMask, ignore: BoolMask | None = None
) -> tuple[Points, bool] | None:
    """Where a person would place an inside or outside click: deepest in the largest wrong region.

    Returns:
        ((1, 2) xy, whether that region is missing: an inside click; else it is too much), or None when
        nothing is wrong.
    """
    labels, areas, _ = wrong_regions(predicted, truth, ignore, connectivity=4)
    if not len(areas):
        return None
    region = np.pad((labels == 1 + int(np.argmax(areas))).astype(np.uint8), 1)
    depth = cv2.distanceTransform(region, cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return np.array([[column + 0.5, row + 0.5]]), bool(truth[row, column])


class RepairAt(StrEnum):
    """Where a further click goes, at the largest error."""

    BORDER = "border"
    """On the true border."""
    MIDDLE = "middle"
    """In the middle of what is wrong: inside what is missing, outside on what is too much."""


def repairing_click(
    predicted: BoolMask, truth: BoolMask, ignore: BoolMask | None, at: RepairAt
) -> tuple[Points, PointKind] | None:
    """The next repairing click ((1, 2) xy) and its kind; None when nothing is wrong."""
    if at is RepairAt.MIDDLE:
        middle = largest_error_middle(predicted, truth, ignore)
        return middle and (middle[0], PointKind.INSIDE if middle[1] else PointKind.OUTSIDE)
    point = largest_error_point(predicted, truth, ignore)
    return None if point is None else (point, PointKind.BOUNDARY)
