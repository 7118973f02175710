"""The Review page: what a reviewer is handed, what the workbench is told, and what becomes of a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from maa.api import passes
from maa.domain import RETURN_REASONS, Project, Task, TaskState, Verdict
from maa.ui import workbench as workbench_pages
from maa.ui.review import workbench_page
from maa.workflow import queue, review
from maa.workflow.settings import update_settings
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team, add_images, label, shown

Told = list[Mapping[str, Any]]


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What the page told the workbench, run by run.

    In the workbench's place are buttons for the ways in which an image leaves the desk.
    """
    heard: Told = []

    def stand_in(key: str, data: Mapping[str, Any], on_done: Callable[[], None]) -> None:
        def finish(how: str, task_id: int) -> None:
            wanted = data["last"] and data["last"]["task"]
            of = {"of": wanted} if how == "taken_back" else {}
            say({"task": task_id, "how": how, "id": str(len(heard)), **of})

        def say(word: dict[str, Any]) -> None:
            st.session_state[key] = {"done": word}
            on_done()

        def again() -> None:
            say(st.session_state[key]["done"])

        heard.append(data)
        for how in ("approved", "sent_back", "released", "left", "taken_back"):
            st.button(how, key=how, on_click=finish, args=(how, data["task"]))
        st.button("stale", key="stale", on_click=finish, args=("released", data["task"] + 1))
        st.button("again", key="again", on_click=again)

    monkeypatch.setattr(workbench_page, "workbench", stand_in)
    return heard


def test_the_reviewer_is_told_which_review_it_is_and_what_is_still_to_come(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage, told: Told
) -> None:
    update_settings(ws, project.id, review_stages=2, duplicate_rate=1.0)
    add_images(ws, project, tmp_path / "photos", 1)
    label(ws, project, team.ana)
    open_page("review", team.rita)
    assert told[-1]["about"] == ["first of two reviews", "a second person is still to label it"]


FirstApproved = tuple[AppTest, Task, Task]


@pytest.fixture
def first_approved(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage, told: Told
) -> FirstApproved:
    """Rita's page, on which she has approved the first of two images."""
    add_images(ws, project, tmp_path / "photos")
    first, second = (label(ws, project, team.ana)[0] for _ in range(2))
    app = open_page("review", team.rita)
    review.decide(ws, first.id, team.rita.id, Verdict.APPROVE)
    app.button(key="approved").click().run()
    return app, first, second


def test_an_empty_desk_says_where_images_come_from(team: Team, project: Project, open_page: OpenPage) -> None:
    app = open_page("review", team.rita)
    assert "Nothing is waiting for review" in shown(app)


def test_a_submitted_image_is_handed_out_to_be_reviewed(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage, told: Told
) -> None:
    add_images(ws, project, tmp_path / "photos")
    task, _ = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    assert not app.exception
    assert queue.get_task(ws, task.id).state is TaskState.IN_REVIEW
    now = told[-1]
    assert (now["image"]["name"], now["author"], now["purpose"]) == ("part-0.png", "Ana", "review")
    assert (now["reasons"], now["guidelines"]) == (list(RETURN_REASONS), "Every part.")
    assert now["last"] is None
    said = passes.check(ws, now["pass"])
    assert (said.person_id, said.task_id, said.purpose) == (team.rita.id, task.id, passes.Purpose.REVIEW)


def test_after_a_verdict_comes_the_next_image_and_what_became_of_the_last(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage, told: Told
) -> None:
    add_images(ws, project, tmp_path / "photos")
    first, _ = label(ws, project, team.ana)
    second, _ = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    review.decide(ws, first.id, team.rita.id, Verdict.APPROVE)
    app.button(key="approved").click().run()
    assert not app.exception
    assert queue.get_task(ws, second.id).state is TaskState.IN_REVIEW
    assert told[-1]["task"] == second.id
    assert told[-1]["last"] == {"task": first.id, "kind": "approved", "words": "Approved part-0.png."}
    review.decide(ws, second.id, team.rita.id, Verdict.SEND_BACK, reason="other")
    app.button(key="sent_back").click().run()
    assert "Nothing is waiting for review" in shown(app)
    assert "part-1.png went back to Ana." in shown(app)


