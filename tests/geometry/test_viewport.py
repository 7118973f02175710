import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maa.domain import Box
from maa.geometry import Viewport

sizes = st.tuples(st.integers(1, 8000), st.integers(1, 8000))
canvases = st.tuples(st.integers(100, 2000), st.integers(100, 2000))
points = st.tuples(st.floats(-9000, 9000), st.floats(-9000, 9000))


@st.composite
def viewports(draw: st.DrawFn) -> Viewport:
    view = Viewport.fit(draw(sizes), draw(canvases))
    for _ in range(draw(st.integers(0, 4))):
        view = view.zoomed(draw(st.floats(0.1, 10)), draw(points))
        view = view.panned(draw(st.floats(-3000, 3000)), draw(st.floats(-3000, 3000)))
    return view


@settings(max_examples=100, deadline=None)
@given(viewports(), points)
def test_image_to_canvas_and_back_is_the_same_point(view: Viewport, point: tuple[float, float]) -> None:
    np.testing.assert_allclose(view.to_image(view.to_canvas(point)), point, rtol=0, atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(viewports())
def test_the_window_never_leaves_the_image_and_never_shows_less_than_there_is(view: Viewport) -> None:
    width, height = view.image_size
    seen = view.visible
    assert 0 <= seen.left < seen.right <= width
    assert 0 <= seen.top < seen.bottom <= height
    assert seen.width == pytest.approx(min(view.width / view.scale, width))
    assert seen.height == pytest.approx(min(view.height / view.scale, height))


def test_fit_shows_the_whole_image_in_the_middle() -> None:
    view = Viewport.fit((400, 100), (200, 200))
    assert view.scale == 0.5
    assert view.visible == Box(0, 0, 400, 100)
    np.testing.assert_allclose(view.to_canvas([(0, 0), (400, 100)]), [(0, 75), (200, 125)])


def test_zooming_keeps_the_point_under_the_cursor() -> None:
    view = Viewport.fit((4000, 3000), (800, 600))
    before = view.to_image((300, 200))
    closer = view.zoomed(4, (300, 200))
    np.testing.assert_allclose(closer.to_image((300, 200)), before)
    assert closer.scale == pytest.approx(4 * view.scale)
    assert closer.zoomed(1e-9) == view
    assert closer.zoomed(1e9).scale == 32


def test_panning_stops_at_the_image_s_edge() -> None:
    view = Viewport.fit((1000, 1000), (500, 500)).zoomed(4)
    assert view.panned(100, 0).left == pytest.approx(view.left + 50)
    assert view.panned(1e9, -1e9).visible == Box(750, 0, 1000, 250)


@settings(max_examples=60, deadline=None)
@given(sizes, canvases, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_around_shows_the_box(
    size: tuple[int, int], canvas: tuple[int, int], x: float, y: float, across: float, down: float
) -> None:
    left, top = x * size[0], y * size[1]
    box = Box(left, top, left + across * (size[0] - left), top + down * (size[1] - top))
    view = Viewport.around(box, size, canvas)
    seen = view.visible
    assert seen.left <= box.left + 1e-6
    assert seen.top <= box.top + 1e-6
    assert seen.right >= box.right - 1e-6
    assert seen.bottom >= box.bottom - 1e-6
