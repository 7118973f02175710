"""A real workspace on an empty folder, and the pages on it without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from maa.domain import Person, Project
from maa.ui import session
from maa.ui.annotate import canvas_choice
from maa.workflow import projects, sessions, workspace
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The process-wide workspace that the pages open, on an empty folder."""
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(workspace, "_current", None)
    opened = workspace.current()
    yield opened
    opened.close()


@pytest.fixture
def team(ws: Workspace) -> Team:
    return Team(ws)


@pytest.fixture
def project(ws: Workspace, team: Team) -> Project:
    """A project of two classes with no images, in which everybody has their role."""
    made = projects.create_project(
        ws, "Bolts", [("bolt", "#e6194b"), ("nut", "#3cb44b")], guidelines="Every part.", by=team.max.id
    )
    team.join(made)
    return made


COOKIE = "the browser's cookie"


@pytest.fixture
def open_page(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Open a page of the app as a person: `open_page("review", rita)`; `canvas` is the annotate page's,
    `address` the project that the address names."""
    # A page without a browser has no cookies.
    monkeypatch.setattr(session, "_token", lambda: st.session_state.get(COOKIE, ""))

    def opened(
        page: str, who: Person | None = None, *, canvas: str = canvas_choice.WORKBENCH, address: str = ""
    ) -> AppTest:
        app = AppTest.from_file(ROOT / "maa" / "ui" / "main.py", default_timeout=240)
        if who is not None:
            app.session_state[COOKIE] = sessions.begin(ws, who.id)[0]
        app.session_state[canvas_choice.CHOSEN_KEY] = canvas
        if address:
            app.query_params[session.PROJECT_KEY] = address
        app.run()
        app.switch_page(f"../../pages/{page}.py")
        return app.run()

    return opened
