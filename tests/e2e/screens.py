"""What a person sees and does on each screen, in image pixels and words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

from tests.e2e.signing_in import sign_in

XY = tuple[float, float]

PATIENCE = int(os.environ.get("MAA_PATIENCE_MS", "60000"))
"""Milliseconds that anything may take on a busy machine; they cost time only where something is broken."""

# Nothing runs, no key waits for its answer, and that for longer than the browser collects clicks and sizes.
_QUIET = """quiet => {
  const app = document.querySelector('[data-testid="stApp"]');
  const idle = app?.dataset.testScriptState === "notRunning" && !window.maaKeyboard?.waiting.length;
  const now = performance.now();
  if (!idle || window.maaBusyAt === undefined) window.maaBusyAt = now;
  return now - window.maaBusyAt > quiet;
}"""

# The numbers in which the page says what it shows, and the place of the canvas that they are about; null
# while that canvas is on its way. Both in one look: the next moment there may be another canvas.
_VIEW = """() => {
  const words = document.querySelector(".st-key-annotate_view")?.textContent.trim().split(/\\s+/) ?? [];
  const view = {};
  for (let i = 0; i + 1 < words.length; i += 2) view[words[i]] = Number(words[i + 1]);
  if (!view.ready) return null;
  const inside = [...document.querySelectorAll(`.st-key-canvas_mount_${view.mount} *`)];
  const canvas = inside.map(each => each.shadowRoot?.querySelector("canvas.upper-canvas")).find(Boolean);
  const box = canvas?.getBoundingClientRect();
  if (!box?.width) return null;
  return { ...view, x: box.x, y: box.y };
}"""


class Screen:
    """One page of the app, opened as one person in one project."""

    def __init__(self, page: Page, url: str, name: str, person: str, project: str, **more: str) -> None:
        self.page, self.url, self.person = page, url, person
        self.address = f"{url}/{name}?{urlencode({'project': project, **more})}"
        self.open()

    def open(self) -> None:
        sign_in(self.page.context, self.url, self.person)
        self.page.goto(self.address)
        expect(self.page.get_by_test_id("stAppViewContainer")).to_be_visible()

    def settle(self) -> None:
        """Wait until neither the browser nor the server has anything left to do for this page."""
        self.page.evaluate("delete window.maaBusyAt")
        self.page.wait_for_function(_QUIET, arg=500, timeout=PATIENCE)

    def key(self, name: str) -> Locator:
        """The element that the app gave this key."""
        return self.page.locator(f".st-key-{name}")

    def button(self, name: str) -> Locator:
        return self.key(name).locator("button")

    def sees(self, text: str | re.Pattern[str], key: str | None = None) -> None:
        where = self.page.locator("body") if key is None else self.key(key)
        expect(where).to_contain_text(text, timeout=PATIENCE)


class Annotate(Screen):
    """The annotate page with the classic canvas."""

    def __init__(self, page: Page, url: str, person: str, project: str) -> None:
        super().__init__(page, url, "annotate", person, project, canvas="classic")

    def open(self) -> None:
        super().open()
        self.wait_for_canvas()

    def wait_for_canvas(self) -> None:
        """Wait until clicks and keys are heard, and the room for the canvas has been measured."""
        self.view()
        self.page.wait_for_function("window.maaKeyboard?.now", timeout=PATIENCE)
        self.settle()

    def view(self) -> dict[str, float]:
        """What the page says that it shows, once the canvas shows it, and the canvas's `x` and `y`."""
        seen = self.page.wait_for_function(_VIEW, timeout=PATIENCE).json_value()
        assert isinstance(seen, dict)
        return seen

    def on_screen(self, points: Iterable[XY]) -> list[XY]:
        """Where image points are on the screen now."""
        view = self.view()
        left, top = view["x"] + view["frame"], view["y"] + view["frame"]
        return [
            (left + (x - view["left"]) * view["scale"], top + (y - view["top"]) * view["scale"])
            for x, y in points
        ]

    def click(self, points: Iterable[XY], *, pause_ms: float = 300) -> None:
        """Click image points one after another."""
        for x, y in self.on_screen(points):
            self.page.mouse.click(x, y)
            self.page.wait_for_timeout(pause_ms)

    def drag(self, start: XY, end: XY) -> None:
        (x0, y0), (x1, y1) = self.on_screen([start, end])
        self.page.mouse.move(x0, y0)
        self.page.mouse.down()
        self.page.mouse.move(x1, y1, steps=6)
        self.page.mouse.up()

    def press(self, key: str, *, then: str | None = None) -> None:
        """Press a key; `then` is what the status line says once the canvas has changed its mode."""
        self.page.keyboard.press(key)
        if then is not None:
            self.sees(then, "annotate_status")

    def hand_in_empty(self) -> None:
        """Submit an image without objects, which takes a second press."""
        self.press("Shift+Enter", then="Submit once more if there is nothing to label here")
        self.page.wait_for_timeout(1000)  # a double press is one press
        self.press("Shift+Enter")

    def look_closer(self, start: XY, end: XY) -> None:
        """Drag a box of the image into view, and wait until it is there to be clicked on."""
        self.press("v", then="Drag a box")
        before = self.view()["scale"]
        self.drag(start, end)
        self.page.wait_for_function(f"({_VIEW})()?.scale > {before}", timeout=PATIENCE)

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


class Dashboard(Screen):
    def __init__(self, page: Page, url: str, person: str, project: str) -> None:
        super().__init__(page, url, "dashboard", person, project)
