"""What lies on the annotator's desk: the task in hand and its canvas, kept until it is done."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from maa.canvas.protocol import Canvas
from maa.domain import Person, Project
from maa.ui import session
from maa.ui.annotate.remarks import Remarks, latest_remarks
from maa.ui.annotate.work import Work
from maa.ui.room import Room
from maa.ui.words import more_to_label
from maa.workflow import comments, queue
from maa.workflow.comments import Thread

_KEY = "_annotate_desk"
_FOLLOWS_KEY = "_annotate_follows"
_CLASS_KEY = "_annotate_class"
_PAUSED_KEY = "_annotate_paused"  # without it, what was given back would be handed out again at once
_ROOM_KEY = "_annotate_canvas_room"


@dataclass(slots=True)
class Desk:
    """The task in hand."""

    work: Work
    canvas: Canvas
    remarks: Remarks
    threads: list[Thread]
    """What people wrote to each other about the image, as it was when it was taken."""
    waiting: str
    """How many more images of the project waited to be labeled when this one was taken, in words."""


def present() -> Desk | None:
    """What is on the desk now."""
    desk: Desk | None = st.session_state.get(_KEY)
    return desk


def take(person: Person, project: Project) -> Desk | None:
    """The task in hand, or the next one of the project, leased to the person; None when there is none."""
    desk = present()
    if desk is not None and desk.work.person.id == person.id and desk.work.project.id == project.id:
        return desk
    # The component can only be loaded by a running Streamlit; the rest of the page can do without.
    from maa.canvas.classic import ClassicCanvas

    if desk is not None:
        clear()
    workspace = session.workspace()
    task = queue.claim_next(workspace, project.id, person.id)
    if task is None:
        return None
    work = Work(
        workspace,
        person,
        project,
        task,
        follows=st.session_state.pop(_FOLLOWS_KEY, False),
        class_id=st.session_state.get(_CLASS_KEY),
    )
    size = (work.image.width, work.image.height)
    desk = Desk(
        work,
        ClassicCanvas(size, (room() or Room()).canvas),
        latest_remarks(workspace, task),
        comments.threads(workspace, task.id),
        more_to_label(*queue.left_to_label(workspace, project)),
    )
    st.session_state[_KEY] = desk
    return desk


def clear(*, handed_in: bool = False) -> None:
    """The task in hand is done with on this page; `handed_in`: by submitting it."""
    desk = present()
    if desk is not None:
        st.session_state[_CLASS_KEY] = desk.work.class_id
    st.session_state.pop(_KEY, None)
    st.session_state[_FOLLOWS_KEY] = handed_in


def pause(paused: bool) -> None:
    """While paused, nothing is handed out."""
    st.session_state[_PAUSED_KEY] = paused


def is_paused() -> bool:
    return bool(st.session_state.get(_PAUSED_KEY))


def room() -> Room | None:
    """The room in the browser, once it has said so."""
    known: Room | None = st.session_state.get(_ROOM_KEY)
    return known


def set_room(room: Room) -> None:
    """The browser has this much room."""
    st.session_state[_ROOM_KEY] = room
    desk = present()
    if desk is not None:
        desk.canvas.resize(*room.canvas)
