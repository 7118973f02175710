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
from maa.workflow import frames, images, projects, pseudonyms, queue, review
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
        task = review.claim_next_review(session.workspace(), project.id, reviewer.id)
    except NotAllowed as because:
        desk.refused(because)
        return
    st.session_state[_TASK_KEY] = None if task is None else task.id
    if task is None:
        desk.nothing_to_review(project)
        return
    with st.container(key="workbench_page", gap=None):
        workbench_pages.take_the_room()
        workbench(_KEY, _told(reviewer, project, task), _done)
    late = workbench_pages.unheard(_KEY)
    if late is not None and late.get("how") == "released":
        review.release_review(session.workspace(), task.id, reviewer.id)  # what this run has taken
        desk.pause()
        st.rerun()


def _told(reviewer: Person, project: Project, task: Task) -> dict[str, Any]:
    """What the workbench has to know before it makes its first call."""
    image = images.get_image(session.workspace(), task.image_id)
    last = desk.last()
    return {
        **workbench_pages.told(reviewer, project, task, image, Purpose.REVIEW),
        "author": _author(task),
        "reasons": list(review.reasons(session.workspace(), project.id)),
        "sequence": frames.is_frame(session.workspace(), image),
        "skip_reasons": [],
        "origins": {origin.value: name for origin, name in ORIGIN_NAMES.items()},
        "unsure_below": LOW_CONFIDENCE,
        "last": None if last is None else {"kind": last.how, "words": last.words},
        "follows": last is not None,
    }


def _author(task: Task) -> str:
    project = projects.get_project(session.workspace(), task.project_id)
    return pseudonyms.names_in(session.workspace(), project).get(task.author_id or 0, "somebody")


def _done() -> None:
    word = workbench_pages.said(_KEY)
    if word is not None:
        _over(word)


def _over(told: dict[str, Any]) -> None:
    """The task is off the desk, says the workbench."""
    if told.get("task") != st.session_state.get(_TASK_KEY):
        return
    ws = session.workspace()
    task = queue.get_task(ws, st.session_state.pop(_TASK_KEY))
    name = images.get_image(ws, task.image_id).file_name
    match told.get("how"):
        case "approved":
            desk.remember("approved", f"Approved {name}.")
        case "sent_back":
            desk.remember("sent_back", f"{name} went back to {_author(task)}.")
        case "released":
            desk.pause()
