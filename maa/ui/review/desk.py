"""The review page beside its images: what became of the last one, a break, and the empty desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from maa.domain import NotAllowed, Project
from maa.ui import session
from maa.ui.text import count, one_line, plain
from maa.workflow import review

_LAST_KEY = "review_last"
_PAUSED_KEY = "review_paused"  # without it, what was given back would be handed out again at once


@dataclass(frozen=True, slots=True)
class Last:
    """What became of the image before, as text."""

    how: Literal["approved", "sent_back"]
    words: str


def remember(how: Literal["approved", "sent_back"], words: str) -> None:
    """Keep what became of an image until the next verdict."""
    st.session_state[_LAST_KEY] = Last(how, one_line(words))


def last() -> Last | None:
    known: Last | None = st.session_state.get(_LAST_KEY)
    return known


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


def nothing_to_review(project: Project) -> None:
    """The empty desk, and why it is empty."""
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
        known = last()
        if known is not None:
            st.text(known.words)
        st.button("Look again", key="review_look_again", icon=":material/refresh:")
