"""A real app process on an empty data folder, and a real Chromium to use it with."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    ViewportSize,
    expect,
    sync_playwright,
)

from maa.api import client
from maa.workflow import demo
from tests.e2e import references, signing_in
from tests.e2e.screens import PATIENCE

expect.set_options(timeout=PATIENCE)

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WINDOW: ViewportSize = {"width": 1440, "height": 900}
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


class RunningApp:
    """The app as `make run` serves it, on its own data folder; can be killed and started again."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.environment = {**os.environ, "MAA_DATA_DIR": str(data_dir)}
        self.log = data_dir.parent / "app.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        signing_in.forget(self.url)
        self.options: list[str] = []
        """More for the command line that starts it."""
        self.process: subprocess.Popen[bytes] | None = None

    def maa(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a `maa` command on this app's data folder; fails the test when the command fails."""
        command = [sys.executable, "-m", "maa.cli", *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"maa {' '.join(arguments)}: {done.stderr}\n{done.stdout}"
        return done

    def call(self, command: str, **parameters: object) -> Any:
        """The same without a process of its own; returns what `maa … --json` would print."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MAA_DATA_DIR", str(self.data_dir))
            return client.call(command, parameters, lambda *_: None)

    def new_project(self, name: str, classes: list[str], photos: list[str]) -> None:
        """A project of its own in which the demo's people have the roles that they have in the demo."""
        self.call("project create", name=name, classes=classes)
        for person, role in demo.PEOPLE.items():
            self.call("user role", name=person, project=name, role=role.value)
        self.call("import", project=name, paths=photos, coco=None)

    def start(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)]
        command += ["--server.address", "127.0.0.1", "--server.headless", "true", *self.options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the app stopped:\n{self.log.read_text()}"
            try:
                if httpx.get(f"{self.url}/_stcore/health", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        raise AssertionError(f"the app did not answer:\n{self.log.read_text()}")

    def kill(self) -> None:
        """As a power cut would: no chance to clean up."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None


SHELL = "chromium-headless-shell"
"""Chromium without what draws its window: a page takes it two thirds of the time of a core."""


def installed_chromium(*first: str) -> str | None:
    names = (*first, "chromium", "chromium-browser", "google-chrome", SHELL)
    return next(filter(None, map(shutil.which, names)), None)


def launch(playwright: Playwright, *first: str) -> Browser:
    """Chromium as people use it, or rather the one of the name that is said first."""
    return playwright.chromium.launch(executable_path=installed_chromium(*first), args=CHROMIUM_FLAGS)


def serve(folder: Path) -> Iterator[RunningApp]:
    """The running app with the demo project, until the iterator is closed."""
    running = RunningApp(folder / "data")
    running.call("demo")
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """The running app that all tests share: what one of them labels, it labels in a project of its own."""
    yield from serve(tmp_path_factory.mktemp("app"))


@pytest.fixture
def own_app(tmp_path: Path) -> Iterator[RunningApp]:
    """A running app for one test, to be killed or to be met as it has just started."""
    yield from serve(tmp_path)


@pytest.fixture
def project(app: RunningApp, tmp_path: Path) -> str:
    """A project of two images, the cat's first."""
    name = f"Project {next(_numbers)}"
    photos = [str(references.photo(photo)) for photo in ("cat", "cup")]
    app.new_project(name, ["cat", "cup", "rocket"], photos)
    return name


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if installed_chromium() is None:
        message = "Chromium is missing; `make test` installs it"
        if os.environ.get("MAA_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        chromium = launch(playwright, SHELL)
        yield chromium
        chromium.close()


Screen = Callable[[float], BrowserContext]


@pytest.fixture(scope="session")
def screens(browser: Browser) -> Iterator[Screen]:
    """Browser windows by device pixels a CSS pixel, each opened once: what one has loaded and compiled of the
    app it need not load for the next test."""
    opened: dict[float, BrowserContext] = {}

    def screen(ratio: float) -> BrowserContext:
        if ratio not in opened:
            opened[ratio] = browser.new_context(viewport=WINDOW, device_scale_factor=ratio)
            opened[ratio].set_default_timeout(PATIENCE)
        return opened[ratio]

    yield screen
    for context in opened.values():
        context.close()


def only_for_now(context: BrowserContext) -> Iterator[Page]:
    """A new page; in the end all pages are closed and what they kept is forgotten."""
    yield context.new_page()
    last = context.new_page()
    origins = set()
    for page in context.pages:
        if page.url.startswith("http"):
            origins.add("/".join(page.url.split("/")[:3]))
        if page is not last:
            page.close()
    context.clear_cookies()
    devtools = context.new_cdp_session(last)
    for origin in origins:
        kept = {"origin": origin, "storageTypes": "local_storage,indexeddb,cache_storage,service_workers"}
        devtools.send("Storage.clearDataForOrigin", kept)
    last.close()


@pytest.fixture
def page(screens: Screen) -> Iterator[Page]:
    yield from only_for_now(screens(1))
