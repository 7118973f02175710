"""Annotate: the next image of the project, four clicks an object."""

from maa.domain import Role
from maa.ui import session
from maa.ui.annotate import canvas_choice, choosing, page, workbench_page

who = session.require(Role.ANNOTATOR)
project = session.require_project()
if canvas_choice.is_classic():
    page.show()
else:
    workbench_page.show()
choosing.offer(project, who)  # once it is known what is in hand
