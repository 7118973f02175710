"""Which piece of the photo the reviewer looks at.

By itself the page shows the selected object close up (while zooming to objects is on) or the whole image.
Moving the view by hand holds until another image comes, or another object that asks for a view of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from maa.canvas.view_controls import Move
from maa.domain import Box, Person, Role
from maa.geometry import Viewport
from maa.ui import session
from maa.ui.review.desk import VIEW_KEY, WHOLE_IMAGE, Work
from maa.ui.room import Room

_ROOM_KEY, _ZOOM_KEY = "_review_room", "review_zoom"
_MARGIN = 0.5  # around an object, as a share of its sides


@dataclass(frozen=True, slots=True)
class _Moved:
    """A view that was chosen by hand, and what it was chosen for."""

    task_id: int
    selected: int
    view: Viewport


def present(work: Work) -> Viewport:
    """What the picture shows now."""
    moved: _Moved | None = st.session_state.get(VIEW_KEY)
    if moved is not None and _holds(moved, work):
        # The window may have another size by now: what was in view stays in view.
        return Viewport.around(moved.view.visible, _size(work), room().canvas, margin=0.0)
    st.session_state.pop(VIEW_KEY, None)
    selected = _selected_box(work)
    if selected is not None and zooms_to_objects():
        return Viewport.around(selected, _size(work), room().canvas, margin=_MARGIN)
    return Viewport.fit(_size(work), room().canvas)


@session.guarded(Role.REVIEWER)
def move(reviewer: Person, work: Work, step: Move) -> None:
    """Look elsewhere."""
    st.session_state[VIEW_KEY] = _Moved(work.task.id, _selected_id(work), step(present(work)))


def zooms_to_objects() -> bool:
    """Whether an object that is selected is shown close up."""
    zooms: bool = st.session_state.get(_ZOOM_KEY, True)
    return zooms


@session.guarded(Role.REVIEWER)
def toggle_zoom(reviewer: Person, work: Work) -> None:
    """From the selected object to the whole image and back; from elsewhere, back to the object first."""
    elsewhere = work.selected is not None and st.session_state.pop(VIEW_KEY, None) is not None
    st.session_state[_ZOOM_KEY] = elsewhere or not zooms_to_objects()


def room() -> Room:
    """The room in the browser; a guess until it has said so."""
    known: Room = st.session_state.get(_ROOM_KEY, Room())
    return known


def set_room(room: Room) -> None:
    """The browser has this much room."""
    st.session_state[_ROOM_KEY] = room


def _holds(moved: _Moved, work: Work) -> bool:
    if moved.task_id != work.task.id:
        return False
    if moved.selected == _selected_id(work):
        return True
    return not zooms_to_objects() and _in_view(_selected_box(work), moved.view)


def _in_view(box: Box | None, view: Viewport) -> bool:
    """Whether there is something of the box to see; the whole image (None) takes the whole view."""
    seen = view.visible
    return box is not None and (
        box.left < seen.right and box.right > seen.left and box.top < seen.bottom and box.bottom > seen.top
    )


def _selected_id(work: Work) -> int:
    return work.selected.id if work.selected is not None else WHOLE_IMAGE


def _selected_box(work: Work) -> Box | None:
    outline = work.selected.revision.outline if work.selected is not None else None
    return Box(*outline.bounds) if outline is not None else None


def _size(work: Work) -> tuple[int, int]:
    return work.image.width, work.image.height
