"""A progress bar for long work in the body of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from maa.ui.text import one_line, plain
from maa.workflow.images import Progress

_MAX_NAME = 80


@contextmanager
def progress_bar(doing: str) -> Iterator[Progress]:
    """A bar that moves with the calls of what it yields, (done, total, name), and goes away in the end.

    Leaving the page stops the work at the next call.
    """
    bar = st.progress(0.0, f"{doing}. Stay on this page until it is done.")

    def show(done: int, total: int, name: str) -> None:
        bar.progress(done / total if total else 0.0, plain(f"{done} of {total} {one_line(name)[:_MAX_NAME]}"))

    try:
        yield show
    finally:
        bar.empty()
