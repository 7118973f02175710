"""Annotate: the next image of the project, four clicks an object."""

from maa.domain import Role
from maa.ui import session
from maa.ui.annotate import canvas_choice, page, workbench_page

session.require(Role.ANNOTATOR)
session.require_project()
if canvas_choice.is_classic():
    page.show()
else:
    workbench_page.show()
