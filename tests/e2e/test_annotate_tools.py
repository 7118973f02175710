"""The tools around the four clicks: by hand, vertices, zoom, undo, classes, two people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.screens import Annotate

TRIANGLE = [(100.0, 60.0), (260.0, 90.0), (180.0, 220.0)]


@pytest.fixture
def desk(app: RunningApp, project: str, page: Page) -> Annotate:
    return Annotate(page, app.url, "Ana", project)


def draw_by_hand(desk: Annotate) -> None:
    desk.press("m", then="Click the corners")
    desk.click(TRIANGLE)
    desk.has_points(3)


def test_a_polygon_is_drawn_by_hand_without_the_model(desk: Annotate) -> None:
    draw_by_hand(desk)
    desk.press("Enter")
    desk.has_objects(1)


def test_a_vertex_is_dragged_and_one_is_added_on_an_edge(desk: Annotate) -> None:
    draw_by_hand(desk)
    desk.press("Enter")
    desk.has_objects(1)
    desk.key("annotate_objects").get_by_role("button").first.click()
    desk.settle()
    desk.press("e", then="Drag a vertex")
    desk.sees("3 vertices", "annotate_status")
    desk.click([(180.0, 75.0)])  # the middle of the upper edge
    desk.sees("4 vertices", "annotate_status")
    desk.settle()
    desk.drag((180.0, 75.0), (180.0, 20.0))
    desk.settle()
    desk.press("Enter")
    desk.has_objects(1)


def test_undo_takes_back_points_and_an_accept(desk: Annotate) -> None:
    desk.click(references.extreme_clicks("cat"))
    desk.has_polygon()
    desk.press("z")
    desk.has_points(3)
    desk.press("z")
    desk.has_points(2)
    desk.press("Escape", then="4 to go")
    draw_by_hand(desk)
    desk.press("Enter")
    desk.has_objects(1)
    desk.press("z")
    desk.has_objects(0)


def test_number_keys_choose_the_class(desk: Annotate) -> None:
    desk.press("2")
    desk.settle()
    draw_by_hand(desk)
    desk.press("Enter")
    desk.has_objects(1)
    expect(desk.key("annotate_objects")).to_contain_text("cup")


def test_a_small_object_of_a_4k_photo_can_be_clicked_by_zooming_in(
    app: RunningApp, page: Page, tmp_path: Path
) -> None:
    """A disc of 24 px across, seen at less than a third of its size before zooming."""
    width, height, radius = 3840, 2160, 12
    centre = (2903.0, 1207.0)
    y, x = np.mgrid[:height, :width]
    photo = np.full((height, width, 3), (96, 120, 96), np.uint8)
    photo[(x + 0.5 - centre[0]) ** 2 + (y + 0.5 - centre[1]) ** 2 <= radius**2] = (220, 40, 30)
    file = tmp_path / "wide.png"
    Image.fromarray(photo).save(file)
    app.new_project("wide", ["disc"], [str(file)])
    desk = Annotate(page, app.url, "Ben", "wide")
    desk.look_closer((centre[0] - 90, centre[1] - 60), (centre[0] + 90, centre[1] + 60))
    clicks = [(radius, 0), (-radius, 0), (0, radius), (0, -radius)]
    desk.click([(centre[0] + dx, centre[1] + dy) for dx, dy in clicks])
    desk.has_points(4)
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(1)


def test_two_people_never_get_the_same_image(
    desk: Annotate, app: RunningApp, project: str, browser: Browser
) -> None:
    other = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        bens = Annotate(other.new_page(), app.url, "Ben", project)
        assert bens.key("annotate_header").inner_text() != desk.key("annotate_header").inner_text()
    finally:
        other.close()
