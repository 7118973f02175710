"""What the annotate page tells the workbench, and what it does when an image is off the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from maa.api import passes
from maa.domain import Person, Project, Role, TaskState
from maa.ui import session
from maa.ui.annotate import desk, handed_in, workbench_page
from maa.ui.annotate.drawing import Tool
from maa.ui.annotate.work import Work
from maa.workflow import labeling, people, projects, queue, review, sessions
from maa.workflow.settings import update_settings
from maa.workflow.workspace import Workspace

OpenPage = Callable[..., AppTest]


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session's state without a session."""
    kept: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", kept)
    return kept


def told_done(task: int, how: str, **more: int) -> None:
    """As the component's callback finds it."""
    workbench_page.done({"task": task, "how": how, **more})


def test_the_page_hands_an_image_out(
    street: Project, ana: Person, ws: Workspace, open_page: OpenPage
) -> None:
    app = open_page("annotate", ana)
    assert not app.exception
    (leased,) = queue.list_tasks(ws, street.id, states=[TaskState.LEASED])
    assert leased.holder_id == ana.id


def test_the_same_image_stays_until_it_is_off_the_desk(
    ws: Workspace, street: Project, ana: Person, state: dict[str, Any]
) -> None:
    first = workbench_page.take(ana, street)
    assert first is not None
    assert workbench_page.take(ana, street) == first
    queue.skip(ws, first.id, ana.id, "other")
    told_done(first.id, "skipped")
    second = workbench_page.take(ana, street)
    assert second is not None
    assert second.id != first.id


def test_a_message_about_an_earlier_image_changes_nothing(
    street: Project, ana: Person, state: dict[str, Any]
) -> None:
    task = workbench_page.take(ana, street)
    assert task is not None
    told_done(task.id + 1, "submitted")
    assert workbench_page.take(ana, street) == task


def test_what_was_given_back_is_not_handed_out_again_until_asked_for(
    ws: Workspace, street: Project, ana: Person, state: dict[str, Any]
) -> None:
    task = workbench_page.take(ana, street)
    assert task is not None
    queue.release(ws, task.id, ana.id)
    told_done(task.id, "released")
    assert desk.is_paused()


def test_what_was_handed_in_by_mistake_is_taken_back_until_a_reviewer_has_it(
    ws: Workspace, street: Project, ana: Person, state: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rita = people.add_person(ws, "Rita", {street.id: Role.REVIEWER})
    monkeypatch.setattr(session, "person", lambda: ana)
    monkeypatch.setattr(session, "project", lambda: street)
    first = workbench_page.take(ana, street)
    assert first is not None
    labeling.submit(ws, first.id, ana.id)
    told_done(first.id, "submitted")
    second = workbench_page.take(ana, street)
    assert second is not None
    told_done(second.id, "taken_back", of=first.id)
    assert workbench_page.take(ana, street) == queue.get_task(ws, first.id), "on the desk again"

    labeling.submit(ws, first.id, ana.id)
    told_done(first.id, "submitted")
    assert getattr(workbench_page.take(ana, street), "id", None) == second.id, "it waited"
    review.claim_next_review(ws, street.id, rita.id)
    told_done(second.id, "taken_back", of=first.id)
    assert "review has begun" in str(state)
    assert handed_in.last(ana, street) is None, "not offered twice"
    assert getattr(workbench_page.take(ana, street), "id", None) == second.id, "nothing is lost by asking"


@pytest.fixture
def signed_in(ws: Workspace, ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ana's browser."""
    token, _ = sessions.begin(ws, ana.id)
    monkeypatch.setattr(session, "_token", lambda: token)


@pytest.mark.usefixtures("signed_in")
def test_the_workbench_is_told_what_it_needs_and_may_act_as_nobody_else(
    ws: Workspace, street: Project, ana: Person, state: dict[str, Any]
) -> None:
    task = workbench_page.take(ana, street)
    assert task is not None
    told = workbench_page.told(ana, street, task)
    assert told["image"]["width"] == 160
    assert [label["name"] for label in told["classes"]] == ["car", "bus", "tram"]
    said = passes.check(ws, told["pass"])
    assert (said.person_id, said.task_id, said.purpose) == (ana.id, task.id, "annotate")


def test_the_classic_canvas_is_a_choice_in_the_sidebar(
    street: Project, ana: Person, open_page: OpenPage
) -> None:
    app = open_page("annotate", ana)
    app.selectbox(key="canvas_choice").set_value("classic").run()
    assert app.button(key="submit").label.startswith("Submit")


@pytest.mark.parametrize("canvas", ["workbench", "classic"])
def test_a_paused_project_is_said_to_be_paused(
    ws: Workspace, street: Project, ana: Person, open_page: OpenPage, canvas: str
) -> None:
    update_settings(ws, street.id, paused=True)
    app = open_page("annotate", ana)
    app.selectbox(key="canvas_choice").set_value(canvas).run()
    assert not app.exception
    assert any("is paused" in str(info.value) for info in app.info)
    update_settings(ws, street.id, paused=False)
    app.button(key="look_again").click().run()
    assert queue.list_tasks(ws, street.id, states=[TaskState.LEASED])


@pytest.mark.usefixtures("signed_in")
def test_the_workbench_is_told_when_the_image_is_drawn_by_hand(
    ws: Workspace, street: Project, ana: Person, state: dict[str, Any]
) -> None:
    update_settings(ws, street.id, manual_share=1.0)
    task = workbench_page.take(ana, street)
    assert task is not None
    compared = projects.get_project(ws, street.id)
    assert workbench_page.told(ana, compared, task)["arm"] == "manual"
    work = Work(ws, ana, compared, task)
    work.toggle_tool()
    assert work.tool is Tool.MANUAL
    assert "by hand" in work.hint
    assert workbench_page.told(ana, street, task)["arm"] is None


def test_what_was_handed_in_is_known_by_project(
    ws: Workspace, street: Project, ana: Person, state: dict[str, Any]
) -> None:
    other = projects.create_project(ws, "Other", ["car"])
    people.set_role(ws, ana.id, other.id, Role.ANNOTATOR)
    task = workbench_page.take(ana, street)
    assert task is not None
    labeling.submit(ws, task.id, ana.id)
    told_done(task.id, "submitted")
    assert handed_in.last(ana, other) is None
    assert handed_in.last(ana, street) is not None
