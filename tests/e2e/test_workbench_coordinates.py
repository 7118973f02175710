"""Where one clicks is what is stored: at every zoom, on every screen, wherever the page has gone."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.e2e.conftest import RunningApp, Screen, only_for_now
from tests.e2e.screens import XY
from tests.e2e.workbench import Workbench

SIZE = (3000, 2000)
MARK = (1502.0, 998.0)
"""Centre of a red square of 80 px, which is blue in its middle 8 px."""
ZOOMS = (0.1, 1, 4, 32)
CLOSE = 0.5
"""Image pixels."""

_numbers = itertools.count(1)


def picture(path: Path, *, size: tuple[int, int] = SIZE, mark: XY = MARK) -> np.ndarray:
    pixels = np.full((size[1], size[0], 3), 128, np.uint8)
    for half, color in ((40, (0, 0, 230)), (4, (230, 0, 0))):
        x, y = int(mark[0]), int(mark[1])
        pixels[y - half : y + half, x - half : x + half] = color
    cv2.imwrite(str(path), pixels)
    return pixels


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "marked.png"
    picture(path)
    return path


def new_project(app: RunningApp, path: Path) -> str:
    name = f"Coordinates {next(_numbers)}"
    app.new_project(name, ["thing"], [str(path)])
    return name


@pytest.fixture(params=[1, 1.5, 2], ids=lambda ratio: f"ratio {ratio}")
def screen(screens: Screen, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on a screen with this many device pixels a CSS pixel."""
    for page in only_for_now(screens(request.param)):
        page.set_viewport_size({"width": 1280, "height": 800})
        yield page


def zoom_to(desk: Workbench, scale: float, at: XY = MARK) -> None:
    """This scale, with an image point in the middle of the stage."""
    desk.page.evaluate(
        """([scale, x, y]) => {
          const { stage } = window.maaWorkbench;
          const { width, height } = stage.view;
          stage.show({ ...stage.view, scale, left: x - width / 2 / scale, top: y - height / 2 / scale });
        }""",
        [scale, *at],
    )
    settle(desk)


def settle(desk: Workbench) -> None:
    """Two frames: what was asked for is on the screen."""
    desk.page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")


def spots(desk: Workbench) -> list[XY]:
    """Three image points in sight, at no round numbers, on the image."""
    scale, left, top = desk.view()
    stage = desk.stage
    found = []
    for x, y in ((0.31, 0.37), (0.62, 0.55), (0.47, 0.71)):
        point = (left + x * stage["width"] / scale, top + y * stage["height"] / scale)
        found.append((min(max(point[0], 1), SIZE[0] - 1), min(max(point[1], 1), SIZE[1] - 1)))
    return found


def clicks_arrive(desk: Workbench) -> None:
    wanted = spots(desk)
    desk.click(wanted)
    got = np.array([point[:2] for point in desk.desk("drawing.points")])
    desk.press("Escape")
    assert got.shape == (len(wanted), 2)
    assert np.abs(got - wanted).max() < CLOSE


def mark_on_screen(desk: Workbench, blue: bool) -> XY:
    """The middle of the mark as a person sees it: its centre of mass on a screenshot, in CSS pixels."""
    page, stage = desk.page, desk.stage
    page.mouse.move(2, 2)  # no crosshair
    settle(desk)
    pixels = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert page.viewport_size is not None
    ratio = pixels.shape[1] / page.viewport_size["width"]
    left, top = round(stage["x"] * ratio) + 2, round(stage["y"] * ratio) + 2
    right, bottom = (
        round((stage["x"] + stage["width"]) * ratio) - 2,
        round((stage["y"] + stage["height"]) * ratio) - 2,
    )
    channels = pixels[top:bottom, left:right].astype(float)
    weight = channels[..., 0] - channels[..., 2] if blue else channels[..., 2] - channels[..., 1]
    weight[weight < 20] = 0
    assert weight.any(), "the mark is not in sight"
    rows, columns = np.indices(weight.shape)
    x = left + ((columns + 0.5) * weight).sum() / weight.sum()
    y = top + ((rows + 0.5) * weight).sum() / weight.sum()
    return float(x) / ratio, float(y) / ratio


def tiles_have_come(desk: Workbench) -> None:
    """No more tile is on its way."""
    desk.page.wait_for_function("""() => {
      const fetched = performance.getEntriesByType("resource");
      const count = fetched.filter((one) => one.name.includes("/images/")).length;
      const now = performance.now();
      if (count !== window.maaTileCount) [window.maaTileCount, window.maaTileAt] = [count, now];
      return window.maaWorkbench.stage.tiles.seen && now - window.maaTileAt > 800;
    }""")


