import numpy as np
import pytest
import shapely
from shapely import MultiPolygon

from maa.dextr.predictor import Predictor
from maa.dextr.prompt_maps import prompt_maps
from maa.dextr.repair import KEPT, seen_in, settled, without_last_click
from maa.domain import Box, Point, PointKind, Prediction, Prompt

FOUR = (Point(10, 30), Point(70, 30), Point(40, 12), Point(40, 50))
FIFTH, SIXTH = Point(20, 40), Point(60, 40, PointKind.OUTSIDE)
OUTLINE = MultiPolygon([shapely.box(10, 12, 70, 50)])
BOX = Box(10, 12, 70, 50)


@pytest.mark.parametrize(
    ("prompt", "earlier"),
    [
        (Prompt(points=FOUR), None),
        (Prompt(points=(*FOUR, FIFTH)), Prompt(points=FOUR)),
        (Prompt(points=(*FOUR, FIFTH, SIXTH)), Prompt(points=(*FOUR, FIFTH))),
        (Prompt(box=BOX), None),
        (Prompt(points=(FIFTH,), box=BOX), Prompt(box=BOX)),
        (Prompt(points=(FIFTH,), prior=OUTLINE), None),
        (Prompt(points=(FIFTH, SIXTH), prior=OUTLINE), Prompt(points=(FIFTH,), prior=OUTLINE)),
        # An inside click among the first four: they are not four extremes yet.
        (Prompt(points=(Point(40, 30, PointKind.INSIDE), *FOUR)), None),
    ],
)
def test_a_click_repairs_the_answer_to_those_before_it(prompt, earlier):
    assert without_last_click(prompt) == earlier


def answer(crop: Box) -> Prediction:
    probabilities = np.zeros((64, 64), dtype=np.float32)
    probabilities[16:48, 16:48] = 0.75
    return Prediction(probabilities, crop, (200, 100), 0.9, "tiny@0", 1.0)


def test_the_answer_is_seen_on_its_own_crop_as_it_was():
    crop = Box(0, 0, 64, 64)
    assert np.array_equal(seen_in(answer(crop), crop), answer(crop).probabilities)


def test_the_answer_stays_in_its_place_when_the_crop_moves():
    moved = seen_in(answer(Box(0, 0, 64, 64)), Box(-16, 8, 112, 136))  # cells of two pixels
    assert moved.shape == (64, 64)
    rows, columns = np.nonzero(moved > 0.4)
    assert (columns.min(), columns.max() + 1) == (16, 32)  # image x 16..48
    assert (rows.min(), rows.max() + 1) == (4, 20)  # image y 16..48


def test_the_prior_is_the_answer_before_else_the_outline_else_the_box():
    crop, size = Box(0, 0, 80, 80), (80, 60)
    before = np.full((40, 40), 0.25, dtype=np.float32)
    assert np.array_equal(prompt_maps(Prompt(prior=OUTLINE), crop, 40, size, before)[3], before)
    outline = prompt_maps(Prompt(prior=OUTLINE), crop, 40, size)[3]
    assert np.array_equal(outline, prompt_maps(Prompt(box=BOX), crop, 40, size)[3])
    assert outline.sum() == 30 * 19
    assert not prompt_maps(Prompt(points=FOUR), crop, 40, size)[3].any()


def test_a_further_click_costs_one_answer_when_the_one_before_is_known(library, monkeypatch):
    predictor = Predictor("tiny")
    image = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    passes = []
    forward = predictor._forward
    monkeypatch.setattr(predictor, "_forward", lambda inputs: passes.append(inputs) or forward(inputs))
    first = predictor.predict(image, Prompt(points=FOUR))
    predictor.predict(image, Prompt(points=(*FOUR, FIFTH), crop=first.crop))
    assert len(passes) == 2
    predictor.predict(image, Prompt(points=(*FOUR, FIFTH, SIXTH), crop=first.crop))
    assert len(passes) == 3


def test_four_points_on_one_line_are_no_ground_for_a_repair_but_the_fifth_makes_a_question(library):
    on_a_line = (Point(10, 10), Point(20, 10), Point(30, 10), Point(40, 10))
    image = np.full((60, 80, 3), 128, dtype=np.uint8)
    prediction = Predictor(library / "tiny").predict(image, Prompt(points=(*on_a_line, Point(25, 40))))
    assert np.isfinite(prediction.probabilities).all()


CROP = Box(0, 0, 64, 64)


def test_a_repaired_answer_keeps_a_share_of_the_one_before():
    new = np.full((64, 64), 0.9, dtype=np.float32)
    mixed = settled(new, CROP, Prompt(points=(*FOUR, FIFTH)), answer(CROP))
    assert mixed.dtype == np.float32
    assert mixed[0, 0] == pytest.approx(0.9 * (1 - KEPT))
    assert mixed[20, 20] == pytest.approx(0.9 * (1 - KEPT) + 0.75 * KEPT)


def test_a_click_inside_or_outside_keeps_a_share_unless_that_would_deny_it():
    outside, inside = (
        Prompt(points=(*FOUR, Point(24, 24, kind))) for kind in (PointKind.OUTSIDE, PointKind.INSIDE)
    )
    new = np.full((64, 64), 0.3, dtype=np.float32)
    assert settled(new, CROP, outside, answer(CROP))[24, 24] == pytest.approx(0.3 * (1 - KEPT) + 0.75 * KEPT)
    sure = np.full((64, 64), 0.45, dtype=np.float32)  # with a share of 0.75 it would be inside after all
    assert settled(sure, CROP, outside, answer(CROP)) is sure
    assert settled(sure, CROP, inside, answer(CROP))[24, 24] > 0.5


@pytest.mark.parametrize(
    ("prompt", "crop"),
    [
        (Prompt(points=(FIFTH,), box=BOX), CROP),
        (Prompt(points=(FIFTH, FIFTH), prior=OUTLINE), CROP),
        (Prompt(points=(*FOUR, FIFTH)), Box(0, 0, 80, 64)),
    ],
)
def test_where_the_answer_before_knows_too_little_nothing_of_it_is_kept(prompt, crop):
    new = np.full((64, 64), 0.9, dtype=np.float32)
    assert settled(new, crop, prompt, answer(CROP)) is new
