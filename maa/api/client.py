"""Running a command: through the app when it runs, on the data folder itself when it does not."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx

from maa.api import commands, connection
from maa.api.connection import PATH, Connection, GoesOn
from maa.domain import MaaError
from maa.store.connection import StoreBusy
from maa.workflow.images import Progress
from maa.workflow.workspace import Workspace, data_dir

WAIT_SECONDS = 20.0
"""How long a command waits for another one to finish, or for an app to start or stop."""

_OF_A_STRANGER = (401, 404, 405)
"""What another server on the port of an app that was killed answers, or an app on another data folder."""


class _NotThere(Exception):
    """What the connection file names is no app of ours (any more)."""


def call(name: str, parameters: dict[str, Any], on_progress: Progress) -> Any:
    """Run a command of `api.commands`; paths in `parameters` must be absolute.

    Raises:
        MaaError: it failed, or the data folder stayed in use.
        GoesOn: Ctrl-C, while the app was at work on it.
    """
    folder = data_dir()
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        app = connection.find(folder)
        if app is not None:
            try:
                return _through_app(app, name, parameters, on_progress)
            except _NotThere:
                pass
            except KeyboardInterrupt as error:
                raise GoesOn from error
        try:
            ws = Workspace(folder)
        except StoreBusy:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
            continue
        with contextlib.closing(ws):
            return commands.run(ws, name, parameters, on_progress)


def running_app() -> str | None:
    """The address of the app that uses the data folder; None when none runs."""
    app = connection.find(data_dir())
    return app.url if app else None


def _through_app(app: Connection, name: str, parameters: dict[str, Any], on_progress: Progress) -> Any:
    for message in _messages(app, name, parameters):
        if "progress" in message:
            on_progress(*message["progress"])
        elif "error" in message:
            raise MaaError(message["error"])
        elif "result" in message:
            return message["result"]
    raise MaaError(connection.STOPPED)


def _messages(app: Connection, name: str, parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What the app answers, line by line; ends early when it stops.

    Raises:
        _NotThere: nothing was begun.
    """
    headers = {
        "Authorization": f"Bearer {app.token}",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
    }
    # The app sends a sign of life every few seconds, however long the command takes.
    timeout = httpx.Timeout(60.0, connect=5.0)
    # Without the proxies of the environment, and without asking a certificate whether it is for this
    # address: the call does not leave the machine.
    with httpx.Client(trust_env=False, verify=False, timeout=timeout) as client:
        # Not by httpx, which refuses NaN: the command says better what is wrong with it.
        asked = json.dumps({"command": name, "parameters": parameters})
        try:
            with client.stream("POST", app.url + PATH, content=asked, headers=headers) as response:
                if response.status_code in _OF_A_STRANGER:
                    raise _NotThere
                if response.status_code != 200:
                    response.read()
                    raise MaaError(f"The app refused the command: {response.text[:200]}")
                for line in response.iter_lines():
                    yield json.loads(line)
        except httpx.ConnectError as error:
            raise _NotThere from error
        except (httpx.TransportError, ValueError):
            return
