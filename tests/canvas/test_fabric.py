"""What the component's objects mean, checked on objects as a browser sent them."""

import math

import pytest

from maa.canvas.fabric import circle, circle_centres, strokes

# A click at (380, 170): the component places the circle by its left-most spot.
CLICKED = {
    "type": "Circle",
    "originX": "left",
    "originY": "center",
    "left": 377,
    "top": 170,
    "width": 4,
    "height": 4,
    "radius": 2,
    "strokeWidth": 2,
    "scaleX": 1,
    "scaleY": 1,
    "angle": 0,
}
DOT = {"type": "Path", "path": [["M", 299.998, 300], ["L", 300.002, 300]]}
DRAG = {
    "type": "Path",
    "path": [["M", 99.998, 99.998], ["Q", 100, 100, 105, 102], ["Q", 190, 160, 195, 170], ["L", 200, 180]],
}


def test_a_click_is_where_the_mouse_was() -> None:
    assert circle_centres([CLICKED]) == [(380, 170)]


def test_a_point_placed_by_the_server_reads_back_where_it_was_put() -> None:
    placed = circle((12.25, 99.5), fill="#ffffff", stroke="#ff0000")
    assert circle_centres([placed]) == [(12.25, 99.5)]


def test_a_point_that_was_turned_by_hand_keeps_its_centre() -> None:
    turned = CLICKED | {"angle": 90, "left": 380, "top": 167}
    (x, y) = circle_centres([turned])[0]
    assert (x, y) == pytest.approx((380, 170))


def test_a_point_that_was_scaled_by_hand_keeps_its_centre() -> None:
    scaled = CLICKED | {"scaleX": 3, "scaleY": 3, "left": 371}
    assert circle_centres([scaled])[0] == pytest.approx((380, 170))


def test_clicks_keep_their_order_and_other_objects_are_passed_over() -> None:
    second = CLICKED | {"left": 10}
    assert circle_centres([CLICKED, DRAG, second]) == [(380, 170), (13, 170)]


def test_a_drag_has_a_start_and_an_end() -> None:
    (start, end) = strokes([CLICKED, DRAG])[0]
    assert start == pytest.approx((100, 100), abs=0.01)
    assert end == (200, 180)


def test_a_click_of_the_free_hand_tool_is_a_stroke_of_no_length() -> None:
    (start, end) = strokes([DOT])[0]
    assert math.dist(start, end) < 0.01
