"""The way in: who is signed in, and what a role may open."""

import pytest

from maa.domain import Project, Role
from maa.workflow import accounts, history, people, sessions
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team, shown

PAGES = ("annotate", "review", "dashboard", "projects", "models", "people")


@pytest.mark.parametrize("page", PAGES)
def test_nobody_sees_a_page_before_they_signed_in(
    page: str, team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page(page)
    assert "You are signed out" in shown(app)
    assert "Bolts" not in shown(app)
    assert not app.title
    assert not app.sidebar.button


def test_somebody_switched_off_is_nobody(ws: Workspace, team: Team, open_page: OpenPage) -> None:
    app = open_page("projects", team.ana)
    people.set_active(ws, team.ana.id, False, by=team.max.id)
    app.run()
    assert "You are signed out" in shown(app)
    assert not app.title
    (refused,) = history.events(ws, kinds=["refused"])
    assert (refused.person_id, refused.data["call"]) == (team.ana.id, "page projects")


def test_somebody_switched_off_while_at_work_is_out_at_the_next_click(
    ws: Workspace, team: Team, open_page: OpenPage
) -> None:
    app = open_page("people", team.max)
    other = people.add_person(ws, "Mia", admin=True)
    people.set_active(ws, team.max.id, False, by=other.id)
    app.toggle(key=f"person_active_{team.ana.id}").set_value(False).run()
    assert people.get_person(ws, team.ana.id).active
    assert "You are signed out" in shown(app)
    *_, refused = history.events(ws, kinds=["refused"])
    assert refused.person_id == team.max.id
    assert refused.data["call"] == "ui.people._set_active"


def test_signing_out_ends_the_session(ws: Workspace, team: Team, open_page: OpenPage) -> None:
    app = open_page("projects", team.max)
    app.button(key="sign_out").click().run()
    assert "You are signed out" in shown(app)
    assert sessions.list_open(ws, team.max.id) == []
    app.run()
    assert "You are signed out" in shown(app)
    assert history.events(ws, kinds=["refused"]) == []


def test_with_a_one_time_password_nothing_is_to_be_seen(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    accounts.give_one_time(ws, team.max.id)
    app = open_page("projects", team.max)
    assert "Bolts" not in shown(app)
    assert "You are signed out" in shown(app)


@pytest.mark.parametrize(
    ("page", "who", "why"),
    [
        ("review", "ana", "This is for reviewers"),
        ("people", "ana", "This is for managers and admins"),
        ("people", "rita", "This is for managers and admins"),
        ("annotate", "olga", "You have no project yet"),
        ("review", "olga", "You have no project yet"),
    ],
)
def test_a_page_that_is_not_for_them_is_refused_and_that_is_written_down(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage, page: str, who: str, why: str
) -> None:
    someone = people.add_person(ws, "Olga") if who == "olga" else getattr(team, who)
    app = open_page(page, someone)
    assert why in shown(app)
    assert "Bolts" not in "".join(title.value for title in app.title)
    found = history.events(ws, kinds=["refused"])
    if who != "olga":  # no project is no refusal
        assert {event.person_id for event in found} == {someone.id}
        assert found[0].data["call"] == f"page {page}"


def test_a_role_is_looked_up_anew_at_each_click(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    people.add_person(ws, "Mia", admin=True)
    app = open_page("people", team.max)
    people.set_admin(ws, team.max.id, False)
    people.set_role(ws, team.max.id, project.id, Role.REVIEWER)
    app.selectbox(key=f"person_role_{team.ana.id}").select(Role.MANAGER).run()
    assert people.roles_of(ws, team.ana.id) == {project.id: Role.ANNOTATOR}
    assert "This is for managers and admins" in shown(app)


def test_a_project_without_a_role_in_it_is_not_to_be_seen(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    people.set_role(ws, team.ana.id, project.id, None)
    for page in PAGES:
        app = open_page(page, team.ana)
        assert "Bolts" not in shown(app)
        assert not [box for box in app.selectbox if "Bolts" in box.options]
