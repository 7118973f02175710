"""Signing in and out, and one's own account: HTML forms, which password managers and the Enter key know.

Every form must come from one of our own pages (`cookie.is_from_here`). What fails is said on the form and is
an event 'refused'.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.background import BackgroundTask
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from maa import logo
from maa.api import cookie, deployment, single_sign_on
from maa.api.devices import described
from maa.api.gate import ACCOUNT, SIGN_IN
from maa.domain import InvalidInput, MaaError, NotAllowed, NotFound
from maa.workflow import accounts, demo, passwords, refusals, sessions
from maa.workflow.accounts import SignInRefused
from maa.workflow.sessions import SignedIn
from maa.workflow.workspace import Workspace, current

SIGN_OUT = "/_maa/sign-out"
_PASSWORD, _SESSIONS = f"{ACCOUNT}/password", f"{ACCOUNT}/sessions"
_MAX_BYTES = 20_000
_HEADERS = {
    "Cache-Control": "no-store",
    # Not stricter: without a referrer browsers send no origin with a form either.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}
# Browsers read // and /\ as the beginning of another server's address, and skip control characters before.
_OF_THIS_SERVER = re.compile(r"/(?!/)[^\\\x00-\x1f\x7f]*")
_templates = Environment(loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True)

# A password takes a fraction of a second and 64 MB to check: so many at a time, whoever asks.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="sign-in")


def routes() -> list[BaseRoute]:
    return [
        _get(SIGN_IN, _sign_in_page),
        Route(single_sign_on.BEGIN, _begin_single, methods=["GET"]),
        _get(single_sign_on.PATH, _sign_in_single),
        _post(SIGN_IN, _sign_in),
        _post(SIGN_OUT, _sign_out),
        _get(ACCOUNT, _account_page),
        _post(_PASSWORD, _change_password),
        _post(_SESSIONS, _end_sessions),
    ]


# --- signing in ---


def _sign_in_page(ws: Workspace, request: Request) -> Response:
    found = _signed_in(ws, request)
    if found is not None:
        return _go(ACCOUNT if found.must_change else _next(request.query_params.get("next")))
    after, left = request.query_params.get("next"), cookie.wanted(request)
    if left is None:
        return _sign_in_form(ws, after)
    # Whoever comes back signed in is led elsewhere.
    sentence = "The single sign-on was not completed. You are not signed in."
    response = _sign_in_form(ws, left if _next(after) == "/" else after, error=sentence)
    cookie.take_wanted(response)
    return response


def _sign_in(ws: Workspace, request: Request, form: FormData) -> Response:
    name, password, after = (_text(form, key) for key in ("name", "password", "next"))
    try:
        person = accounts.sign_in(ws, name, password)
    except SignInRefused as error:
        return _refused_sign_in(ws, request, error, after, name)
    return _begin(ws, request, person.id, after, way="password")


async def _begin_single(request: Request) -> Response:
    """The provider leads back to the first page whatever one came for; the browser keeps that meanwhile."""
    after = request.query_params.get("next")
    try:
        way = await single_sign_on.way_to(request.query_params.get("provider", ""))
        because = "" if way else "The single sign-on does not answer. Try again later, or use a password."
    except NotFound as error:
        way, because = None, str(error)
    if way is None:
        return await _in_thread(lambda: _sign_in_form(current(), after, error=because, status=503))
    response = _go(way)
    cookie.give_wanted(response, _next(after))
    return response


def _sign_in_single(ws: Workspace, request: Request) -> Response:
    after = cookie.wanted(request) or request.query_params.get("next")
    try:
        person = single_sign_on.person(ws, request)
    except (SignInRefused, InvalidInput) as error:
        response = _refused_sign_in(ws, request, error, after)
    else:
        response = _begin(ws, request, person.id, after, way=single_sign_on.WAY)
    single_sign_on.forget(request, response)
    cookie.take_wanted(response)
    return response


def _begin(ws: Workspace, request: Request, person_id: int, after: str | None, *, way: str) -> Response:
    before = _signed_in(ws, request)
    if before is not None:
        sessions.end(ws, before.session.id, by=before.person.id)
    device = described(request.headers.get("user-agent", ""))
    token, session = sessions.begin(ws, person_id, way=way, device=device)
    must_change = way == "password" and sessions.present(ws, session.id).must_change
    response = _go(ACCOUNT if must_change else _next(after))
    cookie.give(response, token)
    cookie.take_wanted(response)  # of a single sign-on that was left half-way
    return response


def _refused_sign_in(
    ws: Workspace, request: Request, error: MaaError, after: str | None, name: str = ""
) -> Response:
    response = _sign_in_form(ws, after, name=name, error=str(error), status=401)
    whose = error.person_id if isinstance(error, SignInRefused) else None
    response.background = _noting(ws, "sign in", "sign_in", str(error), whose)
    return response


def _sign_in_form(
    ws: Workspace, after: str | None, *, name: str = "", error: str = "", status: int = 200
) -> Response:
    demo_names = [] if deployment.is_public() else accounts.demo_names(ws)
    return _page(
        "sign_in.html",
        status,
        next=_next(after),
        name=name[:100],
        error=error,
        nobody=accounts.is_nobody_there(ws),
        providers=single_sign_on.providers(),
        single=single_sign_on.BEGIN,
        demo={name: demo.MAY.get(name, "") for name in demo_names},
        demo_password=demo.PASSWORD,
    )


def _sign_out(ws: Workspace, request: Request, form: FormData) -> Response:
    found = _signed_in(ws, request)
    if found is not None:
        sessions.end(ws, found.session.id, by=found.person.id)
    response = _go(SIGN_IN)
    cookie.take_wanted(response)
    cookie.take(response)
    return response


# --- one's own account ---


def _account_page(ws: Workspace, request: Request) -> Response:
    found = _signed_in(ws, request)
    return _go(f"{SIGN_IN}?next={ACCOUNT}") if found is None else _account(ws, found)


def _change_password(ws: Workspace, request: Request, form: FormData) -> Response:
    found = _signed_in(ws, request)
    if found is None:
        return _go(SIGN_IN)
    old, new, again = (_text(form, key) for key in ("old", "new", "again"))
    try:
        if new != again:
            raise InvalidInput("The new password was typed differently the second time.")
        accounts.change_password(ws, found.person.id, old, new, keep=found.session.id)
    except SignInRefused as error:
        response = _account(ws, found, error=str(error), status=401)
        response.background = _noting(ws, "change password", "sign_in", str(error), found.person.id)
        return response
    except MaaError as error:
        return _account(ws, found, error=str(error), status=422)
    return _go("/") if found.must_change else _account(ws, found, done="Your password is changed.")


def _end_sessions(ws: Workspace, request: Request, form: FormData) -> Response:
    found = _signed_in(ws, request)
    if found is None:
        return _go(SIGN_IN)
    which = _text(form, "session")
    if which == "others":
        sessions.end_all(ws, found.person.id, but=found.session.id, by=found.person.id)
    elif which.isdecimal():
        try:
            sessions.end(ws, int(which), by=found.person.id)
        except NotAllowed as error:
            response = _account(ws, found, error=str(error), status=403)
            response.background = _noting(ws, "end session", "not_allowed", str(error), found.person.id)
            return response
    return _go(ACCOUNT)


def _account(
    ws: Workspace, found: SignedIn, *, error: str = "", done: str = "", status: int = 200
) -> Response:
    return _page(
        "account.html",
        status,
        person=found.person,
        must_change=found.must_change,
        has_password=accounts.get_account(ws, found.person.id).password_hash is not None,
        least=passwords.MIN_LENGTH,
        present=found.session.id,
        sessions=sessions.list_open(ws, found.person.id),
        error=error,
        done=done,
    )


# --- what they share ---


def _get(path: str, answer: Callable[[Workspace, Request], Response]) -> Route:
    async def endpoint(request: Request) -> Response:
        return await _in_thread(lambda: answer(current(), request))

    return Route(path, endpoint, methods=["GET"])


def _post(path: str, answer: Callable[[Workspace, Request, FormData], Response]) -> Route:
    async def endpoint(request: Request) -> Response:
        if int(request.headers.get("content-length") or _MAX_BYTES + 1) > _MAX_BYTES:
            return _page("refused.html", 413, error="The form is too large.")
        if not cookie.is_from_here(request):
            return await _in_thread(lambda: _foreign(current(), request, path))
        async with request.form(max_files=0, max_fields=10) as form:
            return await _in_thread(lambda: answer(current(), request, form))

    return Route(path, endpoint, methods=["POST"])


def _foreign(ws: Workspace, request: Request, path: str) -> Response:
    found = _signed_in(ws, request)
    sentence = "This form did not come from this app, so nothing was done. Open the app and try again."
    response = _page("refused.html", 403, error=sentence)
    response.background = _noting(ws, path, "origin", sentence, found.person.id if found else None)
    return response


async def _in_thread(answer: Callable[[], Response]) -> Response:
    def safely() -> Response:
        try:
            return answer()
        except MaaError as error:
            return _page("refused.html", 503, error=str(error))

    return await asyncio.get_running_loop().run_in_executor(_threads, safely)


def _signed_in(ws: Workspace, request: Request) -> SignedIn | None:
    try:
        return sessions.find(ws, cookie.token(request))
    except NotAllowed:
        return None


def _noting(ws: Workspace, call: str, kind: str, why: str, person_id: int | None) -> BackgroundTask:
    return BackgroundTask(refusals.note, ws, call, kind, why, person_id=person_id)


def _page(template: str, status: int, **values: Any) -> HTMLResponse:
    text = _templates.get_template(template).render(logo=logo.LOGO, icon=logo.ICON, **values)
    return HTMLResponse(text, status, headers=_HEADERS)


def _go(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303, headers=_HEADERS)


def _next(address: str | None) -> str:
    """Where to go afterwards: a page of this server, whatever the address says."""
    if not address or not _OF_THIS_SERVER.fullmatch(address) or address.startswith(SIGN_IN):
        return "/"
    return address


def _text(form: FormData, key: str) -> str:
    value = form.get(key)
    return value if isinstance(value, str) else ""
