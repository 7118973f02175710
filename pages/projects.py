"""Projects: how far each is; for managers also creating, filling, changing, exporting and backing up."""

import streamlit as st

from maa.domain import Role
from maa.ui import session
from maa.ui.projects import classes, create, images, overview, prelabels, rules, settings, transfer

who = session.require(Role.ANNOTATOR)
manages = who.role.includes(Role.MANAGER)

with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title("Projects", width="stretch")
    if manages:
        create.new_project_button()
        transfer.restore_button()
if manages:
    create.form()
    transfer.restore_form(who)
overview.table(who)

project = session.project()
if project is None:
    overview.empty(manages=manages)
elif not manages:
    overview.details(project)
else:
    with st.container(key="project_title"):
        st.header(overview.heading(project))
    sections = {
        "Images": images.section,
        "Classes": classes.section,
        "Pre-labels": prelabels.section,
        "Rules": rules.section,
        "Settings": settings.section,
        "Export and backup": transfer.section,
    }
    tabs = st.tabs(list(sections), key="project_section", on_change="rerun")
    for tab, draw in zip(tabs, sections.values(), strict=True):
        if tab.open:  # only what is looked at is read from the database
            with tab:
                draw(project, who)
