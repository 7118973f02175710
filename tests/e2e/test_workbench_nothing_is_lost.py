"""What was drawn outlives reloads, lost connections and killed servers; what was saved is saved once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from maa.workflow import demo
from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.screens import PATIENCE
from tests.e2e.workbench import Workbench

CAT = references.extreme_clicks("cat")


def objects_saved(app: RunningApp, project: str) -> int:
    (found,) = [p for p in app.call("project list") if p["name"] == project]
    saved: int = found["objects"]
    return saved


@pytest.fixture
def desk(app: RunningApp, project: str, page: Page) -> Workbench:
    return Workbench(page, app.url, "Ana", project)


def test_enter_pressed_twice_accepts_once(app: RunningApp, project: str, desk: Workbench) -> None:
    desk.click(CAT)
    desk.has_polygon()
    desk.press("Enter")
    desk.press("Enter")
    desk.has_objects(1)
    assert objects_saved(app, project) == 1


def test_enter_and_submit_in_one_go_hand_the_image_in(app: RunningApp, project: str, desk: Workbench) -> None:
    for photo in ("cat", "cup"):
        desk.sees(references.photo(photo).name, "image")
        desk.ready()
        desk.click(CAT)
        desk.press("Enter")
        desk.press("Shift+Enter")
        if photo == "cat":
            desk.sees(references.photo("cup").name, "image")
            desk.page.wait_for_timeout(900)  # a press so soon would be the same one
    expect(desk.page.locator(".st-key-empty_annotate")).to_contain_text("is labeled")
    (present,) = [p for p in app.call("status")["projects"] if p["name"] == project]
    assert present["tasks"]["submitted"] == 2
    assert present["objects"] == 2


def test_what_was_submitted_too_early_is_taken_back(app: RunningApp, project: str, desk: Workbench) -> None:
    cat, cup = (references.photo(photo).name for photo in ("cat", "cup"))
    desk.click(CAT)
    desk.press("Enter")
    desk.press("Shift+Enter")
    desk.sees(f"You submitted {cat}. Ctrl+⌫ takes it back", "status")
    desk.click(CAT[:2])
    desk.has_points(2)
    desk.open()
    desk.has_points(2)
    desk.press("Control+Backspace")
    desk.sees(cat, "image")
    desk.has_objects(1)
    desk.hand_in()
    desk.sees(cup, "image")
    desk.has_points(2)  # what had been begun there
    desk.press("Escape")
    desk.hand_in()
    desk.page.get_by_role("button", name=f"Take back {cup}").click()
    desk.ready()
    desk.sees(cup, "image")
    (present,) = [p for p in app.call("status")["projects"] if p["name"] == project]
    assert present["tasks"]["submitted"] == 1
    assert present["tasks"]["leased"] == 1


@pytest.mark.parametrize("canvas", ["workbench", "classic"])
def test_another_image_is_chosen_and_what_was_begun_comes_again(
    app: RunningApp, project: str, desk: Workbench, canvas: str
) -> None:
    page = desk.page
    cat, cup = (references.photo(photo).name for photo in ("cat", "cup"))
    app.call("project set", name=project, settings={"pick_any": True})
    desk.click(CAT[:3])
    desk.open()  # the rule is new to this page
    desk.has_points(3)
    if canvas == "classic":
        page.get_by_role("combobox", name="Canvas").click()
        page.get_by_role("option", name="classic").click()
        expect(page.locator(".st-key-annotate_header")).to_contain_text(cat, timeout=PATIENCE)
    page.get_by_role("button", name="Choose an image").click()
    page.get_by_placeholder("Pick an image").click()
    page.get_by_role("option", name=cup).click()
    if canvas == "classic":
        expect(page.locator(".st-key-annotate_header")).to_contain_text(cup, timeout=PATIENCE)
        page.get_by_role("combobox", name="Canvas").click()
        page.get_by_role("option", name="workbench").click()
        page.locator(":focus").blur()
    desk.sees(cup, "image")
    desk.ready()
    desk.has_points(0)
    if canvas == "workbench":
        desk.press("2")  # the keys are the picture's again
        expect(desk.root.get_by_role("radio", name="cup")).to_be_checked(timeout=PATIENCE)
    desk.hand_in()
    desk.sees(cat, "image")
    desk.has_points(3)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_what_is_accepted_right_after_a_reload_is_not_open_after_the_next(
    app: RunningApp, project: str, desk: Workbench, page: Page
) -> None:
    with page.expect_response(lambda answer: answer.url.endswith("/workbench/draft"), timeout=PATIENCE):
        desk.click(CAT)
    desk.has_polygon()
    desk.open()
    desk.has_points(4)
    desk.press("Enter")
    desk.has_objects(1)
    desk.open()
    desk.has_objects(1)
    desk.has_points(0)
    desk.click([(x / 2, y / 2) for x, y in CAT])
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(2)
    desk.open()
    desk.has_objects(2)
    assert objects_saved(app, project) == 2


def test_an_open_outline_survives_a_reload_and_another_browser(
    app: RunningApp, project: str, desk: Workbench, page: Page
) -> None:
    desk.click([*CAT, (230.0, 40.0)])
    desk.has_points(5)
    desk.has_polygon()
    desk.open()
    desk.has_points(5)
    desk.sees("What you had begun is back", "status")
    # Coarsely, the server has it, too: another browser of the same person goes on with it.
    page.wait_for_timeout(4000)
    browser = page.context.browser
    assert browser is not None
    page.close()
    other = browser.new_context(viewport={"width": 1280, "height": 720})
    elsewhere = Workbench(other.new_page(), app.url, "Ana", project)
    elsewhere.has_points(5)
    other.close()


def test_a_killed_server_loses_nothing_and_the_page_goes_on(own_app: RunningApp, page: Page) -> None:
    desk = Workbench(page, own_app.url, "Ana", demo.NAME)
    desk.click(CAT)
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(1)
    desk.click(CAT[:2])
    own_app.kill()
    desk.sees("does not answer")
    page.wait_for_timeout(3000)  # by then Streamlit has noticed, too: its dialog must not take the next click
    desk.click(CAT[2:])
    desk.press("Enter")  # accepted while there is no server
    desk.click([(60.0, 60.0)])
    desk.sees("does not answer")
    own_app.start()
    desk.has_objects(2)
    desk.has_points(1)
    assert objects_saved(own_app, demo.NAME) == 2
    desk.press("Escape")
    before = desk.named("image").inner_text()
    desk.hand_in()  # the server that it reaches has never seen this page
    expect(desk.named("image")).not_to_have_text(before)
    desk.has_objects(0)


def test_an_image_submitted_while_the_network_is_away_is_submitted_when_it_is_back(
    app: RunningApp, project: str, desk: Workbench
) -> None:
    desk.click(CAT)
    desk.press("Enter")
    desk.has_objects(1)
    desk.page.context.set_offline(True)
    desk.press("Shift+Enter")
    desk.sees("What you decided about this image is sent when the server is back")
    desk.page.wait_for_timeout(2500)
    desk.page.context.set_offline(False)
    desk.sees(references.photo("cup").name, "image")
    (present,) = [p for p in app.call("status")["projects"] if p["name"] == project]
    assert present["tasks"]["submitted"] == 1


THE_NEXT_WORD_IS_LOST = """() => {
  const { word } = maaWorkbench, { send } = word;
  word.send = () => { word.send = send; };
}"""


def restarted(app: RunningApp, desk: Workbench) -> None:
    """The server is started anew while the page stays, which may know nothing of the new one yet."""
    app.kill()
    desk.sees("does not answer")
    app.start()


def test_a_server_that_was_started_anew_hears_the_first_word_of_a_page(
    own_app: RunningApp, page: Page
) -> None:
    desk = Workbench(page, own_app.url, "Ana", demo.NAME)
    first = desk.named("image").inner_text()
    desk.click(CAT)
    desk.press("Enter")
    desk.hand_in()
    expect(desk.named("image")).not_to_have_text(first)
    desk.ready()
    restarted(own_app, desk)
    desk.press("Control+Backspace")
    desk.sees(first, "image")
    desk.ready()
    desk.has_objects(1)
    restarted(own_app, desk)
    page.evaluate(THE_NEXT_WORD_IS_LOST)
    desk.hand_in()
    expect(desk.named("image")).not_to_have_text(first)
    desk.ready()
    desk.press("Control+Backspace")
    desk.sees(first, "image")
    desk.ready()
    restarted(own_app, desk)
    desk.named("skip").click()
    page.get_by_role("button", name="Not now: give it back").click()
    expect(page.locator(".st-key-annotate_paused")).to_be_visible(timeout=PATIENCE)
    (present,) = [p for p in own_app.call("status")["projects"] if p["name"] == demo.NAME]
    assert present["tasks"]["leased"] == 1  # what came before it was taken back
    page.get_by_role("button", name="Continue").click()
    desk.ready()
    desk.click(CAT)
    desk.has_polygon()


def test_a_save_that_is_refused_says_why_and_keeps_the_outline(
    app: RunningApp, project: str, desk: Workbench
) -> None:
    desk.click(CAT)
    desk.has_polygon()
    refusal = '{"error": "The class is not in use any more.", "kind": "invalid"}'
    desk.page.route("**/workbench/save", lambda route: route.fulfill(status=422, body=refusal))
    desk.press("Enter")
    desk.sees("not in use any more", "status")
    desk.has_points(4)
    desk.page.unroute("**/workbench/save")
    desk.press("Enter")
    desk.has_objects(1)
    assert objects_saved(app, project) == 1


def test_a_second_tab_is_read_only_says_why_and_can_take_over(
    app: RunningApp, project: str, desk: Workbench
) -> None:
    desk.click(CAT)
    desk.has_polygon()
    second = Workbench(desk.page.context.new_page(), app.url, "Ana", project)
    second.sees("open in another tab")
    second.click(CAT)
    second.press("Enter")
    expect(second.named("submit")).to_be_disabled()
    assert objects_saved(app, project) == 0
    second.page.get_by_role("button", name="Work here instead").click()
    expect(second.named("submit")).to_be_enabled()
    second.has_points(4)  # the outline came along
    second.press("Enter")
    second.has_objects(1)
    desk.sees("open in another tab")
    desk.press("Enter")
    assert objects_saved(app, project) == 1


def test_work_that_went_to_somebody_else_says_so(app: RunningApp, project: str, desk: Workbench) -> None:
    lost = '{"error": "Ben has this image now: your time for it ran out.", "kind": "conflict"}'
    desk.click(CAT)
    desk.has_polygon()
    desk.page.route("**/workbench/touch", lambda route: route.fulfill(status=409, body=lost))
    desk.sees("Ben has this image now")
    desk.click([(50.0, 50.0)])
    desk.has_points(4)
