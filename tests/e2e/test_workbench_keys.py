"""Everything by key: classes, objects, the look, the sheet of keys, and keys of one's own."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.workbench import Workbench

CAT = references.extreme_clicks("cat")


@pytest.fixture
def desk(app: RunningApp, project: str, page: Page) -> Workbench:
    return Workbench(page, app.url, "Ana", project)


def squares(desk: Workbench, number: int) -> None:
    desk.press("a")
    for i in range(number):
        left = 40.0 + 90 * i
        desk.click([(left, 60.0), (left + 60, 60.0), (left + 60, 120.0), (left, 120.0)])
        desk.press("Enter")
    desk.has_objects(number)


def test_a_class_by_number_and_objects_by_n_and_p(desk: Workbench) -> None:
    desk.press("2")
    squares(desk, 2)
    desk.sees("2 cup", "objects")
    desk.press("n")
    assert desk.desk("drawing.base") == desk.desk("objects.list[0].local")
    desk.press("n")
    assert desk.desk("drawing.base") == desk.desk("objects.list[1].local")
    desk.press("p")
    desk.press("3")
    desk.press("Enter")
    desk.sees("1 rocket", "objects")
    desk.has_objects(2)


def test_two_digits_in_quick_succession_are_one_class(app: RunningApp, page: Page) -> None:
    name = f"twelve {time.time_ns()}"  # when it is tried again, it is there already
    app.new_project(name, [f"class {number}" for number in range(1, 13)], [str(references.photo("cat"))])
    desk = Workbench(page, app.url, "Ana", name)

    def chosen() -> str:
        return str(desk.desk("classOf(maaWorkbench.desk.classId).name"))

    for digits, name in (("12", "class 12"), ("10", "class 10"), ("13", "class 3")):
        for digit in digits:
            desk.press(digit)
        assert chosen() == name
        page.wait_for_timeout(800)
    desk.press("1")
    page.wait_for_timeout(800)
    desk.press("2")
    assert chosen() == "class 2"


def test_list_and_picture_select_each_other(desk: Workbench) -> None:
    squares(desk, 2)
    desk.press("s")
    desk.click([(160.0, 90.0)])
    expect(desk.page.locator(".object[aria-current=true]")).to_contain_text("2 cat")
    desk.press("Escape")
    desk.page.locator(".object .open").last.click()
    assert desk.desk("drawing.base") == desk.desk("objects.list[0].local")
    desk.page.locator(".object[aria-current=true] .delete").click()
    desk.has_objects(1)
    desk.press("z")
    desk.has_objects(2)


def test_the_look_changes_and_stays(desk: Workbench) -> None:
    for key in ("Shift+K", "Shift+K", "Shift+L", "]"):
        desk.press(key)
    looks = {
        what: desk.page.evaluate(f"() => window.maaWorkbench.look.{what}")
        for what in ("brightness", "opacity")
    }
    assert looks == {"brightness": 1.3, "opacity": 0.28}
    photo = desk.page.locator('.workbench canvas[data-layer="photo"]')
    expect(photo).to_have_attribute("style", "filter: brightness(1.3) contrast(1.15);")
    desk.open()
    expect(photo).to_have_attribute("style", "filter: brightness(1.3) contrast(1.15);")
    desk.press("0")
    expect(photo).to_have_attribute("style", "")


def test_the_others_hide_while_a_key_is_held(desk: Workbench) -> None:
    squares(desk, 1)
    desk.page.keyboard.down("o")
    assert desk.page.evaluate("() => window.maaWorkbench.stage.hideOthers")
    desk.page.keyboard.up("o")
    assert not desk.page.evaluate("() => window.maaWorkbench.stage.hideOthers")


def test_a_key_is_changed_on_the_sheet_and_the_tooltips_follow(desk: Workbench) -> None:
    desk.press("?")
    desk.sees("Accept the outline", "keys")
    desk.named("key-vertices").click()
    desk.press("j")
    desk.press("Escape")
    expect(desk.named("vertices")).to_have_attribute(
        "title", "Vertices: drag, click an edge to add, drag a box to select (J)"
    )
    squares(desk, 1)
    desk.press("n")
    desk.press("e")
    desk.tool("prompt")
    desk.press("j")
    desk.tool("vertices")
    desk.open()
    desk.press("n")
    desk.press("j")
    desk.tool("vertices")


def test_keys_stay_quiet_while_somebody_types(desk: Workbench) -> None:
    desk.click(CAT)
    desk.has_polygon()
    desk.page.get_by_role("combobox").first.click()
    desk.page.keyboard.type("zdm")
    desk.page.keyboard.press("Escape")
    desk.has_points(4)
    desk.tool("prompt")


def test_the_class_is_one_stop_for_tab_with_arrows_within(desk: Workbench) -> None:
    page = desk.page
    chosen = page.get_by_role("radio", checked=True)
    desk.named("skip").locator("summary").focus()
    page.keyboard.press("Tab")
    if desk.root.evaluate("root => root.getRootNode().activeElement.tagName") == "SUMMARY":  # guidelines
        page.keyboard.press("Tab")
    expect(chosen).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="cup")).to_be_checked()
    expect(chosen).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="rocket")).not_to_be_focused()


def test_what_the_mouse_pressed_leaves_the_keys_to_the_picture(desk: Workbench) -> None:
    page = desk.page
    page.get_by_role("radio", name="cat").click()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="cat")).to_be_checked()
    desk.press("a")
    desk.click([(100.0, 100.0), (200.0, 100.0), (200.0, 200.0)])
    snaps = desk.named("snap").get_attribute("aria-pressed") == "true"
    desk.named("snap").click()
    pressed = "false" if snaps else "true"
    expect(desk.named("snap")).to_have_attribute("aria-pressed", pressed)
    desk.press("Enter")
    desk.has_objects(1)
    expect(desk.named("snap")).to_have_attribute("aria-pressed", pressed)
