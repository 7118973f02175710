"""A project's images: adding them, and the table of what state each is in."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from maa.domain import MaaError, Member, Project, Role, TaskState
from maa.domain.wording import count
from maa.ui import session, tables
from maa.ui.progress import progress_bar
from maa.ui.text import one_line, plain
from maa.ui.words import STATE_NAMES
from maa.workflow import frames, gold, images, pseudonyms, queue
from maa.workflow.arrivals import ImportReport
from maa.workflow.images import Progress
from maa.workflow.videos import Step

_REPORT_KEY = "import_report"
_TABLE_KEY = "images_table"
_ROWS_KEY = "_images_rows"
"""The tasks of the rows that the browser has."""
_PRIORITY_KEY = "images_priority"
_STEP_KEY, _STEP_WAY_KEY = "video_step", "video_step_way"
_ROUND_KEY = "upload_round"  # a new round empties the upload box
_REOPENABLE = (TaskState.SKIPPED, TaskState.APPROVED, TaskState.RETURNED)


def section(project: Project, who: Member) -> None:
    """Ways to add images, what came of the last one, and all images with their states."""
    pictures = images.list_images(session.workspace(), project.id)
    if not pictures:
        st.info(
            "No images yet. Add some below; annotators get them at once.",
            icon=":material/add_photo_alternate:",
        )
    upload, folder = st.columns(2)
    step = _step()
    with upload.container(border=True, height="stretch"):
        _upload(project, who, step)
    with folder.container(border=True, height="stretch"):
        _folder(project, who, step)
    _report(project)
    if pictures:
        _table(project)


_STEP_WAYS = ("frames a second", "as one frame in")


def _step() -> Step:
    """Which frames of videos become images."""
    number, way = st.session_state.get(_STEP_KEY, 2), st.session_state.get(_STEP_WAY_KEY, _STEP_WAYS[0])
    said = f"{number} {way}" if way == _STEP_WAYS[0] else f"one frame in {number}"
    with (
        st.popover(f"Videos: {said}", icon=":material/movie:"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        number = st.number_input("Take images", 1, 1000, 2, key=_STEP_KEY, width=140)
        way = st.selectbox(
            "How they are counted", _STEP_WAYS, key=_STEP_WAY_KEY, label_visibility="collapsed", width=200
        )
    return Step(per_second=float(number)) if way == _STEP_WAYS[0] else Step(every=int(number))


def _upload(project: Project, who: Member, step: Step) -> None:
    files = st.file_uploader(
        "From your computer: photos, videos, or zips of them",
        accept_multiple_files=True,
        key=f"upload_{project.id}_{st.session_state.get(_ROUND_KEY, 0)}",
    )
    if st.button(
        "Add images", key="upload_add", type="primary", icon=":material/upload:", disabled=not files
    ):
        session.require(Role.MANAGER)
        _import(
            lambda show: images.import_uploads(
                session.workspace(),
                project.id,
                [(f.name, f) for f in files],
                step=step,
                by=who.id,
                on_progress=show,
            ),
            project,
        )


def _folder(project: Project, who: Member, step: Step) -> None:
    path = st.text_input(
        "From a folder, file, video or zip on the server",
        key="folder_path",
        placeholder="/srv/photos/line-2",
        help="Folders are searched with their subfolders. The files stay where they are; MAA keeps copies.",
    )
    if st.button(
        "Add from there", key="folder_add", icon=":material/folder_open:", disabled=not path.strip()
    ):
        session.require(Role.MANAGER)
        _import(
            lambda show: images.import_paths(
                session.workspace(),
                project.id,
                [Path(os.path.expanduser(path.strip()))],  # leaves alone whom it does not know
                step=step,
                by=who.id,
                on_progress=show,
            ),
            project,
        )


def _import(run: Callable[[Progress], ImportReport], project: Project) -> None:
    """Run an import under a progress bar, keep its report, and start the page anew."""
    try:
        with progress_bar("Adding images; each is available immediately") as show:
            report = run(show)
    except MaaError as error:
        st.error(plain(error))
        return
    numbered = frames.by_name(session.workspace(), project, report.imported)
    st.session_state[_REPORT_KEY] = (project.id, report, numbered)
    st.session_state[_ROUND_KEY] = st.session_state.get(_ROUND_KEY, 0) + 1
    st.rerun()


def _report(project: Project) -> None:
    project_id, report, numbered = st.session_state.get(_REPORT_KEY, (None, None, False))
    if report is None or project_id != project.id:
        return
    with st.container(border=True, key="import_report"):
        with st.container(horizontal=True, vertical_alignment="center"):
            summary = f"**{count(len(report.imported), 'image')} added**"
            if report.skipped:
                files = len({skipped.file for skipped in report.skipped})
                summary += f"; {count(files, 'file')} skipped or not taken whole:"
            st.markdown(summary, width="stretch")
            tables.download_csv(
                _report_frame(report), key="import_report_csv", file_name="import-report.csv", label="Report"
            )
            st.button(
                "",
                key="import_report_close",
                icon=":material/close:",
                type="tertiary",
                help="Close the report",
                on_click=lambda: st.session_state.pop(_REPORT_KEY, None),
            )
        if numbered:
            st.caption(
                "Images of one size with numbered names count as frames of a sequence. If they are "
                "unrelated photos, switch that off under Rules."
            )
        if report.skipped:
            skipped = pd.DataFrame([(s.file, s.reason) for s in report.skipped], columns=["File", "Why not"])
            st.dataframe(skipped, key="import_skipped", hide_index=True)


def _report_frame(report: ImportReport) -> pd.DataFrame:
    rows = [(i.file_name, "imported", "") for i in report.imported]
    rows += [(s.file, "skipped", s.reason) for s in report.skipped]
    return pd.DataFrame(rows, columns=["file", "result", "reason"])


def _table(project: Project) -> None:
    frame = _task_frame(project)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.multiselect(
            "State",
            [name for name in STATE_NAMES.values() if name in set(frame["State"])],
            key="images_states",
            on_change=_select_none,
            placeholder="All states",
            width=420,
        )
        search = st.text_input(
            "File name contains",
            key="images_search",
            icon=":material/search:",
            type="search",
            width=280,
            on_change=_select_none,
        )
    if wanted:
        frame = frame[frame["State"].isin(wanted)]
    if search:
        frame = frame[frame["File"].str.contains(search, case=False, regex=False)]
    frame = frame.reset_index(drop=True)
    tasks = [int(task) for task in frame["Task"]]
    _keep_selected(tasks)
    st.caption(count(len(frame), "image"))
    picked = st.dataframe(
        frame.drop(columns="reopenable"),
        key=_TABLE_KEY,
        hide_index=True,
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
        column_config={
            "Task": st.column_config.NumberColumn(width=70, format="%d"),
            "File": st.column_config.TextColumn(width="medium"),
            "Changed": st.column_config.DatetimeColumn(
                format="YYYY-MM-DD HH:mm", timezone=session.zone(project).key
            ),
        },
    )
    # Only now: a quick second click may end a run before its rows are on their way.
    st.session_state[_ROWS_KEY] = tasks
    rows = [r for r in picked["selection"]["rows"] if r < len(frame)]
    chosen = frame.iloc[rows]
    able = [int(task) for task in chosen.loc[chosen["reopenable"], "Task"]]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            f"Reopen {count(len(able), 'image')}" if able else "Reopen",
            key="reopen",
            icon=":material/restart_alt:",
            disabled=not able,
            help="Select approved, skipped or sent-back images in the table; they go back to the annotators "
            "with their objects and their history.",
            on_click=_reopen,
            args=(able,),
        )
        approved = chosen[chosen["State"] == STATE_NAMES[TaskState.APPROVED]]
        _gold([int(task) for task in approved["Task"]], marked=bool(len(approved) and approved["Gold"].all()))
        _priority([int(task) for task in chosen["Task"]])
        tables.download_csv(frame.drop(columns="reopenable"), key="images_csv", file_name="images.csv")


def _keep_selected(tasks: list[int]) -> None:
    """Have the same tasks selected when others' work has moved their rows: the browser knows row numbers."""
    before = st.session_state.get(_ROWS_KEY, tasks)
    if before != tasks and _TABLE_KEY in st.session_state:
        rows = st.session_state[_TABLE_KEY]["selection"]["rows"]
        chosen = {before[row] for row in rows if row < len(before)}
        rows = [row for row, task in enumerate(tasks) if task in chosen]
        _select(rows)


