"""The first thing a visitor sees: choose a name, or make the first person of a new installation."""

from __future__ import annotations

import streamlit as st

from maa.domain import MaaError
from maa.ui import session
from maa.ui.text import plain
from maa.workflow import people


def choose_person() -> None:
    """A card for each active person; with nobody there yet, a form for the first manager."""
    known = people.list_people(session.workspace())
    st.title("Welcome to MAA")
    if not known:
        _first_person()
        return
    st.markdown("Four clicks to a polygon. **Who are you?**")
    with st.container(key="choose_person", horizontal=True):
        for someone in known:
            with st.container(border=True, width=240, key=f"person_card_{someone.id}"):
                st.button(
                    plain(someone.name),
                    key=f"be_person_{someone.id}",
                    icon=":material/person:",
                    width="stretch",
                    on_click=_become,
                    args=(someone.name,),
                )


def _first_person() -> None:
    with st.container(key="empty_no_people", border=True, width=520):
        st.markdown(
            "Nobody is here yet. Add yourself as the **admin**; you then add the others under People."
        )
        with st.form("first_person", border=False):
            st.text_input("Your name", key="first_person_name", max_chars=100)
            st.form_submit_button("Start", key="first_person_add", type="primary", on_click=_add_first_person)


def _become(name: str) -> None:
    st.session_state[session.PERSON_KEY] = name


def _add_first_person() -> None:
    workspace = session.workspace()
    if people.list_people(workspace):
        session.say("warning", "Somebody was faster: choose your name.")
        return
    try:
        added = people.add_person(workspace, st.session_state["first_person_name"], admin=True)
    except MaaError as error:
        session.say("error", plain(error))
        return
    _become(added.name)
