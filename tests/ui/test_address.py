"""What a page shows is in its address, and comes from there: reloads, links, the browser's Back."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from maa.domain import Project
from maa.ui import address, session
from maa.workflow import projects
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team

PERIOD = "dashboard_period"


def said(app: AppTest, name: str) -> str | None:
    value = app.query_params.get(name)  # as a test has set it, or the list that a run makes of it
    return value[0] if isinstance(value, list) else value


def go_back(app: AppTest, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None) -> None:
    """As the browser does, to an address that says this of `name`."""
    if value is None:
        del app.query_params[name]
    else:
        app.query_params[name] = value
    with monkeypatch.context() as now:
        now.setattr(address, "went_back", lambda: True)
        app.run()


def choose(app: AppTest, period: str) -> None:
    app.session_state[PERIOD] = period
    app.run()


def test_back_goes_to_the_project_before(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.join(projects.create_project(ws, "Another", ["gear"], by=team.max.id))
    app = open_page("projects", team.max)
    app.selectbox(key=session.PROJECT_KEY).select("Another").run()
    assert said(app, session.PROJECT_KEY) == "Another"
    go_back(app, monkeypatch, session.PROJECT_KEY, project.name)
    assert app.selectbox(key=session.PROJECT_KEY).value == project.name
    go_back(app, monkeypatch, session.PROJECT_KEY, "what it was called once")
    assert app.selectbox(key=session.PROJECT_KEY).value == project.name


def test_what_was_just_chosen_counts_though_the_address_does_not_have_it_yet(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    for name in ("Another", "A third"):
        team.join(projects.create_project(ws, name, ["gear"], by=team.max.id))
    app = open_page("projects", team.max)
    app.selectbox(key=session.PROJECT_KEY).select("Another").run()
    app.query_params[session.PROJECT_KEY] = project.name  # what the browser had when it sent the second one
    app.selectbox(key=session.PROJECT_KEY).select("A third").run()
    assert app.selectbox(key=session.PROJECT_KEY).value == "A third"
    for _ in range(2):
        app.query_params[session.PROJECT_KEY] = "Another"  # and with presses of other buttons right after
        app.run()
        assert app.selectbox(key=session.PROJECT_KEY).value == "A third"


def test_the_dashboard_s_period_is_in_the_address_but_for_the_first(
    team: Team, project: Project, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("dashboard", team.max)
    assert said(app, "period") is None
    choose(app, "7 days")
    assert said(app, "period") == "7 days"
    go_back(app, monkeypatch, "period", "All time")
    assert app.session_state[PERIOD] == "All time"
    go_back(app, monkeypatch, "period", "<b>never</b>")
    assert (app.session_state[PERIOD], said(app, "period")) == ("30 days", None)
    choose(app, "7 days")
    go_back(app, monkeypatch, "period", None)
    assert app.session_state[PERIOD] == "30 days"
    assert not app.exception


def test_a_page_that_was_left_shows_the_same_again_without_a_further_step_back(
    team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page("dashboard", team.max)
    choose(app, "90 days")
    app.switch_page("../../pages/projects.py")
    del app.query_params["period"]  # as a browser does
    app.run()
    app.switch_page("../../pages/dashboard.py")
    app.run()
    assert (app.session_state[PERIOD], said(app, "period")) == ("90 days", None)
    choose(app, "30 days")
    assert (app.session_state[PERIOD], said(app, "period")) == ("30 days", None)
    choose(app, "90 days")
    assert said(app, "period") == "90 days"


def test_back_from_another_page_brings_the_period_that_it_was_left_with(
    team: Team, project: Project, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("dashboard", team.max)
    choose(app, "90 days")
    app.switch_page("../../pages/projects.py")
    app.run()
    app.switch_page("../../pages/dashboard.py")
    go_back(app, monkeypatch, "period", None)  # a page that sends people on empties its own entry, too
    assert app.session_state[PERIOD] == "90 days"


def test_an_address_opens_a_project_s_section(
    team: Team, project: Project, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("projects", team.max)
    go_back(app, monkeypatch, "section", "Rules")
    assert app.session_state["project_section"] == "Rules"
    assert said(app, "section") == "Rules"
    assert not app.exception
