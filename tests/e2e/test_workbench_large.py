"""Photos of a hundred megapixels: only tiles come, and close up every pixel has hard edges."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, Response, expect

from tests.e2e import large_images
from tests.e2e.conftest import RunningApp
from tests.e2e.screens import PATIENCE
from tests.e2e.workbench import Workbench

MAX_BYTES = 512 * 512 * 3
"""More than any tile takes, and less than two."""


@pytest.mark.parametrize("size", [(3840, 2160), (12000, 8000)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_large_photo_comes_in_tiles_and_is_crisp_close_up(
    app: RunningApp, page: Page, tmp_path: Path, size: tuple[int, int]
) -> None:
    name = f"Large {size[0]}"
    app.new_project(name, ["thing"], [str(large_images.draw(tmp_path / "large.jpg", size))])
    tiles: dict[str, bytes] = {}
    others: list[int] = []

    def hear(response: Response) -> None:
        if "/_maa/images/" in response.url and response.ok:
            tiles[response.url] = response.body()
        elif response.ok and response.request.resource_type == "image":
            others.append(int(response.headers.get("content-length", "0")))

    page.on("response", hear)
    desk = Workbench(page, app.url, "Ana", name)
    page.wait_for_function("() => window.maaWorkbench.stage.tiles.seen", timeout=PATIENCE)
    assert (desk.desk("image.width"), desk.desk("image.height")) == size
    page.wait_for_timeout(1500)
    assert 1 <= len(tiles) <= 12  # the whole image in the window is a few tiles of a coarse level

    left, top = large_images.board_corner(size)
    middle = (left + large_images.BOARD // 2, top + large_images.BOARD // 2)
    look_at(desk, middle, 16)
    check_board(desk, middle, 16)
    look_at(desk, middle, 32)
    check_board(desk, middle, 32)

    for content in tiles.values():
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        assert pixels is not None
        assert max(pixels.shape[:2]) <= 512
        assert len(content) < MAX_BYTES
    assert not [count for count in others if count > MAX_BYTES]
    # To look closely at one place is a matter of that place's tiles.
    assert len(tiles) <= 60
    expect(desk.named("status")).to_contain_text("0 points")


def look_at(desk: Workbench, middle: tuple[int, int], scale: float) -> None:
    """Turn the wheel until an image point in the middle is this large."""
    page, stage = desk.page, desk.stage
    x, y = stage["x"] + stage["width"] // 2, stage["y"] + stage["height"] // 2
    page.mouse.move(x, y)
    while desk.view()[0] < scale * 0.7:
        page.mouse.wheel(0, -300)
        page.wait_for_timeout(40)
    page.evaluate(
        """([scale, x, y]) => {
          const { stage } = window.maaWorkbench;
          const { width, height } = stage.view;
          const [left, top] = [x - Math.floor(width / 2) / scale, y - Math.floor(height / 2) / scale];
          stage.show({ ...stage.view, scale, left, top });
        }""",
        [scale, *middle],
    )
    page.mouse.move(2, 2)  # no crosshair


def check_board(desk: Workbench, middle: tuple[int, int], scale: int) -> None:
    """Single black and white pixels, each with one grey from edge to edge."""
    page, stage = desk.page, desk.stage
    page.wait_for_function(
        """([x, y]) => {
          const { stage } = window.maaWorkbench;
          const [column, row] = [Math.floor(x / 512), Math.floor(y / 512)];
          const name = `/0/${column}-${row}.jpg`;
          return performance.getEntriesByType("resource").some((one) => one.name.includes(name));
        }""",
        arg=list(middle),
        timeout=PATIENCE,
    )
    page.wait_for_timeout(700)  # it is decoded and drawn
    shot = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shot is not None
    x, y = round(stage["x"] + stage["width"] // 2), round(stage["y"] + stage["height"] // 2)
    for row in range(-4, 4):
        for column in range(-4, 4):
            cell = shot[
                y + row * scale : y + (row + 1) * scale, x + column * scale : x + (column + 1) * scale
            ]
            white = (middle[0] + column + middle[1] + row) % 2 == 1
            inner = cell[1:-1, 1:-1].astype(int)
            assert inner.max() - inner.min() <= 6, f"pixel {column}, {row} is blurred at {scale}x"
            assert inner.mean() > 200 if white else inner.mean() < 55
