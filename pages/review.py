"""Review: the next submitted image, its objects, and the verdict."""

import streamlit as st

from maa.domain import Role
from maa.ui import session
from maa.ui.review import desk, page
from maa.workflow import review

reviewer = session.require(Role.REVIEWER)
project = session.require_project()
desk.stop_if_paused(project)
task = review.claim_next_review(session.workspace(), project.id, reviewer.id)
if task is None:
    desk.nothing_to_review(project)
    st.stop()

page.show(desk.open_work(task))
