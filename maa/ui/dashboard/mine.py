"""An annotator's own day: what they did today, how that compares, and what came back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import streamlit as st

from maa.domain import Outcome, Person, Project, Verdict
from maa.domain.wording import count
from maa.ui import session, tables
from maa.workflow import gold, metrics
from maa.workflow.metrics import Filter
from maa.workflow.settings import zone_of
from maa.workflow.summary import summarize

_USUAL_DAYS = 30
_VERDICTS = {Verdict.SEND_BACK: "sent back", Verdict.APPROVE: "approved"}


def day(chosen: Filter) -> None:
    """Today's figures beside those of the last weeks; nothing for who only reviewed in all that time."""
    zone = zone_of(chosen.timezone)
    date = session.workspace().clock().astimezone(zone).date()
    today = replace(chosen, start=date, end=date)
    before = replace(today, start=today.end - timedelta(days=_USUAL_DAYS), end=today.end - timedelta(days=1))
    workspace = session.workspace()
    now, usual = summarize(workspace, today), summarize(workspace, before)
    if (now.given or usual.given) and not (now.labeled or usual.labeled):
        return
    days = metrics.throughput(workspace, before)["day"].nunique()
    with st.container(border=True, key="my_day"):
        st.markdown("**Today**")
        with st.container(horizontal=True):
            _figure("Objects today", now.objects, usual.objects, days)
            _figure("Images today", now.images_submitted, usual.images_submitted, days)
            seconds, as_usual = now.assisted.median_seconds, usual.assisted.median_seconds
            st.metric(
                "Seconds per object, assisted, today",
                "–" if seconds is None else f"{seconds:.1f} s",
                delta=None if as_usual is None else f"{as_usual:.1f} s in the last {_USUAL_DAYS} days",
                delta_color="off",
                delta_arrow="off",
                border=True,
            )


def came_back(chosen: Filter) -> None:
    """What reviewers sent back in the period, and why; and what they wrote to what they approved."""
    frame = metrics.said(session.workspace(), chosen)
    with st.container(border=True, key="my_returns"):
        st.markdown("**What reviewers said to you**")
        if frame.empty:
            st.caption("Nothing in this period.")
            return
        tables.table(
            frame.assign(verdict=frame["verdict"].map(_VERDICTS))[
                ["at", "image", "class", "verdict", "reason", "comment"]
            ].fillna({"class": "the whole image"}),
            key="my_returns_table",
            file_name="sent-back.csv",
            columns={
                "at": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone=chosen.timezone)
            },
        )


def known_images(project: Project, who: Person) -> None:
    """How they did on gold images, once the project lets them see it."""
    workspace = session.workspace()
    results = gold.feedback(workspace, project.id, who.id)
    left = gold.trials_left(workspace, project.id, who.id)
    if not results and not left:
        return
    with st.container(border=True, key="my_gold"):
        st.markdown("**Images whose objects are known**")
        if left:
            st.caption(f"{count(left, 'more image')} to label well before the real work begins.")
        if results:
            mean = sum(one.score for one in results) / len(results)
            outcomes = [one.outcome for result in results for one in result.objects]
            st.markdown(
                f"{count(len(results), 'image')} with a mean score of {mean:.0%}: "
                f"{count(outcomes.count(Outcome.MISSED), 'object')} missed, "
                f"{outcomes.count(Outcome.EXTRA)} too many, "
                f"{outcomes.count(Outcome.WRONG_CLASS)} of another class."
            )


def _figure(label: str, number: int, usual: int, days: int) -> None:
    st.metric(
        label,
        f"{number:,}",
        delta=f"{usual / days:.0f} a working day before" if days else None,
        delta_color="off",
        delta_arrow="off",
        border=True,
    )
