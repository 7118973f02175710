"""The objects behind a number: a table to read and take away, and the picture of the one that is selected."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from maa.canvas.render import Shape
from maa.domain import MaaError, Origin
from maa.domain.wording import count
from maa.ui import history, pictures, session, tables
from maa.ui.dashboard import charts
from maa.ui.text import plain
from maa.ui.words import ORIGIN_NAMES
from maa.workflow import labeling, projects, queue
from maa.workflow.metrics import MAX_ROWS

_PROPOSED = "#ffffff"
_ONE_DECIMAL = st.column_config.NumberColumn(format="%.1f")
_SHARE = st.column_config.NumberColumn(format="%.3f")


def pick(frame: pd.DataFrame, *, key: str, file_name: str, **columns: Any) -> pd.Series | None:
    """A table of which one row can be selected, with its CSV; the row that is, or None."""
    if "at" in frame:  # with its offset, also in the CSV
        zone = session.zone(session.project())
        frame = frame.assign(at=frame["at"].dt.tz_localize("UTC").dt.tz_convert(zone))
        columns["at"] = st.column_config.DatetimeColumn("when", format="MMM D, HH:mm", timezone=zone.key)
    picked = st.dataframe(
        frame,
        key=key,
        hide_index=True,
        placeholder="–",
        on_select="rerun",
        selection_mode="single-row",
        column_config=tables.labelled(frame, columns),
    )
    tables.download_csv(frame, key=f"{key}_csv", file_name=file_name)
    rows = [row for row in picked["selection"]["rows"] if row < len(frame)]
    return frame.iloc[rows[0]] if rows else None


def clicked(chart: alt.Chart | alt.LayerChart, *, key: str) -> dict[str, Any] | None:
    """Draw a chart of `charts`; the values of the bar that was clicked, or None."""
    picked = st.altair_chart(chart, key=key, on_select="rerun")
    bars = picked["selection"].get(charts.CLICKED)
    return dict(bars[0]) if bars else None


def objects(frame: pd.DataFrame, *, key: str, title: str, counted: str = "") -> None:
    """The table of objects, and the picture of the one selected in it; where an image is meant as a whole,
    the way to its history. `title`, `counted`: plain text."""
    if "origin" in frame:
        frame = frame.assign(origin=frame["origin"].map(lambda origin: ORIGIN_NAMES[Origin(origin)]))
    with st.container(border=True, key=f"behind_{key}"):
        more = f", the newest {MAX_ROWS}" if len(frame) == MAX_ROWS else ""
        st.markdown(
            f"**{plain(title)}**: {counted or count(len(frame), 'object')}{more}. Select one to see it."
        )
        chosen = pick(
            frame,
            key=f"objects_{key}",
            file_name=f"{key.replace('_', '-')}-objects.csv",
            model_iou=_SHARE,
            kept_iou=_SHARE,
            iou=_SHARE,
            seconds=_ONE_DECIMAL,
            boundary_f=_SHARE,
        )
        if chosen is None:
            return
        number = chosen["object"]
        if pd.isna(number):
            number = chosen.get("reference_object")
        if number is not None and not pd.isna(number):
            _picture(int(number))
        else:
            _way_to_history(chosen, key)


def images(frame: pd.DataFrame, *, key: str, title: str) -> None:
    """The table of images, and the way to the history of the one selected in it. `title`: plain text."""
    with st.container(border=True, key=f"behind_{key}"):
        more = f", the newest {MAX_ROWS}" if len(frame) == MAX_ROWS else ""
        st.markdown(f"**{plain(title)}**: {count(len(frame), 'image')}{more}. Select one to see its history.")
        chosen = pick(frame, key=f"images_{key}", file_name=f"{key}-images.csv")
        if chosen is not None:
            _way_to_history(chosen, key)


def _way_to_history(row: pd.Series, key: str) -> None:
    """To that of a row's image."""
    task = queue.get_task(session.workspace(), int(row["task"]))
    project = session.project()
    if project is None or project.id != task.project_id:
        st.caption("It belongs to another project: choose that one at the top to see its history.")
    elif history.may_open() and st.button(
        f"History of {plain(row['image'])}", key=f"image_{key}", icon=":material/history:"
    ):
        history.open_at(task.id)


def _picture(annotation_id: int) -> None:
    workspace = session.workspace()
    try:
        newest = [one for one in labeling.revisions(workspace, annotation_id) if one.outline is not None][-1]
        task = queue.get_task(workspace, labeling.task_of(workspace, annotation_id))
        labels = projects.list_classes(workspace, task.project_id, include_retired=True)
    except MaaError as error:
        st.error(plain(error), icon=":material/broken_image:")
        return
    assert newest.outline is not None
    color = next((label.color for label in labels if label.id == newest.class_id), "#e6194b")
    shapes = [Shape(newest.outline, color, style="selected")]
    caption = f"The object with id {annotation_id} in its newest revision, {newest.number}"
    if newest.model_outline is not None:
        shapes.append(Shape(newest.model_outline, _PROPOSED, style="dashed"))
        caption += "; dashed: what the model proposed"
    pictures.outlines(task.image_id, shapes, f"Object {annotation_id}")
    st.caption(f"{caption}.")
    chosen = session.project()
    here = chosen is not None and chosen.id == task.project_id and history.may_open()
    if here and st.button("Its history", key=f"history_of_{annotation_id}", icon=":material/history:"):
        history.open_at(task.id, annotation_id)
