"""A project's name, guidelines and lease, and putting it away."""

from __future__ import annotations

from typing import Any

import streamlit as st

from maa.domain import Member, Project, Role, TaskState
from maa.domain.wording import count
from maa.ui import session
from maa.ui.forms import Fields
from maa.ui.text import plain
from maa.workflow import projects


def section(project: Project, who: Member) -> None:
    """The form, and the button that archives."""
    fields = _fields(project.id)
    fields.draw(_shown(project))
    with st.form("project_settings"):
        st.text_input("Name", fields.value("name"), key=fields.key("name"), max_chars=100)
        st.text_area(
            "Guidelines",
            fields.value("guidelines"),
            key=fields.key("guidelines"),
            height=260,
            help="Shown to annotators and reviewers as plain text.",
        )
        st.number_input(
            "Minutes until an idle task may go to somebody else",
            min_value=1,
            max_value=1440,
            value=fields.value("lease_minutes"),
            key=fields.key("lease_minutes"),
            width=360,
        )
        st.form_submit_button("Save", key="project_save", type="primary", on_click=_save, args=(project.id,))
    with st.container(border=True, key="archive_project"):
        st.markdown("**Archive.** The project disappears from everybody's lists; nothing in it is lost.")
        states = projects.progress(session.workspace(), project.id).tasks
        if in_hand := states[TaskState.LEASED] + states[TaskState.IN_REVIEW]:
            st.warning(
                f"{count(in_hand, 'image')} in somebody's hands now. Whoever works there can save nothing "
                "more until the project is reopened.",
                icon=":material/front_hand:",
            )
        st.button(
            "Archive this project",
            key="archive",
            icon=":material/archive:",
            on_click=_archive,
            args=(project.id,),
        )


@session.guarded(Role.MANAGER)
def _save(manager: Member, project_id: int) -> None:
    fields = _fields(project_id)
    project = projects.update_project(session.workspace(), project_id, by=manager.id, **fields.changed())
    fields.forget()
    session.choose_project(project.name)
    session.say("toast", "Saved.")


def _fields(project_id: int) -> Fields:
    return Fields(f"settings_{project_id}")


def _shown(project: Project) -> dict[str, Any]:
    return {
        "name": project.name,
        "guidelines": project.guidelines,
        "lease_minutes": project.lease_minutes,
    }


@session.guarded(Role.MANAGER)
def _archive(manager: Member, project_id: int) -> None:
    project = projects.archive_project(session.workspace(), project_id, by=manager.id)
    session.say("success", f"{plain(project.name)} is archived. It can be reopened from the list.")
