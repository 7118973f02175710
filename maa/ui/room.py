"""A page that is one large picture: narrow edges, and how much room the browser has between them.

The room is told by a component that is nothing but a measuring tape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

_MIN_ROOM = (480, 360)
_MAX_ROOM = (1800, 1300)

_EDGES = """<style>
.stAppHeader { height: 2.4rem; min-height: 2.4rem; background: transparent }
.stMainBlockContainer { padding: 2.6rem 1.2rem 0.5rem 1.2rem }
.stMain:focus-visible::before { box-shadow: none }
</style>"""

_SCRIPT = """
export default function ({ data, parentElement, setStateValue }) {
  const tape = parentElement.querySelector("div");
  const host = parentElement.getRootNode().host ?? parentElement;
  const page = host.closest(".stMainBlockContainer"), frame = host.closest(".st-key-" + data.frame);
  let timer = null, sent = String(data.known);  // the same once more would only be another run
  const measure = () => {
    const at = tape.getBoundingClientRect();
    const bottom = window.innerHeight - data.below;
    const top = parseFloat(getComputedStyle(page).paddingTop) + at.top - frame.getBoundingClientRect().top;
    const room = [at.width, bottom - top, bottom].map(Math.floor);
    if (at.width > 0 && String(room) !== sent) { sent = String(room); setStateValue("room", room); }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(measure, 150); };
  const observer = new ResizeObserver(later);
  observer.observe(tape);
  observer.observe(frame);  // what comes or goes above the picture changes its height
  window.addEventListener("resize", later);
  return () => { clearTimeout(timer); observer.disconnect(); window.removeEventListener("resize", later); };
}
"""

_tape = st.components.v2.component(
    "maa_measuring_tape", html='<div style="width:100%;height:1px"></div>', js=_SCRIPT
)


@dataclass(frozen=True, slots=True)
class Room:
    """Screen pixels that the page may use."""

    canvas: tuple[int, int] = (900, 600)
    """(width, height)"""
    bottom: int = 800
    """Where the panel beside the picture should end, from the window's top."""


def narrow_edges() -> None:
    """Leave the page nearly all of the window."""
    st.html(_EDGES)


def measure(key: str, on_room: Callable[[Room], None], *, frame: str, below: int) -> None:
    """Place the tape where the picture will begin; `on_room` is told the room, and again when it changes.

    Args:
        key: of the tape, one a page.
        frame: key of the container with all that the page is. A message above it is not counted: it would
            shrink the picture, and that run would wipe the message away.
        below: screen pixels kept free under the picture.
    """

    def told() -> list[int] | None:
        return (st.session_state.get(key) or {}).get("room")

    def measured() -> None:
        room = told()
        if room:
            # Steps of 4 pixels: a scroll bar's whims are no new size.
            width, height = (
                min(max(int(pixels) // 4 * 4, least), most)
                for pixels, least, most in zip(room[:2], _MIN_ROOM, _MAX_ROOM, strict=True)
            )
            on_room(Room((width, height), int(room[2])))

    _tape(
        key=key,
        data={"frame": frame, "below": below, "known": told()},
        default={"room": None},
        on_room_change=measured,
        width="stretch",
        height="content",
    )
