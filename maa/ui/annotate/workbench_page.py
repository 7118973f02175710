"""The annotate page on the workbench: which image is on the desk, and what the workbench is told about it.

Everything between handing an image out and its being handed in happens between browser and routes
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
from maa.ui.annotate import desk, empty, handed_in
from maa.ui.annotate.remarks import latest_remarks, said
from maa.ui.words import more_to_label
from maa.workflow import arms, frames, images, queue

_TASK_KEY = "_workbench_task"
KEY = "workbench"


def show() -> None:
    """The whole page."""
    session.require(Role.ANNOTATOR)
    session.require_project()
    room.narrow_edges()
    _surface()


def _surface() -> None:
    person = session.require(Role.ANNOTATOR)
    project = session.require_project()
    with st.container(key="annotate_notices"):
        session.show_notices(in_sight=True)
    if desk.is_paused():
        empty.paused()
        return
    try:
        task = take(person, project)
    except NotAllowed as because:
        empty.refused(project, because)
        return
    if task is None:
        empty.nothing_to_do(project, person)
        handed_in.offer(person, project, _take_back)
        return
    with st.container(key="workbench_page", gap=None):
        workbench_pages.take_the_room()
        workbench(KEY, told(person, project, task), _done)
    if workbench_pages.hear(KEY, lambda late: _made_up_for(late, task, person)):
        st.rerun()


def _made_up_for(told: dict[str, Any], task: Task, person: Person) -> None:
    """Do what was said before this session; `task` was handed out in between."""
    if told.get("how") == "released":
        desk.pause(True)
        if told.get("task") == task.id:
            queue.release(session.workspace(), task.id, person.id)
        st.session_state[_TASK_KEY] = None
    else:
        done(told)


def take(person: Person, project: Project) -> Task | None:
    """The task on the desk, or the next one of the project; None when there is nothing for this person."""
    ws = session.workspace()
    known = st.session_state.get(_TASK_KEY)
    if known is not None:
        present = queue.get_task(ws, known)
        held = present.state is TaskState.LEASED and present.holder_id == person.id
        if held and present.project_id == project.id:
            return present
    task = queue.claim_next(ws, project.id, person.id)
    st.session_state[_TASK_KEY] = None if task is None else task.id
    return task


def put(task_id: int) -> None:
    """This is to be on the desk; what lies there stays its person's, and comes again after it."""
    st.session_state[_TASK_KEY] = task_id


def told(person: Person, project: Project, task: Task) -> dict[str, Any]:
    """What the workbench has to know before it makes its first call."""
    ws = session.workspace()
    image = images.get_image(ws, task.image_id)
    remark = latest_remarks(ws, task).image
    before = handed_in.last(person, project)
    return {
        **workbench_pages.told(person, project, task, image, Purpose.ANNOTATE),
        "skip_reasons": list(queue.SKIP_REASONS),
        "waiting": more_to_label(*queue.left_to_label(ws, project)),
        "sent_back": None if remark is None else said(remark) or "see what is marked",
        "sequence": frames.is_frame(ws, project, image),
        "arm": arms.arm_now(project, task),
        "follows": before is not None,
        "last": before and {"task": before[0], "name": before[1]},
    }


def _done() -> None:
    workbench_pages.hear(KEY, done)


def done(told: dict[str, Any]) -> None:
    """The task is off the desk, says the workbench, or another is wanted back on it."""
    wanted = told.get("of")
    if isinstance(wanted, int):
        _take_back(wanted)
        return
    if told.get("task") != st.session_state.get(_TASK_KEY):
        return
    if told.get("how") == "released":
        desk.pause(True)
    task = queue.get_task(session.workspace(), told["task"])
    handed_in.remember(task.project_id, task if told.get("how") == "submitted" else None)
    st.session_state[_TASK_KEY] = None  # last: whether a word is about what is on the desk is looked up here


def _take_back(task_id: int) -> None:
    """What was handed in before is on the desk again. What lies there now stays its person's, and comes again
    after it."""
    st.session_state[_TASK_KEY] = task_id  # first: where it cannot be had, what is in hand comes again
    handed_in.take_back(task_id)
