"""What the pages with the workbench have in common: the room it takes, and what it is told about its task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from maa.api import messages, passes
from maa.api.passes import Purpose
from maa.domain import Image, Person, Project, Task
from maa.geometry import DEFAULT_DETAIL
from maa.ui import session
from maa.workflow import projects
from maa.workflow.predict import as_told, model_problem, model_takes, model_threshold, named

_HEARD_KEY = "_workbench_heard"

_STYLE = """<style>
.stMainBlockContainer:has(.st-key-workbench_page) { padding: 0.6rem 0.9rem 0 0.9rem }
.stMain:has(.st-key-workbench_page) { overflow: hidden }
.stApp:has(.st-key-workbench_page) .stAppHeader { height: 0; min-height: 0; pointer-events: none }
.stApp:has(.st-key-workbench_page) .stAppHeader button { pointer-events: auto }
.stApp:has(.st-key-workbench_page) .stMainMenu { display: none }
</style>"""


def take_the_room() -> None:
    """Leave the workbench nearly all of the window; drawn in the container `workbench_page`."""
    st.html(_STYLE)


def told(person: Person, project: Project, task: Task, image: Image, purpose: Purpose) -> dict[str, Any]:
    """What the workbench has to know before it makes its first call, whatever it is used for."""
    ws = session.workspace()
    model = named(ws, project.id)
    return {
        "project": project.id,
        "task": task.id,
        "purpose": purpose.value,
        "pass": passes.issue(ws, session.require_session(), task.id, purpose),
        "person": {"id": person.id, "name": person.name},
        "image": {"id": image.id, "name": image.file_name, "width": image.width, "height": image.height},
        "classes": messages.classes_json(projects.list_classes(ws, project.id, include_retired=True)),
        "settings": {
            "threshold": model_threshold(model),
            "detail": DEFAULT_DETAIL,
            "takes": model_takes(model),
        },
        "guidelines": project.guidelines,
        "model_problem": _problem(model),
        "heard": st.session_state.get(_HEARD_KEY),
    }


def _problem(model: str | None) -> str | None:
    problem, who = model_problem(model), session.member()
    return None if problem is None else as_told(problem, who.role if who else None)


def hear(key: str, act: Callable[[dict[str, Any]], None]) -> bool:
    """Act on what the workbench mounted as `key` says became of its task (see `maa.canvas.workbench`), once;
    True when there was news.

    Streamlit may end a run at any look at its state, to begin the next. So a word counts as heard only after
    the act, is said again otherwise, and what is done twice does no harm.

    To be called after the workbench is mounted, too: on a server that was started anew, the component is
    unknown until then, and `on_done` is not called for its first word.
    """
    word: dict[str, Any] | None = (st.session_state.get(key) or {}).get("done")
    if word is None or word.get("id") == st.session_state.get(_HEARD_KEY):
        return False
    act(word)
    st.session_state[_HEARD_KEY] = word.get("id")
    return True
