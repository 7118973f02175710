"""The route on a real server, on a real data folder."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import config

from maa.api import client, commands, connection, routes
from maa.domain import MaaError
from maa.store.connection import StoreBusy
from maa.workflow import workspace
from maa.workflow.workspace import Workspace


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[connection.Connection]:
    """A server with the app's route and lifespan; what a command would find."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setattr(workspace, "_current", None)
    before = config.get_option("server.port")
    config.set_option("server.port", port)
    server = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=routes.routes(), lifespan=routes.lifespan), port=port, log_level="warning"
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    found = connection.find(folder)
    assert found is not None
    yield found
    server.should_exit = True
    thread.join()
    workspace.current().close()
    config.set_option("server.port", before)
    assert connection.find(folder) is None, "a stopped app leaves no file behind"


def ignore(*_: object) -> None:
    pass


def post(app: connection.Connection, content: Any, **headers: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {app.token}", **headers}
    return httpx.post(
        app.url + connection.PATH, content=json.dumps(content), headers=headers, trust_env=False
    )


def test_commands_go_through_the_running_app(app: connection.Connection, folder: Path) -> None:
    with pytest.raises(StoreBusy):
        Workspace(folder)
    made = client.call("project create", {"name": "Street", "classes": ["car"]}, ignore)
    assert made["name"] == "Street"
    assert [project["name"] for project in client.call("project list", {}, ignore)] == ["Street"]
    assert client.running_app() == app.url


def test_errors_come_back_as_they_were_meant_for_the_person(app: connection.Connection) -> None:
    with pytest.raises(MaaError, match="There is no project 'Nowhere'"):
        client.call(
            "export",
            {"project": "Nowhere", "format": "coco", "out": "/x", "status": "all", "images": None},
            ignore,
        )
    with pytest.raises(MaaError, match="no command"):
        client.call("format the disk", {}, ignore)
    with pytest.raises(MaaError, match="does not take this"):
        client.call("status", {"surprise": 1}, ignore)


def test_progress_arrives_while_a_command_works(app: connection.Connection, tmp_path: Path) -> None:
    client.call("demo", {}, ignore)
    seen: list[tuple[int, int, str]] = []
    parameters = {"project": "Demo: from the kitchen to space", "out": str(tmp_path / "b.zip")}
    client.call("backup", parameters, lambda *step: seen.append(step))
    assert seen[0] == (0, 5, "chelsea.png")
    assert seen[-1] == (5, 5, "")


def test_a_refusal_is_told_not_worked_around(
    app: connection.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_MAX_REQUEST_BYTES", 10)
    with pytest.raises(MaaError, match=r"refused the command.*too large"):
        client.call("project list", {}, ignore)


def test_a_long_silence_is_filled_with_signs_of_life(
    app: connection.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setitem(commands.COMMANDS, "status", lambda ws, _: time.sleep(0.3) or "done")
    lines = post(app, {"command": "status", "parameters": {}}).text.splitlines()
    assert json.loads(lines[0]) == {"working": True}
    assert json.loads(lines[-1]) == {"result": "done"}


def test_a_fault_in_a_command_is_an_answer_without_a_traceback(
    app: connection.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(commands.COMMANDS, "status", lambda ws, _: 1 / 0)
    with pytest.raises(MaaError, match="unexpected") as caught:
        client.call("status", {}, ignore)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Basic x", "Bearer \u00e9"])
def test_nothing_is_done_without_the_token(app: connection.Connection, given: str) -> None:
    request = {"command": "project create", "parameters": {"name": "Evil", "classes": ["x"]}}
    answer = httpx.post(
        app.url + connection.PATH,
        json=request,
        headers={"Authorization": given.encode("latin-1")} if given else {},
        trust_env=False,
    )
    assert answer.status_code == 401
    assert client.call("project list", {}, ignore) == []


def test_requests_that_are_no_commands_are_refused(app: connection.Connection) -> None:
    for content in ([], {}, {"command": "status"}, {"command": "status", "parameters": 7}, "status"):
        assert post(app, content).status_code == 400
    assert post(app, "x" * 17_000_000).status_code == 413
    assert httpx.get(app.url + connection.PATH, trust_env=False).status_code == 405


@pytest.mark.parametrize("caller", ["192.168.1.7", "8.8.8.8", "::ffff:10.0.0.1", "2001:db8::1", "testclient"])
def test_other_machines_are_refused_even_with_the_token(app: connection.Connection, caller: str) -> None:
    outside = TestClient(Starlette(routes=routes.routes()), client=(caller, 5000))
    headers = {"Authorization": f"Bearer {app.token}"}
    assert outside.post(connection.PATH, json={}, headers=headers).status_code == 403


@pytest.mark.parametrize("caller", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_told_by_any_of_its_inner_addresses(app: connection.Connection, caller: str) -> None:
    inside = TestClient(Starlette(routes=routes.routes()), client=(caller, 5000))
    headers = {"Authorization": f"Bearer {app.token}"}
    request = {"command": "project list", "parameters": {}}
    assert inside.post(connection.PATH, json=request, headers=headers).json() == {"result": []}


def test_without_an_app_a_command_opens_the_folder_itself(folder: Path) -> None:
    client.call("project create", {"name": "Street", "classes": ["car"]}, ignore)
    assert [project["name"] for project in client.call("project list", {}, ignore)] == ["Street"]
    assert client.running_app() is None
    Workspace(folder).close()


def test_the_file_of_a_killed_app_does_not_stand_in_the_way(folder: Path) -> None:
    folder.mkdir()
    # Its process number is taken by another process (us), its port by nobody.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    connection.announce(folder, f"http://127.0.0.1:{port}")
    assert client.call("project list", {}, ignore) == []


def test_a_stranger_on_the_port_of_a_killed_app_is_not_taken_for_it(
    app: connection.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    connection.announce(other, app.url)
    monkeypatch.setenv("MAA_DATA_DIR", str(other))
    assert client.call("status", {}, ignore)["data_dir"] == str(other)


def test_a_command_waits_for_another_one_to_finish(folder: Path) -> None:
    holder = Workspace(folder)
    threading.Timer(0.5, holder.close).start()
    assert client.call("project list", {}, ignore) == []


def test_a_command_does_not_wait_for_ever(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "WAIT_SECONDS", 0.3)
    holder = Workspace(folder)
    try:
        with pytest.raises(StoreBusy):
            client.call("project list", {}, ignore)
    finally:
        holder.close()


def test_an_app_whose_folder_is_taken_starts_and_announces_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(routes, "_WAIT_FOR_STORE_SECONDS", 0.1)
    monkeypatch.setattr(workspace, "_current", None)
    holder = Workspace(folder)
    try:
        with TestClient(
            Starlette(routes=routes.routes(), lifespan=routes.lifespan), client=("::1", 1)
        ) as server:
            headers = {"Authorization": "Bearer "}
            assert server.post(connection.PATH, json={}, headers=headers).status_code == 401
        assert connection.find(folder) is None
        assert "open in this process" in caplog.text
    finally:
        holder.close()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (None, "http://127.0.0.1:8501"),
        ("0.0.0.0", "http://127.0.0.1:8501"),
        ("::", "http://127.0.0.1:8501"),
        ("192.168.1.7", "http://192.168.1.7:8501"),
        ("::1", "http://[::1]:8501"),
    ],
)
def test_the_address_is_one_that_this_machine_reaches(
    address: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"server.address": address, "server.port": 8501}
    monkeypatch.setattr(config, "get_option", options.get)
    assert routes._own_url() == expected
