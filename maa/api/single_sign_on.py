"""Single sign-on by OpenID Connect: Streamlit talks to the provider, and what comes of it is our session.

It is set up as Streamlit wants it, in the section [auth] of secrets.toml. Streamlit keeps what the provider
said in a signed cookie of its own; it is believed once, right after the way back, and taken away.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from starlette.requests import HTTPConnection
from starlette.responses import Response
from streamlit.auth_util import encode_provider_token, get_cookie_with_chunks, get_secrets_auth_section
from streamlit.errors import StreamlitAuthError
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

from maa.domain import NotFound, Person
from maa.workflow import accounts
from maa.workflow.accounts import SignInRefused
from maa.workflow.workspace import Workspace

PATH = "/_maa/sign-in/single"
BEGIN = f"{PATH}/begin"
WAY = "single sign-on"
_DEFAULT = "default"
_PATIENCE = 5.0
"""Seconds that a provider has to answer."""
_REMEMBERED_SECONDS = 10.0
_DOWN = (502, 503, 504)
"""What a server in front of a provider says of it."""
_FRESH_SECONDS = 600
"""How long after the provider has vouched for somebody that is believed."""


@dataclass(frozen=True, slots=True)
class Provider:
    key: str
    """Its section within [auth]; "default" is the one that stands in [auth] itself."""
    name: str


def providers() -> list[Provider]:
    """Those that secrets.toml names; none when it has no section [auth]."""
    section = get_secrets_auth_section()
    if not section or "redirect_uri" not in section or "cookie_secret" not in section:
        return []
    named = [str(name) for name, value in section.items() if hasattr(value, "get") and "client_id" in value]
    if "client_id" in section:
        named.insert(0, _DEFAULT)
    try:
        for name in named:
            encode_provider_token(name)
    except StreamlitAuthError:  # it could not be gone anywhere with them
        return []
    return [Provider(name, _shown(name)) for name in named]


async def way_to(key: str) -> str | None:
    """Where the way to a provider begins; None while it does not answer, when people would see nothing but a
    page of errors of Streamlit's.

    Raises:
        NotFound: there is no such provider.
    """
    if key not in {provider.key for provider in providers()}:
        raise NotFound("There is no such single sign-on. Choose another way to sign in.")
    section: Mapping[str, Any] = get_secrets_auth_section() or {}
    if not await _answers(str(section.get(key, section).get("server_metadata_url", ""))):
        return None
    return f"/auth/login?provider={quote(encode_provider_token(key))}"


_asked: dict[str, tuple[float, bool]] = {}
"""Of addresses: when they were asked, and whether they answered."""


async def _answers(address: str) -> bool:
    """Whether somebody answers at an address: what they say is for Streamlit to judge."""
    at, answered = _asked.get(address, (-math.inf, False))
    if not address or time.monotonic() - at < _REMEMBERED_SECONDS:
        return answered or not address
    try:
        # Not whether the certificate is good: a provider may have one of its own, which Streamlit knows.
        async with asyncio.timeout(_PATIENCE), httpx.AsyncClient(verify=False) as client:
            answered = (await client.head(address)).status_code not in _DOWN
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL):
        answered = False
    _asked[address] = time.monotonic(), answered
    return answered


def came_back(connection: HTTPConnection) -> bool:
    """Whether the browser brings what a provider said."""
    return USER_COOKIE_NAME in connection.cookies


def person(ws: Workspace, connection: HTTPConnection) -> Person:
    """Who the provider says that it is.

    Raises:
        SignInRefused: nobody of ours, or what was said is not genuine or too long ago.
    """
    said = get_cookie_with_chunks(lambda name: _signed(connection, name), USER_COOKIE_NAME)
    claims = json.loads(said) if said else {}
    age = ws.clock().timestamp() - float(claims.get("iat", 0))
    if not claims.get("sub") or not claims.get("iss") or not -_FRESH_SECONDS < age < _FRESH_SECONDS:
        raise SignInRefused("The single sign-on took too long. Try again.", None)
    email = str(claims.get("email", ""))
    creates = os.environ.get("MAA_SINGLE_SIGN_ON_ADDS_PEOPLE", "").strip() == "1"
    return accounts.sign_in_single(
        ws,
        str(claims["iss"]),
        str(claims["sub"]),
        email,
        verified=claims.get("email_verified") in (True, "true"),
        create_as=str(claims.get("name") or email) if creates else None,
    )


def forget(connection: HTTPConnection, response: Response) -> None:
    """Take Streamlit's cookies away, so that they sign nobody in again."""
    for name in connection.cookies:
        if name.startswith((USER_COOKIE_NAME, TOKENS_COOKIE_NAME)):
            response.delete_cookie(name, path="/", httponly=True, samesite="lax")


def _signed(connection: HTTPConnection, name: str) -> bytes | None:
    value = connection.cookies.get(name)
    return decode_signed_value(get_cookie_secret(), name, value.encode("latin-1")) if value else None


def _shown(name: str) -> str:
    return "single sign-on" if name == _DEFAULT else name.capitalize()
