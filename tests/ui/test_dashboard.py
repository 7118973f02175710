"""The Dashboard page: whose numbers are shown, and what it says when there are none."""

from pathlib import Path

from maa.domain import Project, Verdict
from maa.workflow import labeling, review
from maa.workflow.review import ObjectVerdict
from maa.workflow.settings import update_settings
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team, add_images, label, shown


def metrics_of(app) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def test_with_no_project_it_says_what_to_do(team: Team, open_page: OpenPage) -> None:
    assert "Create one under Projects" in shown(open_page("dashboard", team.max))
    assert "A manager can give you a role in one" in shown(open_page("dashboard", team.ana))


def test_with_no_images_it_says_what_to_do(team: Team, project: Project, open_page: OpenPage) -> None:
    app = open_page("dashboard", team.max)
    assert not app.exception
    assert "There are no images yet" in shown(app)


def test_with_images_but_no_work_it_says_so_and_shows_what_is_left(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos", 3)
    app = open_page("dashboard", team.max)
    assert "Nothing was labeled or reviewed in this period" in shown(app)
    assert metrics_of(app)["Images left"] == "3"
    assert metrics_of(app)["Done in"] == "–"


def test_a_manager_sees_everybodys_work(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos", 3)
    label(ws, project, team.ana)
    label(ws, project, team.ben)
    task = review.claim_next_review(ws, project.id, team.rita.id)
    assert task is not None
    review.decide(ws, task.id, team.rita.id, Verdict.APPROVE)
    app = open_page("dashboard", team.max)
    assert not app.exception
    seen = metrics_of(app)
    assert (seen["Objects"], seen["Images submitted"], seen["Images approved"]) == ("4", "2", "1")
    assert seen["Approval rate"] == "100%"
    assert seen["Assisted is"] == "–"
    assert seen["Images left"] == "2"
    keys = {d.key for d in app.download_button}
    assert {"throughput_csv", "seconds_per_object_csv", "model_agreement_csv", "outcomes_csv"} <= keys


def test_a_manager_filters_by_person_and_days(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos", 3)
    label(ws, project, team.ana)
    label(ws, project, team.ben)
    app = open_page("dashboard", team.max)
    app.multiselect(key="dashboard_people").select("Ana").run()
    assert metrics_of(app)["Objects"] == "2"
    for period in ("Today", "All time", "Choose days"):
        app.segmented_control(key="dashboard_period").set_value(period).run()
        assert not app.exception
        assert metrics_of(app)["Objects"] == "2"


def test_annotators_and_reviewers_see_their_own_numbers_only(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos", 3)
    label(ws, project, team.ana)
    label(ws, project, team.ben)
    label(ws, project, team.rita)
    for someone in (team.ana, team.rita):
        app = open_page("dashboard", someone)
        assert app.title[0].value == "My numbers"
        assert metrics_of(app)["Objects"] == "2"
        assert not app.multiselect
        people_shown = {name for d in app.dataframe if "person" in d.value for name in d.value["person"]}
        assert people_shown == {someone.name}


def test_a_reviewer_sees_what_they_did(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos", 3)
    label(ws, project, team.ana)
    task = review.claim_next_review(ws, project.id, team.rita.id)
    assert task is not None
    review.decide(ws, task.id, team.rita.id, Verdict.APPROVE)
    app = open_page("dashboard", team.rita)
    assert "Nothing was labeled or reviewed" not in shown(app)
    (table,) = [d.value for d in app.dataframe if "objects_corrected" in d.value]
    assert table.to_dict("records") == [
        {"person": "Rita", "approved": 1, "returned": 0, "objects_returned": 0, "objects_corrected": 0}
    ]
    assert "Objects today" not in metrics_of(app), "they label nothing: no page of zeros"
    label(ws, project, team.rita)
    app = open_page("dashboard", team.rita)
    assert metrics_of(app)["Objects today"] == metrics_of(app)["Objects"] == "2"
    assert any("objects_corrected" in d.value for d in app.dataframe)


def test_what_was_sent_back_is_listed_objects_and_whole_images_apart(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos", 1)
    task, _ = label(ws, project, team.ana)
    assert review.claim_next_review(ws, project.id, team.rita.id) is not None
    one, *_ = labeling.list_annotations(ws, task.id)
    loose = {one.id: ObjectVerdict(Verdict.SEND_BACK, "loose outline")}
    review.decide(ws, task.id, team.rita.id, Verdict.SEND_BACK, reason="other", objects=loose)
    app = open_page("dashboard", team.max)
    app.toggle(key="show_sent_back").set_value(True).run()
    assert not app.exception
    assert "**Sent back**: 1 object, 1 whole image. Select one" in shown(app)
    (listed,) = [d.value for d in app.dataframe if {"object", "comment"} <= set(d.value)]
    assert str(listed["at"].dt.tz) == "UTC", "the visitor's zone, which the CSV has, too"
    whole = int(listed["object"].isna().argmax())
    app.session_state["objects_sent_back"] = {"selection": {"rows": [whole], "columns": [], "cells": []}}
    app.run()
    assert not app.exception
    assert [b.label for b in app.button if b.key == "image_sent_back"] == ["History of part\\-0\\.png"]


def test_the_ratio_appears_once_there_is_enough_to_tell(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos", 10)
    for _ in range(10):
        label(ws, project, team.ana, seconds=4)
    seen = metrics_of(open_page("dashboard", team.max))
    assert seen["Seconds per object, assisted"] == "4.0 s"
    assert seen["Seconds per object, by hand"] == "12.0 s"
    assert seen["Assisted is"] == "3.0× faster"


def test_a_manager_sees_the_comparison_gold_and_the_objects_behind(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    update_settings(ws, project.id, manual_share=0.5, time_zone="Asia/Tokyo")
    add_images(ws, project, tmp_path / "photos", 3)
    label(ws, project, team.ana)
    task = review.claim_next_review(ws, project.id, team.rita.id)
    assert task is not None
    review.decide(ws, task.id, team.rita.id, Verdict.APPROVE)
    app = open_page("dashboard", team.max)
    assert not app.exception
    text = shown(app)
    assert "Too small a sample to tell" in text
    assert "No gold image has been submitted" in text
    assert "(Asia/Tokyo), everybody" in text, "paper says what the numbers are about"
    (outcomes,) = [d.value for d in app.dataframe if "redrawn" in d.value]
    assert list(outcomes["objects"]) == [1]
    assert "model_outcomes_csv" in {button.key for button in app.download_button}


def test_an_annotator_sees_their_day_and_what_came_back(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos", 3)
    label(ws, project, team.ana)
    task = review.claim_next_review(ws, project.id, team.rita.id)
    assert task is not None
    review.decide(ws, task.id, team.rita.id, Verdict.SEND_BACK, reason="other", comment="look *again*")
    app = open_page("dashboard", team.ana)
    assert not app.exception
    assert metrics_of(app)["Objects today"] == "2"
    (back,) = [d.value for d in app.dataframe if "comment" in d.value]
    assert list(back["comment"]) == ["look *again*"]
    assert "Is the model worth it" not in shown(app)
    assert "Images whose objects are known" not in shown(app)
    update_settings(ws, project.id, qualification_images=2)
    assert "2 more images to label well" in shown(open_page("dashboard", team.ana))
