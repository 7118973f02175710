"""The keys of the annotate page, in the order they were pressed.

A button's own shortcut is a trigger: while the server is busy, triggers are collected and come back in no
order, so that a class chosen just before Enter can come after it, and two presses of a key are one. This
component keeps what was pressed as a numbered list instead, of which the server takes what it has not seen.
Each press also tells what the page showed at that moment: an Enter that was meant for one outline never
accepts the next one, however late it arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

Handlers = Mapping[str, Callable[[], None]]
Answers = Mapping[str, Callable[[int], None]]

_KEY = "annotate_keyboard"
_SEEN_KEY = "_annotate_keys_seen"

# One listener for the life of the browser's page: one that came and went with each run would miss keys.
_SCRIPT = """
const typing = (target) =>
  target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
  (target.tagName === "INPUT" && !/^(button|checkbox|radio|range)$/.test(target.type));
const named = (event) =>
  event.key.length === 1 ? event.key.toLowerCase() : (event.shiftKey ? "Shift+" : "") + event.key;
const heard = (state, event) => {
  const { data, parentElement, setStateValue } = state.now;
  const target = event.composedPath()[0], key = named(event), arrow = key.startsWith("Arrow");
  if (!parentElement.isConnected || !data.keys.includes(key)) return;   // another page is open
  if (event.ctrlKey || event.metaKey || event.altKey || typing(target)) return;
  if (arrow && target.getAttribute?.("role") === "slider") return;
  if (key === "Escape" && document.querySelector('[data-testid="stPopoverBody"]')) return;
  event.preventDefault();   // a focused button is not pressed as well
  if (event.repeat && !arrow) return;
  const last = state.pressed.length ? state.pressed[state.pressed.length - 1][0] : 0;
  // [number, key, what the page showed]; numbers only grow
  state.pressed = [...state.pressed.slice(-29), [Math.max(last + 1, Date.now()), key, data.shown]];
  setStateValue("pressed", state.pressed);
};
export default function (now) {
  if (!window.maaKeyboard) {
    window.maaKeyboard = { pressed: [] };
    window.addEventListener("keydown", (event) => heard(window.maaKeyboard, event), true);
  }
  window.maaKeyboard.now = now;
}
"""

_listener = st.components.v2.component("maa_keyboard", html="<div></div>", js=_SCRIPT)


def labelled(text: str, key: str) -> str:
    """A button's label (Markdown) with the key that does the same; empty for none."""
    return f"{text}  :small[{key}]" if key else text


def listen(handlers: Handlers, answers: Answers, shown: int) -> None:
    """Call a handler for each press of its key, before the page is drawn again.

    `answers` are handlers that are told the `shown` that the browser had when their key was pressed.

    Keys are named as browsers do, letters in lower case: "a", "7", "Enter", "Shift+Enter", "ArrowUp". They
    are heard wherever the focus is, but for text fields.
    """
    _listener(
        key=_KEY,
        data={"keys": sorted({*handlers, *answers}), "shown": shown},
        default={"pressed": []},
        on_pressed_change=partial(_pressed, handlers, answers),
        height="content",
    )


def _pressed(handlers: Handlers, answers: Answers) -> None:
    presses = (st.session_state.get(_KEY) or {}).get("pressed") or []
    for key, shown in _unseen(presses):
        if key in answers:
            answers[key](shown)
        elif key in handlers:
            handlers[key]()


def _unseen(presses: list[tuple[int, str, int]]) -> list[tuple[str, int]]:
    """(key, shown) of the presses that this session has not seen yet, in their order."""
    seen = st.session_state.get(_SEEN_KEY, 0)
    if presses:
        st.session_state[_SEEN_KEY] = max(seen, presses[-1][0])
    return [(key, shown) for number, key, shown in presses if number > seen]
