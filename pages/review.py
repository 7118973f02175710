"""Review: the next submitted image, its objects, and the verdict."""

from maa.domain import Role
from maa.ui import session
from maa.ui.review import workbench_page

session.require(Role.REVIEWER)
session.require_project()
workbench_page.show()
