"""How the routes beside the pages say no: a sentence for the person, a word for the program, an event."""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.background import BackgroundTask
from starlette.responses import JSONResponse

from maa.api.passes import Pass, PassRefused
from maa.dextr.shelves import ModelError
from maa.domain import Conflict, InvalidInput, MaaError, NotAllowed, NotFound, refused_by_system
from maa.workflow import refusals
from maa.workflow.predict import UNUSABLE
from maa.workflow.seats import SeatTaken
from maa.workflow.sessions import SignedOut
from maa.workflow.workspace import Workspace

_KINDS: tuple[tuple[type[MaaError], str, HTTPStatus], ...] = (
    # the first that fits counts
    (PassRefused, "pass", HTTPStatus.UNAUTHORIZED),
    (SignedOut, "pass", HTTPStatus.UNAUTHORIZED),
    (NotAllowed, "not_allowed", HTTPStatus.FORBIDDEN),
    (NotFound, "not_found", HTTPStatus.NOT_FOUND),
    (SeatTaken, "seat", HTTPStatus.CONFLICT),
    (Conflict, "conflict", HTTPStatus.CONFLICT),
    (InvalidInput, "invalid", HTTPStatus.UNPROCESSABLE_ENTITY),
    (ModelError, "model", HTTPStatus.SERVICE_UNAVAILABLE),
)

_log = logging.getLogger(__name__)


class TooLarge(InvalidInput):
    """The request's body is larger than any that a page sends."""


def refusal(error: Exception, ws: Workspace | None, held_pass: Pass | None, what: str) -> JSONResponse:
    """The answer to a call that failed; the event 'refused' is written after it was sent.

    `ws`: None when it could not be opened. `held_pass`: the caller's pass, if it is genuine. `what`: the
    name of the call.
    """
    kind, status = _kind(error)
    if isinstance(error, MaaError):
        sentence = str(error)
    else:
        _log.exception("the call %r failed", what, exc_info=error)
        sentence = refused_by_system(error) or (
            "Something went wrong on our side; the server's log has the details. What was saved is safe."
        )
    told = UNUSABLE if isinstance(error, ModelError) else sentence  # the event keeps what is wrong
    content: dict[str, object] = {"error": told, "kind": kind}
    if isinstance(error, SeatTaken):
        content["since"] = error.seat.since.isoformat() if error.seat.since else None
    if isinstance(error, PassRefused) and held_pass is None:
        held_pass = error.held_pass
    noting = BackgroundTask(
        refusals.note,
        ws,
        what,
        kind,
        sentence,
        person_id=held_pass.person_id if held_pass else None,
        task_id=held_pass.task_id if held_pass else None,
    )
    return JSONResponse(content, status, background=noting, headers=NO_STORE)


NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _kind(error: Exception) -> tuple[str, HTTPStatus]:
    if isinstance(error, TooLarge):
        return "invalid", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    for known, kind, status in _KINDS:
        if isinstance(error, known):
            return kind, status
    return "internal", HTTPStatus.INTERNAL_SERVER_ERROR
