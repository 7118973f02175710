"""The cookie that names a session, and whether a form was sent from one of our own pages."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from maa.api import deployment
from maa.workflow import sessions

NAME = "maa_session"
_WANTED = "maa_wanted"
_WANTED_PATH = "/_maa/sign-in"
_WANTED_SECONDS = 900


def token(connection: HTTPConnection) -> str:
    return connection.cookies.get(NAME, "")


def give(response: Response, token: str) -> None:
    """Let the browser keep the token: out of reach of scripts, and not sent with what other sites send."""
    response.set_cookie(
        NAME,
        token,
        max_age=int(sessions.MAX_AGE.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=deployment.is_https(),
    )


def take(response: Response) -> None:
    response.delete_cookie(NAME, path="/", httponly=True, samesite="lax", secure=deployment.is_https())


def give_wanted(response: Response, address: str) -> None:
    """Let the browser keep which page somebody came for, while a provider asks who they are."""
    response.set_cookie(
        _WANTED,
        quote(address),
        max_age=_WANTED_SECONDS,
        path=_WANTED_PATH,
        httponly=True,
        samesite="lax",
        secure=deployment.is_https(),
    )


def wanted(connection: HTTPConnection) -> str | None:
    """What `give_wanted` was given, as far as the browser can be believed: to be checked."""
    kept = connection.cookies.get(_WANTED)
    return None if kept is None else unquote(kept)


def take_wanted(response: Response) -> None:
    response.delete_cookie(
        _WANTED, path=_WANTED_PATH, httponly=True, samesite="lax", secure=deployment.is_https()
    )


def is_from_here(connection: HTTPConnection) -> bool:
    """Whether the browser says that one of our own pages sent this form. Browsers say so with every form."""
    origin = urlsplit(connection.headers.get("origin", ""))
    url = deployment.public_url()
    if url is not None:
        ours = urlsplit(url)
        return (origin.scheme, origin.netloc) == (ours.scheme, ours.netloc)
    return origin.scheme in ("http", "https") and origin.netloc == connection.headers.get("host")
