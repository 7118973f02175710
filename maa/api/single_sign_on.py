"""Single sign-on by OpenID Connect: Streamlit talks to the provider, and what comes of it is our session.

It is set up as Streamlit wants it, in the section [auth] of secrets.toml. Streamlit keeps what the provider
said in a signed cookie of its own; it is believed once, right after the way back, and taken away.
"""

from __future__ import annotations

import json
import os
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

from maa.domain import Person
from maa.workflow import accounts
from maa.workflow.accounts import SignInRefused
from maa.workflow.workspace import Workspace

PATH = "/_maa/sign-in/single"
BEGIN = f"{PATH}/begin"
WAY = "single sign-on"
_DEFAULT = "default"
_PATIENCE = 5.0
"""Seconds that a provider has to answer."""
_FRESH_SECONDS = 600
"""How long after the provider has vouched for somebody that is believed."""


@dataclass(frozen=True, slots=True)
class Provider:
    name: str
    key: str
    """Its section within [auth]; of the one that stands in [auth] itself no section's name."""
    token: str
    """How Streamlit's way to the provider knows it."""


def providers() -> list[Provider]:
    """Those that secrets.toml names; none when it has no section [auth]."""
    section = get_secrets_auth_section()
    if not section or "redirect_uri" not in section or "cookie_secret" not in section:
        return []
    named = [str(name) for name, value in section.items() if hasattr(value, "get") and "client_id" in value]
    if "client_id" in section:
        named.insert(0, _DEFAULT)
    try:
        return [Provider(_shown(name), name, encode_provider_token(name)) for name in named]
    except StreamlitAuthError:
        return []


def way_to(token: str) -> str:
    """Where the way to a provider begins."""
    return f"/auth/login?provider={quote(token)}"


def answers(token: str) -> bool:
    """Whether the provider can be reached: people would see nothing but a page of errors of Streamlit's."""
    section: Mapping[str, Any] = get_secrets_auth_section() or {}
    where = next((section.get(one.key, section) for one in providers() if one.token == token), None)
    address = where.get("server_metadata_url") if where is not None else None
    if not address:
        return True
    try:
        return httpx.get(str(address), timeout=_PATIENCE, follow_redirects=True).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


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
