"""Which canvas a person draws on: the workbench, or the classic one."""

from __future__ import annotations

import streamlit as st

CHOSEN_KEY = "_annotate_canvas"
WORKBENCH, CLASSIC = _CHOICES = ("workbench", "classic")
_ADDRESS, _WIDGET_KEY = "canvas", "canvas_choice"


def is_classic() -> bool:
    """Draw the choice in the sidebar and tell it. It stands in the address, too (`?canvas=classic`)."""
    asked = st.query_params.get(_ADDRESS, WORKBENCH)
    chosen: str = st.session_state.setdefault(CHOSEN_KEY, asked if asked in _CHOICES else WORKBENCH)
    with st.sidebar:
        st.selectbox(
            "Canvas",
            _CHOICES,
            index=_CHOICES.index(chosen),
            key=_WIDGET_KEY,
            icon=":material/draw:",
            help="The workbench zooms, edits and undoes. The classic one is streamlit-drawable-canvas.",
            on_change=_keep,
        )
    if chosen == CLASSIC:
        st.query_params[_ADDRESS] = CLASSIC
    else:
        st.query_params.pop(_ADDRESS, None)
    return chosen == CLASSIC


def _keep() -> None:
    # The widget's own state is gone with the page; the choice stays.
    st.session_state[CHOSEN_KEY] = st.session_state[_WIDGET_KEY]
