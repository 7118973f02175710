"""The picture under the canvas: right place, right colour, nothing written to."""

import cv2
import numpy as np
import pytest
from shapely import MultiPolygon, box

from maa.canvas.render import Shape, draw_over, encode_jpeg, view
from maa.domain import Box
from maa.geometry import Viewport


def disc(size: tuple[int, int], centre: tuple[float, float], radius: float) -> np.ndarray:
    """A soft white disc on black, (H, W, 3), whose centre of mass is known exactly (corner coordinates)."""
    width, height = size
    y, x = np.mgrid[:height, :width] + 0.5
    level = np.clip(radius - np.hypot(x - centre[0], y - centre[1]) + 0.5, 0, 1)
    return np.repeat((level * 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("canvas", [(300, 200), (150, 100), (900, 600), (211, 137)])
def test_the_photo_is_shown_without_a_shift(canvas: tuple[int, int]) -> None:
    photo = disc((300, 200), (120.3, 80.7), 30)
    viewport = Viewport.fit((300, 200), canvas)
    shown = view(photo, viewport)[..., 0].astype(float)
    y, x = np.mgrid[: shown.shape[0], : shown.shape[1]] + 0.5
    inside = shown.copy()
    inside[inside == 40] = 0  # past the image's edge
    centre = [(inside * x).sum() / inside.sum(), (inside * y).sum() / inside.sum()]
    assert viewport.to_image(centre) == pytest.approx([120.3, 80.7], abs=0.1)


def test_a_close_up_shows_the_photo_without_a_shift() -> None:
    photo = disc((300, 200), (120.3, 80.7), 10)
    viewport = Viewport.around(Box(105, 66, 135, 96), (300, 200), (400, 300))
    shown = view(photo, viewport)[..., 0].astype(float)
    y, x = np.mgrid[: shown.shape[0], : shown.shape[1]] + 0.5
    centre = [(shown * x).sum() / shown.sum(), (shown * y).sum() / shown.sum()]
    assert viewport.to_image(centre) == pytest.approx([120.3, 80.7], abs=0.1)


def test_an_outline_lies_on_the_edge_it_describes() -> None:
    photo = np.zeros((200, 300, 3), np.uint8)
    viewport = Viewport.fit((300, 200), (300, 200))
    square = MultiPolygon([box(50, 40, 150, 120)])
    shown = draw_over(view(photo, viewport), [Shape(square, "#ff0000", style="faint")], viewport)
    ys, xs = np.nonzero(shown[..., 0] > 60)
    assert (xs.min(), xs.max() + 1) == pytest.approx((49.5, 150.5), abs=0.6)
    assert (ys.min(), ys.max() + 1) == pytest.approx((39.5, 120.5), abs=0.6)


def test_holes_stay_unfilled_and_the_photo_is_not_written_to() -> None:
    photo = np.full((200, 300, 3), 200, np.uint8)
    photo.setflags(write=False)
    ring = MultiPolygon([box(50, 40, 150, 120).difference(box(80, 60, 120, 100))])
    viewport = Viewport.fit((300, 200), (300, 200))
    shown = draw_over(view(photo, viewport), [Shape(ring, "#0000ff", "1")], viewport)
    assert tuple(shown[80, 100]) == (200, 200, 200)  # in the hole
    assert shown[45, 60, 2] > shown[45, 60, 0]  # in the object
    assert (photo == 200).all()


@pytest.mark.parametrize("style", ["normal", "selected", "faint", "dashed"])
def test_outlines_partly_or_wholly_out_of_view_are_harmless(style) -> None:
    photo = np.zeros((2000, 3000, 3), np.uint8)
    viewport = Viewport.around(Box(10, 10, 40, 30), (3000, 2000), (400, 300))
    shapes = [
        Shape(MultiPolygon([box(0, 0, 3000, 2000)]), "#00ff00", "1", style),
        Shape(MultiPolygon([box(2500, 1500, 2600, 1600)]), "#00ff00", "2", style),
    ]
    assert draw_over(view(photo, viewport), shapes, viewport).shape == (300, 400, 3)


def test_the_picture_survives_jpeg() -> None:
    photo = disc((300, 200), (120, 80), 30)
    photo[..., 2] = 0
    back = cv2.cvtColor(cv2.imdecode(np.frombuffer(encode_jpeg(photo), np.uint8), 1), cv2.COLOR_BGR2RGB)
    assert np.abs(back.astype(int) - photo).mean() < 3
