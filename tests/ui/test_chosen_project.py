"""Which project a page is about: the address's, the chosen one under any name, never one nobody asked for."""

from __future__ import annotations

from maa.domain import Project, TaskState
from maa.ui import session
from maa.workflow import projects
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team


def test_an_address_of_another_project_opens_none(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page("projects", team.max, address="Sc*rews*")
    assert app.selectbox(key=session.PROJECT_KEY).value is None
    assert r"\*rews\*" in app.info[0].value
    assert "is not open to you" in app.info[0].value
    app.switch_page("../../pages/annotate.py")
    app.run()
    assert app.selectbox(key=session.PROJECT_KEY).value is None
    assert projects.progress(ws, project.id).tasks[TaskState.LEASED] == 0
    app.selectbox(key=session.PROJECT_KEY).select(project.name).run()
    assert app.session_state[session.PROJECT_KEY] == project.name
    assert not app.info or "not open" not in app.info[0].value


def test_a_project_stays_chosen_under_another_name(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    team.join(projects.create_project(ws, "Another", ["gear"], by=team.max.id))
    app = open_page("projects", team.max)
    assert app.selectbox(key=session.PROJECT_KEY).value == project.name
    projects.update_project(ws, project.id, name="Screws", by=team.max.id)
    app.run()
    assert app.selectbox(key=session.PROJECT_KEY).value == "Screws"
    assert app.query_params[session.PROJECT_KEY] in ("Screws", ["Screws"])


def test_a_project_stays_chosen_when_another_one_takes_its_name(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page("projects", team.max)
    projects.update_project(ws, project.id, name="Screws", by=team.max.id)
    team.join(projects.create_project(ws, project.name, ["gear"], by=team.max.id))
    app.run()
    assert app.selectbox(key=session.PROJECT_KEY).value == "Screws"
