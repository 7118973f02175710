"""The review page beside its images: what became of the last one, a break, and the empty desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from maa.domain import MaaError, NotAllowed, Person, Project, Task, TaskState
from maa.domain.wording import count
from maa.ui import session
from maa.ui.text import one_line, plain
from maa.workflow import images, projects, pseudonyms, review, taking_back

_PAUSED_KEY = "review_paused"  # without it, what was given back would be handed out again at once

How = Literal["approved", "sent_back"]
TakeBack = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Last:
    """What became of the image before, as text."""

    task_id: int
    how: How
    words: str


def last(reviewer: Person, project: Project) -> Last | None:
    """What became of the image before, as long as the verdict can be taken back."""
    task = taking_back.last_decided(session.workspace(), project.id, reviewer.id)
    if task is None:
        return None
    name = images.get_image(session.workspace(), task.image_id).file_name
    if task.state is TaskState.RETURNED:
        return Last(task.id, "sent_back", one_line(f"{name} went back to {author(task)}."))
    if task.state is TaskState.APPROVED:
        return Last(task.id, "approved", one_line(f"Approved {name}."))
    return Last(task.id, "approved", one_line(f"Passed {name} on to the second review."))


def take_back(reviewer: Person, task_id: int) -> None:
    """Take a verdict back, and end a break for it; where that cannot be done (any more), it is said."""
    try:
        taking_back.take_back(session.workspace(), task_id, reviewer.id)
    except MaaError as because:
        session.say("error", plain(str(because)))
    else:
        st.session_state.pop(_PAUSED_KEY, None)


def author(task: Task) -> str:
    """Whose work it is, as the project calls them."""
    project = projects.get_project(session.workspace(), task.project_id)
    return pseudonyms.names_in(session.workspace(), project).get(task.author_id or 0, "somebody")


def pause() -> None:
    """Hand nothing out until the reviewer asks for it."""
    st.session_state[_PAUSED_KEY] = True


def is_paused() -> bool:
    return bool(st.session_state.get(_PAUSED_KEY))


def paused(project: Project, reviewer: Person, before: Last | None, on_take_back: TakeBack) -> None:
    """The break after an image was given back."""
    st.title("Review")
    with st.container(key="review_break"):
        waiting = review.waiting(session.workspace(), project.id, reviewer.id)
        st.info(f"Given back. {count(waiting, 'image')} waiting.", icon=":material/pause:")
        _tell(before)
        with st.container(horizontal=True):
            st.button(
                "Continue reviewing",
                key="review_resume",
                type="primary",
                icon=":material/play_arrow:",
                shortcut="Enter",
                on_click=lambda: st.session_state.pop(_PAUSED_KEY, None),
            )
            _offer(before, on_take_back)


def refused(because: NotAllowed, before: Last | None, on_take_back: TakeBack) -> None:
    """Nothing is handed out, and why."""
    st.title("Review")
    with st.container(key="review_refused"):
        st.info(plain(str(because)), icon=":material/pause_circle:")
        _look_again(before, on_take_back)


def nothing_to_review(project: Project, before: Last | None, on_take_back: TakeBack) -> None:
    """The empty desk, why it is empty, and what became of the image before."""
    waiting = review.waiting(session.workspace(), project.id)
    st.title("Review")
    with st.container(key="empty_review"):
        if waiting:
            st.info(
                f"Nothing for you to review: {count(waiting, 'image')} waiting that you worked on yourself "
                "or passed at the first stage, or that somebody has open. Nobody reviews their own work; "
                "another reviewer takes it.",
                icon=":material/group:",
            )
        else:
            st.success(
                "Nothing is waiting for review. Images appear here when an annotator submits them.",
                icon=":material/done_all:",
            )
        _look_again(before, on_take_back)


def _look_again(before: Last | None, on_take_back: TakeBack) -> None:
    _tell(before)
    with st.container(horizontal=True):
        st.button("Look again", key="review_look_again", icon=":material/refresh:")
        _offer(before, on_take_back)


def _tell(before: Last | None) -> None:
    if before is not None:
        st.text(before.words)


def _offer(before: Last | None, on_take_back: TakeBack) -> None:
    if before is not None:
        st.button(
            "Take back the verdict",
            key="review_take_back",
            icon=":material/undo:",
            help="Until somebody continues with the image, you can decide again.",
            on_click=on_take_back,
            args=(before.task_id,),
        )
