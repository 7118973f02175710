"""The annotate page with no image on the desk, and why there is none."""

from __future__ import annotations

import streamlit as st

from maa.domain import Member, NotAllowed, Project, Role, TaskState
from maa.domain.wording import count
from maa.ui import session
from maa.ui.annotate import desk
from maa.ui.text import plain
from maa.workflow import projects


def paused() -> None:
    with st.container(key="annotate_paused"):
        st.info("You gave the image back. Take the next one when you are ready.", icon=":material/pause:")
        st.button("Continue", key="resume", type="primary", shortcut="Enter", on_click=_resume)


def refused(project: Project, because: NotAllowed) -> None:
    """Nothing is handed out to this person, and why: the project is paused, or they have to wait."""
    icon = ":material/pause_circle:" if project.settings.paused else ":material/block:"
    with st.container(key="annotate_refused"):
        st.info(plain(str(because)), icon=icon)
        st.button("Look again", key="look_again", icon=":material/refresh:")


def nothing_to_do(project: Project, person: Member) -> None:
    tasks = projects.progress(session.workspace(), project.id).tasks
    total = sum(tasks.values())
    with st.container(key="empty_annotate"):
        if total == 0:
            st.info(
                f"**{plain(project.name)}** has no images yet. "
                + (
                    "Add some under Projects."
                    if person.role.includes(Role.MANAGER)
                    else "A manager adds them under Projects."
                ),
                icon=":material/image:",
            )
        elif tasks[TaskState.LEASED] or tasks[TaskState.RETURNED]:
            st.info(
                f"Nothing to label for you right now: {count(tasks[TaskState.LEASED], 'image')} with others, "
                f"{tasks[TaskState.RETURNED]} sent back to others. Choose another project, or try later.",
                icon=":material/group:",
            )
        else:
            st.success(
                f"Everything in **{plain(project.name)}** is labeled: "
                f"{tasks[TaskState.APPROVED]} approved, "
                f"{tasks[TaskState.SUBMITTED] + tasks[TaskState.IN_REVIEW]} waiting for review, "
                f"{tasks[TaskState.SKIPPED]} skipped. What a reviewer sends back comes to you here.",
                icon=":material/done_all:",
            )
        st.button("Look again", key="look_again", icon=":material/refresh:")


def _resume() -> None:
    desk.pause(False)
