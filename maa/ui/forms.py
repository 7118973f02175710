"""Forms on what others may change meanwhile: only the fields that were changed here are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st


class Fields:
    """The fields of one form, by name. Each widget is given its `key` and, as its default, its `value`.

    A browser may mount a widget anew (a run that ended early had taken it off the page) or have a number
    emptied: it shows the default then, which must be what was saved. A key is used for one default only,
    because a widget with the same key does not take a new one up.

    To be made before the widgets are drawn, and in the callback that saves.
    """

    def __init__(self, form: str) -> None:
        self._form = form
        self._drawn_key, self._round_key = f"_drawn_{form}", f"_round_{form}"

    def draw(self, shown: Mapping[str, Any]) -> None:
        """Have the fields show this when they come onto the page; while they stay, what is in them stays."""
        if self._drawn_key not in st.session_state or any(self.key(n) not in st.session_state for n in shown):
            st.session_state[self._drawn_key] = dict(shown)
            st.session_state[self._round_key] = st.session_state.get(self._round_key, 0) + 1

    def key(self, name: str) -> str:
        return f"{self._form}_{name}_{st.session_state.get(self._round_key, 0)}"

    def value(self, name: str) -> Any:
        """What was saved when the field came onto the page."""
        return st.session_state[self._drawn_key][name]

    def changed(self) -> dict[str, Any]:
        """What the person has changed, by name; nothing when it was saved a moment ago (a double click)."""
        drawn: dict[str, Any] = st.session_state.get(self._drawn_key, {})
        # Another click may have stopped the run that was drawing them.
        there = [name for name in drawn if self.key(name) in st.session_state]
        now = {name: st.session_state[self.key(name)] for name in there}
        return {name: value for name, value in now.items() if value != drawn[name]}

    def forget(self) -> None:
        """Have them show what there is then, others' changes too: once it is saved."""
        st.session_state.pop(self._drawn_key, None)
