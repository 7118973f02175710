"""The app's HTTP routes: the one of the command line with the file that tells commands about it, those of the
canvas (`workbench`, `tiles`), and signing in.

    st.App("maa/ui/main.py", routes=routes(), middleware=[Middleware(Gate)], lifespan=lifespan)

The command line's route answers without any sign-in, so it checks by itself: only callers on this machine,
and only with the token from the file that nobody but the app's own user can read.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ipaddress
import json
import logging
import signal
import threading
import time
from collections.abc import AsyncIterator
from types import FrameType
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from streamlit import config

from maa.api import assets, commands, connection, deployment, sign_in, tiles, workbench
from maa.api.connection import PATH, Connection
from maa.domain import MaaError, NotAllowed, refused_by_system
from maa.store.connection import StoreBusy
from maa.workflow import jobs, refusals
from maa.workflow.workspace import Workspace, current

HEARTBEAT_SECONDS = 5.0
"""A long command says this often that it is still at work."""
_MAX_REQUEST_BYTES = 16 * 1024**2
_WAIT_FOR_STORE_SECONDS = 15.0

_log = logging.getLogger(__name__)
_announced: Connection | None = None
_stopping = False  # no `Event`: a second signal while the first sets it would wait for that for ever


class _Stopped(Exception):
    """The app is told to stop while a command is at work."""


def routes() -> list[BaseRoute]:
    """The routes to give to `st.App`."""
    return [
        Route(PATH, _call, methods=["POST"]),
        *sign_in.routes(),
        *workbench.routes(),
        *tiles.routes(),
        assets.route(),
    ]


@contextlib.asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """While the app runs, hold the database, let commands find it, and look after the training jobs.

    When another process keeps the database, the app starts all the same and its pages say so; not an app that
    others reach, whose accounts have to be looked at first (`deployment.check`).
    """
    global _announced, _stopping
    try:
        ws = await asyncio.to_thread(_open)
    except MaaError as error:
        if deployment.is_public():
            raise  # nobody knows what others could do then
        _log.error("%s", error)
        yield
        return
    deployment.check(ws)
    _stopping = False
    _hear_of_the_end()
    try:
        _announced = connection.announce(ws.data_dir, _own_url())
    except OSError as error:  # on a full disk one can still sign in and see what there is
        _log.error("Commands cannot find this app. %s Then restart it.", refused_by_system(error) or error)
    stop = threading.Event()
    settling = threading.Thread(target=jobs.keep_settling, args=(ws, stop), name="jobs", daemon=True)
    settling.start()
    try:
        yield
    finally:
        stop.set()
        await asyncio.to_thread(settling.join)
        if _announced is not None:
            connection.withdraw(ws.data_dir, _announced)
        _announced = None


def _hear_of_the_end() -> None:
    """Have commands end when the server is told to: it tells the app only after the last answer has ended."""
    if threading.current_thread() is not threading.main_thread():
        return  # no server started by `streamlit run`
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)

        def end(number: int, frame: FrameType | None, before: Any = before) -> None:
            global _stopping
            _stopping = True
            if callable(before):
                before(number, frame)

        signal.signal(number, end)


def _open() -> Workspace:
    """The workspace; a command that has the database open just now is waited for."""
    deadline = time.monotonic() + _WAIT_FOR_STORE_SECONDS
    while True:
        try:
            return current()
        except StoreBusy:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _own_url() -> str:
    """Where this server answers, seen from this machine."""
    address = config.get_option("server.address")
    if address in (None, "", "0.0.0.0", "::"):
        address = "127.0.0.1"
    host = f"[{address}]" if ":" in address else address
    scheme = "https" if config.get_option("server.sslCertFile") else "http"
    return f"{scheme}://{host}:{config.get_option('server.port')}"


async def _call(request: Request) -> Response:
    if not _is_local(request):
        return _refusal("Commands are taken from this machine only.", 403)
    if not _has_token(request):
        return _refusal("The token is missing or wrong.", 401)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_REQUEST_BYTES:
            return JSONResponse({"error": "The request is too large."}, status_code=413)
    try:
        asked = json.loads(bytes(body))
        name, parameters = asked["command"], dict(asked["parameters"])
    except (ValueError, KeyError, TypeError):
        return JSONResponse({"error": "The request is not a command."}, status_code=400)
    return StreamingResponse(_answer(str(name), parameters), media_type="application/x-ndjson")


def _refusal(sentence: str, status: int) -> JSONResponse:
    ws = current() if _announced else None
    noting = BackgroundTask(refusals.note, ws, "command", "not_allowed", sentence)
    return JSONResponse({"error": sentence}, status_code=status, background=noting)


def _is_local(request: Request) -> bool:
    try:
        caller = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    if isinstance(caller, ipaddress.IPv6Address) and caller.ipv4_mapped:
        caller = caller.ipv4_mapped
    # A server bound to one outer address is called from that same address.
    server = request.scope.get("server")
    return caller.is_loopback or (server is not None and str(caller) == server[0])


def _has_token(request: Request) -> bool:
    given = request.headers.get("authorization", "")
    wanted = f"Bearer {_announced.token}" if _announced else ""
    # In constant time, so that the time of the answer does not tell how much of a guess was right.
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


async def _answer(name: str, parameters: dict[str, Any]) -> AsyncIterator[bytes]:
    """Lines of JSON: any number of `progress` and `working`, then one `result` or `error`."""
    loop = asyncio.get_running_loop()
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def send(message: dict[str, Any]) -> None:
        loop.call_soon_threadsafe(messages.put_nowait, message)

    def step(done: int, total: int, what: str) -> None:
        if _stopping and done < total:
            raise _Stopped("The app was stopped. Start it again.")  # a job keeps these words
        send({"progress": [done, total, what]})

    def work() -> None:
        try:
            if name == "demo" and deployment.is_public():
                raise NotAllowed(
                    "This app is reachable by others, and everybody knows the passwords of the demo's people."
                )
            result = commands.run(current(), name, parameters, step)
            send({"result": result})
        except _Stopped:
            whole = name in commands.ALL_OR_NOTHING
            send({"error": connection.NOTHING_KEPT if whole else connection.STOPPED})
        except MaaError as error:
            send({"error": str(error)})
        except Exception as error:
            _log.exception("the command %r failed", name)
            sentence = f"Something unexpected went wrong ({error!r}); the app's log has the details."
            send({"error": refused_by_system(error) or sentence})

    working = asyncio.create_task(asyncio.to_thread(work))
    while True:
        try:
            message = await asyncio.wait_for(messages.get(), HEARTBEAT_SECONDS)
        except TimeoutError:
            message = {"working": True}
        yield json.dumps(message).encode() + b"\n"
        if "result" in message or "error" in message:
            await working
            return
