"""A hasty hand: objects of four clicks and an Enter at a steady rate, without ever looking.

The presses go to the browser on time whether or not it has dealt with the last one, as those of a hand do.
"""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from typing import Any

from playwright.async_api import CDPSession, Page, async_playwright

from maa.api import cookie
from tests.e2e.conftest import CHROMIUM_FLAGS, installed_chromium
from tests.e2e.screens import PATIENCE, XY
from tests.e2e.signing_in import token
from tools.bench_canvas_setup import VIEWPORT, Rig

# What the server has: points of every object's prompt.
_KEPT = """async () => {
  const { annotations } = await window.maaWorkbench.server.call("open", { take: false });
  return annotations.map((one) => one.prompt?.points.length ?? 0);
}"""
_SAVED = """count => {
  const { objects } = window.maaWorkbench.desk;
  return objects.list.length === count && !objects.outbox.waiting.length;
}"""
_PLACES = """points => {
  const { stage } = window.maaWorkbench;
  const { left, top } = stage.element.getBoundingClientRect();
  stage.element.focus();
  const { scale, ...view } = stage.view;
  return points.map(([x, y]) => [left + (x - view.left) * scale, top + (y - view.top) * scale]);
}"""


def measure(rig: Rig, project: str, rate: float, objects: list[list[XY]]) -> dict[str, float]:
    """How many of the clicks the server did not get. In a thread: the caller has a loop of its own."""
    found: list[dict[str, float]] = []
    address = f"{rig.app.url}/annotate?project={project.replace(' ', '+')}"
    url = rig.app.url
    session: Any = {"name": cookie.NAME, "value": token(url, "Ana"), "url": url}
    work = functools.partial(_work, address, session, rate, objects)
    thread = threading.Thread(target=lambda: found.append(asyncio.run(work())))
    thread.start()
    thread.join()
    return found[0]


async def _work(address: str, session: Any, rate: float, objects: list[list[XY]]) -> dict[str, float]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=installed_chromium(), args=CHROMIUM_FLAGS)
        width, height = VIEWPORT
        page = await browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(PATIENCE)
        await page.context.add_cookies([session])
        await page.goto(address)
        await page.wait_for_selector(".workbench[data-ready]")
        await page.wait_for_timeout(1500)
        clicks = sum(map(len, objects))
        reached = await _press(page, rate, objects)
        await page.wait_for_function(_SAVED, arg=len(objects))
        kept = await page.evaluate(_KEPT)
        await browser.close()
    return {"clicks": clicks, "a_second": round(reached, 1), "lost": clicks - sum(kept)}


async def _press(page: Page, rate: float, objects: list[list[XY]]) -> float:
    """Press everything; returns the clicks a second that were sent."""
    places = [await page.evaluate(_PLACES, points) for points in objects]
    hand = await page.context.new_cdp_session(page)
    sent: list[asyncio.Task[Any]] = []
    began, clicked = time.perf_counter(), 0
    for points in places:
        for x, y in points:
            await asyncio.sleep(max(0.0, began + clicked / rate - time.perf_counter()))
            for kind in ("mousePressed", "mouseReleased"):
                told = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
                sent.append(_send(hand, "Input.dispatchMouseEvent", told))
            clicked += 1
        for kind in ("keyDown", "keyUp"):
            told = {"type": kind, "key": "Enter", "code": "Enter"}
            sent.append(_send(hand, "Input.dispatchKeyEvent", told))
    taken = time.perf_counter() - began
    await asyncio.gather(*sent)
    return (clicked - 1) / taken


def _send(hand: CDPSession, method: str, told: dict[str, Any]) -> asyncio.Task[Any]:
    return asyncio.ensure_future(hand.send(method, told))
