"""How DEXTR as published is asked, and how its answer is read: pixel for pixel as its authors' demo does.

K.-K. Maninis et al., "Deep Extreme Cut", CVPR 2018. Unlike elsewhere here, a point is a whole pixel, the crop
is cut at whole pixels and both resizes are bicubic, because the published weights expect and the published
figures come from that. For prompts of more than four boundary points, which the paper does not use, the box
is that of all points and each has its Gaussian.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from maa.domain import Box, FloatArray, Prompt

from .crop import check_prompt, clamped_points

PADDING = 50
"""Pixels of the image around the box of the points."""
POINT_WIDTH = 10.0
"""Full width at half maximum of a point's Gaussian, in cells of the network's input."""


def ask(image: NDArray[np.uint8], prompt: Prompt, size: int) -> tuple[Tensor, Box]:
    """The network's input for a prompt, and the crop that it shows.

    Args:
        image: uint8 (H, W, 3) RGB.
        prompt: its boundary points count; `crop` has no say.
        size: side of the input in cells; 512 as published.

    Returns:
        float32 (1, 4, size, size), RGB and heat map in 0..255; a box of whole pixels, which may reach past
        the image's edge.

    Raises:
        InvalidInput: the prompt does not say where an object is.
    """
    height, width = image.shape[:2]
    check_prompt(prompt, (width, height))
    # The pixel under each click; the right and bottom edges belong to the last ones.
    clicked = np.floor(clamped_points(prompt, (width, height))).astype(int)
    pixels = np.minimum(clicked, [width - 1, height - 1])
    first, last = pixels.min(axis=0) - PADDING, pixels.max(axis=0) + PADDING
    crop = Box(*map(float, (*first, *(last + 1))))
    colors = cv2.resize(_cut(image, first, last), (size, size), interpolation=cv2.INTER_CUBIC)
    heat = heat_map(pixels - first, (int(crop.width), int(crop.height)), size)
    inputs = np.concatenate([colors.astype(np.float32), heat[..., None]], axis=2)
    return torch.from_numpy(inputs).permute(2, 0, 1)[None], crop


def answer(probabilities: FloatArray, crop: Box) -> FloatArray:
    """From the network's grid to the pixels of the crop: float32 (crop height, crop width).

    The object ends where the extreme points say: zero outside their box. Bicubic interpolation overshoots
    a little at sharp edges; what it adds beyond 0..1 is cut off, which no threshold notices.
    """
    size = (int(crop.width), int(crop.height))
    resized = np.asarray(cv2.resize(probabilities, size, interpolation=cv2.INTER_CUBIC), dtype=np.float32)
    result = np.zeros_like(resized)
    within = (slice(PADDING, -PADDING), slice(PADDING, -PADDING))
    result[within] = resized[within].clip(0, 1)
    return result


def heat_map(pixels: NDArray[np.int_], crop_size: tuple[int, int], size: int) -> FloatArray:
    """The maximum of one Gaussian a point, stretched to 0..255.

    Args:
        pixels: (N, 2) column and row of the points in the crop, N at least 1.
        crop_size: (width, height) of the crop in pixels.
        size: side of the result.

    Returns:
        float32 (size, size).
    """
    # In this order of operations: a quotient that should be whole may fall below and lose a cell, as it does
    # in the published code.
    centres = (size * pixels * (1 / np.array(crop_size))).astype(int)
    cells = np.arange(size, dtype=np.float64)
    across = (cells[None, None, :] - centres[:, 0, None, None]) ** 2
    down = (cells[None, :, None] - centres[:, 1, None, None]) ** 2
    nearest = (across + down).min(axis=0)
    heat = np.exp(-4 * np.log(2) * nearest / POINT_WIDTH**2).astype(np.float32)
    return (255 * (heat - heat.min()) / (heat.max() - heat.min())).astype(np.float32)


def _cut(image: NDArray[np.uint8], first: NDArray[np.int_], last: NDArray[np.int_]) -> NDArray[np.uint8]:
    """The pixels from `first` to `last` (column, row; inclusive), black past the image's edge."""
    height, width = image.shape[:2]
    (left, top), (right, bottom) = np.maximum(first, 0), np.minimum(last + 1, [width, height])
    columns, rows = last - first + 1
    cut = np.zeros((rows, columns, 3), dtype=np.uint8)
    cut[top - first[1] : bottom - first[1], left - first[0] : right - first[0]] = image[
        top:bottom, left:right
    ]
    return cut
