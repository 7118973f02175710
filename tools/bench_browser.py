"""Click to polygon: from the mouse button to the page that has the polygon.

The picture with the polygon comes with the same run as the line that is waited for.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from maa.workflow.demo import NAME
from tests.e2e import references
from tests.e2e.conftest import RunningApp, launch
from tests.e2e.screens import Annotate
from tools.bench import spread

ROUNDS = 20


def browser() -> dict:
    """`click_to_polygon`: the fourth click; `further_click`: a fifth. Spreads of milliseconds."""
    first, further = [], []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = RunningApp(Path(folder) / "data")
        app.maa("demo")
        app.start()
        try:
            chromium = launch(playwright)
            page = chromium.new_page(viewport={"width": 1440, "height": 900})
            desk = Annotate(page, app.url, "Ana", NAME)
            for round_number in range(ROUNDS):
                clicks = references.extreme_clicks("cat", inset=2.0 + round_number)
                desk.click(clicks[:3], pause_ms=400)
                desk.has_points(3)
                first.append(_seconds_to(desk, clicks[3], 4) * 1000)
                outline = references.outline("cat").exterior
                more = outline.interpolate(0.3 + round_number / 100, normalized=True)
                further.append(_seconds_to(desk, (more.x, more.y), 5) * 1000)
                desk.press("Escape", then="4 to go")
            chromium.close()
        finally:
            app.stop()
    return {"click_to_polygon": spread(first), "further_click": spread(further)}


def _seconds_to(desk: Annotate, point: tuple[float, float], points: int) -> float:
    x, y = desk.on_screen(point)
    began = time.perf_counter()
    desk.page.mouse.click(x, y)
    desk.page.wait_for_function(
        """points => {
            const line = document.querySelector('.st-key-annotate_status')?.innerText ?? ''
            return line.startsWith(`${points} points`) && line.includes('vertices')
        }""",
        arg=points,
        polling="raf",
    )
    return time.perf_counter() - began
