"""Creating a project."""

from __future__ import annotations

import streamlit as st

from maa.domain import Person
from maa.domain.wording import count
from maa.ui import session
from maa.ui.text import plain
from maa.workflow import library, projects
from maa.workflow.names import PALETTE

_MAX_COLORS = 50
_OPEN_KEY = "new_project_open"
_NAME_KEY, _CLASSES_KEY, _GUIDELINES_KEY = "new_project_name", "new_project_classes", "new_project_guidelines"


def new_project_button() -> None:
    """The button that opens and closes the form."""
    st.button("New project", key="new_project", type="primary", icon=":material/add:", on_click=_toggle)


def form() -> None:
    """The form, when it was opened."""
    if not st.session_state.get(_OPEN_KEY):
        return
    with st.container(border=True, key="new_project_form"):
        st.subheader("New project")
        left, right = st.columns(2)
        left.text_input("Name", key=_NAME_KEY, max_chars=100, placeholder="Bolts on the north line")
        left.text_area(
            "Guidelines",
            key=_GUIDELINES_KEY,
            height=140,
            placeholder="What counts as an object, what to leave out, how exact outlines should be.",
            help="Shown to annotators and reviewers as plain text. Can be changed later.",
        )
        right.text_area(
            "Classes, one per line",
            key=_CLASSES_KEY,
            height=220,
            placeholder="bolt\nnut\nwasher",
            help="Classes answer to their number: two digits in quick succession from 10 on. More can be "
            "added at any time, and any of them renamed, merged or retired without losing work.",
        )
        names = _class_names()
        if names:
            with st.container(horizontal=True, key="new_project_colors"):
                for position, name in enumerate(names[:_MAX_COLORS]):
                    st.color_picker(plain(name), _color(position), key=f"new_project_color_{position}")
        if len(names) > _MAX_COLORS:
            st.caption(
                f"{count(len(names), 'class', 'classes')}. Colors after the first {_MAX_COLORS} can be "
                "changed under Classes later."
            )
        with st.container(horizontal=True):
            st.button("Create", key="new_project_create", type="primary", on_click=_create)
            st.button("Cancel", key="new_project_cancel", on_click=_toggle)


def _class_names() -> list[str]:
    lines = (line.strip() for line in str(st.session_state.get(_CLASSES_KEY, "")).splitlines())
    return [line for line in lines if line]


def _color(position: int) -> str:
    return PALETTE[position % len(PALETTE)]


def _toggle() -> None:
    st.session_state[_OPEN_KEY] = not st.session_state.get(_OPEN_KEY, False)


@session.signed_in
def _create(creator: Person) -> None:
    classes = [
        (name, st.session_state.get(f"new_project_color_{position}", _color(position)))
        for position, name in enumerate(_class_names())
    ]
    project = projects.create_project(
        session.workspace(),
        st.session_state[_NAME_KEY],
        classes,
        guidelines=st.session_state[_GUIDELINES_KEY],
        by=creator.id,
    )
    for key in (_NAME_KEY, _CLASSES_KEY, _GUIDELINES_KEY):
        st.session_state[key] = ""
    st.session_state[_OPEN_KEY] = False
    session.choose_project(project.name)
    st.session_state["project_section"] = "Images"
    session.say(
        "success", f"{plain(project.name)} is ready. Add its images below, and give roles in it under People."
    )
    for offer in library.offers(session.workspace(), project.id):
        if offer.covers:
            session.say(
                "info",
                f"The model {plain(offer.model.name)} was trained for {plain(', '.join(offer.covers))}. "
                "Have the project use it under Models.",
            )
