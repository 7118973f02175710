"""Make docs/images/annotate.jpg from the running app: the cup of the demo project, four clicks later.

.venv/bin/python -m tools.screenshot
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e import references
from tests.e2e.conftest import RunningApp, launch
from tests.e2e.workbench import Workbench

TARGET = Path("docs/images/annotate.jpg")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = RunningApp(Path(folder) / "data")
        app.maa("demo")
        app.new_project("Kitchen", ["cup", "saucer", "spoon"], [str(references.photo("cup"))])
        app.start()
        try:
            chromium = launch(playwright)
            page = chromium.new_page(viewport={"width": 1280, "height": 760})
            desk = Workbench(page, app.url, "Ana", "Kitchen")
            desk.click(references.extreme_clicks("cup"))
            desk.has_polygon()
            page.wait_for_timeout(500)
            TARGET.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=TARGET, type="jpeg", quality=85)
            chromium.close()
        finally:
            app.stop()


if __name__ == "__main__":
    main()
