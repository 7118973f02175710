"""What a project decides about its work: how it is handed out, reviewed and checked."""

from __future__ import annotations

from typing import Any

import streamlit as st

from maa.domain import Feedback, Member, PrelabelOrder, Project, Role, SplitBy
from maa.ui import session
from maa.ui.forms import Fields
from maa.workflow.settings import update_settings

_WIDTH = 260
_AS_THEY_ARE = (
    "pick_any",
    "numbered_are_frames",
    "pseudonyms",
    "review_newcomers",
    "review_stages",
    "qualification_images",
    "gold_feedback",
    "time_zone",
    "prelabel_order",
    "held_back_by",
)
_PERCENT = (
    "review_share",
    "review_below_confidence",
    "gold_rate",
    "qualification_score",
    "duplicate_rate",
    "duplicate_agreement",
    "manual_share",
)
_FEEDBACK = {
    Feedback.AT_ONCE.value: "At once",
    Feedback.NEXT_DAY.value: "The next day",
    Feedback.NEVER.value: "Never",
}


def section(project: Project, who: Member) -> None:
    """The pause button, and the form of everything else."""
    _pause(project)
    fields = _fields(project.id)
    fields.draw(_shown(project))
    with st.form("project_rules"):
        _handing_out(fields)
        _review(fields)
        _gold(fields)
        _duplicates(fields)
        _comparison(fields)
        _models(fields)
        _numbers(fields)
        st.form_submit_button("Save", key="rules_save", type="primary", on_click=_save, args=(project.id,))


def _pause(project: Project) -> None:
    paused = project.settings.paused
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="pause_project"):
        st.markdown(
            "**Paused.** Nothing is handed out; people can finish what they have in hand."
            if paused
            else "**Work is handed out.** Pause it while guidelines or classes change.",
            width="stretch",
        )
        st.button(
            "Resume" if paused else "Pause",
            key="rules_pause",
            icon=":material/play_arrow:" if paused else ":material/pause:",
            on_click=_set_paused,
            args=(project.id, not paused),
        )


def _handing_out(fields: Fields) -> None:
    st.markdown("**Handing out**")
    st.toggle(
        "Annotators may choose their images",
        value=fields.value("pick_any"),
        key=fields.key("pick_any"),
        help="In the sidebar under Annotate, as reviewers and managers always may. Otherwise they get the "
        "next one, so that hard images are not left to others. While gold images or duplicates are in use, "
        "annotators cannot choose: they could tell those from the rest.",
    )
    st.toggle(
        "Images with numbered names are frames of a sequence",
        value=fields.value("numbered_are_frames"),
        key=fields.key("numbered_are_frames"),
        help="Frames of one size, like cam1_000123.png, can be stepped through, and objects carried along "
        "them. Switch it off for unrelated photos with numbers; videos stay sequences.",
    )


