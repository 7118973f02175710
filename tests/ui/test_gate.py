"""The way in: choosing a name, and what a role may open."""

import pytest

from maa.domain import Person, Project, Role
from maa.workflow import people
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team, shown

PAGES = ("annotate", "review", "dashboard", "projects", "models", "people")


@pytest.mark.parametrize("page", PAGES)
def test_nobody_sees_a_page_before_they_chose_a_name(
    page: str, team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page(page)
    assert "Who are you?" in shown(app)
    assert app.title[0].value == "Welcome to MAA"
    assert "Bolts" not in shown(app)


@pytest.mark.parametrize("page", PAGES)
def test_an_unknown_name_in_the_address_is_nobody(page: str, team: Team, open_page: OpenPage) -> None:
    stranger = Person(99, "Mallory", admin=True)
    app = open_page(page, stranger)
    assert app.title[0].value == "Welcome to MAA"


def test_somebody_switched_off_is_nobody(ws: Workspace, team: Team, open_page: OpenPage) -> None:
    people.set_active(ws, team.ana.id, False, by=team.max.id)
    app = open_page("projects", team.ana)
    assert app.title[0].value == "Welcome to MAA"
    assert "Ana" not in [b.label for b in app.button]


def test_somebody_switched_off_while_at_work_is_out_at_the_next_click(
    ws: Workspace, team: Team, open_page: OpenPage
) -> None:
    app = open_page("people", team.max)
    other = people.add_person(ws, "Mia", admin=True)
    people.set_active(ws, team.max.id, False, by=other.id)
    app.toggle(key=f"person_active_{team.ana.id}").set_value(False).run()
    assert people.get_person(ws, team.ana.id).active
    assert app.title[0].value == "Welcome to MAA"


def test_choosing_a_name_leads_to_the_page_that_was_asked_for(team: Team, open_page: OpenPage) -> None:
    app = open_page("people")
    app.button(key=f"be_person_{team.max.id}").click().run()
    assert app.title[0].value == "People"
    assert app.query_params["person"] == "Max"


def test_the_first_person_of_a_new_installation_becomes_its_admin(ws: Workspace, open_page: OpenPage) -> None:
    app = open_page("projects")
    app.text_input(key="first_person_name").input("Eva")
    app.button(key="first_person_add").click().run()
    assert not app.exception
    assert [(p.name, p.admin) for p in people.list_people(ws)] == [("Eva", True)]
    assert "You have no project yet" in shown(app)


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
