"""Projects: how far each is; for managers also filling, changing, exporting and backing up; creating."""

import streamlit as st

from maa.domain import Role
from maa.ui import address, session
from maa.ui.projects import classes, create, images, overview, prelabels, rules, settings, transfer
from maa.workflow import projects

who = session.require_person()
member = session.member()
manages = member is not None and member.role.includes(Role.MANAGER)
may_create = projects.may_create(session.workspace(), who.id)

with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title("Projects", width="stretch")
    if may_create:
        create.new_project_button()
        transfer.restore_button()
if may_create:
    create.form()
    transfer.restore_form(who)
overview.table(who)

project = session.project()
if project is None:
    overview.empty(may_create=may_create)
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
        "Import and export": transfer.section,
    }
    section = address.Choice("section", "project_section", sections, "Images")
    tabs = st.tabs(list(sections), key="project_section", on_change="rerun")
    section.show()
    # Only what is looked at is read from the database; but a form that is not drawn forgets what was typed.
    forms = (rules.section, settings.section)
    for tab, draw in zip(tabs, sections.values(), strict=True):
        if tab.open or draw in forms:
            with tab:
                draw(project, who)
