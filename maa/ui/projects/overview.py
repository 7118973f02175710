"""All projects and how far they are; a project's guidelines and classes, to read."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from maa.domain import Person, Project, Role, TaskState
from maa.domain.wording import count
from maa.ui import session
from maa.ui.text import plain, swatch
from maa.ui.words import CLASS_KEYS
from maa.workflow import people, projects

_TABLE_KEY = "projects_table"
_ARCHIVED_KEY = "show_archived"


def table(who: Person) -> None:
    """One row a project; selecting a row chooses the project. Managers see their archived ones too."""
    roles = people.roles_of(session.workspace(), who.id)
    everything = projects.list_projects(session.workspace(), include_archived=True, of=who.id)
    archived = [p for p in everything if p.archived_at is not None and roles[p.id].includes(Role.MANAGER)]
    with_archived = bool(
        archived and st.toggle(f"Show {count(len(archived), 'archived project')}", key=_ARCHIVED_KEY)
    )
    listed = [p for p in everything if p.archived_at is None]
    chosen = session.project()
    if listed:
        rows = [row for row, p in enumerate(listed) if chosen is not None and p.id == chosen.id]
        st.session_state[_TABLE_KEY] = {"selection": {"rows": rows, "columns": [], "cells": []}}
        st.dataframe(
            pd.DataFrame([_row(p, roles[p.id]) for p in listed]),
            key=_TABLE_KEY,
            hide_index=True,
            placeholder="–",
            on_select=partial(_open_selected, [p.id for p in listed]),
            selection_mode="single-row-required" if rows else "single-row",
            column_config={
                "Project": st.column_config.TextColumn(width="medium"),
                "Progress": st.column_config.ProgressColumn(
                    format="%.0f%%", max_value=100, help="Approved images, out of all that were not skipped"
                ),
            },
        )
    if with_archived:
        with st.container(border=True, key="archived_projects"):
            for project in archived:
                _archived_row(project)


def empty(*, may_create: bool) -> None:
    """What to do when no project is chosen."""
    first = (
        "You have no project yet. Create one with **New project**: a name, its classes, and what "
        "annotators should know. Then add images to it."
    )
    with st.container(key="empty_no_project"):
        st.info(
            session.not_open() or (first if may_create else session.NONE_YET), icon=":material/folder_off:"
        )


def heading(project: Project) -> str:
    """The project's name as Markdown."""
    return plain(project.name)


def details(project: Project) -> None:
    """What an annotator or reviewer should know about a project."""
    st.header(heading(project))
    guide, labels = st.columns([3, 2])
    with guide, st.container(key="guidelines", border=True):
        st.markdown("**Guidelines**")
        st.text(project.guidelines or "None written yet; ask a manager.")
    with labels, st.container(key="classes", border=True):
        st.markdown("**Classes**")
        for number, label in enumerate(projects.list_classes(session.workspace(), project.id), start=1):
            key = f"  :gray-badge[key {number}]" if number <= CLASS_KEYS else ""
            st.markdown(f"{swatch(label.color)} {plain(label.name)}{key}")


def _row(project: Project, role: Role) -> dict[str, object]:
    done = projects.progress(session.workspace(), project.id)
    tasks = done.tasks
    if project.settings.compares_people and not role.includes(Role.REVIEWER):
        # A number that moves after every image but trials and duplicates would tell which these are.
        return {
            "Project": project.name,
            "Progress": round(10 * done.approved_share) * 10,
            "Images": done.images,
        }
    return {
        "Project": project.name,
        "Progress": 100 * done.approved_share,
        "Images": done.images,
        "Objects": done.objects,
        "To label": sum(tasks[s] for s in (TaskState.READY, TaskState.LEASED, TaskState.RETURNED)),
        "In review": tasks[TaskState.SUBMITTED] + tasks[TaskState.IN_REVIEW],
        "Approved": tasks[TaskState.APPROVED],
        "Skipped": tasks[TaskState.SKIPPED],
    }


@session.signed_in
def _open_selected(who: Person, drawn: list[int]) -> None:
    """`drawn`: the projects of the rows; there may be others by now."""
    rows = st.session_state[_TABLE_KEY]["selection"]["rows"]
    if not rows or rows[0] >= len(drawn):
        return
    listed = projects.list_projects(session.workspace(), of=who.id)
    project = next((one for one in listed if one.id == drawn[rows[0]]), None)
    if project is None:
        session.say("warning", "That project has been archived, or you no longer have a role in it.")
    else:
        session.choose_project(project.name)


def _archived_row(project: Project) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(project.name, width="stretch")
        if project.archived_at is not None:
            st.caption(f"archived {project.archived_at:%Y-%m-%d}", width="content")
        st.button(
            "Reopen",
            key=f"unarchive_{project.id}",
            icon=":material/unarchive:",
            on_click=_unarchive,
            args=(project.id,),
        )


@session.signed_in
def _unarchive(manager: Person, project_id: int) -> None:
    project = projects.unarchive_project(session.workspace(), project_id, by=manager.id)
    session.choose_project(project.name)
    session.say("toast", f"{plain(project.name)} is open again.")
