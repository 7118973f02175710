"""What a project decides about its work: how it is handed out."""

from __future__ import annotations

import streamlit as st

from maa.domain import Person, Project, Role
from maa.ui import session
from maa.workflow.settings import update_settings


def section(project: Project, who: Person) -> None:
    """The pause button, and the form of everything else."""
    _pause(project)
    with st.form("project_rules"):
        st.markdown("**Handing out**")
        st.toggle(
            "Annotators may choose their images",
            project.settings.pick_any,
            key=_key("pick_any", project.id),
            help="Otherwise they get the next one, so that hard images are not left to others.",
        )
        st.form_submit_button("Save", key="rules_save", type="primary", on_click=_save, args=(project.id,))


def _pause(project: Project) -> None:
    paused = project.settings.paused
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="pause_project"):
        st.markdown(
            "**Paused.** Nothing is handed out; people can finish what they have in hand."
            if paused
            else "**Work is handed out.** Pause it while guidelines or classes change.",
            width="stretch",
        )
        st.button(
            "Go on" if paused else "Pause",
            key="rules_pause",
            icon=":material/play_arrow:" if paused else ":material/pause:",
            on_click=_set_paused,
            args=(project.id, not paused),
        )


def _key(name: str, project_id: int) -> str:
    return f"rule_{name}_{project_id}"


@session.guarded(Role.MANAGER)
def _set_paused(manager: Person, project_id: int, paused: bool) -> None:
    update_settings(session.workspace(), project_id, paused=paused, by=manager.id)
    session.say("toast", "Paused: nothing is handed out." if paused else "Work is handed out again.")


@session.guarded(Role.MANAGER)
def _save(manager: Person, project_id: int) -> None:
    names = ("pick_any",)
    values = {name: st.session_state[_key(name, project_id)] for name in names}
    update_settings(session.workspace(), project_id, by=manager.id, **values)
    session.say("toast", "Saved.")
