"""Which canvas a person draws on: the workbench, or the classic one."""

from __future__ import annotations

import streamlit as st

_KEY = "canvas"
_CHOICES = ("workbench", "classic")


def is_classic() -> bool:
    """Draw the choice in the sidebar and tell it. It stands in the address (`?canvas=classic`)."""
    if _KEY not in st.session_state:
        asked = st.query_params.get(_KEY)
        st.session_state[_KEY] = asked if asked in _CHOICES else _CHOICES[0]
    with st.sidebar:
        st.selectbox(
            "Canvas",
            _CHOICES,
            key=_KEY,
            icon=":material/draw:",
            help="The workbench zooms, edits and undoes. The classic one is streamlit-drawable-canvas.",
        )
    chosen: str = st.session_state[_KEY]
    if chosen == _CHOICES[0]:
        st.query_params.pop(_KEY, None)
    else:
        st.query_params[_KEY] = chosen
    return chosen != _CHOICES[0]
