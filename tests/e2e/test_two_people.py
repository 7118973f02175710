"""Two people, two browsers: signing in, labeling, sending back with a comment, correcting, approving."""

from __future__ import annotations

from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, expect

from maa.workflow import demo
from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.reviewing import Review
from tests.e2e.workbench import Workbench

CAT = references.photo("cat").name


def by_the_form(browser: Browser, url: str, name: str) -> Page:
    """A browser of their own in which somebody signed in as people do."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(url)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(demo.PASSWORD)
    page.keyboard.press("Enter")
    return page


def test_work_goes_back_and_forth_until_it_is_approved(
    app: RunningApp, project: str, browser: Browser
) -> None:
    where = urlencode({"project": project})
    at_ana_s = by_the_form(browser, f"{app.url}/annotate?{where}", "Ana")
    at_rita_s = by_the_form(browser, f"{app.url}/review?{where}", "Rita")
    try:
        expect(at_rita_s.locator(".st-key-empty_review")).to_contain_text("Nothing is waiting for review")
        ana = Workbench(at_ana_s, app.url, "Ana", project)
        ana.click(references.extreme_clicks("cat"))
        ana.has_polygon()
        ana.press("Enter")
        ana.has_objects(1)
        ana.press("Shift+Enter")
        ana.sees(references.photo("cup").name, "image")

        rita = Review(at_rita_s, app.url, "Rita", project)
        rita.shows(CAT)
        rita.root.get_by_role("button", name="loose outline").click()
        rita.named("comment-text").fill("the other ear too")
        rita.named("sendBack").click()
        rita.has_nothing()

        ana.hand_in()
        ana.sees(CAT, "image")
        ana.sees("the other ear too")
        ana.ready()
        ana.press("a")
        ana.click([(12.0, 12.0), (80.0, 14.0), (76.0, 60.0), (15.0, 58.0)])
        ana.press("Enter")
        ana.has_objects(2)
        ana.hand_in()
        expect(ana.page.locator(".st-key-empty_annotate")).to_be_visible()

        rita.open()
        rita.shows(CAT)
        rita.named("approve").click()
        rita.sees(f"Approved {CAT}.", "outcome")
        (found,) = [p for p in app.call("project list") if p["name"] == project]
        assert found["approved_share"] == 0.5
    finally:
        for page in (at_ana_s, at_rita_s):
            page.context.close()
