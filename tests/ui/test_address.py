"""What a page shows is in its address, and comes from there: reloads, links, the browser's Back."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from maa.domain import Project
from maa.ui import address, session
from maa.workflow import projects
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team


def said(app: AppTest, name: str) -> str | None:
    value = app.query_params.get(name)  # as a test has set it, or the list that a run makes of it
    return value[0] if isinstance(value, list) else value


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is on its way any more when the browser sends something."""
    monkeypatch.setattr(address, "_ON_ITS_WAY", 0.0)


def test_back_goes_to_the_project_before(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch)
    team.join(projects.create_project(ws, "Another", ["gear"], by=team.max.id))
    app = open_page("projects", team.max)
    app.selectbox(key=session.PROJECT_KEY).select("Another").run()
    assert said(app, session.PROJECT_KEY) == "Another"
    app.query_params[session.PROJECT_KEY] = project.name
    app.run()
    assert app.selectbox(key=session.PROJECT_KEY).value == project.name


def test_a_second_choice_counts_though_the_address_is_not_there_yet(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    for name in ("Another", "A third"):
        team.join(projects.create_project(ws, name, ["gear"], by=team.max.id))
    app = open_page("projects", team.max)
    app.selectbox(key=session.PROJECT_KEY).select("Another").run()
    app.query_params[session.PROJECT_KEY] = project.name  # what the browser had when it sent the second one
    app.selectbox(key=session.PROJECT_KEY).select("A third").run()
    assert app.selectbox(key=session.PROJECT_KEY).value == "A third"
    app.query_params[session.PROJECT_KEY] = "Another"  # and with a press of some other button right after
    app.run()
    assert app.selectbox(key=session.PROJECT_KEY).value == "A third"


def test_the_dashboard_s_period_is_in_the_address_but_for_the_first(
    team: Team, project: Project, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch)
    app = open_page("dashboard", team.max)
    assert said(app, "period") is None
    app.session_state["dashboard_period"] = "7 days"
    app.run()
    assert said(app, "period") == "7 days"
    app.query_params["period"] = "All time"
    app.run()
    assert app.session_state["dashboard_period"] == "All time"
    app.query_params["period"] = "<b>never</b>"
    app.run()
    assert (app.session_state["dashboard_period"], said(app, "period")) == ("30 days", None)
    app.query_params["period"] = "7 days"
    app.run()
    del app.query_params["period"]
    app.run()
    assert app.session_state["dashboard_period"] == "30 days"
    app.session_state["dashboard_period"] = "90 days"
    app.run()
    app.switch_page("../../pages/projects.py")
    del app.query_params["period"]  # as a browser does
    app.run()
    app.switch_page("../../pages/dashboard.py")
    app.run()
    assert app.session_state["dashboard_period"] == "90 days", "as it was left"
    assert said(app, "period") is None, "no further step of the browser's Back"
    app.session_state["dashboard_period"] = "30 days"
    app.run()
    assert (app.session_state["dashboard_period"], said(app, "period")) == ("30 days", None)
    app.session_state["dashboard_period"] = "90 days"
    app.run()
    assert said(app, "period") == "90 days"
    assert not app.exception


def test_a_project_s_section_is_in_the_address(team: Team, project: Project, open_page: OpenPage) -> None:
    app = open_page("projects", team.max)
    app.query_params["section"] = "Rules"
    app.run()
    assert app.session_state["project_section"] == "Rules"
    assert said(app, "section") == "Rules"
    assert not app.exception
