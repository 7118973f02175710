"""The buttons and keys that move a view over an image, and by how much they move it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from maa.geometry import Viewport

ZOOM_STEP = 1.6
PAN_STEP = 0.35  # of the view's size
_PAN = {"left": (-1, 0), "up": (0, -1), "down": (0, 1), "right": (1, 0)}

Move = Callable[[Viewport], Viewport]
"""From the view as it is to the next one."""


def view_controls(prefix: str, on_move: Callable[[Move], None]) -> None:
    """Closer, further out, the whole image, and the four arrows, in the container at hand.

    Args:
        prefix: of the buttons' keys.
        on_move: called back with the move that was asked for.
    """

    def button(name: str, icon: str | None, shortcut: str, help: str, move: Move) -> None:
        key = f"{prefix}_{name}"
        st.button("", key=key, icon=icon, shortcut=shortcut, help=help, on_click=on_move, args=(move,))

    button("zoom_in", ":material/zoom_in:", "W", "Closer (W)", lambda view: view.zoomed(ZOOM_STEP))
    button("zoom_out", ":material/zoom_out:", "Q", "Further out (Q)", lambda view: view.zoomed(1 / ZOOM_STEP))
    button("fit", ":material/fit_screen:", "F", "The whole image (F)", _whole)
    for key, (across, down) in _PAN.items():
        button(key, None, key, f"Move the view ({key} arrow)", _pan(across, down))


def _whole(view: Viewport) -> Viewport:
    return Viewport.fit(view.image_size, (view.width, view.height))


def _pan(across: int, down: int) -> Move:
    return lambda view: view.panned(across * PAN_STEP * view.width, down * PAN_STEP * view.height)
