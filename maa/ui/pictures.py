"""Outlines over their photo, close up, for pages beside the workbench."""

from __future__ import annotations

from collections.abc import Sequence

import shapely
import streamlit as st

from maa.canvas.render import Shape, draw_over, encode_jpeg, view
from maa.domain import Box, MaaError
from maa.geometry import Viewport
from maa.ui import session
from maa.ui.text import plain
from maa.workflow import images

_SIZE = (720, 480)  # canvas pixels


def outlines(image_id: int, shapes: Sequence[Shape], alt: str, *, whole: bool = False) -> None:
    """The photo around the shapes, at least one; with `whole` all of it. A photo that is gone is said."""
    try:
        pixels = images.load_pixels(session.workspace(), image_id)
    except MaaError as error:
        st.error(plain(error), icon=":material/broken_image:")
        return
    height, width = pixels.shape[:2]
    box = Box(0, 0, width, height)
    if not whole:
        box = Box(*map(float, shapely.total_bounds([shape.outline for shape in shapes])))
    seen = Viewport.around(box, (width, height), _SIZE)
    st.image(encode_jpeg(draw_over(view(pixels, seen), shapes, seen)), width=seen.width, alt=alt)
