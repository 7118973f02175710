"""What became of the model's outlines, scores on gold, agreement of two people; each opens its objects."""

from __future__ import annotations

import streamlit as st

from maa.domain import TaskPurpose
from maa.ui import session, tables
from maa.ui.dashboard import behind
from maa.ui.text import plain
from maa.workflow import gold as trials
from maa.workflow import metrics, pseudonyms, quality
from maa.workflow.metrics import Filter

_SHARE = st.column_config.NumberColumn(format="percent")
_IOU = st.column_config.NumberColumn(format="%.3f")
_ONE_DECIMAL = st.column_config.NumberColumn(format="%.1f")


def model(chosen: Filter) -> None:
    """By class and model: kept as it was, edited, drawn anew."""
    frame = metrics.model_outcomes(session.workspace(), chosen)
    with st.container(border=True, key="chart_model"):
        st.markdown(
            "**What became of the model's outlines**, by class and model. Select a row for its objects."
        )
        if frame.empty:
            st.caption("No approved object was proposed by a model.")
            return
        row = behind.pick(
            frame.round({"as_is": 3, "edited": 3, "redrawn": 3}),
            key="model_outcomes",
            file_name="model-outcomes.csv",
            as_is=_SHARE,
            edited=_SHARE,
            redrawn=_SHARE,
            vertices_moved=_ONE_DECIMAL,
            median_iou=_IOU,
        )
    if row is None:
        return
    outcome = st.segmented_control(
        "Which of them", ["as is", "edited", "redrawn"], key="model_outcome", label_visibility="collapsed"
    )
    model_id = row["model_id"] if isinstance(row["model_id"], str) else None
    objects = metrics.approved_objects(
        session.workspace(), chosen, class_name=row["class"], model_id=model_id, outcome=outcome
    )
    behind.objects(objects, key="model", title=f"{row['class']} by {row['model_id']}")


def gold(chosen: Filter) -> None:
    """Scores per person, and per person and class."""
    people = quality.gold_people(session.workspace(), chosen)
    with st.container(border=True, key="chart_gold"):
        st.markdown("**Gold images**: how people labeled images whose objects are known")
        _qualifying(chosen)
        if people.empty:
            st.caption(
                "No gold image has been submitted. Mark approved images as gold under Projects, Images."
            )
            return
        tables.table(
            people, key="gold_people", file_name="gold-people.csv", columns={"score": _IOU, "worst": _IOU}
        )
        tables.table(
            quality.gold_scores(session.workspace(), chosen),
            key="gold_scores",
            file_name="gold-scores.csv",
            columns={"iou": _IOU, "boundary_f": _IOU},
        )
    _objects(chosen, TaskPurpose.GOLD, "Objects of gold trials")


def _qualifying(chosen: Filter) -> None:
    """Who waits for real work, and for whom a manager has to do something."""
    if not isinstance(chosen.project_id, int):
        return
    names = pseudonyms.shown_names(session.workspace(), [chosen.project_id])
    waiting: dict[bool, list[str]] = {False: [], True: []}
    for one in trials.qualifying(session.workspace(), chosen.project_id):
        waiting[one.stuck].append(f"{plain(names.get(one.person_id, ''))} ({one.passed} of {one.needed})")
    if waiting[False]:
        st.caption(f"Have yet to pass gold images before the real work begins: {', '.join(waiting[False])}.")
    if waiting[True]:
        st.warning(
            f"Get no work, because no gold image is left that they could pass: {', '.join(waiting[True])}. "
            "Mark more images as gold under Projects, Images, or ask for fewer under Rules.",
            icon=":material/block:",
        )


def agreement(chosen: Filter) -> None:
    """How far two people who labeled the same images agree."""
    frame = quality.agreement(session.workspace(), chosen)
    with st.container(border=True, key="chart_two"):
        st.markdown("**Two people on the same image**")
        if frame.empty:
            st.caption(
                "No image has been labeled by two people yet. Their share is set under Projects, Rules."
            )
            return
        kappa = st.column_config.NumberColumn(
            format="%.2f", help="Cohen's: 1 means always the same class, 0 means as often as by chance."
        )
        tables.table(frame, key="two_agree", file_name="agreement.csv", columns={"iou": _IOU, "kappa": kappa})
    _objects(chosen, TaskPurpose.DUPLICATE, "Objects of two people")


def _objects(chosen: Filter, purpose: TaskPurpose, title: str) -> None:
    if st.toggle("Show the objects", key=f"show_{purpose.value}"):
        frame = quality.compared_objects(session.workspace(), chosen, purpose)
        behind.objects(frame, key=purpose.value, title=title)
