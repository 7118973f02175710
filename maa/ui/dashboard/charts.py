"""The charts, one function a chart: a table of `maa.workflow.metrics` in, an Altair chart out.

Names of people and classes reach the charts as data, which Vega draws as text.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil
from typing import Any

import altair as alt
import pandas as pd

from maa.domain import Origin, TaskState
from maa.ui.words import ORIGIN_NAMES, STATE_NAMES

CLICKED = "clicked"
"""The selection of the bar that was clicked, in every chart that has one."""
_HEIGHT = 320
_FEW_COLORS = 10
_LEGEND_COLUMNS, _LEGEND_ROW = 4, 18  # pixels a row
_MAX_AXIS_DAYS = 400  # days; a longer period shows the days with work only
_STATE_COLORS = {
    TaskState.READY: "#9aa7b8",
    TaskState.LEASED: "#5b8def",
    TaskState.SUBMITTED: "#e0a63a",
    TaskState.IN_REVIEW: "#c4781b",
    TaskState.RETURNED: "#d4585c",
    TaskState.APPROVED: "#2f9e6e",
    TaskState.SKIPPED: "#6b7684",
}


def per_day(throughput: pd.DataFrame, column: str, title: str, start: date, end: date) -> alt.Chart:
    """Stacked bars a day, a colour a person."""
    frame = throughput.assign(day=throughput["day"].astype(str))
    days = [str(start + timedelta(days=n)) for n in range((end - start).days + 1)]
    axis = alt.Axis(labelExpr="slice(datum.value, 5)", labelAngle=0, labelOverlap=True, title=None)
    domain = alt.Undefined if len(days) > _MAX_AXIS_DAYS else days
    names = frame["person"].nunique()
    clicked = _clicked("day", "person")
    colors = alt.Scale(scheme="tableau20" if names > _FEW_COLORS else "tableau10")
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("day:O", axis=axis, scale=alt.Scale(domain=domain)),
            y=alt.Y(f"{column}:Q", title=title, axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "person:N",
                title=None,
                scale=colors,
                legend=alt.Legend(orient="bottom", columns=_LEGEND_COLUMNS, symbolLimit=0),
            ),
            tooltip=["day", "person", alt.Tooltip(column, title=title)],
            opacity=_faded_but(clicked),
        )
        .add_params(clicked)
        .properties(height=_HEIGHT + _LEGEND_ROW * ceil(names / _LEGEND_COLUMNS))
    )


def effort(paces: pd.DataFrame, column: str, title: str) -> alt.LayerChart:
    """A figure per object: a group of bars a person, a bar an origin, with the sample's size."""
    frame = _with_origin_names(paces)
    base = alt.Chart(frame).encode(
        y=alt.Y("person:N", title=None),
        yOffset=alt.YOffset("how:N", sort=list(ORIGIN_NAMES.values())),
        # room for the sample's size behind the longest bar
        x=alt.X(
            f"{column}:Q", title=title, scale=alt.Scale(domain=[0, 1.15 * max(frame[column].max(), 0.1)])
        ),
    )
    figure = alt.Tooltip(column, format=".1f", title=title)
    clicked = _clicked("person", "origin")
    bars = (
        base.mark_bar()
        .encode(
            color=_origin_color(),
            tooltip=["person", alt.Tooltip("how", title="origin"), figure, "objects"],
            opacity=_faded_but(clicked),
        )
        .add_params(clicked)
    )
    sizes = base.mark_text(align="left", dx=4, color="#7b8794").encode(text="sample:N")
    groups = frame["person"].nunique() * frame["how"].nunique()
    return (bars + sizes).properties(height=max(_HEIGHT, 26 * groups + 90))


def agreement(objects: pd.DataFrame) -> alt.Chart:
    """How many approved objects lie how near to what the model proposed."""
    frame = objects.assign(
        to_iou=objects["from_iou"] + 0.05,
        kept=objects["accepted_as_is"].map({True: "kept as it was", False: "corrected by hand"}),
    )
    clicked = _clicked("from_iou", "accepted_as_is")
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X(
                "from_iou:Q",
                bin=alt.Bin(binned=True, step=0.05),
                scale=alt.Scale(domain=[0, 1]),
                title="IoU of the model's outline and the approved one",
            ),
            x2="to_iou:Q",
            y=alt.Y("objects:Q", title="objects", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "kept:N",
                title=None,
                scale=alt.Scale(domain=["kept as it was", "corrected by hand"], range=["#2f9e6e", "#e0a63a"]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=["objects", "kept"],
            opacity=_faded_but(clicked),
        )
        .add_params(clicked)
        .properties(height=_HEIGHT)
    )


def reasons(counts: pd.DataFrame) -> alt.Chart:
    """Why work was sent back."""
    clicked = _clicked("reason")
    return (
        alt.Chart(counts)
        .mark_bar()
        .encode(
            y=alt.Y("reason:N", sort="-x", title=None),
            x=alt.X("count:Q", title="times", axis=alt.Axis(tickMinStep=1)),
            tooltip=["reason", "count"],
            opacity=_faded_but(clicked),
        )
        .add_params(clicked)
        .properties(height=_HEIGHT)
    )


def backlog(states: pd.DataFrame) -> alt.LayerChart:
    """How many images are in each state, in the order that they pass through."""
    clicked = _clicked("state")
    frame = states.assign(name=states["state"].map(lambda s: STATE_NAMES[TaskState(s)]))
    scale = alt.Scale(domain=list(STATE_NAMES.values()), range=list(_STATE_COLORS.values()))
    base = alt.Chart(frame).encode(
        y=alt.Y("name:N", title=None, sort=list(STATE_NAMES.values())),
        x=alt.X("tasks:Q", title="images", axis=alt.Axis(tickMinStep=1)),
        tooltip=[alt.Tooltip("name", title="state"), alt.Tooltip("tasks", title="images")],
    )
    bars = (
        base.mark_bar()
        .encode(color=alt.Color("name:N", scale=scale, legend=None), opacity=_faded_but(clicked))
        .add_params(clicked)
    )
    counts = base.mark_text(align="left", dx=4, color="#7b8794").encode(text="tasks:Q")
    return (bars + counts).properties(height=_HEIGHT)


def _clicked(*fields: str) -> alt.Parameter:
    return alt.selection_point(name=CLICKED, fields=list(fields))


def _faded_but(clicked: alt.Parameter) -> Any:
    """What was not clicked steps back, once something was."""
    return alt.condition(clicked, alt.value(1), alt.value(0.35))


def _with_origin_names(paces: pd.DataFrame) -> pd.DataFrame:
    return paces.assign(
        how=paces["origin"].map(lambda origin: ORIGIN_NAMES[Origin(origin)]),
        sample=paces["objects"].map(lambda n: f"n = {n}"),
    )


def _origin_color() -> alt.Color:
    scale = alt.Scale(domain=list(ORIGIN_NAMES.values()), range=["#2f6fed", "#e8710a", "#8e6bd8", "#5b7083"])
    return alt.Color("how:N", title=None, scale=scale, legend=alt.Legend(orient="top"))
