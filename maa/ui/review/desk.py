"""The review page beside its images: what became of the last one, a break, and the empty desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from maa.domain import MaaError, NotAllowed, Person, Project, Task, TaskState
from maa.ui import session
from maa.ui.text import count, one_line, plain
from maa.workflow import images, projects, pseudonyms, review

_LAST_KEY = "review_last"
_PAUSED_KEY = "review_paused"  # without it, what was given back would be handed out again at once

How = Literal["approved", "sent_back"]


@dataclass(frozen=True, slots=True)
class Last:
    """What became of the image before, as text."""

    task_id: int
    name: str
    how: How
    words: str


def remember(task: Task, how: How) -> None:
    """Keep what became of an image that was just decided about, until the next verdict in its project."""
    name = images.get_image(session.workspace(), task.image_id).file_name
    words = f"Approved {name}." if how == "approved" else f"{name} went back to {author(task)}."
    known = Last(task.id, name, how, one_line(words))
    st.session_state.setdefault(_LAST_KEY, {})[task.project_id] = known


def last(reviewer: Person, project: Project) -> Last | None:
    """What became of the image before; a page that is opened anew asks the store."""
    if project.id not in st.session_state.get(_LAST_KEY, {}):
        task = review.last_decided(session.workspace(), project.id, reviewer.id)
        if task is None:
            return None
        remember(task, "sent_back" if task.state is TaskState.RETURNED else "approved")
    known: Last | None = st.session_state[_LAST_KEY][project.id]
    return known


def take_back(reviewer: Person, project: Project) -> Task | None:
    """Take the last verdict back; None where that cannot be done (any more), which is said."""
    known = last(reviewer, project)
    if known is None:
        return None
    st.session_state[_LAST_KEY][project.id] = None
    try:
        return review.take_back(session.workspace(), known.task_id, reviewer.id)
    except MaaError as because:
        session.say("error", f"**{plain(known.name)}**: {plain(str(because))}")
        return None


def author(task: Task) -> str:
    """Whose work it is, as the project calls them."""
    project = projects.get_project(session.workspace(), task.project_id)
    return pseudonyms.names_in(session.workspace(), project).get(task.author_id or 0, "somebody")


def pause() -> None:
    """Hand nothing out until the reviewer asks for it."""
    st.session_state[_PAUSED_KEY] = True


def is_paused() -> bool:
    return bool(st.session_state.get(_PAUSED_KEY))


def paused(project: Project) -> None:
    """The break after an image was given back."""
    st.title("Review")
    with st.container(key="review_break"):
        waiting = review.waiting(session.workspace(), project.id)
        st.info(f"Given back. {count(waiting, 'image')} waiting.", icon=":material/pause:")
        st.button(
            "Go on reviewing",
            key="review_resume",
            type="primary",
            icon=":material/play_arrow:",
            shortcut="Enter",
            on_click=lambda: st.session_state.pop(_PAUSED_KEY, None),
        )


def refused(because: NotAllowed) -> None:
    """Nothing is handed out, and why."""
    st.title("Review")
    with st.container(key="review_refused"):
        st.info(plain(str(because)), icon=":material/pause_circle:")
        st.button("Look again", key="review_look_again", icon=":material/refresh:")


def nothing_to_review(project: Project, before: Last | None, on_take_back: Callable[[], None]) -> None:
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
                "Nothing waits for a review. Images come here when an annotator submits them.",
                icon=":material/done_all:",
            )
        if before is not None:
            st.text(before.words)
        with st.container(horizontal=True):
            st.button("Look again", key="review_look_again", icon=":material/refresh:")
            if before is not None:
                st.button(
                    "Take the verdict back",
                    key="review_take_back",
                    icon=":material/undo:",
                    help="Until somebody goes on with the image, you can decide anew.",
                    on_click=on_take_back,
                )
