"""Dashboard: what was done, how fast, how good, and what is left. Annotators and reviewers see their own."""

from functools import partial

import streamlit as st

from maa.domain import Role
from maa.ui import session
from maa.ui.dashboard import cards, compare, filters, mine, printing, quality, sections
from maa.workflow import metrics
from maa.workflow.summary import summarize

who = session.require(Role.ANNOTATOR)
project = session.require_project()
workspace = session.workspace()
manages = who.role.includes(Role.MANAGER)

# What moves after every image but trials and duplicates would tell an annotator which these are.
counted = who.role.includes(Role.REVIEWER) or not project.settings.compares_people

st.title("Dashboard" if manages else "My numbers")
chosen = filters.bar(who, project)
printing.styles(filters.heading(chosen, project))
states = metrics.backlog(workspace, chosen)
if not states["tasks"].any():
    sections.no_images()
    st.stop()

summary = summarize(workspace, chosen)
if not manages:
    mine.day(chosen)
    mine.known_images(project, who)
if summary.nothing:
    sections.nothing_yet()
elif not manages and not summary.labeled:
    sections.reviewing(chosen)
else:
    cards.done(summary, approvals=counted)
    cards.speed(summary)
    if manages:
        compare.section(chosen)
    else:
        mine.came_back(chosen)
    for draw_left, draw_right in (
        (partial(sections.throughput, approvals=counted), sections.effort),
        (sections.agreement, sections.reasons),
    ):
        left, right = st.columns(2)
        with left:
            behind_left = draw_left(chosen)
        with right:
            behind_right = draw_right(chosen)
        for draw in (behind_left, behind_right):
            if draw is not None:
                draw()
    quality.model(chosen)
    if counted:
        sections.outcomes(chosen)
    sections.reviewing(chosen)
    if manages:
        quality.gold(chosen)
        quality.agreement(chosen)
if counted:
    present, left = st.columns([2, 1])
    with present:
        sections.backlog(chosen, states)
    with left:
        cards.outlook(metrics.forecast(workspace, chosen))