def _select(rows: list[int]) -> None:
    st.session_state[_TABLE_KEY] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def _task_frame(project: Project) -> pd.DataFrame:
    """One row a task: Task, File, Size, State, With, Labeled by, Changed, reopenable."""
    workspace = session.workspace()
    pictures = {i.id: i for i in images.list_images(workspace, project.id)}
    names = pseudonyms.names_in(workspace, project)
    rows = [
        {
            "Task": task.id,
            "File": one_line(pictures[task.image_id].file_name),
            "Size": f"{pictures[task.image_id].width} × {pictures[task.image_id].height}",
            "State": STATE_NAMES[task.state],
            "With": names.get(task.holder_id or 0, ""),
            "Labeled by": names.get(task.author_id or 0, ""),
            "Priority": task.priority,
            "Changed": task.updated_at,
            "Gold": task.gold,
            "reopenable": task.state in _REOPENABLE,
        }
        for task in queue.list_tasks(workspace, project.id)
        if task.accepted
    ]
    return pd.DataFrame(rows)


def _gold(task_ids: list[int], *, marked: bool) -> None:
    """Whether the selected approved images are trusted."""
    st.button(
        "No longer gold" if marked else "Mark as gold",
        key="images_gold",
        icon=":material/star:",
        disabled=not task_ids,
        help="Select approved images whose objects are right. Annotators get some of them among their work, "
        "unmarked, and are scored against them (see Rules).",
        on_click=_mark_gold,
        args=(task_ids, not marked),
    )


