"""The model that the project works with: since when and why, how it became better, and the way back."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from maa.dextr.architectures import outlived
from maa.dextr.shelves import LibraryModel
from maa.domain import MaaError, Member, Project, Role
from maa.domain.library import HELD_BACK, ChoiceHow, ModelChoice, ModelPurpose
from maa.domain.wording import count
from maa.ui import session, tables
from maa.ui.text import plain
from maa.workflow import library, predict, promotion, pseudonyms

NAMELESS = {ModelPurpose.OUTLINES: "the library's default", ModelPurpose.OBJECTS: "no detector"}
"""What a choice of no model means."""


def section(project: Project) -> None:
    """The present model, the detector if there is one, and the buttons back."""
    choices = promotion.history(session.workspace(), project.id)
    outlines = [choice for choice in choices if choice.purpose is ModelPurpose.OUTLINES]
    objects = [choice for choice in choices if choice.purpose is ModelPurpose.OBJECTS]
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="present_model"):
        with st.container(width="stretch"):
            _said(project, outlines)
        if promotion.can_roll_back(session.workspace(), project.id, ModelPurpose.OUTLINES):
            _back(project, ModelPurpose.OUTLINES, "model_rollback")
    if objects and objects[0].model_id is not None:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="present_detector"):
            with st.container(width="stretch"):
                st.markdown(f"**Its detector is {plain(objects[0].model_id)}**")
                _since(project, objects[0])
            if promotion.can_roll_back(session.workspace(), project.id, ModelPurpose.OBJECTS):
                _back(project, ModelPurpose.OBJECTS, "detector_rollback")


def _back(project: Project, purpose: ModelPurpose, key: str) -> None:
    st.button(
        "Roll back",
        key=key,
        icon=":material/undo:",
        help="Go back to the model that this one replaced.",
        on_click=_roll_back,
        args=(project.id, purpose),
    )


def _since(project: Project, choice: ModelChoice) -> None:
    names = pseudonyms.shown_names(session.workspace(), [project.id])
    who = names.get(choice.person_id or 0, "the operator")
    st.caption(
        f"{choice.how.value.capitalize()} on {choice.created_at:%Y-%m-%d %H:%M} UTC by {plain(who)}. "
        f"{plain(choice.reason)}"
    )


def _said(project: Project, choices: list[ModelChoice]) -> None:
    try:
        model = promotion.present_model(session.workspace(), project.id)
    except MaaError as error:
        st.error(plain(error), icon=":material/error:")
        return
    st.markdown(f"**{plain(project.name)} works with {plain(model.id)}**")
    if (problem := predict.model_problem(model.id)) is not None:
        st.error(f"It cannot be used. {plain(problem)}", icon=":material/broken_image:")
    if choices and outlived(choices[0].model_id):
        st.warning(
            f"It had chosen {plain(choices[0].model_id or '')}, which belonged to an earlier version of MAA. "
            "The library's default is used instead; a new model of its own can be trained from that.",
            icon=":material/upgrade:",
        )
        return
    if choices:
        _since(project, choices[0])
    else:
        use_case = plain(model.card.get("use_case") or "not stated")
        st.caption(f"The library's default: nobody has chosen another one. It is for: {use_case}")


def works_with(project_id: int, model: LibraryModel) -> bool:
    """Whether the project works with this model, to outline or to find objects."""
    look = promotion.present_detector if model.detects else promotion.present_model
    try:
        present = look(session.workspace(), project_id)
    except MaaError:  # what it works with is gone: any other one is the way out
        return False
    return present is not None and present.id == model.id


def history(project: Project) -> None:
    """Who had the project work with what, and why."""
    choices = promotion.history(session.workspace(), project.id)
    if not choices:
        return
    names = pseudonyms.shown_names(session.workspace(), [project.id])
    st.subheader("What the project worked with")
    frame = pd.DataFrame(
        [
            {
                "When": f"{choice.created_at:%Y-%m-%d %H:%M}",
                "Model": choice.model_id or NAMELESS[choice.purpose],
                "For": choice.purpose.value,
                "How": choice.how.value,
                "Who": names.get(choice.person_id or 0, ""),
                "Why": choice.reason,
                "In place of": choice.replaced or NAMELESS[choice.purpose],
            }
            for choice in choices
        ]
    )
    tables.table(
        frame,
        key="model_history",
        file_name="models.csv",
        columns={"Why": st.column_config.TextColumn(width="large")},
    )
    if any(choice.how is ChoiceHow.OVERRIDDEN for choice in choices):
        st.caption("Overridden: promoted for a reason, although no comparison spoke for it.")


def over_time(project: Project) -> None:
    """How good the models were on the project's held-back objects, one point a comparison."""
    rows = [
        {"when": one.created_at, "model": one.model_id, "IoU": one.iou_mean, "objects": one.objects}
        for entry in library.entries(session.workspace())
        for one in entry.measurements
        if one.project_id == project.id and one.measured_on == HELD_BACK
    ]
    if not rows:
        return
    st.subheader("On the project's held-back objects")
    if len({row["when"] for row in rows}) == 1:  # a chart of one moment shows nothing
        said = ", ".join(f"{plain(str(row['model']))} {row['IoU']:.3f}" for row in rows)
        st.caption(f"Mean IoU at four clicks on {count(int(str(rows[0]['objects'])), 'object')}: {said}.")
        return
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("when:T", title=None),
            y=alt.Y("IoU:Q", title="mean IoU at four clicks", scale=alt.Scale(zero=False)),
            color=alt.Color("model:N", title=None, legend=alt.Legend(orient="bottom", columns=3)),
            tooltip=["model", alt.Tooltip("IoU", format=".3f"), "objects", "when"],
        )
        .properties(height=220)
    )
    st.altair_chart(chart)


@session.guarded(Role.MANAGER)
def _roll_back(manager: Member, project_id: int, purpose: ModelPurpose) -> None:
    choice = promotion.roll_back(session.workspace(), project_id, purpose, by=manager.id)
    session.say("success", f"The project works with {plain(choice.model_id or NAMELESS[purpose])} again.")
