"""The annotate page on the workbench: which image is on the desk, and what the workbench is told about it.

Everything between handing an image out and its being handed in happens between browser and routes
(`maa.api.workbench`); this page runs again only when the image is off the desk.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from maa.api.passes import Purpose
from maa.canvas.workbench import workbench
from maa.domain import MaaError, NotAllowed, Person, Project, Role, Task, TaskState
from maa.ui import room, session
from maa.ui import workbench as workbench_pages
from maa.ui.annotate import desk, empty
from maa.ui.annotate.remarks import latest_remarks, said
from maa.ui.text import plain
from maa.workflow import arms, frames, images, labeling, projects, queue

_TASK_KEY = "_workbench_task"
_HANDED_IN_KEY = "_workbench_handed_in"
"""(task id, image's name) of what was handed in just before."""
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
        session.show_notices()
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
        _offer_to_take_back(person, project)
        return
    with st.container(key="workbench_page", gap=None):
        workbench_pages.take_the_room()
        workbench(KEY, told(person, project, task), done)


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


def told(person: Person, project: Project, task: Task) -> dict[str, Any]:
    """What the workbench has to know before it makes its first call."""
    ws = session.workspace()
    image = images.get_image(ws, task.image_id)
    remark = latest_remarks(ws, task).image
    before = _handed_in(person, project)
    return {
        **workbench_pages.told(person, project, task, image, Purpose.ANNOTATE),
        "skip_reasons": list(queue.SKIP_REASONS),
        "waiting": projects.progress(ws, project.id).tasks[TaskState.READY],
        "sent_back": None if remark is None else said(remark) or "see the marked objects",
        "sequence": frames.is_frame(ws, image),
        "arm": arms.arm_now(project, task),
        "follows": before is not None,
        "handed_in": before and before[1],
    }


def done() -> None:
    """The task is off the desk."""
    told = (st.session_state.get(KEY) or {}).get("done")
    if not told or told.get("task") != st.session_state.get(_TASK_KEY):
        return
    if told.get("how") == "taken_back":
        _take_back()
        return
    st.session_state[_TASK_KEY] = None
    st.session_state[_HANDED_IN_KEY] = None
    if told.get("how") == "submitted":
        ws = session.workspace()
        image = images.get_image(ws, queue.get_task(ws, told["task"]).image_id)
        st.session_state[_HANDED_IN_KEY] = (told["task"], image.file_name)
    if told.get("how") == "released":
        desk.pause(True)


def _take_back() -> None:
    """What was handed in just before is on the desk again. What lies there now stays its person's, and comes
    again after it."""
    before = st.session_state.get(_HANDED_IN_KEY)
    person = session.person()
    if before is None or person is None:
        return
    st.session_state[_HANDED_IN_KEY] = None
    try:
        task = labeling.take_back(session.workspace(), before[0], person.id)
    except MaaError as because:
        session.say("error", f"**{plain(before[1])}**: {plain(str(because))}")
        return
    st.session_state[_TASK_KEY] = task.id


def _handed_in(person: Person, project: Project) -> tuple[int, str] | None:
    """What was handed in just before; a page that is opened anew asks the store."""
    if _HANDED_IN_KEY not in st.session_state:
        ws = session.workspace()
        last = labeling.last_handed_in(ws, project.id, person.id)
        found = None if last is None else (last.id, images.get_image(ws, last.image_id).file_name)
        st.session_state[_HANDED_IN_KEY] = found
    before: tuple[int, str] | None = st.session_state[_HANDED_IN_KEY]
    return before


def _offer_to_take_back(person: Person, project: Project) -> None:
    before = _handed_in(person, project)
    if before is None or queue.get_task(session.workspace(), before[0]).project_id != project.id:
        return
    st.button(
        f"Take {plain(before[1])} back",
        key="take_back",
        icon=":material/undo:",
        help="You have handed it in; until a reviewer takes it, you can have it back.",
        on_click=_take_back,
    )
