"""A video: taken apart, labeled in its first frame, carried on, looked through."""

from __future__ import annotations

import secrets
from pathlib import Path

from playwright.sync_api import Page, expect

from maa.workflow import demo
from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.reviewing import Review
from tests.e2e.screens import PATIENCE
from tests.e2e.signing_in import sign_in
from tests.e2e.workbench import Workbench
from tests.workflow.filming import walking_cat

FRAMES, PACE = 8, 4

# Which frame was on the screen, one after the other: looked up from outside, some would be missed.
_WATCH = """() => {
  const { root } = window.maaWorkbench;
  window.seen = [];
  const watch = new MutationObserver(() => window.seen.push(root.dataset.viewing));
  watch.observe(root, { attributeFilter: ["data-viewing"] });
}"""


def test_a_video_is_labeled_along(app: RunningApp, page: Page, tmp_path: Path) -> None:
    project = f"Walk {secrets.token_hex(3)}"  # a second try finds the first one's there
    app.call("project create", name=project, classes=["cat", "dog"])
    for person, role in demo.PEOPLE.items():
        app.call("user role", name=person, project=project, role=role.value)
    (tmp_path / "walk.mp4").write_bytes(walking_cat(FRAMES, PACE))

    # The manager takes it apart.
    sign_in(page.context, app.url, "Max")
    page.goto(f"{app.url}/projects?project={project}")
    page.get_by_role("tab", name="Images").click()
    page.locator("[class*=st-key-upload_] input[type=file]").set_input_files(tmp_path / "walk.mp4")
    page.get_by_role("button", name="Videos: 2 frames a second").click()
    page.locator(".st-key-video_step_way").click()
    page.get_by_role("option", name="as one frame in").click()
    page.locator(".st-key-video_step input").fill("1")
    page.locator(".st-key-video_step input").press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Videos: one frame in 1")).to_be_visible(timeout=PATIENCE)
    page.locator(".st-key-upload_add button").click()
    expect(page.locator(".st-key-import_report")).to_contain_text(f"{FRAMES} images added", timeout=PATIENCE)

    # The first frame is labeled.
    desk = Workbench(page, app.url, "Ana", project)
    desk.sees("walk.mp4/000000.jpg", "image")
    desk.sees(f"Frame 1 of {FRAMES} · 0:00.0 in walk.mp4", "place")
    clicks = references.extreme_clicks("cat")
    desk.click(clicks)
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(1)
    page.wait_for_timeout(900)  # a press so soon after the image came would be a second one of the last
    desk.press("Shift+Enter")
    desk.sees("walk.mp4/000001.jpg", "image")
    desk.ready()

    # In the second one the neighbour's outline is shown; the object is followed by the model and accepted.
    desk.sees(f"Frame 2 of {FRAMES}", "place")
    desk.press("i")
    page.wait_for_function("() => window.maaWorkbench.frames.outlines.length === 1", timeout=PATIENCE)
    x = sum(x for x, _ in clicks) / len(clicks)
    y = sum(y for _, y in clicks) / len(clicks)
    (at,) = desk.on_screen([(x, y)])
    page.mouse.move(*at)
    desk.press("r")
    desk.sees("A pre-label", "status")
    desk.sees("1 pre-label to decide", "prelabels")
    desk.press("Enter")
    desk.has_objects(1)
    expect(desk.named("prelabels")).to_be_hidden()

    # Stepping and playing show other frames, and change nothing.
    desk.press("PageUp")
    expect(desk.root).to_have_attribute("data-viewing", "0", timeout=PATIENCE)
    desk.sees("Frame 1 of 8 · yours is 2", "place")
    desk.click([(30, 30)])
    expect(desk.root).to_have_attribute("data-viewing", "")
    desk.sees("Back on your frame", "status")
    assert desk.desk("drawing.points.length") == 0
    page.evaluate(_WATCH)
    desk.press("j")
    page.wait_for_function("() => window.seen.length > 1 && !maaWorkbench.frames.viewing", timeout=PATIENCE)
    expect(desk.root).to_have_attribute("data-viewing", "")
    assert len(set(page.evaluate("() => window.seen"))) >= 3, "frame after frame was shown"
    page.wait_for_timeout(500)
    desk.press("Shift+Enter")
    desk.sees("walk.mp4/000002.jpg", "image")

    # The manager has the rest carried on from there; the annotator finds it on what nobody had opened.
    sign_in(page.context, app.url, "Max")
    page.goto(f"{app.url}/projects?project={project}")
    page.get_by_role("tab", name="Pre-labels").click()
    expect(page.locator(".st-key-prelabels_sequences")).to_contain_text("5 frames to carry", timeout=PATIENCE)
    page.locator(".st-key-prelabels_carry button").click()
    expect(page.get_by_text("done: 5 objects on 5 of 5 images")).to_be_visible(timeout=PATIENCE)
    desk = Workbench(page, app.url, "Ana", project)
    desk.sees("walk.mp4/000002.jpg", "image")
    desk.has_objects(0)
    desk.press("Shift+R")
    desk.sees("A pre-label", "status")
    page.wait_for_timeout(900)
    desk.press("Escape")
    desk.press("Shift+Enter")
    desk.sees("walk.mp4/000003.jpg", "image")
    desk.ready()
    desk.sees("1 pre-label to decide", "prelabels")
    page.wait_for_function("() => window.maaWorkbench.frames.outlines.length === 1", timeout=PATIENCE)

    # A reviewer looks around in the same way, and takes nothing over.
    review = Review(page, app.url, "Rita", project)
    review.shows("walk.mp4/000000.jpg")
    review.sees(f"Frame 1 of {FRAMES}", "place")
    expect(review.named("carryAll")).to_have_count(0)
    expect(review.named("neighbours")).to_have_attribute("aria-pressed", "true")  # as this browser had it
    review.press("PageDown")
    expect(review.root).to_have_attribute("data-viewing", "1")
    review.sees("You are looking at another frame", "status")
    page.wait_for_function("() => window.maaWorkbench.frames.outlines.length === 1", timeout=PATIENCE)
    review.press("n")
    expect(review.root).to_have_attribute("data-viewing", "")
    review.looks_at("The whole image")
    review.press("Shift+F")
    review.press("PageDown")
    expect(review.root).to_have_attribute("data-viewing", "1")
    review.press("Escape")
    expect(review.root).to_have_attribute("data-viewing", "")
    review.press("Shift+F")
    review.press("Shift+Enter")
    review.shows("walk.mp4/000001.jpg")
