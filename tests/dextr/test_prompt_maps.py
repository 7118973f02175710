import numpy as np
import pytest
import shapely
from shapely import MultiPolygon

from maa.dextr.prompt_maps import CHANNELS, POINT_WIDTH, draw_points, prompt_maps
from maa.domain import Box, Point, PointKind, Prompt


def test_a_point_is_a_peak_at_its_place_of_the_stated_width():
    drawn = draw_points(np.array([[20.5, 40.5]]), 100)
    assert np.unravel_index(drawn.argmax(), drawn.shape) == (40, 20)
    assert drawn.max() == pytest.approx(1)
    half = int(POINT_WIDTH * 100 / 2)
    assert drawn[40, 20 + half] == pytest.approx(0.5, abs=0.01)
    assert drawn.dtype == np.float32


def test_two_points_do_not_add_up():
    drawn = draw_points(np.array([[20.5, 40.5], [20.5, 40.5]]), 100)
    assert drawn.max() == pytest.approx(1)


def test_no_points_draw_nothing_and_tails_are_cut_before_they_turn_denormal():
    assert not draw_points(np.zeros((0, 2)), 32).any()
    drawn = draw_points(np.array([[1.0, 1.0]]), 256)
    assert drawn[drawn > 0].min() > 1e-7


def test_each_kind_of_point_has_its_own_channel():
    prompt = Prompt(
        points=(Point(10, 10), Point(30, 10, PointKind.INSIDE), Point(10, 30, PointKind.OUTSIDE)),
    )
    maps = prompt_maps(prompt, Box(0, 0, 40, 40), 80, (40, 40))
    assert maps.shape == (len(CHANNELS), 80, 80)
    peaks = [np.unravel_index(channel.argmax(), channel.shape) for channel in maps[:3]]
    assert [(abs(row - y) <= 1 and abs(column - x) <= 1) for (row, column), (x, y) in
            zip(peaks, [(20, 20), (60, 20), (20, 60)], strict=True)] == [True] * 3  # fmt: skip
    assert not maps[3].any()


def test_a_prior_is_drawn_with_its_holes_where_it_lies():
    ring = shapely.box(10, 10, 30, 30).difference(shapely.box(15, 15, 25, 25))
    maps = prompt_maps(Prompt(prior=MultiPolygon([ring])), Box(0, 0, 40, 40), 80, (40, 40))
    assert maps[3].sum() == pytest.approx((400 - 100) * 4)
    assert maps[3][40, 40] == 0
    assert maps[3][24, 24] == 1
