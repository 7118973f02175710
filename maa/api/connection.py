"""How a command finds the running app: a file in the data folder that only its owner can read."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from maa.domain import MaaError
from maa.files import replacing

PATH = "/maa-api/call"
"""The one route that takes commands."""

STOPPED = (
    "The app stopped before it had answered. What it had done until then is kept: see `maa status`, for runs "
    "of pre-labels `maa prelabel list PROJECT`."
)
NOTHING_KEPT = "The app stopped before it was done, and nothing of it is kept. Run the command again."

_FILE = "running-app.json"


class GoesOn(KeyboardInterrupt):
    """Ctrl-C at the command line, while the app was at work on the command: it goes on with it."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the running app answers, and the token that it wants to see."""

    url: str
    token: str
    pid: int


def announce(data_dir: Path, url: str) -> Connection:
    """Write the file of an app that has just started, with a fresh token; `OSError` if it cannot be."""
    connection = Connection(url, secrets.token_urlsafe(32), os.getpid())
    # Nobody else may read it at any moment, so not "write, then chmod".
    with (
        replacing(data_dir / _FILE, mode=0o600) as unfinished,
        unfinished.open("w", encoding="utf-8") as file,
    ):
        json.dump(asdict(connection), file)
    return connection


def find(data_dir: Path) -> Connection | None:
    """The app that uses the data folder; None when none runs. It may still be gone a moment later.

    Raises:
        MaaError: the data folder, or the app, belongs to another user.
    """
    try:
        found = Connection(**json.loads((data_dir / _FILE).read_text(encoding="utf-8")))
    except PermissionError as error:
        raise MaaError(
            f"{data_dir}, or the app that uses it, belongs to another user. Run the command as that user."
        ) from error
    except (OSError, ValueError, TypeError):
        return None
    return found if _is_alive(found.pid) else None


def withdraw(data_dir: Path, connection: Connection) -> None:
    """Remove the file of an app that stops; not the one of another app that has started since."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        path = data_dir / _FILE
        if json.loads(path.read_text(encoding="utf-8"))["token"] == connection.token:
            path.unlink()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        # It is there, but belongs to somebody else.
        return True
    except (OSError, OverflowError, TypeError):
        return False
    return True
