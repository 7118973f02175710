"""What a person sees and does on the workbench, in image pixels and words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

from tests.e2e.screens import PATIENCE, XY
from tests.e2e.signing_in import sign_in


class Workbench:
    """The annotate (or review) page of one person in one project, once it answers."""

    def __init__(self, page: Page, url: str, person: str, project: str, screen: str = "annotate") -> None:
        self.page, self.url, self.person = page, url, person
        self.address = f"{url}/{screen}?{urlencode({'project': project})}"
        self.open()

    def open(self) -> None:
        sign_in(self.page.context, self.url, self.person)
        self.page.goto(self.address)
        self.ready()

    def ready(self) -> None:
        """Wait until the image's objects are there, and a tile of the photo."""
        # Not by a selector of the page: that one's answer would keep the whole workbench in memory.
        self.page.locator(".workbench[data-ready]").first.wait_for(timeout=PATIENCE)

    @property
    def root(self) -> Locator:
        return self.page.locator(".workbench")

    def named(self, name: str) -> Locator:
        return self.page.locator(f'.workbench [data-name="{name}"]')

    # --- looking ---

    def sees(self, text: str | re.Pattern[str], name: str | None = None) -> None:
        expect(self.root if name is None else self.named(name)).to_contain_text(text, timeout=PATIENCE)

    def hand_in(self) -> None:
        """Submit the image; one without objects takes a second press."""
        self.page.wait_for_timeout(1000)  # a press as soon as it has come would not count
        if self.desk("objects.list.length") == 0:
            self.press("Shift+Enter")
            self.sees("Submit once more if there is nothing to label here", "status")
            self.page.wait_for_timeout(1000)  # a double press is one press
        self.press("Shift+Enter")

    def has_points(self, number: int) -> None:
        self.sees(re.compile(rf"\b{number} points?"), "status")

    def has_polygon(self) -> None:
        """The newest question has been answered."""
        self.sees(re.compile(r"\d+ vertices.*confidence"), "status")

    def has_objects(self, number: int) -> None:
        """So many objects, all on disk."""
        self.sees(f"objects: {number}", "count")
        expect(self.named("status")).not_to_contain_text("saving", timeout=PATIENCE)

    def painted(self) -> None:
        """Wait until what was done before is on the screen: it is drawn in the next animation frame."""
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def vertices(self) -> int:
        self.painted()
        found = re.search(r"(\d+) vert", self.named("status").inner_text())
        assert found, self.named("status").inner_text()
        return int(found[1])

    def view(self) -> tuple[float, float, float]:
        """(scale, left, top): screen pixels an image pixel, and the image point at the stage's corner."""
        self.painted()
        scale, left, top = json.loads(self.root.get_attribute("data-view") or "[]")
        return scale, left, top

    @property
    def stage(self) -> dict[str, float]:
        box = self.page.locator(".workbench .stage").bounding_box()
        assert box is not None
        return dict(box)

    def on_screen(self, points: Iterable[XY]) -> list[XY]:
        """Where image points are on the screen now."""
        scale, left, top = self.view()
        stage = self.stage
        return [(stage["x"] + (x - left) * scale, stage["y"] + (y - top) * scale) for x, y in points]

    def desk(self, expression: str) -> Any:
        """Ask the page's own desk, for what no screen shows: `desk("drawing.points")`."""
        return self.page.evaluate(f"() => window.maaWorkbench.desk.{expression}")

    # --- doing ---

    def click(self, points: Iterable[XY], *, pause_ms: float = 60, **how: Any) -> None:
        for x, y in self.on_screen(points):
            self.page.mouse.click(x, y, **how)
            self.page.wait_for_timeout(pause_ms)

    def drag(self, start: XY, end: XY, *, button: Any = "left") -> None:
        (x0, y0), (x1, y1) = self.on_screen([start, end])
        self.page.mouse.move(x0, y0)
        self.page.mouse.down(button=button)
        self.page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
        self.page.mouse.move(x1, y1, steps=3)
        self.page.mouse.up(button=button)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def tool(self, tool: str) -> None:
        expect(self.root).to_have_attribute("data-tool", tool, timeout=PATIENCE)
