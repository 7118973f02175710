"""The image that was handed in just before, and having it back."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from maa.domain import MaaError, Person, Project, Task
from maa.ui import session
from maa.ui.text import plain
from maa.workflow import images, labeling

_KEY = "_handed_in"
"""Of each project (by id): (task id, image's name), or None."""


def remember(project_id: int, task: Task | None) -> None:
    """What was handed in just before in a project."""
    named = task and (task.id, images.get_image(session.workspace(), task.image_id).file_name)
    st.session_state.setdefault(_KEY, {})[project_id] = named


def last(person: Person, project: Project) -> tuple[int, str] | None:
    """(task id, image's name) of what was handed in just before; a new session asks the store."""
    if project.id not in st.session_state.get(_KEY, {}):
        remember(project.id, labeling.last_handed_in(session.workspace(), project.id, person.id))
    before: tuple[int, str] | None = st.session_state[_KEY][project.id]
    return before


def offer(person: Person, project: Project, take_it_back: Callable[[int], None]) -> None:
    """A button, if there is something to have back. `take_it_back` is given the task's id."""
    before = last(person, project)
    if before is None:
        return
    st.button(
        f"Take back {plain(before[1])}",
        key="take_back",
        icon=":material/undo:",
        help="You have submitted it; until a reviewer opens it, you can take it back.",
        on_click=take_it_back,
        args=(before[0],),
    )


def take_back(task_id: int) -> bool:
    """Have it leased to its author again; says so where that cannot be done. Offered once: whether it can be,
    only trying tells (see `labeling.last_handed_in`)."""
    person, project = session.person(), session.project()
    if person is None or project is None:
        return False
    before = last(person, project)
    remember(project.id, None)
    try:
        labeling.take_back(session.workspace(), task_id, person.id)
    except MaaError as because:
        name = before[1] if before and before[0] == task_id else "The image before"
        session.say("error", f"**{plain(name)}**: {plain(str(because))}")
        return False
    return True
