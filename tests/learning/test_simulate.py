"""The simulated annotator against answers whose worth is known: perfect, useless, and nearly right."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from shapely import MultiPolygon, Point, Polygon, box

from maa.dextr.crop import crop_box
from maa.domain import InvalidInput, NotFound, Prediction
from maa.geometry import count_vertices, mask_iou, rasterize
from maa.learning.simulate import SimulateConfig, chosen_objects, report, simulate, simulate_object
from maa.learning.simulate_assisted import MAX_DRAGS, Action, Step, best_repair, steps
from maa.learning.simulate_hand import drawn_vertices, fewest_vertices, on_border
from maa.learning.simulate_report import ByHand, Case, Seconds, by_hand, outcome, target_report

SHAPE = (120, 160)
IMAGE = np.zeros((*SHAPE, 3), np.uint8)
MANUAL_SQUARE = 4 * 1.5 + 0.7


def drawn(polygon: Polygon) -> np.ndarray:
    return rasterize(MultiPolygon([polygon]), SHAPE)


SQUARE = drawn(box(40, 30, 110, 95))


class Known:
    """Answers every prompt with one mask, sampled over the prompt's crop."""

    model_id = "known@0"

    def __init__(self, *masks: np.ndarray) -> None:
        self.masks = list(masks)
        self.asked: list[int] = []

    def predict(self, image, prompt, *, image_key=None):
        size = (image.shape[1], image.shape[0])
        crop = crop_box(prompt, size)
        mask = self.masks[min(len(self.asked), len(self.masks) - 1)]
        self.asked.append(len(prompt.points))
        x = crop.left + (np.arange(256) + 0.5) * crop.width / 256
        y = crop.top + (np.arange(256) + 0.5) * crop.height / 256
        rows = np.clip(y, 0, size[1] - 1).astype(int)
        columns = np.clip(x, 0, size[0] - 1).astype(int)
        return Prediction(mask[np.ix_(rows, columns)].astype(np.float32), crop, size, 1.0, self.model_id, 1.0)


def run(answers: Known, truth: np.ndarray = SQUARE, **options) -> list[Step]:
    return list(steps(answers, IMAGE, truth, None, np.random.default_rng(0), **options))


# Drawing by hand


@pytest.mark.parametrize(
    ("polygon", "vertices"),
    [
        (box(40, 30, 110, 95), 4),
        (Polygon([(20, 100), (80, 10), (140, 100)]), 3),
        (Polygon([(30, 20), (130, 20), (130, 50), (70, 50), (70, 100), (30, 100)]), 6),
    ],
)
def test_the_fewest_vertices_of_a_drawn_polygon_are_its_own(polygon, vertices):
    assert fewest_vertices(drawn(polygon), [0.97]) == [vertices]


def test_a_lower_target_never_takes_more_vertices():
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    reach = np.array([50, 25] * 7)
    star = Polygon(np.column_stack([80 + reach * np.cos(angles), 60 + reach * np.sin(angles)]))
    counts = fewest_vertices(drawn(star), [0.7, 0.85, 0.9, 0.95])
    assert counts == sorted(counts)
    assert 8 <= counts[-1] <= 14


def test_a_curve_takes_more_vertices_where_all_of_them_lie_on_it():
    circle = drawn(Point(80, 60).buffer(45))
    (free,), (bordered,) = fewest_vertices(circle, [0.95]), fewest_vertices(circle, [0.95], None, on_border)
    assert bordered > free


def test_small_parts_are_drawn_only_where_the_target_needs_them():
    two = drawn(box(20, 20, 100, 100)) | drawn(box(120, 20, 140, 50))  # 6400 and 600 px
    assert fewest_vertices(two, [0.9, 0.97]) == [4, 8]


def test_ignored_pixels_need_no_vertices():
    notched = drawn(box(20, 20, 100, 100)) & ~drawn(box(50, 20, 100, 60))
    ignore = drawn(box(50, 20, 100, 60))
    assert fewest_vertices(notched, [0.97])[0] == 6
    assert fewest_vertices(notched, [0.97], ignore)[0] < 6


