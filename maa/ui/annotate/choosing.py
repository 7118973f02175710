"""Taking a particular image in place of the next one, for those who may."""

from __future__ import annotations

import streamlit as st

from maa.domain import Member, Project, Role
from maa.ui import session
from maa.ui.annotate import desk, workbench_page
from maa.workflow import queue

_SEARCH_KEY, _CHOSEN_KEY = "choose_search", "choose_image"
_TAKEN_KEY = "_choose_taken"


def offer(project: Project, who: Member) -> None:
    """Search and list in the sidebar; nothing for people who get their images one after the other."""
    if not queue.may_choose(project, who):
        return
    taken = st.session_state.get(_TAKEN_KEY, 0)
    with st.sidebar.popover(
        "Choose an image",
        icon=":material/image_search:",
        width="stretch",
        key=f"choose_{taken}",  # another one is closed, and gives the keys back to the picture
    ):
        text = st.text_input(
            "Search", key=_SEARCH_KEY, placeholder="A part of the image's name", icon=":material/search:"
        )
        names = dict(queue.ready_images(session.workspace(), project.id, text))
        if not names:
            st.caption("No image of this name waits." if text else "No image waits to be labeled.")
            return
        st.selectbox(
            "Image",
            list(names),
            index=None,
            key=_CHOSEN_KEY,
            format_func=names.__getitem__,
            placeholder="Take this one now",
            help="The first ones that wait, in the order in which they are handed out. What you have in hand "
            "now comes again afterwards.",
            on_change=_take,
        )


@session.guarded(Role.ANNOTATOR)
def _take(who: Member) -> None:
    task_id: int | None = st.session_state[_CHOSEN_KEY]
    st.session_state[_CHOSEN_KEY] = None
    if task_id is None:
        return
    if (classic := desk.present()) is not None:
        classic.work.require_nothing_open()
    queue.claim(session.workspace(), task_id, who.id)
    # Whichever canvas is shown: what was claimed last is what comes next.
    st.session_state[_TAKEN_KEY] = st.session_state.get(_TAKEN_KEY, 0) + 1
    desk.pause(False)
    desk.clear()
    workbench_page.clear()
