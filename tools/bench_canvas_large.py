"""Large photos on the workbench: how long until something is seen, what is fetched, what the server holds."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Request

from tests.e2e import large_images
from tests.e2e.screens import PATIENCE
from tests.e2e.workbench import Workbench
from tools.bench_canvas_setup import Rig, chromium, rig, window

SIZES = ((3840, 2160), (12000, 8000))

_TILES = """() => performance.getEntriesByType("resource").filter((one) => one.name.includes("/images/"))
  .map((one) => ({ bytes: one.encodedBodySize, end: one.responseEnd }))"""
_SEEN = "() => window.maaWorkbench?.stage.tiles.seen"


class _Under:
    """Tiles that are on their way."""

    def __init__(self, page: Page) -> None:
        self.page, self.asked, self.here = page, 0, 0
        page.on("request", lambda request: self._count(request, asked=1))
        for event in ("requestfinished", "requestfailed"):
            page.on(event, lambda request: self._count(request, here=1))  # type: ignore[call-overload]

    def _count(self, request: Request, asked: int = 0, here: int = 0) -> None:
        if "/_maa/images/" in request.url:
            self.asked += asked
            self.here += here

    def wait(self) -> None:
        """Until none is, and none is asked for any more."""
        before = -1
        while before != self.asked or self.here < self.asked:
            before = self.asked
            self.page.wait_for_timeout(1000)


def measure_all() -> dict[str, Any]:
    return {"large": {f"{size[0]}x{size[1]}": _of_size(size) for size in SIZES}}


def _of_size(size: tuple[int, int]) -> dict[str, Any]:
    with rig() as one:
        return measure(one, size)


def measure(one: Rig, size: tuple[int, int]) -> dict[str, Any]:
    """Opened for the first time after the import, looked at whole, then in the middle at 32x."""
    name = f"bench {size[0]}"
    began = time.perf_counter()
    one.project(name, [large_images.draw(one.folder / f"{size[0]}.jpg", size)])
    imported = time.perf_counter() - began
    before = _memory(one)
    with chromium() as browser:
        page = window(browser)
        page.set_default_timeout(PATIENCE)
        tiles = _Under(page)
        began = time.perf_counter()
        desk = Workbench(page, one.app.url, "Ana", name)
        ready = time.perf_counter() - began
        page.wait_for_function(_SEEN, polling=20)
        seen = time.perf_counter() - began
        tiles.wait()
        whole = page.evaluate(_TILES)
        stage = desk.stage
        page.mouse.move(stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2)
        while desk.view()[0] < 32:
            page.mouse.wheel(0, -400)
            page.wait_for_timeout(50)
        tiles.wait()
        all_tiles = page.evaluate(_TILES)
    return {
        "import_s": round(imported, 1),
        "page_ready_s": round(ready, 2),
        "first_picture_s": round(seen, 2),
        "tiles_whole": len(whole),
        "kB_whole": round(sum(tile["bytes"] for tile in whole) / 1000),
        "tiles_with_zoom_to_32": len(all_tiles),
        "largest_tile_kB": round(max(tile["bytes"] for tile in all_tiles) / 1000),
        "server_MB_before": before,
        "server_MB_peak": _memory(one, "VmHWM"),
        "server_MB_after": _memory(one),
    }


def _memory(one: Rig, what: str = "VmRSS") -> int:
    """The server's memory in MB: resident now (VmRSS), or at most so far (VmHWM)."""
    assert one.app.process is not None
    lines = Path(f"/proc/{one.app.process.pid}/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(f"{what}:")]
    return int(line.split()[1]) // 1024


def table(found: dict[str, dict[str, Any]]) -> list[str]:
    """Markdown lines."""
    head = ["image", "import", "first picture (the page itself)", "tiles for the whole image"]
    head += ["with zoom to 32x", "largest tile", "server's memory before, at most, after"]
    lines = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    for size, row in found.items():
        cells = [
            size,
            f"{row['import_s']} s",
            f"{row['first_picture_s']} s ({row['page_ready_s']} s)",
            f"{row['tiles_whole']}, {row['kB_whole']} kB",
            f"{row['tiles_with_zoom_to_32']}",
            f"{row['largest_tile_kB']} kB",
            f"{row['server_MB_before']}, {row['server_MB_peak']}, {row['server_MB_after']} MB",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines
