import numpy as np
import pytest

from maa.domain import PointKind
from maa.learning.clicks import (
    RepairAt,
    boundary_mask,
    boundary_points,
    extreme_points,
    extremes,
    jittered,
    largest_error_middle,
    largest_error_point,
    repairing_click,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def square():
    mask = np.zeros((60, 80), dtype=bool)
    mask[10:40, 20:60] = True
    return mask


def test_the_boundary_is_the_mask_s_own_outermost_pixels_also_at_the_image_s_edge(square):
    edge = boundary_mask(square)
    assert edge.sum() == 2 * 40 + 2 * 30 - 4
    assert boundary_mask(np.ones((5, 5), dtype=bool)).sum() == 16


def test_extreme_points_lie_on_the_four_sides(square, rng):
    left, top, right, bottom = extreme_points(square, rng)
    assert left[0] == 20.5
    assert right[0] == 59.5
    assert top[1] == 10.5
    assert bottom[1] == 39.5


def test_ties_are_drawn_at_random(square, rng):
    rows = {extreme_points(square, rng)[0][1] for _ in range(60)}
    assert len(rows) > 15
    assert min(rows) >= 10.5
    assert max(rows) <= 39.5


def test_a_single_pixel_is_all_four_extremes(rng):
    mask = np.zeros((5, 5), dtype=bool)
    mask[2, 3] = True
    assert extreme_points(mask, rng).tolist() == [[3.5, 2.5]] * 4


def test_an_empty_mask_has_none(rng):
    with pytest.raises(ValueError, match="no extreme points"):
        extreme_points(np.zeros((5, 5), dtype=bool), rng)


def test_tolerance_lets_a_click_miss_the_very_extreme(rng):
    points = np.array([[0.0, 5.0], [1.0, 9.0], [20.0, 0.0]])
    chosen = {tuple(extremes(points, rng, tolerance=1.5)[0]) for _ in range(30)}
    assert chosen == {(0.0, 5.0), (1.0, 9.0)}


def test_jitter_stays_within_its_bound_and_on_the_image(rng):
    points = np.repeat([[1.0, 30.0]], 500, axis=0)
    moved = jittered(points, 5, rng, (80, 60))
    assert np.abs(moved - points).max() <= 5
    assert np.abs(moved - points).max() > 4.5
    assert moved.min() >= 0
    assert (jittered(points, 0, rng, (80, 60)) == points).all()


def test_the_repairing_click_lies_on_the_true_boundary_where_most_is_missing(square):
    predicted = square.copy()
    predicted[10:40, 45:60] = False  # the right third is missing
    predicted[10:12, 20:24] = False  # and a little corner
    x, y = largest_error_point(predicted, square)[0]
    assert x == 59.5
    assert 10 < y < 40


def test_too_much_is_an_error_like_too_little(square):
    predicted = square.copy()
    predicted[40:55, 20:60] = True
    _, y = largest_error_point(predicted, square)[0]
    assert y == 39.5


def test_an_error_far_from_the_object_is_answered_at_the_nearest_boundary(square):
    predicted = square.copy()
    predicted[48:58, 65:78] = True
    x, y = largest_error_point(predicted, square)[0]
    assert (x, y) == (59.5, 39.5)


def test_an_ignored_error_is_none(square):
    predicted = square.copy()
    predicted[10:40, 45:60] = False
    ignore = np.zeros_like(square)
    ignore[:, 45:] = True
    assert largest_error_point(predicted, square, ignore) is None
    assert largest_error_point(square, square) is None


def test_nothing_predicted_still_gets_a_click(square):
    point = largest_error_point(np.zeros_like(square), square)
    assert point is not None
    assert point[0].tolist() in boundary_points(square).tolist()


def test_the_largest_error_is_clicked_in_its_middle():
    truth = np.zeros((40, 40), dtype=bool)
    truth[10:30, 10:30] = True
    predicted = truth.copy()
    predicted[10:21, 10:21] = False  # missing
    predicted[31:34, 31:34] = True  # too much, but smaller
    found = largest_error_middle(predicted, truth)
    assert found is not None
    point, missing = found
    assert missing
    assert np.abs(point - 15.5).max() <= 1
    found = largest_error_middle(np.ones_like(truth), truth, ignore=np.zeros_like(truth))
    assert found is not None
    assert not found[1]
    assert largest_error_middle(truth, truth) is None


def test_a_repair_in_the_middle_of_an_error_says_whether_it_is_missing_or_too_much():
    truth = np.zeros((40, 60), bool)
    truth[10:30, 10:40] = True
    shown = np.zeros_like(truth)
    shown[10:30, 10:20] = True
    missing = repairing_click(shown, truth, None, RepairAt.MIDDLE)
    assert missing is not None
    assert missing[1] is PointKind.INSIDE
    assert 25 < missing[0][0, 0] < 35
    too_much = repairing_click(truth, shown, None, RepairAt.MIDDLE)
    assert too_much is not None
    assert too_much[1] is PointKind.OUTSIDE
    border = repairing_click(shown, truth, None, RepairAt.BORDER)
    assert border is not None
    assert border[1] is PointKind.BOUNDARY
    assert all(repairing_click(truth, truth, None, at) is None for at in RepairAt)
