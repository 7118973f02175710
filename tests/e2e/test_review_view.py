"""Looking around on the Review page with the keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from maa.workflow import projects
from maa.workflow.workspace import Workspace
from tests.e2e.conftest import RunningApp
from tests.e2e.screens import Review
from tests.ui.pages import Team, add_images, label

PROJECT = "Bolts"


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """The running app with one submitted image of 160 x 120 pixels that has two objects."""
    folder = tmp_path_factory.mktemp("submitted")
    running = RunningApp(folder / "data")
    ws = Workspace(running.data_dir)
    team = Team(ws)
    project = projects.create_project(ws, PROJECT, ["bolt", "nut"])
    add_images(ws, project, folder / "photos", 1)
    label(ws, project, team.ana)
    ws.close()
    try:
        running.start()
        yield running
    finally:
        running.stop()


def test_a_reviewer_looks_around_with_the_keys(submitted: RunningApp, page: Page) -> None:
    review = Review(page, submitted.url, "Rita", PROJECT)
    picture = review.key("review_picture").locator("img")

    def shows(piece: str) -> None:
        expect(picture).to_have_attribute("alt", f"The photo from {piece} down")

    def changes(key: str) -> None:
        before = picture.get_attribute("alt") or ""
        page.keyboard.press(key)
        expect(picture).not_to_have_attribute("alt", before)

    shows("0 to 160 across and 0 to 120")
    review.settle()  # the room has been measured
    box = picture.bounding_box()
    assert box is not None
    assert box["width"] > 700  # of 1440
    assert 840 < box["y"] + box["height"] < 880  # of 900; its caption is under it
    for key in ("w", "w", "ArrowRight", "ArrowUp", "q"):
        changes(key)
    changes("f")
    shows("0 to 160 across and 0 to 120")

    # A row that was clicked does not keep the keys to itself.
    review.key("review_objects").get_by_role("button", name="2 nut").click()
    expect(picture).not_to_have_attribute("alt", "The photo from 0 to 160 across and 0 to 120 down")
    changes("ArrowLeft")
    expect(review.button("review_object_good")).to_be_visible()  # it has the key
    review.settle()
    page.keyboard.press("g")
    review.sees("good", "review_objects")
    changes("z")


def test_a_message_stays_and_leaves_the_picture_as_large_as_it_was(submitted: RunningApp, page: Page) -> None:
    review = Review(page, submitted.url, "Rita", PROJECT)
    picture = review.key("review_picture").locator("img")
    expect(picture).to_be_visible()
    review.settle()  # the room has been measured
    before = picture.bounding_box()
    assert before is not None
    page.keyboard.press("s")
    review.sees("Say why it goes back")
    review.settle()  # a measurement now would wipe it away
    review.sees("Say why it goes back")
    after = picture.bounding_box()
    assert after is not None
    assert (after["width"], after["height"]) == (before["width"], before["height"])
