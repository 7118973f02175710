"""Drawing on the workbench: looking about, clicks of every kind, and answers that never come too late."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.workbench import Workbench

CAT = references.extreme_clicks("cat")


@pytest.fixture
def desk(app: RunningApp, project: str, page: Page) -> Workbench:
    return Workbench(page, app.url, "Ana", project)


def test_four_clicks_give_a_polygon_and_further_ones_repair_it(desk: Workbench) -> None:
    desk.click(CAT)
    desk.has_points(4)
    desk.has_polygon()
    first = desk.desk("drawing.outline")
    desk.click([(230.0, 40.0)])
    desk.has_points(5)
    desk.page.wait_for_function("() => !window.maaWorkbench.desk.asking")
    assert desk.desk("drawing.outline") != first
    assert desk.desk("drawing.answer.prompt.points.length") == 5


def test_one_place_can_be_two_of_the_four_points_but_a_double_click_is_one(desk: Workbench) -> None:
    left, _, right, bottom = CAT
    desk.click([left], click_count=2)
    desk.has_points(1)
    desk.click([right, bottom], pause_ms=600)
    desk.click([right])
    desk.has_points(4)
    desk.has_polygon()
    desk.page.wait_for_timeout(600)
    desk.click([left])
    desk.has_points(4)


def test_extreme_points_side_by_side_count_and_a_shaking_hand_moves_none(desk: Workbench) -> None:
    x, y = 200.0, 140.0
    desk.click([(x, y), (x + 60, y - 8), (x + 8, y - 60), (x + 1, y + 2)], pause_ms=60)
    desk.has_points(4)
    desk.press("Escape")
    desk.click([(x, y), (x + 5, y + 3)], pause_ms=60)
    ((across, down),) = desk.on_screen([(x + 5, y + 3)])
    desk.page.mouse.move(across, down)
    desk.page.mouse.down()
    desk.page.mouse.move(across + 4, down, steps=2)
    desk.page.mouse.up()
    assert desk.desk("drawing.points[1].slice(0, 2)") == pytest.approx([x + 5, y + 3], abs=0.01)
    desk.press("Enter")
    desk.sees("There is no outline to accept yet", "status")


def test_the_right_button_says_outside_and_alt_says_inside(desk: Workbench) -> None:
    desk.click(CAT)
    desk.has_polygon()
    desk.click([(20.0, 20.0)], button="right")
    desk.page.keyboard.down("Alt")
    desk.click([(220.0, 160.0)])
    desk.page.keyboard.up("Alt")
    desk.has_points(6)
    kinds = [kind for _, _, kind in desk.desk("drawing.points")]
    assert kinds == ["boundary"] * 4 + ["outside", "inside"]
    desk.has_polygon()


def test_a_click_is_dragged_to_where_it_was_meant_and_deleted_by_key(desk: Workbench) -> None:
    desk.click(CAT)
    desk.has_polygon()
    x, y = CAT[0]
    desk.drag((x, y), (x + 30, y - 40))
    moved = desk.desk("drawing.points")[0]
    assert moved[0] == pytest.approx(x + 30, abs=0.6)
    assert moved[1] == pytest.approx(y - 40, abs=0.6)
    assert desk.desk("drawing.points.length") == 4
    desk.press("Delete")  # the pointer is still on it
    desk.has_points(3)
    desk.press("z")
    desk.press("z")
    assert desk.desk("drawing.points")[0][0] == pytest.approx(x, abs=0.6)


def test_the_wheel_zooms_about_the_cursor_and_f_shows_the_whole_image(desk: Workbench) -> None:
    ((x, y),) = desk.on_screen([(150.0, 90.0)])
    whole = desk.view()
    desk.page.mouse.move(round(x), round(y))
    for _ in range(20):
        desk.page.mouse.wheel(0, -400)
    desk.page.wait_for_function(f"() => window.maaWorkbench.stage.view.scale > {whole[0] * 3}")
    desk.page.wait_for_timeout(300)
    assert desk.view()[0] <= 32
    ((now_x, now_y),) = desk.on_screen([(150.0, 90.0)])
    assert abs(now_x - x) < desk.view()[0]
    assert abs(now_y - y) < desk.view()[0]
    desk.press("f")
    desk.page.wait_for_timeout(100)
    assert desk.view() == whole


@pytest.mark.parametrize("how", ["space", "middle"])
def test_the_view_is_moved_by_hand(desk: Workbench, how: str) -> None:
    for _ in range(3):
        desk.press("w")
    before = desk.view()
    if how == "space":
        desk.page.keyboard.down("Space")
    desk.drag((200.0, 150.0), (230.0, 170.0), button="left" if how == "space" else "middle")
    if how == "space":
        desk.page.keyboard.up("Space")
    after = desk.view()
    assert after[1] == pytest.approx(before[1] - 30, abs=1)
    assert after[2] == pytest.approx(before[2] - 20, abs=1)
    desk.has_points(0)


def test_twenty_clicks_a_second_all_arrive_in_order(desk: Workbench) -> None:
    outline = references.outline("cat").exterior
    wanted = [outline.interpolate(share / 20, normalized=True) for share in range(20)]
    desk.click([(p.x, p.y) for p in wanted], pause_ms=20)
    desk.has_points(20)
    for (x, y, _), point in zip(desk.desk("drawing.points"), wanted, strict=True):
        assert abs(x - point.x) < 0.6
        assert abs(y - point.y) < 0.6
    desk.has_polygon()
    assert desk.desk("drawing.answer.prompt.points.length") == 20


def test_clicks_right_after_enter_belong_to_the_next_object(desk: Workbench) -> None:
    for number in range(3):
        desk.click(
            [(x + 60 * number, y + 20 * number) for x, y in ((60, 100), (120, 100), (90, 70), (90, 130))]
        )
        desk.press("Enter")  # before the answer is there
        desk.press("Enter")
    desk.has_objects(3)
    desk.has_points(0)


def test_by_hand_every_click_is_a_vertex_and_the_first_one_closes(desk: Workbench) -> None:
    desk.press("a")
    square = [(60.0, 60.0), (160.0, 60.0), (160.0, 140.0), (60.0, 140.0)]
    desk.click(square)
    desk.click(square[:1])
    desk.has_objects(1)
    ((saved,),) = desk.desk("objects.list[0].outline")
    assert np.array(saved) == pytest.approx(np.array(square), abs=0.6)
