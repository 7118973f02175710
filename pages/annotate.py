"""Annotate: the next image of the project, four clicks an object."""

from maa.domain import Role
from maa.ui import session
from maa.ui.annotate import canvas_choice, choosing, page, workbench_page

who = session.require(Role.ANNOTATOR)
project = session.require_project()
classic = canvas_choice.is_classic()
choosing.offer(project, who)
if classic:
    page.show()
else:
    workbench_page.show()
