"""An annotator in a hurry: nothing is lost, doubled or given to the wrong object."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.screens import Annotate

SQUARE = [(60.0, 100.0), (120.0, 100.0), (90.0, 70.0), (90.0, 130.0)]


@pytest.fixture
def desk(app: RunningApp, project: str, page: Page) -> Annotate:
    return Annotate(page, app.url, "Ana", project)


def test_clicks_right_after_enter_belong_to_the_next_object(desk: Annotate) -> None:
    for number in range(4):
        clicks = [(x + 60 * number, y + 20 * number) for x, y in SQUARE]
        desk.click(clicks, pause_ms=60)
        desk.has_objects(number)
        desk.has_points(4)
        desk.has_polygon()
        desk.press("Enter")  # and on at once, before the page has answered
        desk.press("Enter")
    desk.has_objects(4)


def test_enter_and_submit_in_one_go_hand_the_image_in(desk: Annotate, app: RunningApp, project: str) -> None:
    for photo in ("cat", "cup"):
        desk.sees(references.photo(photo).name, "annotate_header")
        desk.click(SQUARE, pause_ms=60)
        desk.has_polygon()
        desk.press("Enter")
        desk.press("Shift+Enter")
    desk.sees("is labeled", "empty_annotate")
    (present,) = [p for p in app.call("status")["projects"] if p["name"] == project]
    assert present["tasks"]["submitted"] == 2
    assert present["objects"] == 2


def test_enter_right_after_the_last_click_accepts_what_was_clicked(desk: Annotate) -> None:
    desk.click(SQUARE, pause_ms=60)
    desk.press("Enter")
    desk.has_objects(1)
    desk.has_points(0)


def test_a_key_that_did_not_reach_the_server_is_sent_again(desk: Annotate) -> None:
    desk.click(SQUARE)
    desk.has_polygon()
    desk.settle()
    desk.page.evaluate(
        """const now = window.maaKeyboard.now, send = now.setStateValue;
        now.setStateValue = () => { now.setStateValue = send; }"""
    )
    desk.press("Enter")
    desk.has_objects(1)


def test_a_class_chosen_right_before_enter_is_the_objects_class(desk: Annotate) -> None:
    desk.click(SQUARE)
    desk.has_polygon()
    desk.settle()
    for key in ("w", "2", "Enter", "3"):
        desk.press(key)
    desk.has_objects(1)
    desk.sees("cup", "annotate_objects")


def test_clicks_stay_while_the_canvas_is_drawn_again_and_again(desk: Annotate) -> None:
    for _ in range(3):
        desk.click(SQUARE[:2], pause_ms=250)
        for key in "2312312":
            desk.press(key)
        desk.click(SQUARE[2:3], pause_ms=0)
        desk.has_points(3)
        desk.press("Escape", then="4 to go")
        desk.has_points(0)


def test_undo_counts_every_press(desk: Annotate) -> None:
    desk.click(SQUARE)
    desk.has_polygon()
    for _ in range(3):
        desk.press("z")
    desk.has_points(1)


def test_keys_stay_quiet_while_somebody_types(desk: Annotate) -> None:
    desk.click(SQUARE)
    desk.has_polygon()
    field = desk.page.get_by_role("combobox").first
    field.click()
    desk.page.keyboard.type("zdm")
    desk.page.keyboard.press("Escape")
    desk.settle()
    desk.has_points(4)
    desk.has_polygon()
