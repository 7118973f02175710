"""Signing a browser in without the form: by the same route, once a person and server."""

from __future__ import annotations

import httpx
from playwright.sync_api import BrowserContext

from maa.api import cookie
from maa.api.gate import SIGN_IN
from maa.workflow import demo

_tokens: dict[tuple[str, str], str] = {}


def token(url: str, person: str) -> str:
    """The session of one of the demo's people on the server at `url`."""
    if (url, person) not in _tokens:
        answer = httpx.post(
            url + SIGN_IN,
            data={"name": person, "password": demo.PASSWORD},
            headers={"Origin": url},
            trust_env=False,
        )
        assert answer.status_code == 303, answer.text
        _tokens[url, person] = answer.cookies[cookie.NAME]
    return _tokens[url, person]


def sign_in(context: BrowserContext, url: str, person: str) -> None:
    """Let the browser be one of the demo's people from now on."""
    give(context, url, token(url, person))


def give(context: BrowserContext, url: str, token: str) -> None:
    """Let the browser keep a session's token."""
    context.add_cookies([{"name": cookie.NAME, "value": token, "url": url, "httpOnly": True}])


def forget(url: str) -> None:
    """Another server begins at this address."""
    for known in [key for key in _tokens if key[0] == url]:
        del _tokens[known]
