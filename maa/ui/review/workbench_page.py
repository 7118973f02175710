"""The review page on the workbench: which image is on the desk, and what the workbench is told about it.

Everything between handing an image out and its verdict happens between browser and routes
(`maa.api.workbench`); this page runs again only when the image is off the desk.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from maa.api.passes import Purpose
from maa.canvas.workbench import workbench
from maa.domain import NotAllowed, Person, Project, Role, Task
from maa.ui import room, session
from maa.ui import workbench as workbench_pages
from maa.ui.review import desk
from maa.ui.words import ORIGIN_NAMES
from maa.workflow import agreement, frames, images, review, taking_back
from maa.workflow.predict import LOW_CONFIDENCE

_TASK_KEY = "_review_task"
_KEY = "review_workbench"


def show() -> None:
    """The whole page."""
    session.require(Role.REVIEWER)
    session.require_project()
    room.narrow_edges()
    _surface()


def _surface() -> None:
    reviewer = session.require(Role.REVIEWER)
    project = session.require_project()
    with st.container(key="review_notices"):
        session.show_notices(in_sight=True)
    before = desk.last(reviewer, project)
    if desk.is_paused():
        desk.paused(project, reviewer, before, _take_back)
        return
    try:
        on_desk = st.session_state.get(_TASK_KEY)
        task = review.claim_next_review(session.workspace(), project.id, reviewer.id, first=on_desk)
    except NotAllowed as because:
        desk.refused(because, before, _take_back)
        return
    st.session_state[_TASK_KEY] = None if task is None else task.id
    if task is None:
        desk.nothing_to_review(project, before, _take_back)
        return
    with st.container(key="workbench_page", gap=None):
        workbench_pages.take_the_room()
        workbench(_KEY, _told(reviewer, project, task, before), _done)
    if workbench_pages.hear(_KEY, lambda late: _made_up_for(late, task, reviewer)):
        st.rerun()


def _made_up_for(told: dict[str, Any], task: Task, reviewer: Person) -> None:
    """Do what was said before this session; `task` was handed out in between."""
    if told.get("how") == "released":
        desk.pause()
        if told.get("task") == task.id:
            review.release_review(session.workspace(), task.id, reviewer.id)
    else:
        _over(told)


def _told(reviewer: Person, project: Project, task: Task, before: desk.Last | None) -> dict[str, Any]:
    """What the workbench has to know before it makes its first call."""
    image = images.get_image(session.workspace(), task.image_id)
    if taking_back.taken_back(session.workspace(), task, reviewer.id):
        before = None  # the key pressed twice means this one
    return {
        **workbench_pages.told(reviewer, project, task, image, Purpose.REVIEW),
        "author": desk.author(task),
        "about": _about(project, task),
        "reasons": list(review.reasons(session.workspace(), project.id)),
        "sequence": frames.is_frame(session.workspace(), project, image),
        "skip_reasons": [],
        "origins": {origin.value: name for origin, name in ORIGIN_NAMES.items()},
        "unsure_below": LOW_CONFIDENCE,
        "last": before and {"task": before.task_id, "kind": before.how, "words": before.words},
        "follows": before is not None,
    }


def _about(project: Project, task: Task) -> list[str]:
    """Which of two reviews this is, where there are two; and whether there will be more to compare with."""
    said = []
    if task.stage > 1:
        said.append("second review")
    elif project.settings.review_stages > 1:
        said.append("first of two reviews")
    if agreement.waits_for_second(session.workspace(), task.id):
        said.append("a second person is still to label it")
    return said


def _done() -> None:
    workbench_pages.hear(_KEY, _over)


def _over(told: dict[str, Any]) -> None:
    """The task is off the desk, says the workbench, or another is wanted back on it."""
    wanted = told.get("of")
    if isinstance(wanted, int):
        _take_back(wanted)
    elif told.get("how") == "released" and told.get("task") == st.session_state.get(_TASK_KEY):
        desk.pause()


def _take_back(task_id: int) -> None:
    """What was decided about before is on the desk again. What lies there now stays in hand, and comes again
    after it."""
    reviewer = session.person()
    if reviewer is not None:
        st.session_state[_TASK_KEY] = task_id  # first: where it cannot be had, what is in hand comes again
        desk.take_back(reviewer, task_id)
