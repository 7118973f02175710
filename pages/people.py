"""People: who works here, and what they may do."""

import streamlit as st

from maa.domain import Role
from maa.ui import people, session

manager = session.require(Role.MANAGER)
st.title("People")
people.add_form()
people.roster(manager)
