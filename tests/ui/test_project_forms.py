"""Settings and Rules of a project, which several managers may change at the same time."""

from __future__ import annotations

from maa.domain import Project
from maa.workflow import projects
from maa.workflow.settings import update_settings
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team


def test_two_managers_who_save_different_fields_keep_both(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page("projects", team.max)
    projects.update_project(ws, project.id, guidelines="Read anew.", by=team.max.id)
    update_settings(ws, project.id, review_share=0.6, by=team.max.id)
    app.number_input(key=f"settings_{project.id}_lease_minutes_1").set_value(77)
    app.button(key="project_save").click().run()
    app.number_input(key=f"rules_{project.id}_gold_rate_1").set_value(6)
    app.button(key="rules_save").click().run()
    assert not app.exception
    assert not app.warning
    (saved,) = projects.list_projects(ws)
    assert (saved.guidelines, saved.lease_minutes) == ("Read anew.", 77)
    assert (saved.settings.review_share, saved.settings.gold_rate) == (0.6, 0.06)
    shown = app.text_area(key=f"settings_{project.id}_guidelines_2")
    assert shown.value == "Read anew."
    assert app.number_input(key=f"rules_{project.id}_review_share_2").value == 60


def test_a_field_that_the_browser_mounts_anew_shows_what_was_saved(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    projects.update_project(ws, project.id, lease_minutes=45, guidelines="Every part.", by=team.max.id)
    update_settings(ws, project.id, review_share=0.6, reasons=("loose",), review_stages=2, by=team.max.id)
    app = open_page("projects", team.max)
    app.number_input(key=f"settings_{project.id}_lease_minutes_1").set_value(50).run()
    fields = {field.key: field for field in [*app.number_input, *app.text_area, *app.text_input]}
    for key, saved in {
        f"settings_{project.id}_name_1": project.name,
        f"settings_{project.id}_guidelines_1": "Every part.",
        f"settings_{project.id}_lease_minutes_1": 45,
        f"rules_{project.id}_review_share_1": 60,
        f"rules_{project.id}_reasons_1": "loose",
    }.items():
        # What a browser begins with, and what an emptied number shows.
        assert fields[key].proto.default == saved, key
    (stages,) = (one for one in app.button_group if one.key == f"rules_{project.id}_review_stages_1")
    assert list(stages.proto.default) == [1]


def test_what_is_saved_after_a_rename_by_somebody_else_is_saved(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    team.join(projects.create_project(ws, "Another", ["gear"], by=team.max.id))
    app = open_page("projects", team.max)
    projects.update_project(ws, project.id, name="Screws", by=team.max.id)
    app.number_input(key=f"settings_{project.id}_lease_minutes_1").set_value(55)
    app.button(key="project_save").click().run()
    saved, _ = projects.list_projects(ws)
    assert (saved.name, saved.lease_minutes) == ("Screws", 55)
    projects.archive_project(ws, project.id, by=team.max.id)
    app.button(key="project_save").click().run()
    assert any("is archived" in warning.value for warning in app.warning)


def test_another_click_while_the_fields_are_being_drawn_saves_nothing_and_breaks_nothing(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page("projects", team.max)
    app.session_state[f"_round_rules_{project.id}"] += 1  # as a run leaves it that was stopped in between
    app.button(key="rules_save").click().run()
    assert not app.exception
    assert projects.get_project(ws, project.id).settings == project.settings
