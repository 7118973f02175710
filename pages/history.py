"""History: what happened to an image, and every revision of its objects, for reviewers and managers."""

from maa.domain import Role
from maa.ui import history, session

who = session.require(Role.REVIEWER)
history.show(who, session.require_project())
