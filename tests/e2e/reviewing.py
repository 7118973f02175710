"""What a reviewer sees and does on the workbench."""

from __future__ import annotations

import time

from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.e2e.screens import PATIENCE, XY
from tests.e2e.workbench import Workbench


class Review(Workbench):
    """The review page of one person in one project, once it shows an image or an empty desk."""

    def __init__(self, page: Page, url: str, person: str, project: str) -> None:
        super().__init__(page, url, person, project, screen="review")

    def ready(self) -> None:
        self.page.locator(".workbench[data-ready], .st-key-empty_review").first.wait_for(timeout=PATIENCE)

    def shows(self, image: str) -> None:
        """The image of this name is on the desk."""
        self.sees(image, "image")
        self.page.locator(".workbench[data-ready]").first.wait_for(timeout=PATIENCE)

    def says(self, words: str) -> None:
        self.sees(words, "status")

    def has_nothing(self, words: str = "Nothing") -> None:
        expect(self.page.locator(".st-key-empty_review")).to_contain_text(words, timeout=PATIENCE)

    def row(self, number: int) -> Locator:
        return self.named("objects").locator(".object").nth(number - 1)

    def looks_at(self, words: str) -> None:
        self.sees(words, "subject")

    def pin(self, place: XY, words: str) -> None:
        self.press("i")
        self.click([place])
        field = self.root.locator(".pin textarea")
        expect(field).to_be_focused()
        field.fill(words)
        field.press("Enter")
        self.sees(words, "pins")


def is_at(desk: Workbench, number: int, place: XY, reach: float = 6) -> None:
    """The pin of this number points at this place of the image."""
    drop = desk.root.locator(f'.pin[data-pin="{number}"] .drop')
    expect(drop).to_be_visible(timeout=PATIENCE)
    until = time.monotonic() + PATIENCE / 1000
    # A pin whose text changes just now is another element in the next moment, which has no box for so long.
    while not (box := drop.bounding_box()) or not _points_at(box, desk.on_screen([place])[0], reach):
        assert time.monotonic() < until, f"Pin {number} is at {box}."
        desk.page.wait_for_timeout(50)


def _points_at(box: FloatRect, at: XY, reach: float) -> bool:
    aside = abs(box["x"] + box["width"] / 2 - at[0])
    return aside <= reach and 0 <= at[1] - (box["y"] + box["height"]) <= 10


def work_here(desk: Workbench) -> None:
    """Take the image over from the tab in which the same person had it."""
    desk.page.wait_for_function("() => maaWorkbench.desk.seat")
    if not desk.desk("seat.mine"):
        desk.root.get_by_role("button", name="Work here instead").click()
        desk.page.wait_for_function("() => maaWorkbench.desk.seat.mine")
