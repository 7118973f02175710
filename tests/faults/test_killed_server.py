"""A server that is killed the moment after it has answered a save."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from maa.geometry import from_rings
from maa.workflow import labeling
from maa.workflow.drafts import get_draft
from maa.workflow.workspace import Workspace

REPOSITORY = Path(__file__).resolve().parents[2]


@contextmanager
def server(folder: Path) -> Iterator[tuple[httpx.Client, int, int, subprocess.Popen[str]]]:
    """A client with a pass, the class's id, how many objects are there, the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.server", str(folder), str(port)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    try:
        assert process.stdout is not None
        text, label, kept = process.stdout.readline().split()
        headers = {"Authorization": f"Bearer {text}"}
        url = f"http://127.0.0.1:{port}/_maa/workbench/"
        with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30) as client:
            yield client, int(label), int(kept), process
    finally:
        process.kill()
        process.wait()


def square(number: int) -> list[list[list[list[float]]]]:
    return [[[[number, 1.5], [number + 50, 1.5], [number + 50, 60], [number, 60]]]]


def test_what_was_answered_is_there_after_a_kill_and_the_same_pass_goes_on(tmp_path: Path) -> None:
    first_pass = ""
    for turn in range(3):
        with server(tmp_path) as (client, label, kept, process):
            assert kept == turn, "what was answered before is there"
            first_pass = first_pass or client.headers["Authorization"]
            client.headers["Authorization"] = first_pass
            draft = {"turn": turn, "points": [[1, 2]]}
            assert client.post("draft", json={"tab": "t", "draft": draft}).status_code == 200
            body = {
                "tab": "t",
                "key": f"save {turn}",
                "class": label,
                "origin": "manual",
                "outline": square(turn),
            }
            answer = client.post("save", json=body)
            process.send_signal(signal.SIGKILL)
            assert answer.status_code == 200
            process.wait()
    ws = Workspace(tmp_path)
    try:
        found = labeling.list_annotations(ws, 1)
        assert [one.revision.outline.bounds[0] for one in found if one.revision.outline] == [0, 1, 2]
        assert found[0].revision.outline == from_rings(square(0))
        assert get_draft(ws, 1, 1) == {"turn": 2, "points": [[1, 2]]}
    finally:
        ws.close()
