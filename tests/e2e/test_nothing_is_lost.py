"""Clicks and saves survive speed, reloads and a killed server."""

from __future__ import annotations

from playwright.sync_api import Page

from maa.workflow import demo
from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.screens import Annotate


def objects_saved(app: RunningApp, project: str) -> int:
    (found,) = [p for p in app.call("project list") if p["name"] == project]
    saved: int = found["objects"]
    return saved


def test_four_clicks_in_a_second_are_four_points(app: RunningApp, project: str, page: Page) -> None:
    desk = Annotate(page, app.url, "Ana", project)
    for attempt in range(3):
        inset = 1.0 + 3 * attempt
        desk.click(references.extreme_clicks("cat", inset=inset), pause_ms=200)
        desk.has_points(4)
        desk.has_polygon()
        desk.press("Escape", then="4 to go")


def test_eight_clicks_while_the_model_answers_are_eight_points(
    app: RunningApp, project: str, page: Page
) -> None:
    desk = Annotate(page, app.url, "Ana", project)
    outline = references.outline("cat").exterior
    more = [outline.interpolate(share, normalized=True) for share in (0.13, 0.38, 0.63, 0.88)]
    desk.click([*references.extreme_clicks("cat"), *((p.x, p.y) for p in more)], pause_ms=180)
    desk.has_points(8)


def test_enter_pressed_twice_accepts_once(app: RunningApp, project: str, page: Page) -> None:
    desk = Annotate(page, app.url, "Ana", project)
    desk.click(references.extreme_clicks("cat"))
    desk.has_polygon()
    desk.press("Enter")
    desk.press("Enter")
    desk.settle()
    desk.has_objects(1)
    assert objects_saved(app, project) == 1


def test_a_reload_in_the_middle_of_a_task_loses_nothing_accepted(
    app: RunningApp, project: str, page: Page
) -> None:
    desk = Annotate(page, app.url, "Ana", project)
    name = desk.key("annotate_header").inner_text()
    desk.click(references.extreme_clicks("cat"))
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(1)
    desk.click(references.extreme_clicks("cat", inset=20)[:2])
    desk.open()
    assert desk.key("annotate_header").inner_text() == name
    desk.has_objects(1)


def test_a_killed_server_loses_nothing_that_it_showed_as_saved(own_app: RunningApp, page: Page) -> None:
    desk = Annotate(page, own_app.url, "Ana", demo.NAME)
    desk.click(references.extreme_clicks("cat"))
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(1)
    first = desk.key("annotate_header").inner_text()
    started_anew(own_app, desk)
    desk.has_objects(1)
    assert desk.key("annotate_header").inner_text() == first

    desk.press("Shift+Enter")
    desk.has_objects(0)
    second = desk.key("annotate_header").inner_text()
    assert second != first
    started_anew(own_app, desk)
    desk.has_objects(0)
    assert desk.key("annotate_header").inner_text() == second
    assert objects_saved(own_app, demo.NAME) == 1


def started_anew(app: RunningApp, desk: Annotate) -> None:
    app.kill()
    app.start()
    desk.open()
