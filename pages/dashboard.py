"""Dashboard: what was done, how fast, how good, and what is left. Annotators and reviewers see their own."""

import streamlit as st

from maa.domain import Role
from maa.ui import session
from maa.ui.dashboard import cards, filters, sections
from maa.workflow import metrics
from maa.workflow.summary import summarize

who = session.require(Role.ANNOTATOR)
project = session.require_project()
workspace = session.workspace()

st.title("Dashboard" if who.role.includes(Role.MANAGER) else "My numbers")
chosen = filters.bar(who, project)
states = metrics.backlog(workspace, chosen)
if not states["tasks"].any():
    sections.no_images()
    st.stop()

summary = summarize(workspace, chosen)
if summary.nothing:
    sections.nothing_yet()
else:
    cards.done(summary)
    cards.speed(summary)
    for draw_left, draw_right in (
        (sections.throughput, sections.effort),
        (sections.agreement, sections.reasons),
    ):
        left, right = st.columns(2)
        with left:
            draw_left(chosen)
        with right:
            draw_right(chosen)
    sections.outcomes(chosen)
present, left = st.columns([2, 1])
with present:
    sections.backlog(states)
with left:
    cards.outlook(metrics.forecast(workspace, chosen))
