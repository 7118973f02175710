"""Click to polygon on both canvases in turn, bytes a click, and clicks of a hasty hand.

The time runs from the fourth press, as the browser dates the event, to the end of the first frame with the
polygon in it: for the workbench the frame that fills the outline, for the classic canvas the one that
draws the next background, which is where its polygons are. Each object has clicks of its own, so the server
answers none from memory.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Protocol

from playwright.sync_api import Page

from tests.e2e.screens import PATIENCE, XY
from tests.e2e.workbench import Workbench
from tools import bench_canvas_haste
from tools.bench_canvas_setup import Classic, Rig, chromium, enlarged, spread, window

PHOTO, WIDTH = "motorcycle", 1920
ROUNDS = 40
WARM_UP = 3
HASTE = {"4 a second": (4.0, 10), "20 a second": (20.0, 25)}
"""Clicks a second, and how many objects of four clicks and an Enter."""

# Seen from the page: when the fourth press was, and when the frame ended that drew what came of it.
_WATCH = """(() => {
  const bench = window.maaBench = { pressed: 0, drawn: 0, armed: false, source: "" };
  addEventListener("pointerdown", (event) => { if (bench.armed) bench.pressed = event.timeStamp; }, true);
  let inFrame = false;
  const nextFrame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (act) => nextFrame((now) => {
    inFrame = true;
    try { act(now); } finally { inFrame = false; }
  });
  const shown = () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { bench.drawn = performance.now(); };
    port2.postMessage(0); // runs when the frame has been painted
  };
  const seen = () => {
    if (!bench.armed || !bench.pressed) return;
    bench.armed = false;
    if (inFrame) shown(); else nextFrame(shown);
  };
  const paint = CanvasRenderingContext2D.prototype;
  const { fill, drawImage } = paint;
  paint.fill = function (...given) {
    if (given[0] instanceof Path2D && this.canvas.dataset.layer === "overlay") seen();
    return fill.apply(this, given);
  };
  paint.drawImage = function (...given) {
    const source = given[0].src;
    if (source && source !== bench.source && this.canvas.classList.contains("dc-background-canvas")) {
      bench.source = source;
      seen();
    }
    return drawImage.apply(this, given);
  };
})()"""


class Canvas(Protocol):
    """What the rounds need of either screen."""

    page: Page

    def click(self, points: list[XY], *, pause_ms: float = ...) -> None: ...
    def has_points(self, number: int) -> None: ...
    def has_polygon(self) -> None: ...
    def press(self, key: str) -> None: ...


class Traffic:
    """Bytes that a page sends and receives: HTTP with headers as far as the browser tells, web sockets."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("Network.enable")
        on: dict[str, Callable[[dict[str, Any]], int]] = {
            "Network.requestWillBeSent": lambda said: len(said["request"].get("postData", "")),
            "Network.requestWillBeSentExtraInfo": lambda said: _headers(said["headers"]),
            "Network.loadingFinished": lambda said: int(said["encodedDataLength"]),
            "Network.webSocketFrameSent": lambda said: _frame(said["response"]),
            "Network.webSocketFrameReceived": lambda said: _frame(said["response"]),
        }
        for event, count in on.items():
            self._cdp.on(event, lambda said, count=count: self._add(count(said)))

    def _add(self, count: int) -> None:
        self.bytes += count


def _headers(headers: dict[str, str]) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers.items())


def _frame(frame: dict[str, Any]) -> int:
    text = len(frame["payloadData"])
    return text if frame["opcode"] == 1 else text * 3 // 4  # binary frames are told in base64


def measure(rig: Rig, rounds: int = ROUNDS) -> dict[str, Any]:
    """Both canvases in turn on the same photo, then haste on the workbench."""
    photo = enlarged(PHOTO, WIDTH, rig.folder / f"{PHOTO}.jpg")
    for name in ("workbench", "classic", *(f"haste {rate:g}" for rate, _ in HASTE.values())):
        rig.project(f"bench {name}", [photo])
    with chromium() as browser:
        pages = {name: window(browser) for name in ("workbench", "classic")}
        for page in pages.values():
            page.set_default_timeout(PATIENCE)
            page.add_init_script(_WATCH)
        screens: dict[str, Canvas] = {
            "workbench": Workbench(pages["workbench"], rig.app.url, "Ana", "bench workbench"),
            "classic": Classic(pages["classic"], rig.app.url, "Ben", "bench classic"),
        }
        traffic = {name: Traffic(page) for name, page in pages.items()}
        chance = random.Random(0)
        taken: dict[str, list[float]] = {name: [] for name in screens}
        clicks = dict.fromkeys(screens, 0)
        for number in range(WARM_UP + rounds):
            if number == WARM_UP:
                for one in traffic.values():
                    one.bytes = 0
            for name in sorted(screens, reverse=bool(number % 2)):
                milliseconds = _round(screens[name], _object(chance))
                if number >= WARM_UP:
                    taken[name].append(milliseconds)
                    clicks[name] += 4
        bytes_per_click = {name: round(traffic[name].bytes / clicks[name]) for name in screens}
    haste = {
        words: bench_canvas_haste.measure(
            rig, f"bench haste {rate:g}", rate, [_object(chance) for _ in range(objects)]
        )
        for words, (rate, objects) in HASTE.items()
    }
    found = {name: spread(values) for name, values in taken.items()}
    return {
        "photo": f"{PHOTO}, {WIDTH} px wide",
        "rounds": rounds,
        "click_ms_p50": {name: row["p50"] for name, row in found.items()},
        "click_ms_p95": {name: row["p95"] for name, row in found.items()},
        "click_ms": taken,
        "bytes_per_click": bytes_per_click["workbench"],
        "bytes_per_click_classic": bytes_per_click["classic"],
        "lost_clicks": sum(row["lost"] for row in haste.values()),
        "haste": haste,
    }


def _object(chance: random.Random) -> list[XY]:
    """Four extreme points of something, somewhere on the photo, 12 % to 45 % of its width across."""
    height = WIDTH * 500 / 741
    across, down = (chance.uniform(0.12, 0.45) * WIDTH for _ in range(2))
    left, top = chance.uniform(20, WIDTH - across - 20), chance.uniform(20, height - down - 20)
    x, y = (chance.uniform(0.35, 0.65) for _ in range(2))
    return [
        (left, top + y * down),
        (left + x * across, top),
        (left + across, top + (1 - y) * down),
        (left + (1 - x) * across, top + down),
    ]


def _round(screen: Canvas, points: list[XY]) -> float:
    """Milliseconds from the fourth press to the polygon."""
    page = screen.page
    # The classic canvas sends its clicks 200 ms later: wait until the first three are dealt with.
    screen.click(points[:3], pause_ms=300)
    screen.has_points(3)
    page.wait_for_timeout(500)
    page.evaluate("Object.assign(window.maaBench, { armed: true, pressed: 0, drawn: 0 })")
    screen.click(points[3:], pause_ms=0)
    page.wait_for_function("window.maaBench.drawn", timeout=PATIENCE)
    taken: float = page.evaluate("window.maaBench.drawn - window.maaBench.pressed")
    screen.has_polygon()
    page.wait_for_timeout(300)
    screen.press("Escape")
    screen.has_points(0)
    return taken
