"""The canvas benchmark says which goals were reached, of the parts that were measured."""

from __future__ import annotations

from tools.bench_canvas import block, goals

CLICKS = {
    "rounds": 5,
    "click_ms_p50": {"workbench": 120.0, "classic": 400.0},
    "click_ms_p95": {"workbench": 180.0, "classic": 600.0},
    "bytes_per_click": 1800,
    "bytes_per_click_classic": 220_000,
    "lost_clicks": 1,
    "haste": {"4 a second": {"clicks": 40, "a_second": 4.0, "lost": 1}},
}
SAID = {"model": "tiny@0", "date": "today", "cores": 2, "load": 0.5}


def test_each_goal_is_reached_or_missed() -> None:
    reached = {what.split(" (")[0]: good for what, _, _, good in goals(CLICKS)}
    assert reached["click to polygon, p50"]
    assert reached["workbench / classic, p50"]
    assert reached["bytes a click"]
    assert not reached["lost clicks"]
    assert "ten people" not in " ".join(reached)


def test_the_section_holds_what_was_measured() -> None:
    made = block(SAID | CLICKS)
    assert made.startswith("Model `tiny@0`, today, headless Chromium")
    assert "| workbench / classic, p50 | ≤ 0.6 | 0.30 |" in made
    assert "1,000 polygons" not in made
