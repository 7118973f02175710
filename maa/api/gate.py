"""The gate in front of everything: without a session a browser gets the sign-in page and nothing else.

Behind it each page, callback and call asks once more, because a session can end while a page is open.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Literal
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from maa.api import cookie, single_sign_on
from maa.domain import MaaError, NotAllowed
from maa.workflow import refusals, sessions
from maa.workflow.workspace import current

SIGN_IN = "/_maa/sign-in"
ACCOUNT = "/_maa/account"

# What answers without a session. Ours check by themselves; Streamlit's are files that are the same for
# everybody, signs of life, and the way to the provider of single sign-on and back.
_OPEN = (
    "/_maa/",
    "/maa-api/",
    "/static/",
    "/favicon",
    "/_stcore/health",
    "/_stcore/host-config",
    "/auth/login",
    "/oauth2callback",
)

_FIRST = "Sign in first."

_Standing = Literal["in", "must change", "was in", "out"]


class Gate:
    """ASGI middleware for `st.App`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(_OPEN):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        standing = await asyncio.to_thread(_standing, cookie.token(connection))
        if scope["type"] == "websocket":
            # A page whose session ended says so itself when it asks again: it was let in before.
            if standing == "out":
                await send({"type": "websocket.close", "code": 1008})
                await asyncio.to_thread(_note, connection)
                return
        elif standing != "in":
            await _refusal(connection, scope, standing)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _standing(token: str) -> _Standing:
    if not token:
        return "out"
    try:
        return "must change" if sessions.find(current(), token).must_change else "in"
    except NotAllowed:
        return "was in"
    except MaaError:
        return "out"  # no database: the sign-in page says so


def _note(connection: HTTPConnection) -> None:
    """Write down what was refused; a page that leads to the sign-in is no refusal."""
    with contextlib.suppress(MaaError):
        ws = current()
        whose = sessions.whose(ws, cookie.token(connection))
        refusals.note(ws, connection.url.path[:100], "signed_out", _FIRST, person_id=whose)


def _refusal(connection: HTTPConnection, scope: Scope, standing: _Standing) -> Response:
    wants_page = scope["method"] == "GET" and "text/html" in connection.headers.get("accept", "")
    if not wants_page:
        return PlainTextResponse(_FIRST, status_code=401, background=BackgroundTask(_note, connection))
    if standing == "must change":
        return RedirectResponse(ACCOUNT, status_code=303)
    wanted = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
    way = single_sign_on.PATH if single_sign_on.came_back(connection) else SIGN_IN
    return RedirectResponse(f"{way}?next={quote(wanted, safe='/')}", status_code=303)
