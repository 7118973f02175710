"""Clicks and saves survive speed, reloads and a killed server."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page

from maa.workflow.demo import NAME as PROJECT
from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.screens import Annotate


def objects_saved(app: RunningApp) -> int:
    status = json.loads(app.maa("project", "list", "--json").stdout)
    (demo,) = [p for p in status if p["name"] == PROJECT]
    return demo["objects"]


def test_four_clicks_in_a_second_are_four_points(app: RunningApp, page: Page) -> None:
    desk = Annotate(page, app.url, "Ana", PROJECT)
    for attempt in range(3):
        inset = 1.0 + 3 * attempt
        desk.click(references.extreme_clicks("cat", inset=inset), pause_ms=200)
        desk.has_points(4)
        desk.has_polygon()
        desk.press("Escape", then="4 to go")


def test_eight_clicks_while_the_model_answers_are_eight_points(app: RunningApp, page: Page) -> None:
    desk = Annotate(page, app.url, "Ana", PROJECT)
    outline = references.outline("cat").exterior
    more = [outline.interpolate(share, normalized=True) for share in (0.13, 0.38, 0.63, 0.88)]
    desk.click([*references.extreme_clicks("cat"), *((p.x, p.y) for p in more)], pause_ms=180)
    desk.has_points(8)


def test_enter_pressed_twice_accepts_once(app: RunningApp, page: Page) -> None:
    desk = Annotate(page, app.url, "Ana", PROJECT)
    desk.click(references.extreme_clicks("cat"))
    desk.has_polygon()
    desk.press("Enter")
    desk.press("Enter")
    desk.settle()
    desk.has_objects(1)
    assert objects_saved(app) == 1


def test_a_reload_in_the_middle_of_a_task_loses_nothing_accepted(app: RunningApp, page: Page) -> None:
    desk = Annotate(page, app.url, "Ana", PROJECT)
    name = desk.key("annotate_header").inner_text()
    desk.click(references.extreme_clicks("cat"))
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(1)
    desk.click(references.extreme_clicks("cat", inset=20)[:2])
    desk.open()
    assert desk.key("annotate_header").inner_text() == name
    desk.has_objects(1)


@pytest.mark.parametrize("moment", ["after accept", "after submit"])
def test_a_killed_server_loses_nothing_that_it_showed_as_saved(
    app: RunningApp, page: Page, moment: str
) -> None:
    desk = Annotate(page, app.url, "Ana", PROJECT)
    name = desk.key("annotate_header").inner_text()
    desk.click(references.extreme_clicks("cat"))
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(1)
    if moment == "after submit":
        desk.press("Shift+Enter")
        desk.has_objects(0)
        name = desk.key("annotate_header").inner_text()
    app.kill()
    app.start()
    desk.open()
    assert desk.key("annotate_header").inner_text() == name
    desk.has_objects(1 if moment == "after accept" else 0)
    assert objects_saved(app) == 1
