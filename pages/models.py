"""Models: which one the project works with, training and taking up better ones, and the library of all."""

import streamlit as st

from maa.domain import Role
from maa.ui import session
from maa.ui.models import candidates, present, shelf

who = session.require(Role.MANAGER)
project = session.require_project()

st.title("Models")
present.section(project)
candidates.section(project, who)
present.over_time(project)
present.history(project)
shelf.section(project, who)
