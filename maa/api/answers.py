"""How the routes beside the pages say no: a sentence for the person, a word for the program, an event."""

from __future__ import annotations

import logging
import threading
import time
from http import HTTPStatus

from starlette.background import BackgroundTask
from starlette.responses import JSONResponse

from maa.api.passes import Pass, PassRefused
from maa.dextr.shelves import ModelError
from maa.domain import Conflict, InvalidInput, MaaError, NotAllowed, NotFound
from maa.workflow import history, queue
from maa.workflow.seats import SeatTaken
from maa.workflow.workspace import Workspace

_KINDS: tuple[tuple[type[MaaError], str, HTTPStatus], ...] = (
    # the first that fits counts
    (PassRefused, "pass", HTTPStatus.UNAUTHORIZED),
    (NotAllowed, "not_allowed", HTTPStatus.FORBIDDEN),
    (NotFound, "not_found", HTTPStatus.NOT_FOUND),
    (SeatTaken, "seat", HTTPStatus.CONFLICT),
    (Conflict, "conflict", HTTPStatus.CONFLICT),
    (InvalidInput, "invalid", HTTPStatus.UNPROCESSABLE_ENTITY),
    (ModelError, "model", HTTPStatus.SERVICE_UNAVAILABLE),
)

NOTED_A_MINUTE = 120
"""Refusals that are written down. Who has no pass can cause them, and must not be able to fill the disk."""

_log = logging.getLogger(__name__)


class TooLarge(InvalidInput):
    """The request's body is larger than any that a page sends."""


def refusal(error: Exception, ws: Workspace | None, said: Pass | None, what: str) -> JSONResponse:
    """The answer to a call that failed; the event 'refused' is written after it was sent.

    `ws`: None when it could not be opened. `said`: the caller's pass, if it is genuine. `what`: the name of
    the call.
    """
    kind, status = _kind(error)
    if isinstance(error, MaaError):
        sentence = str(error)
    else:
        _log.exception("the call %r failed", what, exc_info=error)
        sentence = (
            "Something went wrong on our side; the server's log has the details. What was saved is safe."
        )
    content: dict[str, object] = {"error": sentence, "kind": kind}
    if isinstance(error, SeatTaken):
        content["since"] = error.seat.since.isoformat() if error.seat.since else None
    if isinstance(error, PassRefused) and said is None:
        said = error.said
    return JSONResponse(
        content, status, background=BackgroundTask(_note, ws, said, what, kind, sentence), headers=NO_STORE
    )


NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _kind(error: Exception) -> tuple[str, HTTPStatus]:
    if isinstance(error, TooLarge):
        return "invalid", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    for known, kind, status in _KINDS:
        if isinstance(error, known):
            return kind, status
    return "internal", HTTPStatus.INTERNAL_SERVER_ERROR


def _note(ws: Workspace | None, said: Pass | None, what: str, kind: str, sentence: str) -> None:
    if ws is None or not _limit.allows():
        _log.warning("refused %s (%s): %s", what, kind, sentence)
        return
    try:
        history.record(
            ws,
            "refused",
            project_id=queue.get_task(ws, said.task_id).project_id if said else None,
            task_id=said.task_id if said else None,
            person_id=said.person_id if said else None,
            data={"call": what, "kind": kind, "why": sentence[:500]},
        )
    except Exception as error:
        # The caller has got the answer; whatever is wrong with the database is said to who needs it.
        _log.warning("a refusal could not be noted: %r", error)


class _Limit:
    """So many a minute, and after a pause as many at once."""

    def __init__(self, a_minute: int) -> None:
        self._rate, self._most = a_minute / 60, float(a_minute)
        self._left, self._at = self._most, time.monotonic()
        self._lock = threading.Lock()

    def allows(self) -> bool:
        with self._lock:
            now = time.monotonic()
            self._left = min(self._most, self._left + (now - self._at) * self._rate)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


_limit = _Limit(NOTED_A_MINUTE)
