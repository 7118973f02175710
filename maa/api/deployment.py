"""Who can reach the app: this machine alone, or others too. Then nothing that everybody knows may open it."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from streamlit import config
from streamlit.auth_util import get_secrets_auth_section

from maa.domain import MaaError
from maa.workflow import accounts
from maa.workflow.workspace import Workspace

_MIN_SECRET = 32
_EXAMPLES = ("xxx", "change", "secret", "example", "your")
"""How secrets begin that were copied from somebody's documentation."""


class NotReady(MaaError):
    """The app must not be started like this."""


def public_url() -> str | None:
    """`MAA_PUBLIC_URL`: where people reach the app, when that is not the server itself (a proxy)."""
    return os.environ.get("MAA_PUBLIC_URL", "").strip().rstrip("/") or None


def is_public() -> bool:
    """Whether other machines reach the app: it has a public address, or listens on more than the loopback."""
    address = config.get_option("server.address")
    return public_url() is not None or not _is_loopback(address or "")


def is_https() -> bool:
    """Whether people come by https, so that the cookie need never travel otherwise."""
    url = public_url()
    return url.startswith("https:") if url else bool(config.get_option("server.sslCertFile"))


def check(ws: Workspace) -> None:
    """`NotReady`, with what to do: others reach the app and know a way in, or it cannot work as set up."""
    prefix = config.get_option("server.baseUrlPath")
    if prefix:
        raise NotReady(
            f"server.baseUrlPath is {prefix!r}, but this app works only at the root of an address: its "
            "sign-in and its pictures would not be found. Leave it out, and give the app a host name of "
            "its own."
        )
    url = public_url()
    if url is not None and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise NotReady(f"MAA_PUBLIC_URL is {url!r}. Write it like https://maa.example.org, or leave it out.")
    if not is_public():
        return
    names = accounts.demo_names(ws)
    if names:
        raise NotReady(
            f"This app would be reachable by others, and everybody knows the password of {', '.join(names)}: "
            "it is the demo's. Give each of them a new one (maa user password NAME) or switch them off "
            "(maa user disable NAME; first add an admin of your own: maa user add NAME --admin). Or "
            "choose a data folder without the demo with MAA_DATA_DIR, or make the app reachable only "
            "from this machine: --server.address 127.0.0.1, no MAA_PUBLIC_URL."
        )
    section = get_secrets_auth_section()
    for name, secret in (
        ("server.cookieSecret", config.get_option("server.cookieSecret")),
        ("cookie_secret of [auth]", section.get("cookie_secret") if section else None),
    ):
        if secret and _is_guessable(str(secret)):
            raise NotReady(
                f"{name} can be guessed, and whoever knows it can sign in as anybody. Use {_MIN_SECRET} or "
                'more random characters: python -c "import secrets; print(secrets.token_urlsafe(48))"'
            )


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _is_guessable(secret: str) -> bool:
    return len(secret) < _MIN_SECRET or secret.lower().startswith(_EXAMPLES) or len(set(secret)) < 10