def test_people_draw_the_corners_and_not_the_pixel_staircase():
    assert drawn_vertices(SQUARE) == pytest.approx(4, abs=4)  # the trace cuts each corner
    diamond = drawn(Polygon([(80, 10), (130, 60), (80, 110), (30, 60)]))
    assert drawn_vertices(diamond) <= 8


# With the model


def test_a_perfect_answer_takes_four_clicks_and_an_acceptance():
    made = run(Known(SQUARE), satisfied=0.9)
    assert [step.action for step in made] == [Action.FOUR_CLICKS]
    assert made[0].iou > 0.97
    assert made[0].answer_seconds > 0
    found = outcome(made, 0.9, 4)
    assert found.reached
    assert found.counts[:4].tolist() == [4, 0, 0, 1]
    assert found.counts @ Seconds().weights == pytest.approx(7.7 + made[0].answer_seconds)


def test_useless_answers_end_in_drawing_by_hand_with_everything_added_up():
    answers = Known(np.zeros(SHAPE, bool))
    made = run(answers)
    assert [step.iou for step in made] == [0.0, 0.0]
    assert answers.asked == [4, 5]
    found = outcome(made, 0.9, 4)
    assert not found.reached
    waited = sum(step.answer_seconds for step in made)
    assert found.counts @ Seconds().weights == pytest.approx(7 + 1.75 + waited + MANUAL_SQUARE)


def test_further_clicks_end_when_one_does_not_help_and_the_newest_answer_stands():
    worse = drawn(box(40, 30, 85, 95))
    answers = Known(drawn(box(40, 30, 95, 95)), worse, SQUARE)
    made = run(answers)
    assert [step.action for step in made[:3]] == [Action.FOUR_CLICKS, Action.CLICK, Action.DRAG]
    assert made[1].iou == pytest.approx(mask_iou(worse, SQUARE), abs=0.02)
    assert answers.asked == [4, 5]


def test_a_cut_corner_is_repaired_with_one_vertex():
    cut = Polygon([(40, 30), (110, 30), (110, 70), (85, 95), (40, 95)])
    repaired = best_repair(MultiPolygon([cut]), SQUARE, None)
    assert mask_iou(rasterize(repaired, SHAPE), SQUARE) > 0.985
    assert repaired.is_valid
    assert count_vertices(repaired) in (5, 6)


def test_a_finished_outline_and_an_empty_one_have_no_vertex_to_repair():
    assert best_repair(MultiPolygon([box(40, 30, 110, 95)]), SQUARE, None) is None
    assert best_repair(MultiPolygon(), SQUARE, None) is None


def test_what_is_wrong_only_in_ignored_pixels_is_not_repaired():
    wide = box(40, 30, 130, 95)
    ignore = drawn(box(110, 30, 130, 95))
    assert best_repair(MultiPolygon([wide]), SQUARE, ignore) is None
    assert best_repair(MultiPolygon([wide]), SQUARE, None) is not None


def test_patience_is_bounded():
    rng = np.random.default_rng(1)
    ragged = cv2.GaussianBlur(rng.random(SHAPE).astype(np.float32), (0, 0), 3) > 0.5
    made = run(Known(SQUARE), truth=ragged)
    assert sum(step.action is Action.DRAG for step in made) <= MAX_DRAGS


# What it costs


def step(action: Action, iou: float, seconds: float = 0.0) -> Step:
    return Step(action, iou, seconds)


def test_a_person_gives_up_before_repairs_that_would_outlast_drawing_by_hand():
    slow = [step(Action.FOUR_CLICKS, 0.5, 0.1), step(Action.DRAG, 0.51), step(Action.DRAG, 0.95)]
    patient, hasty = outcome(slow, 0.9, 60), outcome(slow, 0.9, 6)
    assert (patient.reached, patient.drags) == (True, 2)  # 40 such drags are 80 s, by hand 90.7 s
    assert (hasty.reached, hasty.drags) == (False, 0)


