"""What a page shows, in its address: a reload, a link and the browser's Back bring it again.

Streamlit's own `bind="query-params"` will not do: with it `st.switch_page` raises.
"""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

PAGE_KEY, BEFORE_KEY = "_page", "_page_before"
"""Which page this run is about, and which the one before was."""


def went_back() -> bool:
    """Whether this run is the browser's Back or Forward. Else the address may be older than what was chosen:
    a second press can leave the browser before it has heard what the first one led to."""
    run = get_script_run_ctx()
    return run is not None and run.is_history_navigation


def said(name: str) -> str | None:
    """What the address says of `name`."""
    return st.query_params.get(name)


def show(name: str, value: str | None) -> None:
    """Write it into the address; None: leave it out."""
    if value is None:
        st.query_params.pop(name, None)
    elif said(name) != value:
        st.query_params[name] = value


class Choice:
    """One of several texts that a widget offers.

    Its first is not written into the address, nor what a page that was left shows again: each writing is a
    step of the browser's Back.
    """

    def __init__(self, name: str, key: str, options: Collection[str], first: str) -> None:
        """Before the widget with this `key` is drawn: have it show what the address says, or what the page
        showed when it was left."""
        self._name, self._key, self._first = name, key, first
        wanted = said(name)
        # Coming from another page: that has emptied the address, and mostly forgotten the widget.
        if key not in st.session_state or st.session_state.get(BEFORE_KEY) != st.session_state.get(PAGE_KEY):
            if wanted is None:
                wanted = st.session_state[_again(name)] = st.session_state.get(_left(name))
        elif not went_back():
            wanted = st.session_state[key]
        wanted = wanted or self._unwritten
        st.session_state[key] = wanted if wanted in options else first

    @property
    def _unwritten(self) -> str:
        """What is shown where the address says nothing."""
        return st.session_state.get(_again(self._name)) or self._first

    def show(self) -> None:
        """Once the widget is drawn."""
        chosen = st.session_state[self._key]
        st.session_state[_left(self._name)] = chosen
        if chosen != self._unwritten:
            st.session_state.pop(_again(self._name), None)
        show(self._name, None if chosen == self._unwritten else chosen)


def _left(name: str) -> str:
    return f"_left_{name}"


def _again(name: str) -> str:
    return f"_again_{name}"
