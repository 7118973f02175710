"""Forms on what others may change meanwhile: only the fields that were changed here are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st


class Fields:
    """The fields of one form, by name; `key`: of a field's widget, which is given no value of its own.

    To be made before the widgets are drawn, and in the callback that saves.
    """

    def __init__(self, form: str, key: Callable[[str], str]) -> None:
        self._drawn = f"_drawn_{form}"
        self._key = key

    def draw(self, shown: Mapping[str, Any]) -> None:
        """Have the fields show this when they come onto the page; while they stay, what is in them stays."""
        stay = all(self._key(name) in st.session_state for name in shown)
        if not stay or self._drawn not in st.session_state:
            self.renew(shown)

    def changed(self) -> dict[str, Any]:
        """What the person has changed, by name."""
        drawn: dict[str, Any] = st.session_state[self._drawn]
        now = {name: st.session_state[self._key(name)] for name in drawn}
        return {name: value for name, value in now.items() if value != drawn[name]}

    def renew(self, shown: Mapping[str, Any]) -> None:
        """Have them show what there is, others' changes too: once it is saved."""
        st.session_state[self._drawn] = dict(shown)
        for name, value in shown.items():
            st.session_state[self._key(name)] = value
