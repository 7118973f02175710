"""The photo under review with the outlines over it, and the buttons that move over it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import streamlit as st

from maa.canvas.render import Shape, draw_outlines, encode_jpeg
from maa.canvas.view_controls import view_controls
from maa.domain import MaaError, Person, Role
from maa.geometry import Viewport
from maa.ui import session
from maa.ui.review import view
from maa.ui.review.desk import SELECTED_KEY, WHOLE_IMAGE, Work
from maa.ui.room import measure
from maa.ui.text import plain
from maa.workflow import images

_BELOW = 44  # pixels under the picture, for its caption
_HIDE_KEY, _MODEL_KEY = "review_hide", "review_model"
_MODEL_COLOR = "#ffffff"


def toolbar(work: Work) -> None:
    """Going from object to object, what is drawn, and moving over the picture; each with a key."""
    with st.container(horizontal=True, key="review_toolbar", gap="xsmall"):
        _button("review_previous", ":material/chevron_left:", "P", "The previous object (P)", _step, work, -1)
        _button("review_next", ":material/chevron_right:", "N", "The next object (N)", _step, work, +1)
        close_up = "The selected object close up (Z)"
        focus, zooms = ":material/center_focus_strong:", view.zooms_to_objects()
        _button("review_close_up", focus, "Z", close_up, view.toggle_zoom, work, pressed=zooms)
        _toggle(_HIDE_KEY, ":material/visibility_off:", "H", "Hide the outlines (H)")
        _toggle(_MODEL_KEY, ":material/model_training:", "M", "What the model proposed (M)")
        view_controls("review_view", partial(view.move, work))


def show(work: Work) -> None:
    """The picture in all the room there is, and what its lines mean."""
    measure("review_tape", view.set_room, frame="review_page", below=_BELOW)
    try:
        pixels = images.load_pixels(session.workspace(), work.image.id)
    except MaaError as error:  # the panel beside it still gives the image back
        st.error(plain(error), icon=":material/broken_image:")
        return
    shapes = [] if st.session_state.get(_HIDE_KEY) else _shapes(work)
    seen = view.present(work)
    with st.container(key="review_picture", gap="xxsmall"):
        st.image(encode_jpeg(draw_outlines(pixels, shapes, seen)), width=seen.width, alt=_piece(seen))
        st.caption(" · ".join(_notes(work, seen)))


def _piece(seen: Viewport) -> str:
    """Which piece of the photo is shown, for those who cannot see it."""
    box = seen.visible
    across, down = f"{box.left:.0f} to {box.right:.0f}", f"{box.top:.0f} to {box.bottom:.0f}"
    return f"The photo from {across} across and {down} down"


def _notes(work: Work, seen: Viewport) -> list[str]:
    notes = [f"{work.image.width} × {work.image.height} pixels at {seen.scale:.0%}"]
    if st.session_state.get(_MODEL_KEY) and not st.session_state.get(_HIDE_KEY):
        proposed = any(o.revision.model_outline is not None for o in work.objects)
        notes.append(
            "dashed white: what the model proposed before any hand edit"
            if proposed
            else "the model proposed none of these outlines"
        )
    return notes


def _shapes(work: Work) -> list[Shape]:
    """The objects with their numbers, the selected one last so that it lies on top, then the model's."""
    selected = work.selected
    shapes = []
    for number, annotation in enumerate(work.objects, start=1):
        outline = annotation.revision.outline
        if outline is not None:
            chosen = selected is not None and annotation.id == selected.id
            color = work.class_of(annotation).color
            shapes.append(Shape(outline, color, str(number), "selected" if chosen else "normal"))
    shapes.sort(key=lambda shape: shape.style == "selected")
    if st.session_state.get(_MODEL_KEY):
        for annotation in work.objects:
            if annotation.revision.model_outline is not None:
                shapes.append(Shape(annotation.revision.model_outline, _MODEL_COLOR, style="dashed"))
    return shapes


def _button(
    key: str,
    icon: str,
    shortcut: str,
    help: str,
    on_click: Callable[..., None],
    *args: object,
    pressed: bool = False,
) -> None:
    kind: Literal["primary", "secondary"] = "primary" if pressed else "secondary"
    st.button("", key=key, icon=icon, shortcut=shortcut, help=help, type=kind, on_click=on_click, args=args)


def _toggle(key: str, icon: str, shortcut: str, help: str) -> None:
    on = bool(st.session_state.get(key))
    _button(f"{key}_toggle", icon, shortcut, help, _flip, key, not on, pressed=on)


@session.guarded(Role.REVIEWER)
def _flip(reviewer: Person, key: str, on: bool) -> None:
    st.session_state[key] = on


@session.guarded(Role.REVIEWER)
def _step(reviewer: Person, work: Work, by: int) -> None:
    """The next or previous object; the whole image lies between the last and the first."""
    stops = [WHOLE_IMAGE, *(o.id for o in work.objects)]
    here = work.selected.id if work.selected is not None else WHOLE_IMAGE
    st.session_state[SELECTED_KEY] = stops[(stops.index(here) + by) % len(stops)]
