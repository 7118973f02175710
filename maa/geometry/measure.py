"""How alike two outlines or masks are, and where an outline reaches furthest."""

from __future__ import annotations

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from maa.domain import InvalidInput

Mask = NDArray[np.bool_]

DAVIS_TOLERANCE = 0.008
"""Share of the image's diagonal by which a boundary may be off in the DAVIS benchmark."""


def iou(a: Polygon | MultiPolygon, b: Polygon | MultiPolygon) -> float:
    """Intersection over union of two valid outlines, 0..1, without rasterising; 1 for two empty ones."""
    union = shapely.union(a, b).area
    return float(shapely.intersection(a, b).area / union) if union > 0 else 1.0


def mask_iou(a: Mask, b: Mask, ignore: Mask | None = None) -> float:
    """Intersection over union of two masks, 0..1. Two empty ones are equal: 1.

    Args:
        a, b: bool (H, W).
        ignore: bool (H, W): pixels that count neither way.

    Raises:
        InvalidInput: the shapes differ.
    """
    _same_shape(a, b, ignore)
    inside, either = a & b, a | b
    if ignore is not None:
        inside, either = inside & ~ignore, either & ~ignore
    union = np.count_nonzero(either)
    return float(np.count_nonzero(inside) / union) if union else 1.0


def boundary_f(a: Mask, b: Mask, tolerance: float = DAVIS_TOLERANCE, ignore: Mask | None = None) -> float:
    """The boundary measure F of F. Perazzi et al., "A benchmark dataset and evaluation methodology for video
    object segmentation" (DAVIS), CVPR 2016: the harmonic mean of the shares of either mask's boundary pixels
    that lie within a distance of the other's boundary.

    Two masks without any boundary score 1; one without against one with scores 0.

    Args:
        a, b: bool (H, W).
        tolerance: below 1, a share of the image's diagonal (rounded up to whole pixels, as DAVIS does); from
            1 on, pixels.
        ignore: bool (H, W): boundary pixels in here are not counted.

    Returns:
        0..1, symmetric in `a` and `b`.

    Raises:
        InvalidInput: the shapes differ or the tolerance is negative.
    """
    _same_shape(a, b, ignore)
    if tolerance < 0:
        raise InvalidInput(f"The tolerance of a boundary must not be negative: {tolerance}.")
    pixels = tolerance if tolerance >= 1 else float(np.ceil(tolerance * np.hypot(*a.shape)))
    edge_a, edge_b = _boundary(a), _boundary(b)
    counted_a, counted_b = edge_a, edge_b
    if ignore is not None:
        counted_a, counted_b = edge_a & ~ignore, edge_b & ~ignore
    total_a, total_b = np.count_nonzero(counted_a), np.count_nonzero(counted_b)
    if total_a == 0 or total_b == 0:
        return float(total_a == total_b)
    precision = np.count_nonzero(counted_a & _near(edge_b, pixels)) / total_a
    recall = np.count_nonzero(counted_b & _near(edge_a, pixels)) / total_b
    return float(2 * precision * recall / (precision + recall)) if precision + recall > 0 else 0.0


def _boundary(mask: Mask) -> Mask:
    """bool (H, W): pixels that differ from their right, lower or lower-right neighbour (DAVIS' `seg2bmap`).

    As there, a mask that ends at the image's edge has no boundary along it.
    """
    padded = np.pad(mask, ((0, 1), (0, 1)), mode="edge")
    right, below, diagonal = padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]
    edge = (mask != right) | (mask != below) | (mask != diagonal)
    edge[-1, -1] = False
    return edge


def _near(edge: Mask, pixels: float) -> Mask:
    """Dilation by a disk, by way of the exact distance transform: its cost does not grow with the disk."""
    distance = cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return distance <= pixels + 1e-3


def _same_shape(a: Mask, b: Mask, ignore: Mask | None) -> None:
    shapes = {a.shape, b.shape} | ({ignore.shape} if ignore is not None else set())
    if len(shapes) > 1:
        raise InvalidInput(f"Masks to be compared must have one size, these have {sorted(shapes)}.")


def outermost_vertices(outline: MultiPolygon) -> list[list[float]]:
    """The left-most, top, right-most and bottom point of an outline."""
    corners = np.concatenate([np.asarray(part.exterior.coords) for part in outline.geoms])
    x, y = corners.T
    return [corners[index].tolist() for index in (x.argmin(), y.argmin(), x.argmax(), y.argmax())]
