"""The marks of an object that is being drawn: rings around its points, the line through them, vertex handles.

All draw onto a uint8 (H, W, 3) RGB picture in place. Points are float (N, 2) canvas pixels, corner origin.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon

from maa.canvas.render import HALO, SUBPIXEL_BITS, Picture, fixed_point, rgb
from maa.geometry import Viewport
from maa.geometry.shapes import rings_of

_WHITE = (255, 255, 255)


def draw_rings(picture: Picture, points: NDArray[np.float64], radius: float = 7.0) -> None:
    """A ring around each point: the points of the present object, told from those of earlier ones."""
    for centre in points:
        _circle(picture, centre, radius, HALO, 3)
        _circle(picture, centre, radius, _WHITE, 1)


def draw_chain(picture: Picture, points: NDArray[np.float64], color: str) -> None:
    """The line through the points in order; the way back to the first is thin."""
    if len(points) < 2:
        return
    closing = fixed_point(points[[-1, 0]])
    line = fixed_point(points)
    cv2.polylines(picture, [closing], False, rgb(color), 1, cv2.LINE_AA, SUBPIXEL_BITS)
    cv2.polylines(picture, [line], False, HALO, 4, cv2.LINE_AA, SUBPIXEL_BITS)
    cv2.polylines(picture, [line], False, rgb(color), 2, cv2.LINE_AA, SUBPIXEL_BITS)


def draw_handles(picture: Picture, outline: MultiPolygon, viewport: Viewport, color: str) -> None:
    """A handle on every vertex in view."""
    for part in outline.geoms:
        for ring in rings_of(part):
            for centre in viewport.to_canvas(ring):
                _circle(picture, centre, 5.0, HALO, cv2.FILLED)
                _circle(picture, centre, 4.0, _WHITE, cv2.FILLED)
                _circle(picture, centre, 2.0, rgb(color), cv2.FILLED)


def _circle(
    picture: Picture, centre: NDArray[np.float64], radius: float, color: tuple[int, int, int], width: int
) -> None:
    x, y = fixed_point(centre)
    reach = round(radius * (1 << SUBPIXEL_BITS))
    cv2.circle(picture, (int(x), int(y)), reach, color, width, cv2.LINE_AA, SUBPIXEL_BITS)
