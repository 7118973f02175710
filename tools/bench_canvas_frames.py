"""What a frame costs on the workbench with very many objects in sight.

A frame is timed from one animation frame to the next, so it holds what the browser does after the script
(rasterising, compositing) as well; only frames in which the workbench drew something count. 16.7 ms is the
least that a screen of 60 Hz allows. `task` is the main thread's share a frame, canvas rasterising included.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import cv2
from playwright.sync_api import Page
from shapely import MultiPolygon, Polygon

from maa.domain import Origin
from maa.workflow import labeling, people, projects, queue
from maa.workflow.labeling import NewRevision
from maa.workflow.workspace import Workspace
from tests.e2e.screens import PATIENCE
from tests.e2e.workbench import Workbench
from tools.bench_canvas_setup import Rig, chromium, enlarged, spread, window

SIZE = (3840, 2160)
POLYGONS = 1000
VERTICES = 40
MOVES = 60
PROJECT = "bench frames"

# Intervals of the frames in which the stage drew, and how long its script took for them.
_RECORD = """() => {
  const { stage } = window.maaWorkbench;
  const found = window.maaFrames = { intervals: [], script: [], on: true };
  let last = null, drawn = stage.lastFrames.at(-1);
  const tick = (now) => {
    const newest = stage.lastFrames.at(-1);
    if (last !== null && newest !== drawn) {
      found.intervals.push(now - last);
      found.script.push(newest.ms);
    }
    last = now;
    drawn = newest;
    if (found.on) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""


def fill(rig: Rig) -> None:
    """A 3840x2160 photo with its objects, on the desk of Ana. The app must not run yet."""
    width, height = SIZE
    path = enlarged("motorcycle", width, rig.folder / "full.jpg")
    cv2.imwrite(str(path), cv2.imread(str(path))[:height])
    rig.project(PROJECT, [path])
    chance = random.Random(0)
    ws = Workspace(rig.app.data_dir)
    try:
        project = projects.find_project(ws, PROJECT)
        labels = projects.list_classes(ws, project.id)
        (ana,) = [person for person in people.list_people(ws) if person.name == "Ana"]
        task = queue.claim_next(ws, project.id, ana.id)
        assert task is not None
        for number in range(POLYGONS):
            new = NewRevision(labels[number % len(labels)].id, _blob(chance), Origin.MANUAL)
            labeling.save_annotation(ws, task.id, ana.id, new)
    finally:
        ws.close()


def _blob(chance: random.Random) -> MultiPolygon:
    """Something round, 60 to 220 px across."""
    radius = chance.uniform(30, 110)
    x, y = (chance.uniform(radius, side - radius) for side in SIZE)
    corners = []
    for number in range(VERTICES):
        angle, r = 2 * math.pi * number / VERTICES, radius * chance.uniform(0.75, 1)
        corners.append((x + r * math.cos(angle), y + r * math.sin(angle)))
    return MultiPolygon([Polygon(corners)])


def measure(rig: Rig) -> dict[str, Any]:
    """Panning, zooming and dragging a vertex, with all objects in sight and nearer by."""
    with chromium() as browser:
        page = window(browser)
        page.set_default_timeout(PATIENCE)
        desk = Workbench(page, rig.app.url, "Ana", PROJECT)
        desk.has_objects(POLYGONS)
        page.wait_for_timeout(3000)  # all tiles
        cdp = page.context.new_cdp_session(page)
        cdp.send("Performance.enable")
        stage = desk.stage
        middle = (stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2)
        found = {
            "pan, all in sight": _recorded(page, cdp, lambda: _pan(page, middle)),
            "zoom": _recorded(page, cdp, lambda: _zoom(page, middle)),
        }
        page.evaluate("() => window.maaWorkbench.stage.zoom(1 / window.maaWorkbench.stage.view.scale)")
        page.wait_for_timeout(1500)
        found["pan at full size"] = _recorded(page, cdp, lambda: _pan(page, middle))
        desk.press("f")
        corner = _open_one(desk)
        page.wait_for_timeout(500)
        found["drag a vertex, all in sight"] = _recorded(page, cdp, lambda: _drag(page, corner))
        desk.press("Escape")
        desk.press("Escape")
        page.wait_for_timeout(4000)  # the draft is off the server as well
    intervals = [value for row in found.values() for value in row.pop("intervals")]
    return {
        "frame_ms_1000_polygons": spread(intervals)["p95"],
        "frames": {"all": spread(intervals), **found, "polygons": POLYGONS, "vertices": VERTICES},
    }


def _recorded(page: Page, cdp: Any, act: Callable[[], None]) -> dict[str, Any]:
    page.evaluate(_RECORD)
    before = _busy(cdp)
    act()
    page.wait_for_timeout(100)
    task = _busy(cdp) - before
    got = page.evaluate("() => { window.maaFrames.on = false; return window.maaFrames; }")
    return {
        **spread(got["intervals"]),
        "script": spread(got["script"]),
        "task": round(1000 * task / max(1, len(got["intervals"])), 1),
        "intervals": got["intervals"],
    }


def _busy(cdp: Any) -> float:
    """Seconds that the page's main thread has been at work."""
    metrics = {one["name"]: one["value"] for one in cdp.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def _pan(page: Page, middle: tuple[float, float]) -> None:
    x, y = middle
    page.mouse.move(x, y)
    page.mouse.down(button="middle")
    for number in range(1, MOVES + 1):
        page.mouse.move(x + 90 * math.sin(number / 8), y + 60 * math.sin(number / 5))
    page.mouse.up(button="middle")


def _zoom(page: Page, middle: tuple[float, float]) -> None:
    page.mouse.move(*middle)
    for way in (-100, 100):
        for _ in range(MOVES // 4):
            page.mouse.wheel(0, way)
            page.evaluate("() => new Promise(requestAnimationFrame)")


def _drag(page: Page, corner: tuple[float, float]) -> None:
    x, y = corner
    page.mouse.move(x, y)
    page.mouse.down()
    for number in range(1, MOVES + 1):
        page.mouse.move(x + 60 * math.sin(number / 8), y + 40 * math.sin(number / 5))
    page.mouse.up()


def _open_one(desk: Workbench) -> tuple[float, float]:
    """Open an object near the middle with the vertex tool; where its first vertex is on the screen."""
    page = desk.page
    page.evaluate("""size => {
      const { desk } = window.maaWorkbench;
      const away = ({ outline: [[[[x, y]]]] }) => Math.hypot(x - size[0] / 2, y - size[1] / 2);
      const [nearest] = [...desk.objects.list].sort((a, b) => away(a) - away(b));
      desk.open(nearest.local);
    }""", list(SIZE))  # fmt: skip
    desk.press("e")
    desk.tool("vertices")
    desk.press("f")
    page.wait_for_timeout(300)
    ((x, y),) = desk.on_screen([tuple(desk.desk("drawing.outline[0][0][0]"))])
    return x, y
