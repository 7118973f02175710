"""Which piece of an image a canvas shows, and the way from one's pixels to the other's.

Both use floats with the origin at the top-left corner, so a canvas point and an image point under it map onto
each other exactly, with no half-pixel shift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maa.domain import Box

MAX_SCALE = 32.0
"""Canvas pixels per image pixel: closer than this there is nothing more to see."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """A window on an image, of the canvas' shape.

    Every method returns a viewport that is clamped: no further out than the whole image, no closer than
    `MAX_SCALE`, never past the image's edge; along an axis on which the image is smaller than the window it
    is centred (`left` or `top` is then negative).
    """

    left: float
    """Image x at the canvas' left edge."""
    top: float
    """Image y at the canvas' top edge."""
    scale: float
    """Canvas pixels per image pixel."""
    width: int
    """Of the canvas, in canvas pixels."""
    height: int
    image_size: tuple[int, int]
    """(width, height) of the image in pixels."""

    @staticmethod
    def fit(image_size: tuple[int, int], canvas_size: tuple[int, int]) -> Viewport:
        """The whole image, as large as the canvas allows. Both sizes are (width, height)."""
        return Viewport(0, 0, 0, *canvas_size, image_size=image_size)._clamped()

    @staticmethod
    def around(
        box: Box, image_size: tuple[int, int], canvas_size: tuple[int, int], margin: float = 0.25
    ) -> Viewport:
        """A box of the image in the middle of the canvas, with a margin around it as a share of its sides."""
        share = 1 + 2 * margin
        # A box of no size asks for an endless scale; the clamp below brings it to the largest.
        across, down = max(box.width * share, 1e-9), max(box.height * share, 1e-9)
        view = Viewport.fit(image_size, canvas_size)
        scale = _within(min(view.width / across, view.height / down), view.scale, view.largest_scale)
        return replace(
            view,
            left=(box.left + box.right - view.width / scale) / 2,
            top=(box.top + box.bottom - view.height / scale) / 2,
            scale=scale,
        )._clamped()

    @property
    def smallest_scale(self) -> float:
        """The scale at which the whole image just fits."""
        return min(self.width / self.image_size[0], self.height / self.image_size[1])

    @property
    def largest_scale(self) -> float:
        return max(MAX_SCALE, self.smallest_scale)

    @property
    def visible(self) -> Box:
        """The part of the image that the canvas shows, in image pixels."""
        across, down = self.image_size
        return Box(
            max(self.left, 0.0),
            max(self.top, 0.0),
            min(self.left + self.width / self.scale, across),
            min(self.top + self.height / self.scale, down),
        )

    def to_canvas(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points in image pixels, (..., 2) xy, as canvas pixels."""
        return (np.asarray(points, dtype=np.float64) - (self.left, self.top)) * self.scale

    def to_image(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points in canvas pixels, (..., 2) xy, as image pixels; may lie outside the image."""
        return np.asarray(points, dtype=np.float64) / self.scale + (self.left, self.top)

    def zoomed(self, factor: float, at: Sequence[float] | None = None) -> Viewport:
        """Closer (factor > 1) or further out (< 1).

        The image point under the canvas point `at` (x, y; the canvas' middle if not given) stays where it is,
        as far as the image's edges allow.
        """
        pivot = np.array([self.width / 2, self.height / 2] if at is None else at, dtype=np.float64)
        scale = _within(self.scale * factor, self.smallest_scale, self.largest_scale)
        left, top = self.to_image(pivot) - pivot / scale
        return replace(self, left=float(left), top=float(top), scale=scale)._clamped()

    def panned(self, dx: float, dy: float) -> Viewport:
        """Moved over the image by (dx, dy) canvas pixels; positive values show more of the right, bottom."""
        return replace(self, left=self.left + dx / self.scale, top=self.top + dy / self.scale)._clamped()

    def _clamped(self) -> Viewport:
        scale = _within(self.scale, self.smallest_scale, self.largest_scale)
        left = _clamped_start(self.left, self.width / scale, self.image_size[0])
        top = _clamped_start(self.top, self.height / scale, self.image_size[1])
        return replace(self, left=left, top=top, scale=scale)


def _clamped_start(start: float, window: float, image: int) -> float:
    if window >= image:
        return (image - window) / 2
    return _within(start, 0.0, image - window)


def _within(value: float, least: float, most: float) -> float:
    return float(min(max(value, least), most))
