"""Editing outlines on the workbench; every deed can be undone and done again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from shapely import MultiPolygon, Polygon

from maa.geometry import from_rings
from tests.e2e.conftest import RunningApp
from tests.e2e.workbench import Workbench

SQUARE = [(100.0, 100.0), (200.0, 100.0), (200.0, 200.0), (100.0, 200.0)]


@pytest.fixture
def desk(app: RunningApp, project: str, page: Page) -> Workbench:
    """A square, drawn by hand and open."""
    desk = Workbench(page, app.url, "Ana", project)
    desk.press("a")
    desk.click(SQUARE)
    desk.press("Enter")
    desk.has_objects(1)
    desk.press("n")
    desk.sees("Opened", "status")
    return desk


def outline(desk: Workbench) -> MultiPolygon:
    return from_rings(desk.desk("drawing.outline"))


def until(desk: Workbench, holds: Callable[[], bool]) -> None:
    """Wait for an answer of the server."""
    for _ in range(300):
        if holds():
            return
        desk.page.wait_for_timeout(50)
    raise AssertionError(desk.named("status").inner_text())


def undone_and_done_again(desk: Workbench) -> None:
    after = outline(desk)
    desk.press("z")
    assert outline(desk).symmetric_difference(Polygon(SQUARE)).area < 60
    desk.press("y")
    assert outline(desk).equals(after)


def test_vertices_are_dragged_added_and_deleted(desk: Workbench) -> None:
    desk.press("e")
    desk.drag(SQUARE[0], (80.0, 90.0))
    assert outline(desk).bounds[:2] == pytest.approx((80, 90), abs=0.6)
    undone_and_done_again(desk)
    desk.press("z")
    desk.drag((150.0, 100.0), (150.0, 70.0))  # from an edge
    assert desk.vertices() == 5
    assert outline(desk).area == pytest.approx(11_500, rel=0.02)
    desk.click([(150.0, 70.0)], button="right")
    assert desk.vertices() == 4
    desk.press("Enter")
    desk.has_objects(1)


def test_a_group_is_selected_by_a_box_nudged_and_deleted(desk: Workbench) -> None:
    desk.press("e")
    desk.drag((150.0, 80.0), (220.0, 220.0))
    assert desk.desk("selected.length") == 2
    desk.press("ArrowRight")
    desk.press("Shift+ArrowRight")
    assert outline(desk).bounds[2] == pytest.approx(211, abs=0.6)
    desk.click([(211.0, 150.0)])  # on the edge: one more vertex
    assert desk.vertices() == 5
    desk.drag((198.0, 130.0), (225.0, 170.0))
    assert desk.desk("selected.length") == 1
    desk.press("Delete")
    assert desk.vertices() == 4


def test_a_new_stretch_of_border_goes_from_vertex_to_vertex(desk: Workbench) -> None:
    desk.press("b")
    desk.click([SQUARE[0], (150.0, 120.0), SQUARE[1]])
    assert outline(desk).area == pytest.approx(9_000, rel=0.02)
    undone_and_done_again(desk)


def test_a_hole_is_cut_and_a_part_is_added(desk: Workbench) -> None:
    desk.press("h")
    desk.click([(130.0, 130.0), (160.0, 130.0), (160.0, 160.0), (130.0, 160.0)])
    desk.press("Enter")
    until(desk, lambda: desk.vertices() == 8)
    assert len(outline(desk).geoms[0].interiors) == 1
    desk.press("u")
    desk.click([(220.0, 100.0), (260.0, 100.0), (260.0, 140.0)])
    desk.press("Enter")
    until(desk, lambda: len(outline(desk).geoms) == 2)
    desk.press("Enter")
    desk.has_objects(1)
    saved = from_rings(desk.desk("objects.list[0].outline"))
    assert saved.area == pytest.approx(10_000 - 900 + 800, rel=0.02)


def test_an_object_is_split_and_put_together_again(desk: Workbench) -> None:
    desk.press("x")
    desk.click([(90.0, 130.0), (210.0, 130.0)])
    desk.press("Enter")
    until(desk, lambda: desk.desk("objects.list.length") == 2)
    assert outline(desk).area == pytest.approx(7_000, rel=0.02)
    desk.press("z")
    until(desk, lambda: desk.desk("objects.list.length") == 1)
    assert outline(desk).area == pytest.approx(10_000, rel=0.02)
    desk.press("y")
    until(desk, lambda: desk.desk("objects.list.length") == 2)
    desk.press("Enter")
    desk.has_objects(2)
    # Together again: open one, click the other.
    desk.press("s")
    desk.click([(150.0, 115.0)])
    desk.sees("Opened", "status")
    desk.press("g")
    desk.click([(150.0, 170.0)])
    until(desk, lambda: desk.desk("objects.list.length") == 1)
    assert outline(desk).area == pytest.approx(10_000, rel=0.02)
    desk.press("Enter")
    desk.has_objects(1)


def test_neighbours_share_their_border_without_a_gap(desk: Workbench) -> None:
    desk.press("Escape")
    desk.press("a")
    desk.click([(202.0, 100.0), (300.0, 100.0), (300.0, 200.0), (202.5, 200.0)])
    first = from_rings(desk.desk("objects.list[0].outline"))
    assert outline(desk).distance(first) > 1
    desk.press("Shift+T")
    until(desk, lambda: outline(desk).distance(first) == 0)
    shared = outline(desk).intersection(first)
    assert shared.area < 0.01
    assert shared.length == pytest.approx(100, rel=0.05)


def test_a_vertex_snaps_to_the_neighbour(desk: Workbench) -> None:
    desk.press("Escape")
    desk.press("t")
    desk.press("a")
    desk.click([(202.0, 101.0), (300.0, 100.0), (300.0, 200.0)])
    neighbour = from_rings(desk.desk("objects.list[0].outline"))
    assert tuple(desk.desk("drawing.points")[0][:2]) in list(neighbour.geoms[0].exterior.coords)


def test_the_detail_slider_counts_vertices_live_and_loses_nothing(desk: Workbench) -> None:
    desk.press("Escape")
    desk.press("m")
    desk.click([(110.0, 110.0), (250.0, 110.0), (180.0, 40.0), (180.0, 250.0)])
    desk.has_polygon()
    before = desk.vertices()
    for _ in range(10):
        desk.press(",")
    until(desk, lambda: desk.vertices() < before and not desk.desk("asking"))
    desk.sees(f"{desk.vertices()} vertices")
    for _ in range(10):
        desk.press(".")
    until(desk, lambda: desk.vertices() == before)


def test_a_click_after_a_hand_edit_repairs_there_says_so_and_can_be_undone(desk: Workbench) -> None:
    desk.press("e")
    desk.drag(SQUARE[0], (80.0, 90.0))
    edited = outline(desk)
    desk.press("m")
    desk.click([(150.0, 215.0)])
    desk.sees("repairs only the outline around it", "status")
    until(desk, lambda: not desk.desk("asking"))
    desk.press("z")
    assert outline(desk).equals(edited)
