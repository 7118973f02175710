"""What a page shows, in its address: a reload, a link and the browser's Back bring it again.

Streamlit's own `bind="query-params"` will not do: with it `st.switch_page` raises.
"""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st


def changed(name: str) -> bool:
    """Whether the address says something else of `name` than `show` wrote last."""
    return st.query_params.get(name) != st.session_state.get(_shown(name))


def show(name: str, value: str | None) -> None:
    """Write it into the address; None: leave it out."""
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value
    st.session_state[_shown(name)] = value


class Choice:
    """One of several texts that a widget offers. Its first is not written into the address: each change of
    that is a step of the browser's Back.
    """

    def __init__(self, name: str, key: str, options: Collection[str], first: str) -> None:
        """Before the widget with this `key` is drawn: have it show what the address says, or what the page
        showed when it was left."""
        self._name, self._key, self._first = name, key, first
        said = st.query_params.get(name)
        if key not in st.session_state:  # going to another page forgets the widget, and empties the address
            said = said or st.session_state.get(_shown(name))
        elif not changed(name):
            said = st.session_state[key]
        st.session_state[key] = said if said in options else first

    def show(self) -> None:
        """Once the widget is drawn."""
        chosen = st.session_state[self._key]
        show(self._name, None if chosen == self._first else chosen)


def _shown(name: str) -> str:
    return f"_shown_{name}"