def test_a_verdict_is_taken_back_from_the_next_image_and_from_the_empty_desk(
    ws: Workspace, team: Team, project: Project, first_approved: FirstApproved, told: Told
) -> None:
    app, first, second = first_approved
    app.button(key="taken_back").click().run()
    assert not app.exception
    assert (told[-1]["task"], told[-1]["last"]) == (first.id, None)
    assert queue.get_task(ws, second.id).holder_id == team.rita.id, "it waits"
    review.decide(ws, first.id, team.rita.id, Verdict.SEND_BACK, reason="other")
    app.button(key="sent_back").click().run()
    assert (told[-1]["task"], told[-1]["last"]["words"]) == (second.id, "part-0.png went back to Ana.")
    queue.claim_next(ws, project.id, team.ana.id)
    app.button(key="taken_back").click().run()
    assert "continued with the image" in shown(app)
    assert (told[-1]["task"], told[-1]["last"]) == (second.id, None)
    review.decide(ws, second.id, team.rita.id, Verdict.APPROVE)
    app.button(key="approved").click().run()
    app.button(key="review_take_back").click().run()
    assert not app.exception
    assert told[-1]["task"] == second.id


def test_a_word_that_is_said_twice_is_heard_once(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage, told: Told
) -> None:
    add_images(ws, project, tmp_path / "photos")
    first, _ = label(ws, project, team.ana)
    label(ws, project, team.ana)
    app = open_page("review", team.rita)
    review.decide(ws, first.id, team.rita.id, Verdict.SEND_BACK, reason="other")
    app.button(key="sent_back").click().run()
    queue.claim_next(ws, project.id, team.ana.id)
    app.button(key="taken_back").click().run()
    assert "continued with the image" in shown(app)
    assert told[-1]["heard"] is not None
    app.button(key="again").click().run()
    assert not app.exception
    assert "continued with the image" not in shown(app)


def test_a_word_counts_as_heard_once_it_was_acted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {"bench": {"done": {"task": 1, "id": "a"}}})
    acted = []

    def cut_off(word: dict[str, Any]) -> None:
        acted.append(word["task"])
        if len(acted) == 1:
            raise SystemExit

    with pytest.raises(SystemExit):
        workbench_pages.hear("bench", cut_off)
    assert workbench_pages.hear("bench", cut_off)
    assert not workbench_pages.hear("bench", cut_off)
    assert acted == [1, 1]


def test_what_is_offered_is_the_last_verdict_wherever_it_was_given(
    ws: Workspace, team: Team, project: Project, first_approved: FirstApproved, told: Told
) -> None:
    app, first, second = first_approved
    assert told[-1]["last"]["task"] == first.id
    review.decide(ws, second.id, team.rita.id, Verdict.APPROVE)  # in another tab
    app.run()
    assert "Approved part-1.png." in shown(app)
    app.button(key="review_take_back").click().run()
    assert told[-1]["task"] == second.id


def test_a_verdict_is_taken_back_during_a_break_and_while_the_project_is_paused(
    ws: Workspace, team: Team, project: Project, first_approved: FirstApproved, told: Told
) -> None:
    app, first, second = first_approved
    review.release_review(ws, second.id, team.rita.id)
    app.button(key="released").click().run()
    assert "Approved part-0.png." in shown(app)
    app.button(key="review_take_back").click().run()
    assert told[-1]["task"] == first.id
    review.decide(ws, first.id, team.rita.id, Verdict.APPROVE)
    update_settings(ws, project.id, paused=True)
    app.button(key="approved").click().run()
    assert "is paused" in shown(app)
    app.button(key="review_take_back").click().run()
    assert not app.exception
    assert told[-1]["task"] == first.id


