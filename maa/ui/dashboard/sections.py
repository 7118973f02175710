"""One bordered section a question: its chart, and the numbers behind it to read and take away as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from maa.ui import session, tables
from maa.ui.dashboard import behind, charts
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


def no_images() -> None:
    """Nothing to count at all."""
    with st.container(key="empty_dashboard"):
        st.info(
            "There are no images yet. A manager adds them under Projects; the numbers come with the work.",
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


def throughput(chosen: Filter) -> None:
    frame = metrics.throughput(session.workspace(), chosen)
    with st.container(border=True, key="chart_throughput"):
        st.markdown("**Work per day and person**")
        title = st.segmented_control(
            "What to count",
            list(_MEASURES),
            default="Objects",
            required=True,
            key="dashboard_measure",
            label_visibility="collapsed",
        )
        if frame.empty:
            st.caption("Nothing in this period.")
            return
        start = max(chosen.start, frame["day"].min())
        st.altair_chart(
            charts.per_day(frame, _MEASURES[str(title)], str(title).lower(), start, chosen.end),
            key="throughput_chart",
        )
        _numbers(frame, "throughput")


def effort(chosen: Filter) -> None:
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
            return
        column, axis = _EFFORTS[str(title)]
        st.altair_chart(charts.effort(frame, column, axis), key="effort_chart")
        figures = ["median_seconds", "mean_seconds", "clicks", "extra_points", "vertices_moved"]
        _numbers(frame, "seconds_per_object", dict.fromkeys(figures, _ONE_DECIMAL))


def agreement(chosen: Filter) -> None:
    frame = metrics.model_histogram(session.workspace(), chosen)
    with st.container(border=True, key="chart_agreement"):
        st.markdown("**The model's outline against the approved one**")
        if frame.empty:
            st.caption("No approved objects that a model proposed.")
            return
        st.altair_chart(charts.agreement(frame), key="agreement_chart")
        _numbers(
            frame,
            "model_agreement",
            {"from_iou": st.column_config.NumberColumn("IoU from", format="%.2f")},
        )


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
            "unseen": st.column_config.NumberColumn(help="Approved without a review."),
        }
        frame = frame.round({"approval_rate": 2, "rework_rate": 2})
        tables.table(frame, key="outcomes", file_name="review-outcomes.csv", columns=share)


def reasons(chosen: Filter) -> None:
    frame = metrics.return_reasons(session.workspace(), chosen)
    with st.container(border=True, key="chart_reasons"):
        st.markdown("**Why work was sent back**")
        if frame.empty:
            st.caption("Nothing was sent back.")
            return
        st.altair_chart(charts.reasons(frame), key="reasons_chart")
        _numbers(frame, "return_reasons")
        if st.toggle("Show what was sent back", key="show_sent_back"):
            back = metrics.sent_back(session.workspace(), chosen)
            only = st.selectbox("Reason", [None, *frame["reason"]], format_func=lambda r: r or "All reasons")
            back = back if only is None else back[back["reason"] == only]
            behind.objects(back, key="sent_back", title="Sent back", object_column="annotation_id")


def backlog(frame: pd.DataFrame) -> None:
    with st.container(border=True, key="chart_backlog"):
        st.markdown("**All images by state**")
        st.altair_chart(charts.backlog(frame), key="backlog_chart")
        _numbers(frame, "backlog")


def _numbers(frame: pd.DataFrame, name: str, columns: Mapping[str, Any] | None = None) -> None:
    with st.expander("Numbers", icon=":material/table:"):
        tables.table(frame, key=name, file_name=f"{name.replace('_', '-')}.csv", columns=columns)
