"""Single sign-on by OpenID Connect against a real provider (tests/e2e/provider), in a real browser."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from maa.api import cookie
from tests.e2e.conftest import RunningApp

FOLDER = Path(__file__).parent / "provider"


@pytest.fixture
def company(tmp_path: Path) -> Iterator[RunningApp]:
    """An app whose people come from a provider; Ana was added by her address."""
    if shutil.which("node") is None or not (FOLDER / "node_modules").exists():
        message = "node or the provider is missing; `make test` installs them"
        if os.environ.get("MAA_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    app = RunningApp(tmp_path / "data")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {"port": port, "redirect": f"{app.url}/oauth2callback"}
    settings = tmp_path / "secrets.toml"
    settings.write_text(f"""
        [auth]
        redirect_uri = "{told["redirect"]}"
        cookie_secret = "{secrets.token_urlsafe(48)}"
        client_id = "maa"
        client_secret = "only-for-the-tests-0123456789abcdef"
        client_kwargs = {{ prompt = "login" }}
        server_metadata_url = "http://127.0.0.1:{port}/.well-known/openid-configuration"
    """)
    app.options = ["--secrets.files", str(settings)]
    app.call("demo")
    app.call("user email", name="Ana", email="ana@example.org")
    provider = subprocess.Popen(
        ["node", "provider.js", json.dumps(told)], cwd=FOLDER, stdout=subprocess.PIPE, text=True
    )
    try:
        assert provider.stdout is not None
        assert provider.stdout.readline().strip() == "ready"
        app.start()
        yield app
    finally:
        app.stop()
        provider.kill()
        provider.wait()


def come(page: Page, app: RunningApp, login: str, to: str = "") -> None:
    """From the sign-in page to the provider and back, as this person, who opened the page `to`."""
    page.goto(app.url + to)
    page.get_by_role("link", name="Sign in with single sign-on").click()
    page.get_by_placeholder("Enter any login").fill(login)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_who_was_added_comes_in_and_others_do_not(company: RunningApp, page: Page) -> None:
    come(page, company, "ana", "/dashboard")
    expect(page).to_have_url(re.compile(rf"^{company.url}/dashboard(\?|$)"))
    expect(page.locator(".st-key-who_is_there")).to_contain_text("Ana")
    kept = {each["name"]: each for each in page.context.cookies(company.url)}
    assert kept[cookie.NAME]["httpOnly"]
    assert kept[cookie.NAME]["sameSite"] == "Lax"
    assert not [name for name in kept if name.startswith("_streamlit_user")], "believed once"

    # ending the session is enough: nothing that the browser keeps signs them in again
    company.call("user sessions", name="Ana", end=True)
    page.goto(company.url)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    page.context.clear_cookies()
    come(page, company, "mallory")
    expect(page.get_by_role("alert")).to_contain_text("Nobody with your verified e-mail address")
    assert cookie.NAME not in {each["name"] for each in page.context.cookies(company.url)}