def test_after_a_reload_what_was_taken_back_last_is_on_the_desk(
    ws: Workspace, team: Team, first_approved: FirstApproved, open_page: OpenPage, told: Told
) -> None:
    app, first, second = first_approved
    queue.set_priority(ws, [second.id], 9)
    app.button(key="taken_back").click().run()
    open_page("review", team.rita)
    assert told[-1]["task"] == first.id


def test_a_page_that_is_opened_anew_still_tells_the_last_verdict(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage, told: Told
) -> None:
    add_images(ws, project, tmp_path / "photos")
    first, _ = label(ws, project, team.ana)
    review.claim_next_review(ws, project.id, team.rita.id)
    review.decide(ws, first.id, team.rita.id, Verdict.SEND_BACK, reason="other")
    app = open_page("review", team.rita)
    assert "part-0.png went back to Ana." in shown(app)
    app.button(key="review_take_back").click().run()
    assert told[-1]["task"] == first.id


def test_news_of_another_image_changes_nothing(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage, told: Told
) -> None:
    add_images(ws, project, tmp_path / "photos")
    task, _ = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    app.button(key="stale").click().run()
    assert not app.exception
    assert "Given back" not in shown(app)
    assert (told[-1]["task"], told[-1]["last"]) == (task.id, None)


def test_nobody_is_handed_their_own_work(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage, told: Told
) -> None:
    add_images(ws, project, tmp_path / "photos")
    task, _ = label(ws, project, team.rita)
    app = open_page("review", team.rita)
    assert "Nobody reviews their own work" in shown(app)
    assert queue.get_task(ws, task.id).state is TaskState.SUBMITTED
    assert not told


def test_an_image_given_back_is_not_handed_out_again_at_once(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    task, _ = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    review.release_review(ws, task.id, team.rita.id)
    app.button(key="released").click().run()
    assert queue.get_task(ws, task.id).state is TaskState.SUBMITTED
    assert "1 image waiting" in shown(app)
    app.button(key="review_resume").click().run()
    assert queue.get_task(ws, task.id).state is TaskState.IN_REVIEW


def test_after_an_image_was_lost_to_somebody_else_comes_the_next(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage, told: Told
) -> None:
    add_images(ws, project, tmp_path / "photos")
    first, _ = label(ws, project, team.ana)
    second, _ = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    review.release_review(ws, first.id, team.rita.id)
    review.claim_next_review(ws, project.id, team.max.id)
    app.button(key="left").click().run()
    assert not app.exception
    assert (told[-1]["task"], told[-1]["last"]) == (second.id, None)


def test_a_reviewer_goes_on_with_the_same_image_after_a_reload(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage, told: Told
) -> None:
    add_images(ws, project, tmp_path / "photos")
    first, _ = label(ws, project, team.ana)
    label(ws, project, team.ana)
    open_page("review", team.rita)
    open_page("review", team.rita)
    assert {now["task"] for now in told} == {first.id}


def test_annotators_do_not_review(team: Team, project: Project, open_page: OpenPage, told: Told) -> None:
    app = open_page("review", team.ana)
    assert "This is for reviewers" in shown(app)
    assert not told


def test_the_projects_own_reasons_are_offered(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage, told: Told
) -> None:
    update_settings(ws, project.id, reasons=("blurred", "other"))
    add_images(ws, project, tmp_path / "photos")
    label(ws, project, team.ana)
    open_page("review", team.rita)
    assert told[-1]["reasons"] == ["blurred", "other"]


def test_a_paused_project_is_said_to_be_paused(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage, told: Told
) -> None:
    add_images(ws, project, tmp_path / "photos")
    label(ws, project, team.ana)
    update_settings(ws, project.id, paused=True)
    app = open_page("review", team.rita)
    assert not app.exception
    assert "is paused" in shown(app)
    assert told == []
