import json

import cv2
import pytest

from maa.dextr.shelves import ModelError
from maa.domain import InvalidInput, NotFound
from maa.learning.evaluate import evaluate

KEYS = {
    "data",
    "model",
    "instances",
    "iou_mean",
    "iou_over_085",
    "boundary_f",
    "confidence_correlation",
    "hard",
    "iou_by_clicks",
    "vertices_median",
    "polygon_iou_mean",
    "predict_ms_p50",
    "predict_ms_p95",
}


def test_the_report_has_exactly_the_promised_keys_and_is_json(tiny_set, untrained):
    report = evaluate(untrained, tiny_set, extra_clicks=2)
    assert report.keys() == KEYS
    assert json.loads(json.dumps(report)) == report
    assert report["instances"] == 6
    assert list(report["iou_by_clicks"]) == ["4", "5", "6"]
    assert report["iou_by_clicks"]["4"] == report["iou_mean"]
    assert report["model"].startswith("tiny@")
    assert 0 < report["predict_ms_p50"] <= report["predict_ms_p95"]


def test_the_default_model_is_used_when_none_is_named(tiny_set, untrained):
    assert evaluate(data=tiny_set, limit=1)["model"].startswith("tiny@")


def test_the_same_seed_gives_the_same_figures(tiny_set, untrained):
    first, second, other = (evaluate(untrained, tiny_set, seed=seed) for seed in (5, 5, 6))
    assert first["iou_mean"] == second["iou_mean"]
    assert first["iou_mean"] != other["iou_mean"]


def test_the_order_of_the_four_clicks_does_not_matter(tiny_set, untrained):
    figures = [evaluate(untrained, tiny_set, extra_clicks=1, shuffle=shuffle) for shuffle in (False, True)]
    for name in ("iou_by_clicks", "boundary_f", "polygon_iou_mean"):
        assert figures[0][name] == figures[1][name]


def test_further_clicks_go_to_the_border_or_to_the_middle_of_what_is_wrong(tiny_set):
    figures = [evaluate("duo", tiny_set, extra_clicks=1, repair_at=at) for at in ("border", "middle")]
    border, middle = (figure["iou_by_clicks"] for figure in figures)
    assert border["4"] == middle["4"]
    assert border["5"] != middle["5"]


def test_limit_minimum_area_and_progress(tiny_set, untrained):
    seen = []
    report = evaluate(untrained, tiny_set, limit=2, progress=lambda done, total: seen.append((done, total)))
    assert report["instances"] == 2
    assert seen == [(1, 2), (2, 2)]
    with pytest.raises(InvalidInput, match="no object of at least 50000"):
        evaluate(untrained, tiny_set, min_area=50_000)


def test_photos_can_be_brought_to_a_size_first(tiny_set, untrained):
    assert evaluate(untrained, tiny_set, resize=(480, 360), limit=2)["instances"] == 2


def test_an_object_too_small_to_be_clicked_counts_as_missed(tiny_set, untrained):
    path = tiny_set / "masks" / "000000.png"
    mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    mask[80, 60] = 9
    cv2.imwrite(str(path), mask)
    with_speck = evaluate(untrained, tiny_set, jitter=0.0, min_area=1, extra_clicks=1)
    without = evaluate(untrained, tiny_set, jitter=0.0, min_area=2, extra_clicks=1)
    assert with_speck["instances"] == without["instances"] + 1
    assert with_speck["iou_mean"] < without["iou_mean"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"clicks": 3}, "four extreme points"),
        ({"jitter": -1.0}, "not be negative"),
        ({"extra_clicks": -1}, "not be negative"),
        ({"limit": 0}, "at least 1"),
        ({"resize": (0, 100)}, "WIDTHxHEIGHT"),
    ],
)
def test_arguments_out_of_range_are_refused(tiny_set, untrained, arguments, says):
    with pytest.raises(InvalidInput, match=says):
        evaluate(untrained, tiny_set, **arguments)


def test_absent_data_and_models_are_said(tmp_path, tiny_set, untrained):
    with pytest.raises(NotFound, match="no data set"):
        evaluate(untrained, tmp_path / "absent")
    with pytest.raises(ModelError, match="no model named"):
        evaluate("absent", tiny_set)
