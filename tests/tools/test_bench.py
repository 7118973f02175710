"""The benchmarks' own parts: matched vertices, pictures, tables in the docs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from shapely import MultiPolygon, Point

from maa.geometry import count_vertices, iou, rasterize
from maa.learning.datasets import objects_of
from maa.learning.measure import boundary_prompt
from tests.e2e import references
from tools import bench_dashboard, bench_queue
from tools.bench_docs import DOCS, blocks, refresh
from tools.bench_geometry import approx_poly_dp, cheapest_at, compare, table, traced_objects
from tools.bench_methods import Shown, demo_set
from tools.bench_pictures import SHOWN, sheets


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return demo_set(tmp_path_factory.mktemp("demo") / "set")


def test_the_demo_photos_are_a_data_set_with_the_outlines_drawn_by_hand(demo):
    refs = objects_of(demo, 600)
    assert sorted(ref.image.stem for ref in refs) == sorted(references.names())
    for ref in refs:
        assert ref.area == pytest.approx(references.outline(ref.image.stem).area, rel=0.01)


def test_vertices_are_compared_at_the_same_iou(demo):
    objects = traced_objects(demo, limit=2)
    found = compare(objects, details=(0.5,))
    row = found["details"]["0.5"]
    assert (found["objects"], row["n"], row["invalid"]) == (2, 2, 0)
    assert row["iou_approx"] >= row["iou"] > 0.95
    assert row["vertices"] < row["vertices_approx"]
    assert "| 0.5 (default) |" in table(found)


def test_the_cheapest_polygon_of_the_other_method_reaches_the_iou():
    disc = MultiPolygon([Point(100, 100).buffer(60, quad_segs=64)])
    count, reached = cheapest_at(disc, 0.98, 2.0)
    assert reached >= 0.98
    finer = approx_poly_dp(disc, 0.05)
    assert count < count_vertices(finer)
    assert iou(finer, disc) > reached


def test_contact_sheets_show_the_best_and_the_worst_first(tmp_path, demo):
    (ref,) = [ref for ref in objects_of(demo, 600) if ref.image.stem == "cup"]
    outline = MultiPolygon([references.outline("cup")])
    prompt = boundary_prompt(np.array(references.extreme_clicks("cup")))
    shown = [Shown(ref, prompt, outline, value / 20) for value in range(SHOWN + 3)]
    written = sheets(shown, tmp_path)
    assert [path.name for path in written] == ["worst.png", "best.png"]
    worst, best = (cv2.imread(str(path)) for path in written)
    assert worst.shape == best.shape
    tile = worst.shape[1] // 5
    assert (worst[:tile, :tile] == best[:tile, :tile]).all()  # the same object; its IoU stands below it
    assert (worst[tile:, :tile] != best[tile:, :tile]).any()
    assert rasterize(outline, (400, 600)).any()


def test_tables_replace_only_what_is_between_their_marks(tmp_path):
    path = tmp_path / "docs.md"
    path.write_text("before\n<!-- bench:photos -->\nold\n<!-- /bench:photos -->\nafter\n", encoding="utf-8")
    measured = {"model": "tiny@0", "date": "today", "photos": {"cup": {"iou": 0.9, "vertices": 12}}}
    made = blocks({"photos": measured})
    refresh(made, path)
    refresh(made, path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- bench:photos -->\nModel `tiny@0`, today.")
    assert text.endswith("<!-- /bench:photos -->\nafter\n")
    assert "old" not in text
    assert text.count("| cup | 0.900 | 12 |") == 1
    with pytest.raises(ValueError, match="no place for 'time'"):
        refresh({"time": "x"}, path)


def test_the_docs_have_a_place_for_every_table():
    text = DOCS.read_text(encoding="utf-8")
    for name in (
        "accuracy", "methods", "time", "vertices", "photos", "timings", "canvas", "queue", "dashboard",
    ):  # fmt: skip
        assert text.count(f"<!-- bench:{name} -->\n") == text.count(f"<!-- /bench:{name} -->") == 1


def test_the_queue_is_measured_on_a_crowd_that_gets_different_tasks():
    found = bench_queue.measure(tasks=400, turns=5)
    assert (found["tasks"], found["people"]) == (400, 50)
    assert 0 < found["ms_p50"] <= found["ms_p95"]
    assert "| 50 people at once, all served |" in blocks({"queue": found | {"date": "today"}})["queue"]


def test_every_panel_of_the_dashboard_is_measured_on_work_that_it_counts():
    found = bench_dashboard.measure(tasks=300, events=5000, turns=1)
    assert set(found["panels"]) == set(bench_dashboard.PANELS)
    assert all(panel["ms_median"] > 0 for panel in found["panels"].values())
    assert "| figures at the top |" in blocks({"dashboard": found | {"date": "today"}})["dashboard"]
