"""The history of an image: what happened, every revision of its objects over the photo, and the way back."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from maa.canvas.render import Shape
from maa.domain import LabelClass, Member, Project, Revision, Role, Task, TaskPurpose, TaskState
from maa.domain.wording import count
from maa.ui import pictures, session, tables
from maa.ui.text import plain
from maa.ui.words import ORIGIN_NAMES, STATE_NAMES, happened
from maa.workflow import history, labeling, projects, pseudonyms, queue
from maa.workflow.history import Found, Row

_PAGE = Path(__file__).resolve().parents[2] / "pages" / "history.py"
_TASK_KEY, _OBJECT_KEY, _SEARCH_KEY = "history_task", "history_object", "history_search"
_PRESENT = "#ffffff"
_PURPOSES = {
    TaskPurpose.WORK: "",
    TaskPurpose.DUPLICATE: " · second annotator",
    TaskPurpose.GOLD: " · gold trial",
}


def may_open() -> bool:
    """Reviewers and managers of the chosen project."""
    who = session.member()
    return who is not None and who.role.includes(Role.REVIEWER)


def open_at(task_id: int, annotation_id: int | None = None) -> None:
    """Go to the page, at an object of a task."""
    st.session_state[_SEARCH_KEY] = ""
    st.session_state[_TASK_KEY] = task_id
    st.session_state[_OBJECT_KEY] = annotation_id
    st.switch_page(_PAGE)


def show(who: Member, project: Project) -> None:
    """The whole page."""
    st.title("History")
    found = _choose(who, project)
    if found is None:
        return
    task = found.task
    happened, objects = st.columns([3, 2])
    with happened:
        _happened(task, project, found.file_name)
    with objects:
        _objects(who, project, task)


def _choose(who: Member, project: Project) -> Found | None:
    workspace = session.workspace()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search", key=_SEARCH_KEY, placeholder="A part of the image's name", icon=":material/search:"
        )
        known = {one.task.id: one for one in history.find(workspace, project.id, text, by=who.id)}
        if (asked := _asked(who, project)) is not None and not text:
            known = {asked.task.id: asked, **known}
        if not known:
            st.caption("No image of this name." if text else "There are no images yet.")
            return None
        if st.session_state.get(_TASK_KEY) not in known:
            st.session_state[_TASK_KEY] = next(iter(known))
        chosen = st.selectbox(
            f"Image ({count(len(known), 'shown', 'shown')}, most recently changed first)",
            list(known),
            key=_TASK_KEY,
            format_func=lambda number: _title(known[number]),
        )
    return known[chosen]


def _asked(who: Member, project: Project) -> Found | None:
    """The image that another page asked for, else the one that this person has in hand."""
    workspace = session.workspace()
    wanted = st.session_state.get(_TASK_KEY)
    if wanted is None:
        wanted = next((task.id for task in queue.held_by(workspace, who.id, project.id)), None)
    return None if wanted is None else history.get(workspace, project.id, wanted, by=who.id)


def _title(found: Found) -> str:
    task = found.task
    state = STATE_NAMES[task.state]
    if task.purpose is not TaskPurpose.WORK and task.state in (TaskState.SUBMITTED, TaskState.APPROVED):
        state = "compared"  # nobody reviews these
    return f"{found.file_name} · {state}{_PURPOSES[task.purpose]}"


def _happened(task: Task, project: Project, file_name: str) -> None:
    rows = history.of_task(session.workspace(), task.id)
    zone = session.zone(project)
    frame = pd.DataFrame(
        {
            "when": [row.at for row in rows],
            "who": [row.who or "MAA" for row in rows],
            "what": [happened(row.what) for row in rows],
            "object": [_revision_of(row) for row in rows],
            "why": [row.why for row in rows],
        }
    )
    with st.container(border=True, key="history_events"):
        st.markdown(f"**What happened to {plain(file_name)}**, times in {plain(zone.key)}")
        tables.table(
            frame.iloc[::-1],
            key="history_table",
            file_name=f"history-{task.id}.csv",
            columns={
                "when": st.column_config.DatetimeColumn(format="MMM D, HH:mm", timezone=zone.key, width=105),
                "who": st.column_config.TextColumn(width=90),
                "what": st.column_config.TextColumn(width=140),
                "object": st.column_config.TextColumn(width=80),
                "why": st.column_config.TextColumn(width="large"),
            },
        )


def _revision_of(row: Row) -> str:
    if row.annotation_id is None:
        return ""
    number = f"id {row.annotation_id}"
    return number if row.revision is None else f"{number}, rev {row.revision}"


def _objects(who: Member, project: Project, task: Task) -> None:
    workspace = session.workspace()
    every = labeling.every_object(workspace, task.id)
    with st.container(border=True, key="history_objects"):
        st.markdown("**Its objects and their revisions**")
        if not every:
            st.caption("Nothing was drawn on it.")
            return
        labels = {
            one.id: one for one in projects.list_classes(workspace, task.project_id, include_retired=True)
        }
        # On the workbench, and when people speak of them, objects are counted as they are there now.
        places = {one.id: place for place, one in enumerate(labeling.list_annotations(workspace, task.id), 1)}
        if st.session_state.get(_OBJECT_KEY) not in every:
            st.session_state[_OBJECT_KEY] = next(iter(places), every[0])
        number = st.selectbox(
            "Object",
            every,
            key=_OBJECT_KEY,
            format_func=lambda id_: (
                f"Object {places[id_]} (id {id_})" if id_ in places else f"Deleted (id {id_})"
            ),
        )
        revisions = labeling.revisions(workspace, number)
        chosen = _choose_revision(project, revisions, labels)
        _picture(task, chosen, revisions[-1], labels)
        _restore(who, task, number, chosen, revisions[-1])


def _choose_revision(project: Project, revisions: list[Revision], labels: dict[int, LabelClass]) -> Revision:
    names = pseudonyms.shown_names(session.workspace(), [project.id])
    newest_first = revisions[::-1]
    frame = pd.DataFrame(
        {
            "revision": [one.number for one in newest_first],
            "by": [names.get(one.author_id or 0, "") for one in newest_first],
            "class": [labels[one.class_id].name for one in newest_first],
            "how": [_how(one) for one in newest_first],
            "IoU to model": [
                "–" if (iou := labeling.model_agreement(one)) is None else f"{iou:.3f}"
                for one in newest_first
            ],
        }
    )
    picked = st.dataframe(
        frame,
        key=f"history_revisions_{revisions[0].annotation_id}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "IoU to model": st.column_config.TextColumn(
                help="Between this outline and what the model proposed."
            )
        },
    )
    rows = [row for row in picked["selection"]["rows"] if row < len(newest_first)]
    return newest_first[rows[0] if rows else 0]


def _how(revision: Revision) -> str:
    if revision.deleted:
        return "deleted"
    deed = "added" if revision.number == 1 else "corrected"
    return f"{ORIGIN_NAMES[revision.origin]}{f', {deed} by the reviewer' if revision.correction else ''}"


def _picture(task: Task, chosen: Revision, present: Revision, labels: dict[int, LabelClass]) -> None:
    shapes = []
    if chosen.outline is not None:
        shapes.append(Shape(chosen.outline, labels[chosen.class_id].color, style="selected"))
    if present.number != chosen.number and present.outline is not None and not present.deleted:
        shapes.append(Shape(present.outline, _PRESENT, style="dashed"))
    if not shapes:
        st.caption("This revision deleted the object.")
        return
    pictures.outlines(task.image_id, shapes, f"Revision {chosen.number}")
    dashed = f"; dashed: the current one, {present.number}" if len(shapes) > 1 else ""
    st.caption(f"Revision {chosen.number} of {present.number}{dashed}.")


def _restore(who: Member, task: Task, number: int, chosen: Revision, present: Revision) -> None:
    because = _why_not(who, task)
    if chosen.number == present.number:
        because = because or "This is the current revision. Select an earlier one to restore it."
    elif chosen.deleted:
        because = because or "This revision deleted the object."
    if because:
        st.caption(because)
    st.button(
        f"Restore revision {chosen.number}",
        key="history_restore",
        icon=":material/settings_backup_restore:",
        disabled=bool(because),
        on_click=_do_restore,
        args=(task.id, number, chosen.number),
    )
    if task.state is TaskState.APPROVED and who.role.includes(Role.MANAGER):
        st.button(
            "Reopen the image",
            key="history_reopen",
            icon=":material/undo:",
            on_click=_do_reopen,
            args=(task.id,),
        )


def _why_not(who: Member, task: Task) -> str:
    """Why this person cannot restore anything on the task now; the workflow decides, this says it early."""
    if task.state is TaskState.APPROVED:
        return "The image is approved: its objects stay as they are until a manager reopens it."
    if task.purpose is not TaskPurpose.WORK and task.state is TaskState.SUBMITTED:
        return "It was made for a comparison and is done."
    if task.holder_id not in (None, who.id):
        return "Somebody has the image in hand. Restore when they are done."
    if task.holder_id is None and not who.role.includes(Role.MANAGER):
        return "Only managers, and the person who has the image in hand, can restore."
    return ""


@session.guarded(Role.REVIEWER)
def _do_restore(who: Member, task_id: int, annotation_id: int, number: int) -> None:
    back = labeling.restore_revision(session.workspace(), task_id, who.id, annotation_id, number)
    st.session_state.pop(f"history_revisions_{annotation_id}", None)
    session.say("toast", f"Revision {number} is current again, as revision {back.revision.number}.")


@session.guarded(Role.MANAGER)
def _do_reopen(who: Member, task_id: int) -> None:
    queue.reopen(session.workspace(), task_id, by=who.id)
    session.say("toast", "Reopened: the image is in the queue again.")
