"""The People page: who may open it, and what a manager does there."""

from maa.domain import Role
from maa.workflow import people
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team, shown


def test_a_manager_adds_a_person(ws: Workspace, team: Team, open_page: OpenPage) -> None:
    app = open_page("people", team.max)
    app.text_input(key="new_person_name").input("Zoé")
    app.selectbox(key="new_person_role").select(Role.REVIEWER)
    app.button(key="new_person_add").click().run()
    assert not app.exception
    assert [(p.name, p.role) for p in people.list_people(ws)][-1] == ("Zoé", Role.REVIEWER)
    assert "Zoé can start now" in shown(app)


def test_a_name_that_is_taken_is_explained_and_kept_in_the_box(team: Team, open_page: OpenPage) -> None:
    app = open_page("people", team.max)
    app.text_input(key="new_person_name").input("Ana")
    app.button(key="new_person_add").click().run()
    assert app.error
    assert app.text_input(key="new_person_name").value == "Ana"


def test_a_manager_changes_a_role_and_switches_a_person_off(
    ws: Workspace, team: Team, open_page: OpenPage
) -> None:
    app = open_page("people", team.max)
    app.selectbox(key=f"person_role_{team.ana.id}").select(Role.REVIEWER).run()
    assert people.get_person(ws, team.ana.id).role is Role.REVIEWER
    app.toggle(key=f"person_active_{team.ben.id}").set_value(False).run()
    assert not people.get_person(ws, team.ben.id).active
    app.toggle(key=f"person_active_{team.ben.id}").set_value(True).run()
    assert people.get_person(ws, team.ben.id).active


def test_the_last_manager_stays_one(ws: Workspace, team: Team, open_page: OpenPage) -> None:
    app = open_page("people", team.max)
    app.selectbox(key=f"person_role_{team.max.id}").select(Role.ANNOTATOR).run()
    assert app.error
    assert people.get_person(ws, team.max.id).role is Role.MANAGER
    assert app.selectbox(key=f"person_role_{team.max.id}").value is Role.MANAGER


def test_others_are_told_that_the_page_is_for_managers(team: Team, open_page: OpenPage) -> None:
    for someone in (team.ana, team.rita):
        app = open_page("people", someone)
        assert "This is for managers" in shown(app)
        assert not app.get("form")
