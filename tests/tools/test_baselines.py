"""The methods to compare with must be given a fair chance: on easy objects each is right."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from maa.domain import InvalidInput, Point, Prompt
from maa.geometry import mask_iou
from maa.learning.clicks import extreme_points
from maa.learning.evaluate import mask_of
from maa.learning.measure import boundary_prompt
from tools.baselines import BASELINES, Ellipse, GrabCut, IntelligentScissors, in_angular_order


@pytest.fixture
def ellipse():
    """A bright ellipse on a dark, slightly noisy ground: image and mask."""
    mask = np.zeros((160, 220), np.uint8)
    cv2.ellipse(mask, (110, 80), (70, 45), 0, 0, 360, 1, -1)
    image = np.random.default_rng(0).integers(0, 50, (160, 220, 3), dtype=np.uint8)
    image[mask > 0] += np.uint8(180)
    return image, mask.astype(bool)


@pytest.mark.parametrize("kind", BASELINES)
def test_each_outlines_a_plain_ellipse_and_says_who_it_is(kind, ellipse):
    image, truth = ellipse
    prompt = boundary_prompt(extreme_points(truth, np.random.default_rng(0)))
    prediction = kind().predict(image, prompt)
    assert mask_iou(mask_of(prediction), truth) > 0.95
    assert prediction.model_id == kind.model_id
    assert prediction.milliseconds > 0


@pytest.mark.parametrize("kind", BASELINES)
def test_the_order_of_the_clicks_does_not_matter(kind, ellipse):
    image, truth = ellipse
    points = boundary_prompt(extreme_points(truth, np.random.default_rng(0))).points
    one, other = (
        kind().predict(image, Prompt(points=order)) for order in (points, (points[2], *points[:2], points[3]))
    )
    assert mask_iou(mask_of(one), mask_of(other)) > 0.99


@pytest.mark.parametrize("kind", BASELINES)
def test_a_prompt_without_four_points_is_refused(kind, ellipse):
    with pytest.raises(InvalidInput):
        kind().predict(ellipse[0], Prompt(points=(Point(10, 10), Point(50, 50))))


def test_the_ellipse_goes_through_clicks_that_are_not_opposite_each_other():
    points = np.array([[20.0, 180.0], [60.0, 30.0], [230.0, 100.0], [150.0, 220.0]])
    mask = Ellipse().mask(np.zeros((256, 256, 3), np.uint8), points)
    rows, columns = np.nonzero(mask)
    assert (columns.min(), rows.min(), columns.max(), rows.max()) == pytest.approx((20, 30, 230, 220), abs=1)
    for x, y in points:
        near = mask[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3]
        assert 0 < near.sum() < near.size


def test_grabcut_takes_what_lies_inward_from_a_further_click_for_the_object(ellipse):
    image, truth = ellipse
    four = boundary_prompt(extreme_points(truth, np.random.default_rng(0))).points
    fifth = Point(205, 130)  # on the dark ground, outside the first four
    before, after = (mask_of(GrabCut().predict(image, Prompt(points=p))) for p in (four, (*four, fifth)))
    inward = (slice(120, 125), slice(188, 195))
    assert not before[inward].any()
    assert after[inward].any()


def test_scissors_go_through_every_further_click(ellipse):
    image, _ = ellipse
    four = (Point(40, 80), Point(110, 35), Point(180, 80), Point(110, 125))
    fifth = Point(150, 90)  # well inside: what is cut off lies beyond it
    before, after = (
        mask_of(IntelligentScissors().predict(image, Prompt(points=p))) for p in (four, (*four, fifth))
    )
    assert before[95, 155]
    assert after.sum() < before.sum()


def test_angular_order_walks_around_the_middle():
    square = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    walked = in_angular_order(square)
    assert np.hypot(*(np.roll(walked, -1, axis=0) - walked).T).tolist() == [1, 1, 1, 1]
