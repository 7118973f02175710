"""The command line beside the real app, as `streamlit run app.py` serves it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from maa.api.connection import STOPPED
from tests.workflow.pictures import encoded, photo, write

ROOT = Path(__file__).resolve().parents[2]


class Machine:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "MAA_DATA_DIR": str(folder / "data")}
        self.app: subprocess.Popen[bytes] | None = None

    def maa(self, *arguments: str, cwd: Path = ROOT) -> Any:
        command = [sys.executable, "-m", "maa.cli", *arguments, "--json"]
        environment = {**self.environment, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads(ran.stdout)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "maa.cli", *arguments, "--json"]
        return subprocess.Popen(
            command,
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # What runs in a shell's background ignores Ctrl-C, and so does what it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def images(self) -> int:
        return sum(project["images"] for project in self.maa("status")["projects"])

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
        command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
        with open(self.folder / "app.log", "ab") as log:
            self.app = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert self.app.poll() is None, (self.folder / "app.log").read_text()
            try:
                if httpx.get(f"http://127.0.0.1:{port}/_stcore/health", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        raise AssertionError((self.folder / "app.log").read_text())

    def end(self, sign: signal.Signals) -> None:
        if self.app is not None:
            self.app.send_signal(sign)
            self.app.wait(timeout=30)
            self.app = None


def connected(process: subprocess.Popen[str]) -> bool:
    """Whether it talks to anybody, but through its pipes."""
    for end in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed by now
            if os.readlink(end).startswith("socket:"):
                return True
    return False


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    machine.end(signal.SIGKILL)


def test_commands_work_before_during_and_after_the_app_and_after_it_was_killed(
    machine: Machine, tmp_path: Path
) -> None:
    machine.maa("demo")
    machine.start()
    found = machine.maa("status")
    assert found["app"]["running"]
    assert found["projects"][0]["images"] == 5
    machine.maa("project", "create", "During", "--classes", "x")
    # A relative path is meant from where the command was typed, not from where the app was started.
    (tmp_path / "here").mkdir()
    out = machine.maa("export", "During", "--out", "out.json", "--status", "all", cwd=tmp_path / "here")
    assert out["file"] == str(tmp_path / "here" / "out.json")
    assert (tmp_path / "here" / "out.json").is_file()
    refused = machine.begin("import", "During", str(tmp_path), "--per-second", "nan")
    assert "must be a number from" in "".join(refused.communicate(timeout=60))
    machine.end(signal.SIGKILL)
    assert (tmp_path / "data" / "running-app.json").exists()
    assert [project["name"] for project in machine.maa("project", "list")][-1] == "During"
    machine.start()
    assert machine.maa("status")["app"]["running"]
    machine.end(signal.SIGINT)
    assert not (tmp_path / "data" / "running-app.json").exists()
    assert not machine.maa("status")["app"]["running"]


def test_ctrl_c_ends_the_app_in_the_middle_of_a_command_and_leaves_the_command_to_a_running_app(
    machine: Machine, tmp_path: Path
) -> None:
    for number in range(2000):
        write(tmp_path / "photos" / f"{number}.png", encoded(photo(64, 48, seed=number)))
    machine.maa("project", "create", "Street", "--classes", "car")
    machine.start()
    importing = machine.begin("import", "Street", str(tmp_path / "photos"))
    while not machine.images():
        assert importing.poll() is None, importing.communicate()
    importing.send_signal(signal.SIGINT)
    said, _ = importing.communicate(timeout=30)
    assert json.loads(said)["error"].startswith("The app keeps working on it.")
    assert importing.returncode == 130
    before = machine.images()
    while machine.images() == before:
        time.sleep(0.1)
    again = machine.begin("import", "Street", str(tmp_path / "photos"))
    while not connected(again):  # before that it would do the work by itself
        assert again.poll() is None, again.communicate()
        time.sleep(0.1)
    time.sleep(1)
    machine.end(signal.SIGINT)
    said, _ = again.communicate(timeout=30)
    assert json.loads(said)["error"] == STOPPED
    assert before < machine.images() < 2000
