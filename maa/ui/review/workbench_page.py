"""The review page on the workbench: which image is on the desk, and what the workbench is told about it.

Everything between handing an image out and its verdict happens between browser and routes
(`maa.api.workbench`); this page runs again only when the image is off the desk.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from maa.api.passes import Purpose
from maa.canvas.workbench import workbench
from maa.domain import NotAllowed, Person, Project, Role, Task, TaskState
from maa.ui import room, session
from maa.ui import workbench as workbench_pages
from maa.ui.review import desk
from maa.ui.words import ORIGIN_NAMES
from maa.workflow import frames, images, queue, review
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
        session.show_notices()
    if desk.is_paused():
        desk.paused(project)
        return
    try:
        task = _on_the_desk(reviewer, project)
        task = task or review.claim_next_review(session.workspace(), project.id, reviewer.id)
    except NotAllowed as because:
        desk.refused(because)
        return
    st.session_state[_TASK_KEY] = None if task is None else task.id
    if task is None:
        desk.nothing_to_review(project, desk.last(reviewer, project), _take_back)
        return
    with st.container(key="workbench_page", gap=None):
        workbench_pages.take_the_room()
        workbench(_KEY, _told(reviewer, project, task), _done)
    late = workbench_pages.unheard(_KEY)
    if late is not None and late.get("how") == "released":
        review.release_review(session.workspace(), task.id, reviewer.id)  # what this run has taken
        desk.pause()
        st.rerun()


def _on_the_desk(reviewer: Person, project: Project) -> Task | None:
    """What this session has in hand: a verdict that was taken back comes before other work in hand."""
    known = st.session_state.get(_TASK_KEY)
    task = None if known is None else queue.get_task(session.workspace(), known)
    mine = task is not None and task.state is TaskState.IN_REVIEW and task.holder_id == reviewer.id
    return task if mine and task is not None and task.project_id == project.id else None


def _told(reviewer: Person, project: Project, task: Task) -> dict[str, Any]:
    """What the workbench has to know before it makes its first call."""
    image = images.get_image(session.workspace(), task.image_id)
    last = desk.last(reviewer, project)
    return {
        **workbench_pages.told(reviewer, project, task, image, Purpose.REVIEW),
        "author": desk.author(task),
        "reasons": list(review.reasons(session.workspace(), project.id)),
        "sequence": frames.is_frame(session.workspace(), image),
        "skip_reasons": [],
        "origins": {origin.value: name for origin, name in ORIGIN_NAMES.items()},
        "unsure_below": LOW_CONFIDENCE,
        "last": None if last is None else {"kind": last.how, "words": last.words},
        "follows": last is not None,
    }


def _done() -> None:
    word = workbench_pages.said(_KEY)
    if word is not None:
        _over(word)


def _over(told: dict[str, Any]) -> None:
    """The task is off the desk, says the workbench."""
    if told.get("task") != st.session_state.get(_TASK_KEY):
        return
    if told.get("how") == "taken_back":
        _take_back()
        return
    task = queue.get_task(session.workspace(), st.session_state.pop(_TASK_KEY))
    match told.get("how"):
        case "approved":
            desk.remember(task, "approved")
        case "sent_back":
            desk.remember(task, "sent_back")
        case "released":
            desk.pause()


def _take_back() -> None:
    """What was decided about just before is on the desk again. What lies there now stays in hand, and comes
    again after it."""
    reviewer, project = session.person(), session.project()
    task = desk.take_back(reviewer, project) if reviewer and project else None
    if task is not None:
        st.session_state[_TASK_KEY] = task.id
