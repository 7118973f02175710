"""The calls that the canvas makes beside the page: JSON over HTTP, with a pass.

`POST /_maa/workbench/CALL` with `Authorization: Bearer PASS`. No cookie says who is calling, so no other
site's page can call in somebody's name. The work is done in threads; the loop that serves everybody only
reads and sends.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from starlette.background import BackgroundTasks
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from maa.api import messages, passes
from maa.api.answers import NO_STORE, TooLarge, refusal
from maa.api.caller import Caller
from maa.api.calls import CALLS
from maa.domain import NotFound
from maa.workflow import sessions
from maa.workflow.workspace import Workspace, current

PATH = "/_maa/workbench/{call}"

_MAX_TAB_LENGTH = 100

# More than the loop's own few: while some wait for the model's turn, saves must still be taken.
_threads = ThreadPoolExecutor(max_workers=32, thread_name_prefix="call")


def routes() -> list[BaseRoute]:
    return [Route(PATH, _call, methods=["POST"])]


async def _call(request: Request) -> Response:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > messages.MAX_BYTES:
            break
    name, given = request.path_params["call"], request.headers.get("authorization", "")
    return await asyncio.get_running_loop().run_in_executor(_threads, _answer, name, given, bytes(body))


def _answer(name: str, given: str, body: bytes) -> Response:
    ws: Workspace | None = None
    held_pass: passes.Pass | None = None
    try:
        ws = current()
        scheme, _, text = given.partition(" ")
        held_pass = passes.check(ws, text.strip() if scheme.lower() == "bearer" else "")
        sessions.present(ws, held_pass.session_id)
        call = CALLS.get(name)
        if call is None:
            raise NotFound("There is no such call.")
        if len(body) > messages.MAX_BYTES:
            raise TooLarge(f"The request is larger than {messages.MAX_BYTES // 1024**2} MB.")
        message = messages.parse(body)
        caller = Caller(ws, held_pass, message.text("tab", most=_MAX_TAB_LENGTH))
        answer = JSONResponse(call(caller, message), headers=NO_STORE)
    except Exception as error:
        return refusal(error, ws, held_pass, name[:50])
    if caller.later:
        answer.background = BackgroundTasks(caller.later)
    return answer