def _review(fields: Fields) -> None:
    st.markdown("**Review**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _percent("Images reviewed (%)", "review_share", fields, "The others are approved unseen.")
        st.number_input(
            "Review everything from people with fewer approved images than",
            min_value=0,
            value=fields.value("review_newcomers"),
            key=fields.key("review_newcomers"),
            width=_WIDTH,
        )
        _percent(
            "Also review if model confidence is below (%)",
            "review_below_confidence",
            fields,
            "0 ignores the model's confidence.",
        )
        st.segmented_control(
            "Reviewers per image",
            [1, 2],
            required=True,
            default=fields.value("review_stages"),
            key=fields.key("review_stages"),
            help="With two, a second reviewer looks at what the first one passed.",
        )
    st.text_area(
        "Reasons for sending work back, one per line",
        value=fields.value("reasons"),
        key=fields.key("reasons"),
        height=180,
    )


def _gold(fields: Fields) -> None:
    st.markdown("**Gold images**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _percent(
            "Gold images among those handed out (%)",
            "gold_rate",
            fields,
            "For annotators, who cannot tell them apart. Mark approved images as gold under Images; where "
            "work has pre-labels, best those whose pre-labels were corrected.",
            most=50,
        )
        st.number_input(
            "Gold images to pass before the real work",
            min_value=0,
            max_value=1000,
            value=fields.value("qualification_images"),
            key=fields.key("qualification_images"),
            width=_WIDTH,
        )
        _percent("Passing score (%)", "qualification_score", fields, "100: every object must match exactly.")
        st.segmented_control(
            "People see how they did",
            list(_FEEDBACK),
            format_func=lambda when: _FEEDBACK[when],
            required=True,
            default=fields.value("gold_feedback"),
            key=fields.key("gold_feedback"),
        )


def _duplicates(fields: Fields) -> None:
    st.markdown("**Labeled by two people**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _percent("Images also labeled by a second person (%)", "duplicate_rate", fields, "Drawn by chance.")
        _percent(
            "Minimum score that counts as agreement (%)",
            "duplicate_agreement",
            fields,
            "Below it a reviewer decides, whatever share is reviewed.",
        )


def _comparison(fields: Fields) -> None:
    st.markdown("**Is the model worth it?**")
    _percent(
        "Images labeled by hand, to compare (%)",
        "manual_share",
        fields,
        "Drawn by chance: the model is switched off for these. 50 gives a result soonest; 0 turns it off. "
        "The Dashboard shows the result.",
    )


def _models(fields: Fields) -> None:
    st.markdown("**Models and pre-labels**")
    orders = [order.value for order in PrelabelOrder]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Which pre-labeled images come first",
            orders,
            index=orders.index(fields.value("prelabel_order")),
            key=fields.key("prelabel_order"),
            width=2 * _WIDTH,
        )
        st.segmented_control(
            "Held back from training by",
            [way.value for way in SplitBy],
            required=True,
            default=fields.value("held_back_by"),
            key=fields.key("held_back_by"),
            help="A fifth of the images is used only for comparisons. Choosing sequence keeps frames that "
            "look alike together. Fixed once a model has been trained.",
        )


def _numbers(fields: Fields) -> None:
    st.markdown("**Numbers**")
    st.text_input(
        "Time zone of the project's days",
        value=fields.value("time_zone"),
        key=fields.key("time_zone"),
        placeholder="Europe/Berlin",
        help="Empty: each visitor's own time zone.",
        width=_WIDTH,
    )
    st.toggle(
        "Pseudonyms instead of names",
        value=fields.value("pseudonyms"),
        key=fields.key("pseudonyms"),
        help="While labeling and reviewing, in the history and on the dashboard, including its CSV files. A "
        "person's pseudonym stays the same.",
    )


def _percent(label: str, name: str, fields: Fields, help: str, most: int = 100) -> None:
    """A share as a whole number of percent."""
    st.number_input(
        label,
        min_value=0,
        max_value=most,
        value=fields.value(name),
        key=fields.key(name),
        help=help,
        width=_WIDTH,
    )


@session.guarded(Role.MANAGER)
def _set_paused(manager: Member, project_id: int, paused: bool) -> None:
    update_settings(session.workspace(), project_id, paused=paused, by=manager.id)
    session.say("toast", "Paused: nothing is handed out." if paused else "Work is handed out again.")


@session.guarded(Role.MANAGER)
def _save(manager: Member, project_id: int) -> None:
    fields = _fields(project_id)
    values = fields.changed()
    values |= {name: value / 100 for name, value in values.items() if name in _PERCENT}
    if "reasons" in values:
        lines = values["reasons"].splitlines()
        values["reasons"] = tuple(line.strip() for line in lines if line.strip())
    update_settings(session.workspace(), project_id, by=manager.id, **values)
    fields.forget()
    session.say("toast", "Saved.")


def _fields(project_id: int) -> Fields:
    return Fields(f"rules_{project_id}")


def _shown(project: Project) -> dict[str, Any]:
    settings = project.settings
    return {
        **{name: getattr(settings, name) for name in _AS_THEY_ARE},
        **{name: round(100 * getattr(settings, name)) for name in _PERCENT},
        "reasons": "\n".join(settings.reasons),
    }
