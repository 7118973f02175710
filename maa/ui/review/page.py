"""The review page: the picture in all the room there is, and the verdict and the objects beside it."""

from __future__ import annotations

import streamlit as st

from maa.ui.review import desk, history, picture, verdicts, view
from maa.ui.review.desk import Work
from maa.ui.room import narrow_edges

_PANEL_WIDTH = 300  # pixels
_STYLE = """<style>
.st-key-review_page button { min-height: 2rem; padding: 0 0.5rem }
.st-key-review_panel { gap: 0.6rem; padding: 0 }
.st-key-review_verdict, .st-key-review_objects, .st-key-review_object_panel { padding: 0.6rem 0.7rem }
.st-key-review_objects .stButton button { min-height: 26px }
.st-key-review_objects .stButton button > div { width: 100%; justify-content: flex-start }
.st-key-review_objects [data-testid="stBaseButton-secondary"] { background: rgba(47, 111, 237, 0.14) }
.st-key-review_header .stText { overflow: hidden; min-width: 0 }
.st-key-review_header .stText * { white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.st-key-review_picture img { border-radius: 0 }
</style>"""


def show(work: Work) -> None:
    """The whole page for a task under review."""
    narrow_edges()
    st.html(_STYLE)
    with st.container(horizontal=True, wrap=False, gap="small", key="review_page"):
        with st.container(width="stretch", gap="xsmall", key="review_picture_side"):
            picture.toolbar(work)
            picture.show(work)
        # It scrolls by itself: the picture stays in sight, and the arrow keys move nothing else.
        height = view.room().bottom - 8  # under it the page has an edge
        with st.container(width=_PANEL_WIDTH, height=height, border=False, key="review_panel"):
            desk.header(work)
            verdicts.whole_image(work)
            history.earlier(work)
            verdicts.objects(work, height)
