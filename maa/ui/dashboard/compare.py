"""Assisted against by hand, as chance gave the images: whether the model is worth it."""

from __future__ import annotations

import streamlit as st

from maa.domain.wording import count
from maa.ui import session
from maa.workflow.metrics import Filter
from maa.workflow.speedup import ArmNumbers, speed_report


def section(chosen: Filter) -> None:
    """The finding in words, its figures, and how large the sample is."""
    found = speed_report(session.workspace(), chosen)
    with st.container(border=True, key="compare_arms"):
        st.markdown("**Is the model worth it?** Images assigned to one way or the other by chance")
        st.markdown(found.says)
        if not found.assisted.tasks and not found.manual.tasks:
            return
        with st.container(horizontal=True):
            if found.ratio is not None and found.interval is not None:
                low, high = found.interval
                st.metric(
                    "Time assisted / by hand",
                    f"{found.ratio:.2f}",
                    delta=f"95 %: {low:.2f} to {high:.2f}",
                    delta_color="off",
                    delta_arrow="off",
                    border=True,
                    help="All seconds spent on objects, divided by the number of approved objects. Below 1, "
                    "the model saves time.",
                )
            _arm("Assisted", found.assisted)
            _arm("By hand", found.manual)


def _arm(name: str, arm: ArmNumbers) -> None:
    sample = f"{count(arm.tasks, 'image')}, {count(arm.objects, 'object')}, "
    sample += count(arm.people, "person", "people")
    parts = []
    if arm.quality is not None:
        parts.append(f"quality {arm.quality:.3f} IoU to the approved outline")
    if arm.gold_score is not None:
        parts.append(f"gold {arm.gold_score:.2f} in {count(arm.trials, 'trial')}")
    if arm.followed is not None:
        parts.append(f"{arm.followed:.0%} really done this way")
    st.metric(
        f"{name}, seconds per object",
        "–" if arm.seconds_per_object is None else f"{arm.seconds_per_object:.1f} s",
        delta=sample,
        delta_color="off",
        delta_arrow="off",
        border=True,
        help="; ".join(parts) or None,
    )
