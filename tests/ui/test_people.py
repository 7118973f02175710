"""The People page: who may open it, and what is done there."""

from maa.domain import Project, Role
from maa.workflow import accounts, people, projects
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team, shown


def test_an_admin_adds_a_person(ws: Workspace, team: Team, project: Project, open_page: OpenPage) -> None:
    app = open_page("people", team.max)
    app.text_input(key="new_person_name").input("Zoé")
    app.selectbox(key="new_person_role").select(Role.REVIEWER)
    app.button(key="new_person_add").click().run()
    assert not app.exception
    added = people.list_people(ws)[-1]
    assert (added.name, people.roles_of(ws, added.id)) == ("Zoé", {project.id: Role.REVIEWER})
    assert "Zoé can start now" in shown(app)


def test_a_name_that_is_taken_is_explained_and_kept_in_the_box(
    team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page("people", team.max)
    app.text_input(key="new_person_name").input("Ana")
    app.button(key="new_person_add").click().run()
    assert app.error
    assert app.text_input(key="new_person_name").value == "Ana"


def test_the_password_of_the_first_stays_when_a_second_person_is_added(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page("people", team.max)
    passwords = []
    for name in ("Zoé", "Yann"):
        app.text_input(key="new_person_name").input(name)
        app.button(key="new_person_add").click().run()
        passwords.append(app.code[0].value)
    zoe = next(one for one in people.list_people(ws) if one.name == "Zoé")
    app.button(key=f"person_account_{zoe.id}").click().run()
    assert app.code[0].value == passwords[0] != passwords[1]
    app.button(key="account_close").click().run()
    app.button(key=f"person_account_{zoe.id}").click().run()
    assert not app.code, "once it was closed it cannot be seen again"
    yann = next(one for one in people.list_people(ws) if one.name == "Yann")
    accounts.change_password(ws, yann.id, passwords[1], "heron rides a blue tram", keep=0)
    app.button(key=f"person_account_{yann.id}").click().run()
    assert not app.code, "it is not theirs any more"


def test_an_admin_changes_a_role_and_switches_a_person_off(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page("people", team.max)
    app.selectbox(key=f"person_role_{team.ana.id}").select(Role.REVIEWER).run()
    assert people.roles_of(ws, team.ana.id) == {project.id: Role.REVIEWER}
    app.selectbox(key=f"person_role_{team.ana.id}").select(None).run()
    assert people.roles_of(ws, team.ana.id) == {}
    app.toggle(key=f"person_active_{team.ben.id}").set_value(False).run()
    assert not people.get_person(ws, team.ben.id).active
    app.toggle(key=f"person_active_{team.ben.id}").set_value(True).run()
    assert people.get_person(ws, team.ben.id).active


def test_an_admin_gives_roles_in_a_project_that_they_have_none_in(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    other = projects.create_project(ws, "Nuts", ["nut"])
    app = open_page("people", team.max)
    app.selectbox(key="people_project").select("Nuts").run()
    app.selectbox(key=f"person_role_{team.ana.id}").select(Role.MANAGER).run()
    assert people.roles_of(ws, team.ana.id) == {project.id: Role.ANNOTATOR, other.id: Role.MANAGER}


def test_a_manager_gives_roles_in_their_project_and_no_more(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    people.set_role(ws, team.rita.id, project.id, Role.MANAGER)
    projects.create_project(ws, "Nuts", ["nut"])
    app = open_page("people", team.rita)
    assert app.selectbox(key="people_project").options == ["Bolts"]
    assert not app.get("form")
    assert app.toggle(key=f"person_active_{team.ana.id}").disabled
    app.selectbox(key=f"person_role_{team.ana.id}").select(Role.REVIEWER).run()
    assert people.roles_of(ws, team.ana.id) == {project.id: Role.REVIEWER}


def test_others_are_told_that_the_page_is_not_for_them(
    team: Team, project: Project, open_page: OpenPage
) -> None:
    for someone in (team.ana, team.rita):
        app = open_page("people", someone)
        assert "This is for managers" in shown(app)
        assert not app.get("form")
