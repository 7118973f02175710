"""What a person sees and does on each screen, in image pixels and words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

XY = tuple[float, float]


class Screen:
    """One page of the app, opened as one person in one project."""

    def __init__(self, page: Page, url: str, name: str, person: str, project: str) -> None:
        self.page = page
        self.address = f"{url}/{name}?{urlencode({'person': person, 'project': project})}"
        self.open()

    def open(self) -> None:
        self.page.goto(self.address)
        expect(self.page.get_by_test_id("stAppViewContainer")).to_be_visible()

    def key(self, name: str) -> Locator:
        """The element that the app gave this key."""
        return self.page.locator(f".st-key-{name}")

    def button(self, name: str) -> Locator:
        return self.key(name).locator("button")

    def sees(self, text: str | re.Pattern[str], key: str | None = None) -> None:
        where = self.page.locator("body") if key is None else self.key(key)
        expect(where).to_contain_text(text, timeout=20_000)


class Annotate(Screen):
    """The canvas and the panel beside it."""

    def __init__(self, page: Page, url: str, person: str, project: str) -> None:
        super().__init__(page, url, "annotate", person, project)

    def open(self) -> None:
        super().open()
        self.wait_for_canvas()

    def wait_for_canvas(self) -> None:
        expect(self.canvas).to_be_visible(timeout=60_000)
        self.settle()

    @property
    def canvas(self) -> Locator:
        return self.page.locator("canvas.upper-canvas").first

    def settle(self) -> None:
        """Wait until the server has nothing left to do for this page."""
        self.page.wait_for_timeout(400)  # the canvas waits 200 ms before it sends
        expect(self.page.get_by_test_id("stStatusWidget")).to_have_count(0)

    def on_screen(self, point: XY) -> XY:
        """Where an image point is on the screen now."""
        words = self.key("annotate_view").inner_text().split()
        view = {name: float(value) for name, value in zip(words[::2], words[1::2], strict=True)}
        # another view or mode mounts another canvas: the picture that these numbers are about
        mounted = self.key(f"canvas_mount_{view['mount']:.0f}").locator("canvas.upper-canvas")
        expect(mounted).to_be_visible()
        box = mounted.bounding_box()
        assert box is not None
        return (
            box["x"] + view["frame"] + (point[0] - view["left"]) * view["scale"],
            box["y"] + view["frame"] + (point[1] - view["top"]) * view["scale"],
        )

    def click(self, points: Iterable[XY], *, pause_ms: float = 300) -> None:
        """Click image points one after another."""
        for x, y in [self.on_screen(point) for point in points]:
            self.page.mouse.click(x, y)
            self.page.wait_for_timeout(pause_ms)

    def drag(self, start: XY, end: XY) -> None:
        (x0, y0), (x1, y1) = self.on_screen(start), self.on_screen(end)
        self.page.mouse.move(x0, y0)
        self.page.mouse.down()
        self.page.mouse.move(x1, y1, steps=6)
        self.page.mouse.up()

    def press(self, key: str, *, then: str | None = None) -> None:
        """Press a key; `then` is what the status line says once the canvas has changed its mode."""
        self.page.keyboard.press(key)
        if then is not None:
            self.sees(then, "annotate_status")
            self.page.wait_for_timeout(700)  # the canvas is mounted anew: a person sees it happen

    def look_closer(self, start: XY, end: XY) -> None:
        """Drag a box of the image into view, and wait until it is there to be clicked on."""
        self.press("v", then="Drag a box")
        before = self.key("annotate_view").inner_text()
        self.drag(start, end)
        expect(self.key("annotate_view")).not_to_have_text(before, timeout=20_000)
        self.page.wait_for_timeout(700)  # the canvas is mounted anew: a person sees it happen

    def has_points(self, number: int) -> None:
        self.sees(re.compile(rf"\b{number} points?\b"), "annotate_status")

    def has_polygon(self) -> None:
        self.sees(re.compile(r"\d+ vertices"), "annotate_status")

    def has_objects(self, number: int) -> None:
        self.sees(f"objects: {number}", "annotate_page")

    def vertices(self) -> int:
        found = re.search(r"(\d+) vertices", self.key("annotate_status").inner_text())
        assert found, self.key("annotate_status").inner_text()
        return int(found[1])


class Review(Screen):
    def __init__(self, page: Page, url: str, person: str, project: str) -> None:
        super().__init__(page, url, "review", person, project)


class Dashboard(Screen):
    def __init__(self, page: Page, url: str, person: str, project: str) -> None:
        super().__init__(page, url, "dashboard", person, project)
