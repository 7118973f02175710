"""What the annotator gave, drawn as the network's prompt channels."""

from __future__ import annotations

import numpy as np
import shapely.affinity
from numpy.typing import NDArray
from shapely import MultiPolygon

from maa.domain import Box, FloatArray, PointKind, Prompt

from .crop import clamped_points, to_grid

CHANNELS = ("boundary", "inside", "outside", "prior")
POINT_WIDTH = 0.04
"""Full width at half maximum of a point's Gaussian, as a share of the crop's side: wide enough for a hand's
error of a few pixels, narrow enough to name one place (DEXTR: 10 of 512, for clicks that the paper assumes
precise)."""


def draw_points(points: NDArray[np.float64], size: int) -> FloatArray:
    """Maximum of one Gaussian a point (Maninis et al., "Deep Extreme Cut", CVPR 2018).

    Args:
        points: (N, 2) xy in the crop grid's continuous coordinates (0..size); N may be 0.

    Returns:
        float32 (size, size) in 0..1.
    """
    if len(points) == 0:
        return np.zeros((size, size), dtype=np.float32)
    centres = np.arange(size, dtype=np.float32) + 0.5
    fall = -4 * np.log(2) / (POINT_WIDTH * size) ** 2
    columns = np.exp(fall * (centres[None] - points[:, :1].astype(np.float32)) ** 2)
    rows = np.exp(fall * (centres[None] - points[:, 1:].astype(np.float32)) ** 2)
    # Tails would end in denormal numbers, on which a CPU's convolutions are many times slower.
    rows[rows < 1e-3], columns[columns < 1e-3] = 0, 0
    return (rows[:, :, None] * columns[:, None, :]).max(axis=0).astype(np.float32)


def prompt_maps(
    prompt: Prompt, crop: Box, size: int, image_size: tuple[int, int], before: FloatArray | None = None
) -> FloatArray:
    """Draw a prompt on a crop: float32 (4, size, size) in 0..1, in the order of `CHANNELS`.

    Args:
        image_size: (width, height) of the image in pixels.
        before: float32 (size, size), the answer that the last click repairs. It is the prior then; else the
            prompt's outline is, or its box.
    """
    xy = to_grid(clamped_points(prompt, image_size), crop, size)
    kinds = np.array([point.kind for point in prompt.points], dtype=object)
    maps = np.zeros((len(CHANNELS), size, size), dtype=np.float32)
    for channel, kind in enumerate((PointKind.BOUNDARY, PointKind.INSIDE, PointKind.OUTSIDE)):
        maps[channel] = draw_points(xy[kinds == kind] if len(xy) else xy, size)
    if before is not None:
        maps[3] = before
    elif prompt.prior is not None or prompt.box is not None:
        from maa.geometry import rasterize

        scale_x, scale_y = size / crop.width, size / crop.height
        matrix = [scale_x, 0, 0, scale_y, -crop.left * scale_x, -crop.top * scale_y]
        shape = prompt.prior or _rectangle(prompt.box)
        maps[3] = rasterize(shapely.affinity.affine_transform(shape, matrix), (size, size))
    return maps


def _rectangle(box: Box | None) -> MultiPolygon:
    assert box is not None
    return MultiPolygon([shapely.box(box.left, box.top, box.right, box.bottom)])