def case(first: float, vertices: int = 20, area: int = 5000) -> Case:
    hand = ByHand((vertices,), (2 * vertices,), 4 * vertices)
    return Case("set", "a.jpg", 1, area, 1.0, 1, hand, (step(Action.FOUR_CLICKS, first, 0.1),))


def test_the_ratio_is_all_assisted_seconds_over_all_manual_seconds():
    found = target_report([case(0.95), case(0.2, area=20_000)], 0, 0.9, seed=0)
    manual = 20 * 1.5 + 0.7
    assert found["ratio"] == pytest.approx((7.8 + 7.1 + manual) / (2 * manual), abs=1e-4)
    assert found["ratio_of_perfect_answers"] == pytest.approx(7.8 / manual, abs=1e-4)
    assert found["ratio_of_perfect_answers_on_border"] == pytest.approx(7.8 / (40 * 1.5 + 0.7), abs=1e-4)
    assert found["ratio"] > found["ratio_on_border"] > found["ratio_drawn_density"]
    low, high = found["ratio_interval"]
    assert low <= found["ratio"] <= high
    assert (found["accepted_at_once"], found["fallbacks"], found["assisted_slower"]) == (0.5, 0.5, 0.5)
    assert {name: group["n"] for name, group in found["by_size"].items()} == {"medium": 1, "large": 1}
    (loser,) = found["losers"]
    assert loser["reasons"] == ["poor first answer"]
    assert found == target_report([case(0.95), case(0.2, area=20_000)], 0, 0.9, seed=0)


def test_each_constant_moves_the_ratio_its_own_way():
    found = target_report([case(0.95)] * 5, 0, 0.9, seed=0)["sensitivity"]
    assert found["click"]["-50%"] < found["click"]["+50%"]
    assert found["vertex"]["-50%"] > found["vertex"]["+50%"]
    assert found["drag"]["-50%"] == found["drag"]["+50%"]
    manual = 20 * 1.5 + 0.7
    assert found["answer"]["+50%"] == pytest.approx(7.85 / manual, abs=1e-4)
    assert found["all but answer"]["-50%"] == pytest.approx((0.5 * 7.7 + 0.1) / (0.5 * manual), abs=1e-4)
    assert by_hand(20) @ Seconds().weights == pytest.approx(manual)


# On data sets


def test_a_model_that_is_always_right_needs_no_repairs_on_a_whole_set(tiny_set):
    config = SimulateConfig(tiny_set, (0.85, 0.95), min_area=100)
    cases = []
    for number, ref in chosen_objects(config):
        ids = cv2.imread(str(ref.mask), cv2.IMREAD_UNCHANGED)
        cases.append(simulate_object(Known(ids == ref.id), number, ref, config))
    found = report(config, "known@0", cases)
    assert found["n"] == 6
    assert found["accepted_at_once"] == 1
    assert found["targets"]["0.95"]["fallbacks"] == 0
    assert found["ratio"] == pytest.approx(found["ratio_of_perfect_answers"])
    assert found["by_source"].keys() == {"ellipses"}


def test_a_real_predictor_runs_and_the_report_is_json(tiny_set, untrained):
    seen = []
    found = simulate(tiny_set, [0.9], untrained, limit=2, progress=lambda *done: seen.append(done))
    assert json.loads(json.dumps(found)) == found
    assert found["model"].startswith("tiny@")
    assert found["target_iou"] == 0.9
    assert seen == [(1, 2), (2, 2)]
    # Untrained weights help nobody, and the simulation says so.
    assert found["ratio"] > 1


@pytest.mark.parametrize("options", [{"targets": [1.0]}, {"targets": [0.9, -1]}, {"jitter": -1}, {"limit": 0},
                                     {"min_area": 10**6}])  # fmt: skip
def test_arguments_out_of_range_are_refused(tiny_set, untrained, options):
    with pytest.raises(InvalidInput):
        simulate(tiny_set, model=untrained, **options)


def test_absent_data_is_said(tmp_path, untrained):
    with pytest.raises(NotFound, match="no data set"):
        simulate(tmp_path / "absent", model=untrained)
