"""The routes of the sign-in, the gate in front of the pages, and what a public app refuses to start with."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit import auth_util, config

from maa.api import cookie, deployment, sign_in, single_sign_on
from maa.api.deployment import NotReady
from maa.api.gate import ACCOUNT, SIGN_IN, Gate
from maa.workflow import accounts, demo, history, people, refusals, sessions, workspace
from maa.workflow.workspace import Workspace

HERE = "http://testserver"
BROWSER = {
    "Accept": "text/html,application/xhtml+xml",
    "User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/150.0",
}


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The process-wide workspace with the people of the demo, as the app has it on this machine alone."""
    monkeypatch.setattr(refusals, "_limit", refusals.Limit(1_000_000))
    monkeypatch.delenv("MAA_PUBLIC_URL", raising=False)
    config.set_option("server.address", "127.0.0.1")
    ws = Workspace(tmp_path / "data")
    monkeypatch.setattr(workspace, "_current", ws)
    demo.seed(ws)
    yield ws
    ws.close()


@pytest.fixture
def http(ws: Workspace) -> TestClient:
    """A browser, and behind the gate a page and a websocket as Streamlit has them."""

    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    pages = [
        Route("/people", lambda _: PlainTextResponse("the page"), methods=["GET", "POST"]),
        Route("/_stcore/health", lambda _: PlainTextResponse("ok")),
        WebSocketRoute("/_stcore/stream", talk),
    ]
    app = Starlette(routes=[*sign_in.routes(), *pages], middleware=[Middleware(Gate)])
    return TestClient(app, base_url=HERE, follow_redirects=False, headers=BROWSER)


def post(http: TestClient, path: str, origin: str | None = HERE, **form: str) -> httpx.Response:
    return http.post(path, data=form, headers={"Origin": origin} if origin else {})


def enter(http: TestClient, name: str = "Ana", password: str = demo.PASSWORD, **form: str) -> httpx.Response:
    return post(http, SIGN_IN, name=name, password=password, **form)


def refused(ws: Workspace) -> list[dict[str, object]]:
    return [{**event.data, "who": event.person_id} for event in history.events(ws, kinds=["refused"])]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(http: TestClient, ws: Workspace) -> None:
    answer = enter(http, next="/people?project=Street")
    assert (answer.status_code, answer.headers["location"]) == (303, "/people?project=Street")
    kept = answer.headers["set-cookie"].lower()
    assert all(word in kept for word in ("httponly", "samesite=lax", "path=/"))
    (session,) = sessions.list_open(ws, 1)
    assert (session.device, session.way) == ("Firefox on Linux", "password")
    assert http.get("/people").text == "the page"


