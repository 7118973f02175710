"""What the parts of the canvas benchmark share: photos, the running app, a browser, and summaries."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e import references
from tests.e2e.conftest import RunningApp, launch
from tests.e2e.screens import Annotate

VIEWPORT = (1440, 900)
"""Width and height of the browser's window, in CSS pixels."""


@dataclass(frozen=True, slots=True)
class Rig:
    """A running app on an empty data folder, and a folder for photos."""

    app: RunningApp
    folder: Path

    def project(self, name: str, photos: Sequence[Path]) -> None:
        """A project of its own with these photos."""
        self.app.new_project(name, ["object", "part", "other"], [str(path) for path in photos])


@contextlib.contextmanager
def rig(*, start: bool = True) -> Iterator[Rig]:
    """The app as `make run` serves it. With `start=False` its data folder can be filled first."""
    with tempfile.TemporaryDirectory() as folder:
        app = RunningApp(Path(folder) / "data")
        app.call("demo")  # the demo's people
        if start:
            app.start()
        try:
            yield Rig(app, Path(folder))
        finally:
            app.stop()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            yield browser
        finally:
            browser.close()


def window(browser: Browser) -> Page:
    """A page of a browser window that shares nothing with the others."""
    width, height = VIEWPORT
    return browser.new_context(viewport={"width": width, "height": height}).new_page()


class Classic(Annotate):
    """The annotate page on the classic canvas."""

    def open(self) -> None:
        if "&canvas=" not in self.address:
            self.address += "&canvas=classic"
        super().open()


def enlarged(name: str, width: int, path: Path, *, mirrored: bool = False) -> Path:
    """One of scikit-image's photos at the size of a camera's picture."""
    pixels = cv2.imread(str(references.photo(name)))
    assert pixels is not None, name
    height = round(pixels.shape[0] * width / pixels.shape[1])
    pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(path), pixels[:, ::-1] if mirrored else pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])
    return path


def spread(values: Sequence[float]) -> dict[str, float]:
    """How many, the median and the 95th percentile."""
    return {
        "n": len(values),
        "p50": round(float(np.percentile(values, 50)), 1),
        "p95": round(float(np.percentile(values, 95)), 1),
    }
