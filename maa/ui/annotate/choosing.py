"""Taking a particular image in place of the next one, for those who may."""

from __future__ import annotations

import streamlit as st

from maa.domain import Member, Project, Role
from maa.ui import session
from maa.ui.annotate import canvas_choice, desk, workbench_page
from maa.workflow import queue

_ROUND_KEY = "_choose_round"


def offer(project: Project, who: Member) -> None:
    """Search and list in the sidebar; nothing for people who get their images one after the other."""
    if project.settings.paused or not queue.may_choose(project, who):
        return
    # In another round all of it is new: closed, with nothing searched, and the keys are the picture's again.
    now = st.session_state.setdefault(_ROUND_KEY, 0)
    with st.sidebar.popover(
        "Choose an image", icon=":material/image_search:", width="stretch", key=f"choose_{now}"
    ):
        text = st.text_input(
            "Search",
            key=f"choose_search_{now}",
            placeholder="A part of the image's name",
            icon=":material/search:",
        )
        names = dict(queue.ready_images(session.workspace(), project.id, text))
        if not names:
            st.caption("No image of this name is waiting." if text else "No image is waiting to be labeled.")
            return
        key = f"choose_image_{now}"
        st.selectbox(
            "Image",
            list(names),
            index=None,
            key=key,
            format_func=names.__getitem__,
            placeholder="Pick an image",
            help="The first ones that wait, in the order in which they are handed out. What you have in hand "
            "now comes again afterwards.",
            on_change=_take,
            args=(key, project.id),
        )


@session.guarded(Role.ANNOTATOR)
def _take(who: Member, key: str, project_id: int) -> None:
    task_id: int | None = st.session_state[key]
    if task_id is None:
        return
    st.session_state[_ROUND_KEY] += 1  # refused or not: the same one may be picked again
    # The classic canvas keeps its desk while the other one is in use.
    classic, shown = desk.present(), st.session_state.get(canvas_choice.CHOSEN_KEY)
    if classic is not None and shown == canvas_choice.CLASSIC and classic.work.project.id == project_id:
        classic.work.require_nothing_open()
    queue.claim(session.workspace(), task_id, who.id)
    desk.pause(False)
    desk.clear()  # the classic canvas takes what was claimed last
    workbench_page.put(task_id)