@session.guarded(Role.MANAGER)
def _mark_gold(manager: Member, task_ids: list[int], is_gold: bool) -> None:
    for task_id in task_ids:
        gold.mark(session.workspace(), task_id, is_gold, by=manager.id)
    _select_none()
    session.say("toast", _told_of_gold(len(task_ids), is_gold))


def _told_of_gold(images: int, is_gold: bool) -> str:
    verb = "is" if images == 1 else "are"
    return f"{count(images, 'image')} {verb} {'gold' if is_gold else 'no longer gold'}."


def _priority(task_ids: list[int]) -> None:
    """How soon the selected images are handed out."""
    st.number_input(
        "Priority",
        min_value=-100,
        max_value=100,
        value=0,
        key=_PRIORITY_KEY,
        width=130,
        help="Images with a higher priority are handed out first; among equal ones, the oldest first.",
    )
    st.button(
        f"Set priority of {count(len(task_ids), 'image')}" if task_ids else "Set priority",
        key="images_set_priority",
        icon=":material/low_priority:",
        disabled=not task_ids,
        help="Select images in the table.",
        on_click=_set_priority,
        args=(task_ids,),
    )


@session.guarded(Role.MANAGER)
def _set_priority(manager: Member, task_ids: list[int]) -> None:
    priority = int(st.session_state[_PRIORITY_KEY])
    changed = queue.set_priority(session.workspace(), task_ids, priority, by=manager.id)
    _select_none()
    session.say(
        "toast",
        f"Priority {priority} for {count(changed, 'image')}."
        if changed
        else f"Nothing changed: the priority is {priority} already.",
    )


@session.guarded(Role.MANAGER)
def _reopen(manager: Member, task_ids: list[int]) -> None:
    for task_id in task_ids:
        queue.reopen(session.workspace(), task_id, by=manager.id)
    _select_none()
    session.say("toast", f"{count(len(task_ids), 'image')} back with the annotators.")


def _select_none() -> None:
    """The table knows its selection by row numbers, which mean other images once the rows change."""
    if _TABLE_KEY in st.session_state:  # taken out of the state, it would still be ticked in the browser
        _select([])
