"""People: who works here, and what they may do. For admins, and for managers the roles in their projects."""

import streamlit as st

from maa.ui import people, person_account, session

who = session.require_person()
if not people.may_open(who):
    session.refuse("This is for managers and admins.")
st.title("People")
project = people.choose_project(who)
if who.admin:
    people.add_form(project)
    person_account.panel(who)
people.roster(who, project)