def test_under_https_the_cookie_travels_by_nothing_else(
    http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAA_PUBLIC_URL", "https://maa.example.org")
    answer = post(http, SIGN_IN, "https://maa.example.org", name="Ana", password=demo.PASSWORD)
    assert "secure" in answer.headers["set-cookie"].lower()
    assert post(http, SIGN_IN, HERE, name="Ana", password=demo.PASSWORD).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://testserver.evil.example", "null", None])
def test_a_form_of_another_site_does_nothing(http: TestClient, ws: Workspace, origin: str | None) -> None:
    assert post(http, SIGN_IN, origin, name="Ana", password=demo.PASSWORD).status_code == 403
    assert sessions.list_open(ws, 1) == []
    enter(http)
    for path in ("/_maa/sign-out", f"{ACCOUNT}/password", f"{ACCOUNT}/sessions"):
        assert post(http, path, origin, session="others").status_code == 403
        assert refused(ws)[0]["call"] == path
        assert refused(ws)[0]["who"] == 1
    assert len(sessions.list_open(ws, 1)) == 1


ELSEWHERE = [
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "",
    "x",
    SIGN_IN,
    "/\n/evil",
    "/\t/evil.example",
    "/\r/evil.example",
    "/people\\..",
]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_afterwards_one_stays_on_this_server(http: TestClient, address: str) -> None:
    assert enter(http, next=address).headers["location"] == "/"


SECTION = {
    "redirect_uri": "http://testserver/oauth2callback",
    "cookie_secret": "secret " * 8,
    "client_id": "maa",
    "client_secret": "another",
}


def leads_away(monkeypatch: pytest.MonkeyPatch, **more: object) -> None:
    """One provider is set up."""
    section = {**SECTION, **more}
    for module in (single_sign_on, auth_util):
        monkeypatch.setattr(module, "get_secrets_auth_section", lambda: section)
    monkeypatch.setattr(single_sign_on, "_asked", {})


def from_the_provider(http: TestClient, monkeypatch: pytest.MonkeyPatch, wanted: str) -> httpx.Response:
    """The way by single sign-on, with a provider that vouches for the first person."""
    monkeypatch.setattr(single_sign_on, "person", lambda ws, _: people.get_person(ws, 1))
    leads_away(monkeypatch)
    away = http.get(single_sign_on.BEGIN, params={"provider": "default", "next": wanted})
    assert away.headers["location"].startswith("/auth/login?provider=")
    assert "httponly" in away.headers["set-cookie"].lower()
    return http.get(single_sign_on.PATH, params={"next": "/"})


def test_single_sign_on_leads_to_the_page_that_one_came_for_once(
    http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = from_the_provider(http, monkeypatch, "/people?project=Street&x=%C3%A9")
    assert there.headers["location"] == "/people?project=Street&x=%C3%A9"
    assert http.get(single_sign_on.PATH, params={"next": "/"}).headers["location"] == "/"


def test_a_single_sign_on_that_was_not_completed_is_said_once(
    http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads_away(monkeypatch)
    for asked_for, led_to in (("", "/people?x=1"), ("/models", "/models")):
        http.get(single_sign_on.BEGIN, params={"provider": "default", "next": "/people?x=1"})
        page = http.get(SIGN_IN, params={"next": asked_for})
        assert "was not completed" in page.text
        assert f'value="{led_to}"' in page.text
        assert "was not completed" not in http.get(SIGN_IN).text


def test_a_provider_that_does_not_answer_is_said_on_the_sign_in_page(
    http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads_away(monkeypatch, server_metadata_url="http://127.0.0.1:9/none")
    assert f"{single_sign_on.BEGIN}?provider=default" in http.get(SIGN_IN).text
    for name, why in (("default", "does not answer"), ("nobody's", "no such single sign-on")):
        answer = http.get(single_sign_on.BEGIN, params={"provider": name, "next": "/people"})
        assert answer.status_code == 503
        assert why in answer.text
        assert 'value="/people"' in answer.text


def test_a_provider_that_is_silent_keeps_nobody_else_waiting(
    http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_sign_on, "_PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        leads_away(monkeypatch, server_metadata_url=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        assert http.get(single_sign_on.BEGIN, params={"provider": "default"}).status_code == 503
    # What was found out is remembered for a while: nobody can have the provider asked again and again.
    monkeypatch.setattr(single_sign_on.httpx, "AsyncClient", None)
    assert http.get(single_sign_on.BEGIN, params={"provider": "default"}).status_code == 503


@pytest.mark.parametrize("address", ELSEWHERE)
def test_single_sign_on_leads_nowhere_else(
    http: TestClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    assert from_the_provider(http, monkeypatch, address).headers["location"] == "/"
    # nor when the browser was made to bring it
    http.cookies.set("maa_wanted", quote(address), path=SIGN_IN)
    assert http.get(single_sign_on.PATH, params={"next": "/"}).headers["location"] == "/"


def test_what_fails_is_said_and_written_down(http: TestClient, ws: Workspace) -> None:
    for name, who in (("Ana", 1), ("Nobody <b>", None)):
        answer = enter(http, name, "not it")
        assert answer.status_code == 401
        assert "The name or the password is wrong." in answer.text
        assert "<b>" not in answer.text
        assert "set-cookie" not in answer.headers
        assert refused(ws)[0]["call"] == "sign in"
        assert refused(ws)[0]["who"] == who
        assert "not it" not in str(refused(ws))


def test_signing_out_ends_the_session_and_not_only_the_cookie(http: TestClient, ws: Workspace) -> None:
    enter(http)
    stolen = http.cookies[cookie.NAME]
    assert post(http, "/_maa/sign-out").headers["location"] == SIGN_IN
    assert cookie.NAME not in http.cookies
    http.cookies.set(cookie.NAME, stolen)
    assert http.get("/people").headers["location"] == f"{SIGN_IN}?next=/people"


def test_signing_in_again_leaves_no_session_behind(http: TestClient, ws: Workspace) -> None:
    enter(http)
    enter(http)
    assert len(sessions.list_open(ws, 1)) == 1


# --- the account ---


def test_one_changes_one_s_own_password(http: TestClient, ws: Workspace) -> None:
    enter(http)
    form = {"old": demo.PASSWORD, "new": "a horse in a battery", "again": "a horse in a battery"}
    for wrong, status in (({"old": "x"}, 401), ({"again": "x"}, 422), ({"new": "x", "again": "x"}, 422)):
        assert post(http, f"{ACCOUNT}/password", **{**form, **wrong}).status_code == status
    assert "Your password is changed." in post(http, f"{ACCOUNT}/password", **form).text
    assert accounts.sign_in(ws, "Ana", form["new"]).name == "Ana"
    assert "Ana" not in accounts.demo_names(ws)


def test_one_signs_out_one_s_own_other_browsers_and_nobody_else_s(http: TestClient, ws: Workspace) -> None:
    enter(http)
    _, elsewhere = sessions.begin(ws, 1, device="Chrome on Windows")
    _, theirs = sessions.begin(ws, 2)
    assert "Chrome on Windows" in http.get(ACCOUNT).text
    assert post(http, f"{ACCOUNT}/sessions", session=str(theirs.id)).status_code == 403
    assert refused(ws)[0]["call"] == "end session"
    post(http, f"{ACCOUNT}/sessions", session=str(elsewhere.id))
    assert len(sessions.list_open(ws, 1)) == 1
    sessions.begin(ws, 1)
    post(http, f"{ACCOUNT}/sessions", session="others")
    assert len(sessions.list_open(ws, 1)) == 1
    assert len(sessions.list_open(ws, 2)) == 1


def test_a_first_password_leads_nowhere_but_to_another_one(http: TestClient, ws: Workspace) -> None:
    given = accounts.give_one_time(ws, 1)
    assert enter(http, password=given, next="/people").headers["location"] == ACCOUNT
    assert http.get("/people").headers["location"] == ACCOUNT
    assert http.get(SIGN_IN).headers["location"] == ACCOUNT
    form = {"old": given, "new": "a horse in a battery", "again": "a horse in a battery"}
    assert post(http, f"{ACCOUNT}/password", **form).headers["location"] == "/"
    assert http.get("/people").text == "the page"


# --- the gate ---


def test_without_a_session_only_the_sign_in_is_answered(http: TestClient, ws: Workspace) -> None:
    assert http.get("/people?x=1").headers["location"] == f"{SIGN_IN}?next=/people%3Fx%3D1"
    assert http.get("/people", headers={"Accept": "*/*"}).status_code == 401
    assert http.post("/people").status_code == 401
    assert [row["call"] for row in refused(ws)] == ["/people", "/people"], (
        "what was led to the sign-in is none"
    )
    assert http.get("/_stcore/health").text == "ok"
    with pytest.raises(WebSocketDisconnect), http.websocket_connect("/_stcore/stream"):
        pass
    http.cookies.set(cookie.NAME, "made up")
    assert http.get("/people").status_code == 303
    people.set_active(ws, 1, False)
    assert enter(http).status_code == 401


def test_who_was_switched_off_stands_before_the_gate(http: TestClient, ws: Workspace) -> None:
    enter(http)
    people.set_active(ws, 1, False)
    assert http.get("/people").status_code == 303


# --- a new installation, the demo, and a public app ---


def test_a_new_installation_says_how_to_begin(http: TestClient, tmp_path: Path, monkeypatch) -> None:
    empty = Workspace(tmp_path / "empty")
    monkeypatch.setattr(workspace, "_current", empty)
    page = http.get(SIGN_IN).text
    assert "maa user add NAME --admin" in page
    assert "<form" not in page
    empty.close()


def test_the_demo_is_offered_on_this_machine_only(http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert demo.PASSWORD in http.get(SIGN_IN).text
    monkeypatch.setenv("MAA_PUBLIC_URL", "https://maa.example.org")
    assert demo.PASSWORD not in http.get(SIGN_IN).text


@pytest.mark.parametrize("address", ["0.0.0.0", "::", None, "192.0.2.1", "maa.example.org"])
def test_a_public_app_does_not_start_with_a_demo_account(ws: Workspace, address: str | None) -> None:
    deployment.check(ws)
    config.set_option("server.address", address)
    with pytest.raises(NotReady, match=r"password of Ana, Ben, Rita, Max.*maa user password NAME"):
        deployment.check(ws)
    people.add_person(ws, "Eva", admin=True)
    for name in ("Ana", "Ben", "Rita", "Max"):
        person = next(p for p in people.list_people(ws) if p.name == name)
        people.set_active(ws, person.id, False)
    deployment.check(ws)


def test_behind_a_path_the_app_says_that_it_needs_a_host_of_its_own(ws: Workspace) -> None:
    config.set_option("server.baseUrlPath", "labels")
    try:
        with pytest.raises(NotReady, match=r"'labels'.*host name of its own"):
            deployment.check(ws)
    finally:
        config.set_option("server.baseUrlPath", "")
    deployment.check(ws)


def test_a_public_app_does_not_start_with_a_secret_that_can_be_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = Workspace(tmp_path)
    monkeypatch.setenv("MAA_PUBLIC_URL", "https://maa.example.org")
    monkeypatch.setattr(deployment, "get_secrets_auth_section", lambda: section)
    for secret in ("short", "change-me-change-me-change-me-change-me", "a" * 64):
        section = {"cookie_secret": secret}
        with pytest.raises(NotReady, match="can be guessed"):
            deployment.check(ws)
    section = {"cookie_secret": "fJ3-kq0Zr8xWm2bYv7LhTn5sPd9gCu1eAo4iXw6R"}
    deployment.check(ws)
    monkeypatch.setenv("MAA_PUBLIC_URL", "maa.example.org")
    with pytest.raises(NotReady, match="Write it like"):
        deployment.check(ws)
    ws.close()
