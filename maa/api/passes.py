"""Signed passes: who works on which task, for the calls that a page's canvas makes beside the page.

A page that has checked a person issues one and gives it to the canvas. It only says who is calling, from
which session: whether that holds and what they may do is looked up anew with every call. The key lies in the
data folder, so an open tab goes on after the server was restarted.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from maa.domain import MaaError, Session
from maa.workflow.workspace import Workspace

VALID_FOR = timedelta(hours=12)
KEY_FILE = "secret.key"
_KEY_BYTES = 32
_MAX_LENGTH = 200
_SIGNED_AS = b"maa pass 2\0"


class Purpose(StrEnum):
    ANNOTATE = "annotate"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass says."""

    session_id: int
    person_id: int
    task_id: int
    purpose: Purpose
    expires_at: datetime


class PassRefused(MaaError):
    """The pass is missing, not ours, or too old."""

    def __init__(self, message: str, held_pass: Pass | None = None) -> None:
        super().__init__(message)
        self.held_pass = held_pass
        """What a genuine pass that ran out says; None when nothing in it can be believed."""


def issue(ws: Workspace, session: Session, task_id: int, purpose: Purpose | str) -> str:
    """A pass for the person of a session, a task and a purpose; about 75 characters that need no escaping in
    an address.

    It is the same text for an hour, because it is part of the address of every tile: a page that is drawn
    anew must not make the browser fetch the image again.
    """
    hour = ws.clock().replace(minute=0, second=0, microsecond=0)
    until = int((hour + VALID_FOR).timestamp())
    content = f"{session.id}.{session.person_id}.{task_id}.{Purpose(purpose)}.{until}"
    return f"{content}.{_signature(ws, content)}"


def check(ws: Workspace, text: str) -> Pass:
    """What a pass says, once it is known to be ours and not too old.

    Raises:
        PassRefused: it is not.
    """
    content, _, signature = text[:_MAX_LENGTH].rpartition(".")
    if not text:
        raise PassRefused("The request has no pass. Reload the page.")
    # In constant time, so that the time of the answer does not tell how much of a guess was right.
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(ws, content).encode()):
        raise PassRefused("The pass was not issued by this server. Reload the page.")
    session_id, person_id, task_id, purpose, until = content.split(".")
    found = Pass(
        int(session_id),
        int(person_id),
        int(task_id),
        Purpose(purpose),
        datetime.fromtimestamp(int(until), UTC),
    )
    if ws.clock() >= found.expires_at:
        raise PassRefused("The page has been open for too long. Reload it to go on.", found)
    return found


def _signature(ws: Workspace, content: str) -> str:
    digest = hmac.digest(_key(ws.data_dir), _SIGNED_AS + content.encode("utf-8", "replace"), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _key(data_dir: Path) -> bytes:
    """The key of the data folder, made on first use; only the owner of the app can read it."""
    path = data_dir / KEY_FILE
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = _make_key(path)
    except OSError as error:
        raise MaaError(f"The key {path} cannot be read ({error.strerror}).") from error
    if len(key) != _KEY_BYTES:
        raise MaaError(f"The key {path} is damaged. Delete the file; open pages must then be reloaded.")
    return key


def _make_key(path: Path) -> bytes:
    unfinished = path.with_name(f".{KEY_FILE}.{secrets.token_hex(8)}")
    # Nobody else may read it at any moment, so not "write, then chmod".
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename a link never replaces: of two that make one at once, both use the first.
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path.read_bytes()
