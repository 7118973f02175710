"""A long day in one tab: hundreds of objects on an image, and pages that are left and opened again."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import RunningApp
from tests.e2e.screens import PATIENCE
from tests.e2e.workbench import Workbench

# Squares of 6 px at every tenth pixel, known to this page alone.
_FILL = """() => {
  const { desk, stage } = window.maaWorkbench;
  desk.objects.list = Array.from({ length: 400 }, (_, i) => {
    const [x, y] = [10 * (i % 20), 10 * Math.floor(i / 20)];
    const outline = [[[[x, y], [x + 6, y], [x + 6, y + 6], [x, y + 6]]]];
    return { local: `t${i}`, class: desk.classes[0].id, outline, origin: "manual", state: "saved" };
  });
  stage.look.opacity = 0.8;
  stage.redraw("objects");
}"""

# How much is painted at an image point, by what the browser shows of the layer: its place on the page counts.
_PAINTED = """points => {
  const { stage } = window.maaWorkbench;
  const canvases = [...stage.element.querySelectorAll('canvas[data-layer="objects"]')];
  const canvas = canvases.find((one) => getComputedStyle(one).visibility === "visible");
  const [box, at] = [canvas.getBoundingClientRect(), stage.element.getBoundingClientRect()];
  return points.map(([x, y]) => {
    const left = at.left + (x - stage.view.left) * stage.view.scale - box.left;
    const top = at.top + (y - stage.view.top) * stage.view.scale - box.top;
    const pixel = [(left * canvas.width) / box.width, (top * canvas.height) / box.height].map(Math.floor);
    return canvas.getContext("2d").getImageData(...pixel, 1, 1).data[3] / 255;
  });
}"""

_SETTLED = """() => [...window.maaWorkbench.stage.element.querySelectorAll('canvas[data-layer="objects"]')]
  .some((one) => one.style.visibility === "" && one.style.transform === "none")"""

INSIDE = [(53.0, 43.0), (93.0, 73.0), (103.0, 103.0)]
BETWEEN = [(58.0, 48.0), (98.0, 78.0), (108.0, 108.0)]


def check(desk: Workbench, change: str = "") -> None:
    """Make a change and look in one go: at the last picture, moved, and not yet at a new one."""
    look = f"""points => {{
      const {{ stage }} = window.maaWorkbench;
      {change and f"stage.{change}; stage.paint();"}
      return ({_PAINTED})(points);
    }}"""
    painted = desk.page.evaluate(look, INSIDE + BETWEEN)
    assert min(painted[: len(INSIDE)]) > 0.7
    assert max(painted[len(INSIDE) :]) < 0.1


def test_many_objects_stay_in_place_while_the_view_moves(app: RunningApp, project: str, page: Page) -> None:
    desk = Workbench(page, app.url, "Ana", project)
    page.evaluate(_FILL)
    page.wait_for_function(f"points => ({_PAINTED})(points).every((one) => one > 0.7)", arg=INSIDE)
    page.wait_for_function(_SETTLED)
    check(desk)
    for change in ("zoom(1.6, [200, 150])", "pan(-37, 22)", "zoom(1 / 1.3, [400, 300])"):
        check(desk, change)
    page.wait_for_function(_SETTLED)
    check(desk)


HOW_MANY = "function() { return this.length }"


def benches_in_memory(page: Page) -> int:
    """Workbenches of this tab that something holds on to."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.collectGarbage")
    expression = "window.maaWorkbench.constructor.prototype"
    prototype = devtools.send("Runtime.evaluate", {"expression": expression})["result"]["objectId"]
    found = devtools.send("Runtime.queryObjects", {"prototypeObjectId": prototype})["objects"]["objectId"]
    counted = devtools.send(
        "Runtime.callFunctionOn",
        {
            "objectId": found,
            "functionDeclaration": "function() { return this.length }",
            "returnByValue": True,
        },
    )
    devtools.detach()
    number: int = counted["result"]["value"]
    return number


def test_a_page_that_was_left_stays_in_nobody_s_memory(app: RunningApp, project: str, page: Page) -> None:
    desk = Workbench(page, app.url, "Ana", project)
    for _ in range(3):
        page.get_by_role("link", name="Dashboard").click()
        expect(page.get_by_role("heading", name="My numbers")).to_be_visible(timeout=PATIENCE)
        page.get_by_role("link", name="Annotate").click()
        desk.ready()
    page.wait_for_timeout(2500)  # a new page looks for its place so long
    assert benches_in_memory(page) == 1
