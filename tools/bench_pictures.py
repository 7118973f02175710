"""Contact sheets of the answers: photo, truth, answer, clicks and IoU, to see what figures do not tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon

from maa.dextr.crop import crop_box, take_crop, to_grid
from maa.domain import Box
from maa.geometry import trace_mask
from maa.learning.datasets import read_image, read_mask
from tools.bench_methods import Shown

SHOWN = 10
COLUMNS = 5
TILE = 320
"""Side of a photo crop on the sheet, in pixels."""
LINE = 24
"""Height of the text under it."""
TRUTH, ANSWER, CLICK = (80, 220, 80), (0, 140, 255), (255, 255, 255)
"""BGR: green, orange, white."""


def sheets(shown: Sequence[Shown], folder: Path) -> list[Path]:
    """Write best.png and worst.png: `SHOWN` objects each, the extreme one first."""
    folder.mkdir(parents=True, exist_ok=True)
    ranked = sorted(shown, key=lambda one: one.iou)
    written = []
    for name, chosen in (("worst", ranked[:SHOWN]), ("best", ranked[::-1][:SHOWN])):
        path = folder / f"{name}.png"
        cv2.imwrite(str(path), _sheet([_tile(one) for one in chosen]))
        written.append(path)
    return written


def _sheet(tiles: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    blank = np.zeros_like(tiles[0])
    tiles = tiles + [blank] * (-len(tiles) % COLUMNS)
    rows = [np.hstack(tiles[first : first + COLUMNS]) for first in range(0, len(tiles), COLUMNS)]
    return np.vstack(rows)


def _tile(one: Shown) -> NDArray[np.uint8]:
    image = read_image(one.ref.image)
    size = (image.shape[1], image.shape[0])
    box = _square(crop_box(one.prompt, size))
    tile = np.ascontiguousarray(take_crop(image, box, TILE)[..., ::-1])
    truth = read_mask(one.ref.mask) == one.ref.id
    _draw(tile, trace_mask(truth), box, TRUTH)
    _draw(tile, one.outline, box, ANSWER)
    for x, y in to_grid(np.array([(point.x, point.y) for point in one.prompt.points]), box, TILE):
        cv2.circle(tile, (round(x), round(y)), 4, (0, 0, 0), -1, cv2.LINE_AA)
        cv2.circle(tile, (round(x), round(y)), 3, CLICK, -1, cv2.LINE_AA)
    text = np.zeros((LINE, TILE, 3), np.uint8)
    label = f"IoU {one.iou:.3f}  {one.ref.source} {one.ref.image.stem} #{one.ref.id}"
    cv2.putText(text, label, (6, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.45, CLICK, 1, cv2.LINE_AA)
    return np.vstack([tile, text])


def _square(box: Box) -> Box:
    half = max(box.width, box.height) / 2
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return Box(x - half, y - half, x + half, y + half)


def _draw(tile: NDArray[np.uint8], outline: MultiPolygon, box: Box, color: tuple[int, int, int]) -> None:
    rings = [ring for part in outline.geoms for ring in (part.exterior, *part.interiors)]
    # Sixteenths of a pixel; OpenCV counts from pixel centres.
    lines = [
        np.round(16 * (to_grid(np.array(ring.coords), box, TILE) - 0.5)).astype(np.int32) for ring in rings
    ]
    cv2.polylines(tile, lines, True, color, 2, cv2.LINE_AA, shift=4)
