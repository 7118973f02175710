"""The figures at the top: what was done, how good it is, and whether the model helps."""

from __future__ import annotations

import math

import streamlit as st

from maa.domain.wording import count
from maa.workflow.metrics import Forecast
from maa.workflow.summary import ENOUGH, Pace, Summary


def done(summary: Summary, *, approvals: bool = True) -> None:
    """How much, and how much of it passed; `approvals`: also how many images were approved."""
    with st.container(horizontal=True, key="dashboard_cards"):
        for label, number, help in (
            (
                "Objects",
                summary.objects,
                "Objects drawn and not deleted, including those on trials and duplicates.",
            ),
            (
                "Images submitted",
                summary.images_submitted,
                "Different images, including trials and duplicates.",
            ),
            (
                "Images approved",
                summary.images_approved,
                "Different images, approved by a reviewer or unseen.",
            ),
        )[: 3 if approvals else 2]:
            st.metric(label, f"{number:,}", border=True, help=help, height="stretch")
        st.metric(
            "Approval rate",
            _percent(summary.approval_rate),
            delta=f"of {count(summary.verdicts, 'verdict')}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            help="Approvals among all verdicts of reviewers.",
        )
        if not approvals:
            return
        st.metric(
            "Rework",
            _percent(summary.rework_rate),
            delta=f"of {count(summary.images_approved, 'approved image')}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            help="Approved images that had been sent back at least once.",
        )


def speed(summary: Summary) -> None:
    """Seconds per object with the model's help and by hand, and the ratio when there is enough to tell."""
    with st.container(horizontal=True, key="dashboard_speed"):
        _pace("Seconds per object, assisted", summary.assisted)
        _pace("Seconds per object, by hand", summary.manual)
        if summary.speedup is None:
            st.metric(
                "Assisted is",
                "–",
                delta=f"too few: needs {ENOUGH} of each",
                delta_color="off",
                delta_arrow="off",
                border=True,
            )
        else:
            faster = summary.speedup >= 1
            times = summary.speedup if faster else 1 / summary.speedup
            st.metric(
                "Assisted is",
                f"{times:.1f}× {'faster' if faster else 'slower'}",
                delta="median against median, all objects",
                delta_color="off",
                delta_arrow="off",
                border=True,
                help="What people chose to draw by hand may be harder or easier than the rest. A comparison "
                "of images assigned to one way or the other by chance is fairer, and may give a "
                "different ratio.",
            )
        st.metric(
            "Model's outline kept as it was",
            _percent(summary.accepted_as_is),
            delta=f"of {count(summary.compared, 'approved object')}",
            delta_color="off",
            delta_arrow="off",
            border=True,
        )


def outlook(forecast: Forecast) -> None:
    """What is left and when it will be done."""
    days = forecast.days_left
    with st.container(border=True, height="stretch", key="dashboard_forecast"):
        st.markdown("**What is left**")
        st.metric("Images left", f"{forecast.remaining:,}")
        st.metric("Approved per day", f"{forecast.per_day:.1f}" if forecast.per_day else "–")
        st.metric("Done in", "–" if not days else f"about {count(math.ceil(days), 'day')}")
        st.caption(forecast.basis)


def _pace(label: str, pace: Pace) -> None:
    st.metric(
        label,
        "–" if pace.median_seconds is None else f"{pace.median_seconds:.1f} s",
        delta=f"median of {count(pace.objects, 'object')}",
        delta_color="off",
        delta_arrow="off",
        border=True,
        help="Active time: pauses do not count.",
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