def test_a_click_on_what_is_seen_is_stored_there(app: RunningApp, screen: Page, photo: Path) -> None:
    desk = Workbench(screen, app.url, "Ana", new_project(app, photo))
    for zoom in ZOOMS:
        zoom_to(desk, zoom)
        tiles_have_come(desk)
        x, y = mark_on_screen(desk, blue=zoom >= 4)
        screen.mouse.click(x, y)
        ((px, py, _),) = desk.desk("drawing.points")
        desk.press("Escape")
        assert abs(px - MARK[0]) < CLOSE, zoom
        assert abs(py - MARK[1]) < CLOSE, zoom


def test_clicks_arrive_wherever_the_page_has_gone(app: RunningApp, screen: Page, photo: Path) -> None:
    desk = Workbench(screen, app.url, "Ana", new_project(app, photo))

    def resize() -> None:
        screen.set_viewport_size({"width": 1100, "height": 700})
        screen.wait_for_function("() => window.maaWorkbench.stage.view.height < 620")

    def pan() -> None:
        stage = desk.stage
        x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
        before = desk.view()
        screen.mouse.move(x, y)
        screen.mouse.down(button="middle")
        screen.mouse.move(x - 33.5, y + 21.25, steps=3)
        screen.mouse.up(button="middle")
        assert desk.view() != before

    def scroll() -> None:
        screen.set_viewport_size({"width": 1100, "height": 380})
        screen.wait_for_timeout(300)
        top = desk.stage["y"]
        screen.evaluate("() => { document.querySelector('.stMain').scrollTop = 40; }")
        assert desk.stage["y"] < top

    def collapse() -> None:
        screen.set_viewport_size({"width": 1280, "height": 800})
        width = desk.stage["width"]
        screen.get_by_test_id("stSidebarHeader").hover()
        screen.get_by_test_id("stSidebarCollapseButton").locator("button").click()
        screen.wait_for_function("width => window.maaWorkbench.stage.view.width > width + 50", arg=width)
        screen.wait_for_timeout(500)  # it slides

    def stay() -> None:
        pass

    changes: list[Callable[[], None]] = [stay, pan, resize, scroll, collapse]
    for change in changes:
        change()
        for zoom in ZOOMS if change is stay else ZOOMS[::2]:
            zoom_to(desk, zoom)
            clicks_arrive(desk)


@pytest.mark.parametrize("screen", [2], indirect=True)
def test_the_server_stores_what_was_clicked(
    app: RunningApp, screen: Page, photo: Path, tmp_path: Path
) -> None:
    project = new_project(app, photo)
    desk = Workbench(screen, app.url, "Ana", project)
    desk.press("a")  # by hand: the corners are the outline
    desk.tool("manual")
    drawn = []
    for number, zoom in enumerate(ZOOMS):
        zoom_to(desk, zoom, (1000.0 + 300 * number, 700.0 + 150 * number))
        corners = spots(desk)
        desk.click(corners)
        drawn.append(corners)
        desk.press("Enter")
        desk.has_objects(number + 1)
    out = tmp_path / "out.json"
    app.call("export", project=project, format="coco", out=str(out), status="all")
    stored = [np.array(one["maa_rings"][0][0]) for one in json.loads(out.read_text())["annotations"]]
    assert len(stored) == len(drawn)
    for corners, ring in zip(drawn, stored, strict=True):
        for corner in corners:
            assert np.abs(ring - corner).max(axis=1).min() < CLOSE


@pytest.mark.parametrize("screen", [2], indirect=True)
def test_a_photo_that_the_camera_turned(app: RunningApp, screen: Page, tmp_path: Path) -> None:
    upright = picture(tmp_path / "upright.png", size=(400, 600), mark=(300.0, 120.0))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise to be upright
    turned = Image.fromarray(upright[..., ::-1].copy()).transpose(Image.Transpose.ROTATE_90)
    path = tmp_path / "turned.jpg"
    turned.save(path, quality=95, exif=exif)
    assert turned.size == (600, 400)

    project = new_project(app, path)
    desk = Workbench(screen, app.url, "Ana", project)
    assert desk.desk("image.width") == 400
    tiles_have_come(desk)
    wanted = np.array([300.0, 120.0])
    desk.press("a")
    desk.tool("manual")
    x, y = mark_on_screen(desk, blue=False)
    screen.mouse.click(x, y)
    ((px, py, _),) = desk.desk("drawing.points")
    assert np.abs(np.array([px, py]) - wanted).max() < CLOSE

    desk.click([(50.0, 500.0), (350.0, 560.0)])
    desk.press("Enter")
    desk.has_objects(1)
    out = tmp_path / "out.json"
    app.call("export", project=project, format="coco", out=str(out), status="all")
    coco = json.loads(out.read_text())
    assert (coco["images"][0]["width"], coco["images"][0]["height"]) == (400, 600)
    ring = np.array(coco["annotations"][0]["maa_rings"][0][0])
    assert np.abs(ring - wanted).max(axis=1).min() < CLOSE
