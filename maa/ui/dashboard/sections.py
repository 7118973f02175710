"""One bordered section a question: its chart, and the numbers behind it to read and take away as CSV.

A section that stands beside another one returns what lists the objects behind its clicked bar, if there is
one: that needs the page's width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from maa.domain import Origin, TaskState
from maa.domain.wording import count
from maa.ui import history, session, tables
from maa.ui.dashboard import behind, charts, filters
from maa.ui.words import ORIGIN_NAMES, STATE_NAMES
from maa.workflow import metrics
from maa.workflow.metrics import Filter

_MEASURES = {
    "Objects": "objects",
    "Images submitted": "images_submitted",
    "Images approved": "images_approved",
}
_EFFORTS = {
    "Seconds": ("median_seconds", "median active seconds per object"),
    "Clicks": ("clicks", "mean clicks per object"),
    "Extra points": ("extra_points", "mean extra points per object"),
    "Vertices moved": ("vertices_moved", "mean vertices moved per object"),
}
_ONE_DECIMAL = st.column_config.NumberColumn(format="%.1f")

Behind = Callable[[], None]
"""Draws the list of what is behind a bar."""


def no_images() -> None:
    """Nothing to count at all."""
    with st.container(key="empty_dashboard"):
        st.info(
            "There are no images yet. A manager adds them under Projects; the numbers appear with the work.",
            icon=":material/add_photo_alternate:",
        )


def nothing_yet() -> None:
    """No work in the period."""
    with st.container(key="empty_dashboard"):
        st.info(
            "Nothing was labeled or reviewed in this period. Choose a longer one, or come back when the "
            "first images are submitted.",
            icon=":material/monitoring:",
        )


def throughput(chosen: Filter, *, approvals: bool = True) -> Behind | None:
    """`approvals`: also how many images were approved."""
    frame = metrics.throughput(session.workspace(), chosen)
    if not approvals:
        frame = frame.drop(columns="images_approved")
    with st.container(border=True, key="chart_throughput"):
        st.markdown("**Work per day and person**")
        title = st.segmented_control(
            "What to count",
            [title for title, column in _MEASURES.items() if column in frame],
            default="Objects",
            required=True,
            key="dashboard_measure",
            label_visibility="collapsed",
        )
        if frame.empty:
            st.caption("Nothing in this period.")
            return None
        start = max(chosen.start, frame["day"].min())
        column = _MEASURES[str(title)]
        bar = behind.clicked(
            charts.per_day(frame, column, str(title).lower(), start, chosen.end),
            key="throughput_chart",
        )
        _hint(f"Click a bar to see its {'images' if column == 'images_submitted' else 'objects'}.")
        _numbers(frame, "throughput")
    theirs = bar and filters.of_one(chosen, bar["person"])
    if not bar or not theirs:
        return None
    day = date.fromisoformat(bar["day"])
    there = replace(theirs, start=day, end=day)
    return lambda: _behind_day(column, there, f"{bar['person']}, {{}} on {day}")


def _behind_day(column: str, there: Filter, title: str) -> None:
    workspace = session.workspace()
    if column == "images_submitted":
        images = metrics.submissions(workspace, there)
        behind.images(images, key="submitted", title=title.format("submitted"))
    elif column == "images_approved":
        approved = metrics.approved_objects(workspace, there)
        behind.objects(approved, key="throughput", title=title.format("approved"))
    else:
        made = metrics.objects(workspace, there)
        behind.objects(made, key="throughput", title=title.format("made"))


def effort(chosen: Filter) -> Behind | None:
    frame = metrics.seconds_per_object(session.workspace(), chosen)
    with st.container(border=True, key="chart_effort"):
        st.markdown("**Effort per object**")
        title = st.segmented_control(
            "What to compare",
            list(_EFFORTS),
            default="Seconds",
            required=True,
            key="dashboard_effort",
            label_visibility="collapsed",
        )
        if frame.empty:
            st.caption("No objects in this period.")
            return None
        column, axis = _EFFORTS[str(title)]
        bar = behind.clicked(charts.effort(frame, column, axis), key="effort_chart")
        _hint("Click a bar to see its objects.")
        figures = ["median_seconds", "mean_seconds", "clicks", "extra_points", "vertices_moved"]
        shown = frame.assign(origin=frame["origin"].map(lambda origin: ORIGIN_NAMES[Origin(origin)]))
        _numbers(shown, "seconds_per_object", dict.fromkeys(figures, _ONE_DECIMAL))
    theirs = bar and filters.of_one(chosen, bar["person"])
    if not bar or not theirs:
        return None
    objects = metrics.objects(session.workspace(), theirs, origin=bar["origin"])
    how = ORIGIN_NAMES[Origin(bar["origin"])]
    return lambda: behind.objects(objects, key="effort", title=f"{bar['person']}, {how}")


def agreement(chosen: Filter) -> Behind | None:
    frame = metrics.model_histogram(session.workspace(), chosen)
    with st.container(border=True, key="chart_agreement"):
        st.markdown("**The model's outline against the approved one**")
        if frame.empty:
            st.caption("No approved object was proposed by a model.")
            return None
        bar = behind.clicked(charts.agreement(frame), key="agreement_chart")
        _hint("Click a bar to see its objects.")
        _numbers(
            frame,
            "model_agreement",
            {"from_iou": st.column_config.NumberColumn("IoU from", format="%.2f")},
        )
    if bar is None:
        return None
    kept = bool(bar["accepted_as_is"])
    objects = metrics.approved_objects(
        session.workspace(), chosen, outcome="as is" if kept else "edited", from_iou=bar["from_iou"]
    )
    how = "kept as it was" if kept else f"corrected, IoU from {bar['from_iou']:.2f}"
    return lambda: behind.objects(objects, key="agreement", title=f"The model's outline {how}")


def outcomes(chosen: Filter) -> None:
    frame = metrics.review_outcomes(session.workspace(), chosen)
    with st.container(border=True, key="chart_outcomes"):
        st.markdown("**What reviewers said**")
        if frame.empty:
            st.caption("Nothing was submitted or reviewed.")
            return
        share = {
            "approval_rate": st.column_config.ProgressColumn(
                "approval rate", format="percent", help="Approvals among all verdicts."
            ),
            "rework_rate": st.column_config.ProgressColumn(
                "rework", format="percent", help="Approved images that had been sent back before."
            ),
            "submitted": st.column_config.NumberColumn(
                "times submitted", help="With those that came back corrected."
            ),
            "approved": st.column_config.NumberColumn(
                "approvals", help="Verdicts that approve; of an image with two reviews there are two."
            ),
            "returned": st.column_config.NumberColumn("times sent back"),
            "unseen": st.column_config.NumberColumn(help="Approved without a review."),
        }
        frame = frame.round({"approval_rate": 2, "rework_rate": 2})
        tables.table(frame, key="outcomes", file_name="review-outcomes.csv", columns=share)


def reviewing(chosen: Filter) -> None:
    frame = metrics.reviewing(session.workspace(), chosen)
    if frame.empty:
        return
    with st.container(border=True, key="chart_reviewing"):
        st.markdown("**What reviewers did**")
        help = {
            "approved": st.column_config.NumberColumn(
                "images approved", help="Different images, by a verdict that still stands."
            ),
            "returned": st.column_config.NumberColumn(
                "images sent back", help="Different images, by a verdict that still stands."
            ),
            "objects_returned": st.column_config.NumberColumn("objects sent back"),
            "objects_corrected": st.column_config.NumberColumn(
                help="Different objects that they changed, added or removed themselves."
            ),
        }
        tables.table(frame, key="reviewing", file_name="reviewers.csv", columns=help)


def reasons(chosen: Filter) -> Behind | None:
    frame = metrics.return_reasons(session.workspace(), chosen)
    with st.container(border=True, key="chart_reasons"):
        st.markdown("**Why work was sent back**")
        if frame.empty:
            st.caption("Nothing was sent back.")
            return None
        bar = behind.clicked(charts.reasons(frame), key="reasons_chart")
        _hint("Click a bar to see what was sent back for that reason.")
        _numbers(frame, "return_reasons")
        if bar is None and not st.toggle("Show all that was sent back", key="show_sent_back"):
            return None
    back = metrics.sent_back(session.workspace(), chosen)
    back = back if bar is None else back[back["reason"] == bar["reason"]]
    title = "Sent back" if bar is None else f"Sent back for “{bar['reason']}”"
    of_objects = int(back["object"].notna().sum())
    of_images = len(back) - of_objects
    parts = [
        count(number, what) for number, what in ((of_objects, "object"), (of_images, "whole image")) if number
    ]
    return lambda: behind.objects(back, key="sent_back", title=title, counted=", ".join(parts))


def backlog(chosen: Filter, frame: pd.DataFrame) -> None:
    with st.container(border=True, key="chart_backlog"):
        st.markdown("**All images by state**")
        bar = behind.clicked(charts.backlog(frame), key="backlog_chart")
        opens = history.may_open()  # what others have in hand is nothing for annotators
        if opens:
            _hint("Click a bar to see its images.")
        named = frame["state"].map(lambda state: STATE_NAMES[TaskState(state)])
        _numbers(frame.assign(state=named).rename(columns={"tasks": "images"}), "backlog")
        if bar is not None and opens:
            state = TaskState(bar["state"])
            images = metrics.images_in(session.workspace(), chosen, state)
            behind.images(images, key="backlog", title=f"Images {STATE_NAMES[state]}")


def _hint(words: str) -> None:
    st.caption(words, text_alignment="right")


def _numbers(frame: pd.DataFrame, name: str, columns: Mapping[str, Any] | None = None) -> None:
    with st.expander("Numbers", icon=":material/table:"):
        tables.table(frame, key=name, file_name=f"{name.replace('_', '-')}.csv", columns=columns)
