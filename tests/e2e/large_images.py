"""Large pictures, drawn: stripes, blocks and, in the middle, a board whose squares are single pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

BOARD = 256
"""Side of the board of single pixels, in the middle of the picture."""


def board_corner(size: tuple[int, int]) -> tuple[int, int]:
    """Left and top of the board; its top-left pixel is black. Even, so that it is black at every size."""
    width, height = size
    return (width - BOARD) // 2 // 2 * 2, (height - BOARD) // 2 // 2 * 2


def draw(path: Path, size: tuple[int, int]) -> Path:
    """Write a picture of this size as PNG or JPEG. No pixels of other places look the same."""
    width, height = size
    across, down = np.arange(width), np.arange(height)
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[..., 0] = (across * 255 // width)[None, :]
    pixels[..., 1] = (down * 255 // height)[:, None]
    pixels[..., 2] = ((across // 64)[None, :] + (down // 64)[:, None]) % 2 * 90 + 60
    left, top = board_corner(size)
    rows, columns = np.indices((BOARD, BOARD))
    pixels[top : top + BOARD, left : left + BOARD] = ((rows + columns) % 2 * 255)[..., None]
    options = [cv2.IMWRITE_PNG_COMPRESSION, 1] if path.suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, 95]
    assert cv2.imwrite(str(path), pixels, options)
    return path
