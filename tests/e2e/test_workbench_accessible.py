"""The workbench by keyboard, by name, in light and dark, and in a small window on a fine screen."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.screens import PATIENCE
from tests.e2e.workbench import Workbench

# Where the focus is: which part of the workbench, its name, and whether one sees it.
_FOCUS = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const part = ["toolbar", "stage", "side"].find((name) => element.closest(`.${name}`)) ?? "elsewhere";
  const ringed = (one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  return { part, ring: ringed(part === "stage" ? element.closest(".frame") : element) };
}"""

# What has no name for who cannot see it.
_NAMELESS = """root => [...root.querySelectorAll("button, input, [role], summary")]
  .filter((one) => one.checkVisibility())
  .filter((one) => !["alert", "status", "listitem"].includes(one.getAttribute("role")))
  .filter((one) => !(one.ariaLabel || one.closest("label")?.textContent || one.textContent).trim())
  .map((one) => one.outerHTML.slice(0, 200))"""

# Contrast of text to its ground (WCAG), of everything that is written and not switched off.
_CONTRASTS = """root => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement ?? at.getRootNode().host) {
      const found = channels(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const written = [...root.querySelectorAll("*")]
    .filter((one) => one.checkVisibility() && !one.closest(":disabled"))
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()));
  return written.filter((one) => !one.matches("kbd")).map((one) => {
    const under = ground(one), style = getComputedStyle(one);
    let opacity = 1;
    for (let at = one; at !== root; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    const ink = channels(style.color).slice(0, 3).map((v, i) => v * opacity + under[i] * (1 - opacity));
    const [a, b] = [light(ink), light(under)].sort((x, y) => y - x);
    return [one.textContent.trim().slice(0, 40), (a + 0.05) / (b + 0.05), opacity];
  }).filter(([, , opacity]) => opacity > 0);
}"""


_numbers = itertools.count(1)


@pytest.fixture(scope="module", params=["light", "dark"])
def desk(app: RunningApp, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """With one object, and the next one open; in a small window. The tests change nothing."""
    project = f"Accessible {next(_numbers)}"  # made again where these tests are not in one piece
    app.new_project(project, ["cat", "cup"], [str(references.photo("cat"))])
    context = browser.new_context(
        viewport={"width": 1280, "height": 720}, device_scale_factor=2, color_scheme=request.param
    )
    context.set_default_timeout(PATIENCE)
    desk = Workbench(context.new_page(), app.url, "Ana", project)
    desk.click(references.extreme_clicks("cat"))
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(1)
    desk.click(references.extreme_clicks("cat", inset=20))
    desk.has_polygon()
    yield desk
    context.close()


def test_tab_goes_from_the_tools_to_the_image_to_the_panel(desk: Workbench) -> None:
    desk.named("prompt").focus()
    seen: list[dict[str, Any]] = []
    for _ in range(60):
        seen.append(desk.page.evaluate(_FOCUS))
        desk.page.keyboard.press("Tab")
        if seen[-1]["part"] == "elsewhere":
            break
    parts = [one["part"] for one in seen]
    order = [part for i, part in enumerate(parts) if i == 0 or part != parts[i - 1]]
    assert order == ["toolbar", "stage", "side", "elsewhere"]
    # The first focus was not set by a key: whether it has a ring is the browser's choice.
    assert [one for one in seen[1:-1] if not one["ring"]] == []


def test_everything_has_a_name(desk: Workbench) -> None:
    page = desk.page
    for role, name in (
        ("toolbar", "Tools"),
        ("application", "The image: click to draw"),
        ("radiogroup", "Class"),
        ("list", "Objects"),
        ("slider", "Detail"),
        ("slider", "Threshold"),
    ):
        expect(page.get_by_role(role, name=name)).to_be_visible()  # type: ignore[arg-type]
    expect(page.get_by_role("radio", name="cat")).to_be_checked()
    expect(page.get_by_role("button", name="Model")).to_have_attribute("aria-pressed", "true")
    assert desk.root.evaluate(_NAMELESS) == []


def test_text_is_readable(desk: Workbench) -> None:
    found = desk.root.evaluate(_CONTRASTS)
    assert len(found) > 20
    assert [(text, round(contrast, 2)) for text, contrast, _ in found if contrast < 4.5] == []


def test_nothing_is_cut_off_in_a_small_window(desk: Workbench) -> None:
    width, height = 1280, 720
    for locator in (
        *desk.root.locator(".toolbar button").all(),
        *desk.root.locator(".side > button:visible").all(),
    ):
        box = locator.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
        assert locator.evaluate("one => one.scrollWidth <= one.clientWidth + 1")
    stage = desk.stage
    assert stage["width"] > 500
    assert stage["height"] > 400
