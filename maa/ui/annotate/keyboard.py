"""The keys of the annotate page, in the order they were pressed; none is lost, and none counts twice.

A button's own shortcut is a trigger: while the server is busy, triggers are collected and come back in no
order, so that a class chosen just before Enter can come after it, and two presses of a key are one. This
component keeps what was pressed as a numbered list instead. The server tells the last number that it has
dealt with; what is beyond, the browser keeps and sends again: across a reconnect, and while the component is
being mounted anew.

Each press also tells what the page showed at that moment (an Enter that was meant for one outline never
accepts the next one, however late it arrives) and how often the canvas had been clicked, so that a press is
dealt with after the clicks before it and before the clicks after it, even when all arrive together.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from maa.canvas.protocol import MOUNT_KEY

VIEW_KEY = "annotate_view"
"""Key of the container in which the page says in names and numbers what it shows."""

_KEY = "annotate_keyboard"
_SEEN_KEY = "_annotate_keys_seen"
_SESSION_KEY = "_annotate_keys_session"

# One listener for the life of the browser's page: one that came and went with each run would miss keys.
# What the page shows is read from the page itself: a component is told its `data` some time after the rest
# of the page has been drawn with it, and a person may have pressed a key in between.
_SCRIPT = """
const QUIET = 260;   // ms; the canvas sends a click 200 ms after it
const AGAIN = 2500;  // ms until what the server has not dealt with is sent again
const shown = (state) => {
  const words = document.querySelector(state.view)?.textContent.trim().split(/\\s+/) ?? [];
  const at = (name) => Number(words[words.indexOf(name) + 1]);
  return words.includes("task") ? { task: at("task"), drawing: at("drawing"), mount: at("mount") } : null;
};
const typing = (target) =>
  target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
  (target.tagName === "INPUT" && !/^(button|checkbox|radio|range)$/.test(target.type));
const withCtrl = (event) => event.ctrlKey || event.metaKey;
const named = (event) =>
  event.key.length === 1 && !withCtrl(event) ? event.key.toLowerCase()
    : (withCtrl(event) ? "Ctrl+" : "") + (event.shiftKey ? "Shift+" : "") + event.key;
const send = (state) => {
  clearTimeout(state.timer);
  if (!state.waiting.length) return;
  // What was clicked before comes to the server before: wait for the canvas to have sent it.
  const pause = state.holds ? state.clickedAt + QUIET - performance.now() : 0;
  if (pause <= 0 && state.now) {
    state.holds = false;
    state.now.setStateValue("pressed", { attempt: ++state.attempts, presses: state.waiting });
  }
  state.timer = setTimeout(send, pause > 0 ? pause : AGAIN, state);
};
const heard = (state, event) => {
  const target = event.composedPath()[0], key = named(event), arrow = key.startsWith("Arrow");
  if (!state.keys.includes(key) || event.altKey || typing(target)) return;
  if (arrow && target.getAttribute?.("role") === "slider") return;
  if (key === "Escape" && document.querySelector('[data-testid="stPopoverBody"]')) return;
  const page = shown(state);
  if (!page) return;   // another page is open
  event.preventDefault();   // a focused button is not pressed as well
  if (event.repeat && !arrow) return;
  const clicks = state.mount === page.mount ? state.clicks : 0;
  state.waiting.push([++state.last, key, { ...page, clicks }]);
  state.holds ||= performance.now() - state.clickedAt < QUIET;
  send(state);
};
const clicked = (state, event) => {
  const path = event.composedPath();
  if (event.button !== 0 || path[0].tagName !== "CANVAS") return;
  const mounts = path.map((element) => element.className?.match?.(state.surface)).filter(Boolean);
  if (!mounts.length) return;
  const mount = Number(mounts[0][1]);
  if (event.type === "pointerdown") {
    state.clicks = state.mount === mount ? state.clicks + 1 : 1;
    state.mount = mount;
  }
  state.clickedAt = performance.now();
};
const begin = () => {
  const state = { now: null, waiting: [], last: 0, attempts: 0, keys: [], clickedAt: -Infinity };
  window.addEventListener("keydown", (event) => heard(state, event), true);
  window.addEventListener("pointerdown", (event) => clicked(state, event), true);
  window.addEventListener("pointerup", (event) => clicked(state, event), true);
  return state;
};
export default function (now) {
  const state = (window.maaKeyboard ??= begin()), data = now.data;
  const mounted = state.now?.parentElement !== now.parentElement;
  if (state.session !== data.session) state.waiting = [];   // meant for what that session showed
  Object.assign(state, { now, keys: data.keys, view: data.view, session: data.session });
  state.surface = new RegExp(`st-key-${data.surface}(\\\\d+)`);
  state.last = Math.max(state.last, data.handled);
  state.waiting = state.waiting.filter(([number]) => number > data.handled);
  if (mounted || !state.waiting.length) send(state);
  return () => {
    if (state.now !== now) return;   // overtaken by newer data, and still there
    state.now = null;
    if (!shown(state)) state.waiting = [];   // the person has left the page
  };
}
"""

_listener = st.components.v2.component("maa_keyboard", html="<div></div>", js=_SCRIPT)


@dataclass(frozen=True, slots=True)
class Press:
    """A key, and what the page showed when it was pressed."""

    key: str
    task: int
    drawing: int
    mount: int
    """The canvas's."""
    clicks: int
    """How often the canvas had been clicked since it was mounted."""


Handlers = Mapping[str, Callable[[], None]]
Answers = Mapping[str, Callable[[Press], None]]


def labelled(text: str, key: str) -> str:
    """A button's label (Markdown) with the key that does the same; empty for none."""
    return f"{text}  :small[{key}]" if key else text


@dataclass(frozen=True, slots=True)
class Keyboard:
    """What each key does.

    Keys are named as browsers do, letters in lower case: "a", "7", "Enter", "Shift+Enter", "ArrowUp"; "Ctrl+"
    is the Mac's command key, too. They are heard wherever the focus is, but for text fields.
    """

    handlers: Handlers
    answers: Answers
    """Handlers that are told what the page showed when their key was pressed."""
    catch_up: Callable[[int, int], None]
    """Called with a press's `mount` and `clicks` before its handler: deal with those clicks first."""

    def listen(self) -> None:
        """Listen in the browser; what is heard is done before the page is drawn again."""
        _listener(
            key=_KEY,
            data={
                "keys": sorted({*self.handlers, *self.answers}),
                "view": f".st-key-{VIEW_KEY}",
                "surface": MOUNT_KEY,
                "handled": st.session_state.get(_SEEN_KEY, 0),
                "session": st.session_state.setdefault(_SESSION_KEY, uuid.uuid4().hex),
            },
            default={"pressed": None},
            on_pressed_change=self.hear,
            height="content",
        )

    def hear(self) -> None:
        """Do what has been pressed and was not dealt with yet."""
        told = (st.session_state.get(_KEY) or {}).get("pressed") or {}
        for press in _unseen(told.get("presses") or []):
            self.catch_up(press.mount, press.clicks)
            if press.key in self.answers:
                self.answers[press.key](press)
            elif press.key in self.handlers:
                self.handlers[press.key]()


def _unseen(presses: list[tuple[int, str, Mapping[str, Any]]]) -> Iterable[Press]:
    """The presses that this session has not dealt with yet, in their order."""
    for number, key, shown in presses:
        if number > st.session_state.get(_SEEN_KEY, 0):
            st.session_state[_SEEN_KEY] = number
            yield Press(key, shown["task"], shown["drawing"], shown["mount"], shown["clicks"])
