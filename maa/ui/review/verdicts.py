"""Marks on objects, kept in the session until the verdict on the whole image is given and saved with it."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from maa.domain import Annotation, Person, Role, Verdict
from maa.geometry import count_vertices
from maa.ui import session
from maa.ui.review.desk import LAST_KEY, SELECTED_KEY, WHOLE_IMAGE, Work, forget_task
from maa.ui.text import count, one_line, plain, swatch
from maa.ui.words import ORIGIN_NAMES
from maa.workflow import review
from maa.workflow.predict import is_unsure
from maa.workflow.review import REASONS, ObjectVerdict

# pixels, so that the marks under the list of objects are in sight too
_ROW, _LEAST_ROWS = 26, 4
_BESIDES = 540  # everything in the panel but the rows


def whole_image(work: Work) -> None:
    """Approve or send back."""
    marks = _marks(work)
    faults = sum(m.verdict is Verdict.SEND_BACK for m in marks.values())
    reason_key, comment_key = f"review_reason_{work.task.id}", f"review_comment_{work.task.id}"
    with st.container(border=True, gap="xsmall", key="review_verdict"):
        approve, back = st.columns(2, gap="xsmall")
        approve.button(
            "Approve",
            key="review_approve",
            type="primary",
            icon=":material/check:",
            shortcut="A",
            width="stretch",
            disabled=faults > 0,
            help=f"{count(faults, 'object')} marked as wrong: send the image back." if faults else None,
            on_click=_decide,
            args=(work, Verdict.APPROVE),
        )
        back.button(
            "Send back",
            key="review_send_back",
            icon=":material/reply:",
            shortcut="S",
            width="stretch",
            on_click=_decide,
            args=(work, Verdict.SEND_BACK),
        )
        st.selectbox(
            "What is wrong with the image",
            REASONS,
            index=None,
            key=reason_key,
            placeholder="What is wrong with the image",
            label_visibility="collapsed",
        )
        st.text_input(
            "Comment",
            key=comment_key,
            max_chars=500,
            placeholder="What should change (optional)",
            label_visibility="collapsed",
        )


def objects(work: Work, panel_height: int) -> None:
    """The objects with their marks; the selected one with its details and the buttons that mark it.

    `panel_height`: screen pixels that the whole panel has; a long list scrolls.
    """
    if not work.objects:
        st.info("No objects: the annotator found nothing to label here.", icon=":material/crop_free:")
        return
    numbers = {o.id: n for n, o in enumerate(work.objects, start=1)}
    selected = work.selected
    marks = _marks(work)
    rows = max(_LEAST_ROWS, (panel_height - _BESIDES) // _ROW)
    height: int | Literal["content"] = rows * _ROW if len(work.objects) + 1 > rows else "content"
    # Buttons, not a radio: one that has been clicked would keep the keys to itself.
    with st.container(border=True, gap=None, height=height, key="review_objects"):
        _row(work, WHOLE_IMAGE, "Whole image")
        for annotation in work.objects:
            label = work.class_of(annotation)
            changed = " :blue-badge[changed]" if _changed_since_review(work, annotation) else ""
            unsure = " :orange-badge[model unsure]" if is_unsure(annotation.revision.confidence) else ""
            name = f"{swatch(label.color)} {numbers[annotation.id]} {plain(label.name)}"
            _row(work, annotation.id, f"{name}{changed}{unsure}{_mark_text(marks.get(annotation.id))}")
    if selected is not None:
        with st.container(border=True, gap="xsmall", key="review_object_panel"):
            _object_panel(work, selected, numbers[selected.id])


def _row(work: Work, annotation_id: int, label: str) -> None:
    chosen = annotation_id == (work.selected.id if work.selected is not None else WHOLE_IMAGE)
    st.button(
        label,
        key=f"review_object_{annotation_id}",
        type="secondary" if chosen else "tertiary",
        width="stretch",
        on_click=_select,
        args=(annotation_id,),
    )


def _object_panel(work: Work, annotation: Annotation, number: int) -> None:
    label, revision = work.class_of(annotation), annotation.revision
    facts = [ORIGIN_NAMES[revision.origin]]
    if revision.outline is not None:
        facts.append(f"{count_vertices(revision.outline)} vertices")
    if revision.number > 1:
        facts.append(f"revision {revision.number}")
    if revision.confidence is not None:
        facts.append(f"confidence {revision.confidence:.0%}")
    st.markdown(f"**{swatch(label.color)} {number} {plain(label.name)}** :small[:gray[{' · '.join(facts)}]]")
    mark = _marks(work).get(annotation.id)
    comment_key = f"review_object_comment_{annotation.id}"
    with st.container(horizontal=True, gap="xsmall", key="review_marks"):
        good = mark is not None and mark.verdict is Verdict.APPROVE
        st.button(
            "Good",
            key="review_object_good",
            icon=":material/check:",
            shortcut="G",
            type="primary" if good else "secondary",
            on_click=_mark,
            args=(work, annotation.id, Verdict.APPROVE, "", comment_key),
        )
        for position, reason in enumerate(REASONS, start=1):
            wrong = mark is not None and mark.verdict is Verdict.SEND_BACK and mark.reason == reason
            st.button(
                reason.capitalize(),
                key=f"review_object_wrong_{position}",
                shortcut=str(position),
                type="primary" if wrong else "secondary",
                on_click=_mark,
                args=(work, annotation.id, Verdict.SEND_BACK, reason, comment_key),
            )
    st.text_input(
        "Comment on this object",
        key=comment_key,
        max_chars=500,
        on_change=_comment,
        args=(work, annotation.id, comment_key),
        placeholder="Comment, with a mark of what is wrong",
        label_visibility="collapsed",
    )


def _marks(work: Work) -> dict[int, ObjectVerdict]:
    """The marks on the objects that are still there: annotation id -> verdict."""
    present = {o.id for o in work.objects}
    kept: dict[int, ObjectVerdict] = st.session_state.setdefault(f"review_marks_{work.task.id}", {})
    return {annotation_id: mark for annotation_id, mark in kept.items() if annotation_id in present}


def _mark_text(mark: ObjectVerdict | None) -> str:
    if mark is None:
        return ""
    if mark.verdict is Verdict.APPROVE:
        return " :green-badge[good]"
    return f" :red-badge[{plain(mark.reason)}]"


def _changed_since_review(work: Work, annotation: Annotation) -> bool:
    """Whether there is an earlier review of this image that did not see the object's newest revision."""
    if not work.reviews:
        return False
    return annotation.revision.created_at > work.reviews[-1].created_at


@session.guarded(Role.REVIEWER)
def _select(reviewer: Person, annotation_id: int) -> None:
    st.session_state[SELECTED_KEY] = annotation_id


@session.guarded(Role.REVIEWER)
def _mark(
    reviewer: Person, work: Work, annotation_id: int, verdict: Verdict, reason: str, comment_key: str
) -> None:
    """Set a mark; the same again takes it away."""
    marks = st.session_state[f"review_marks_{work.task.id}"]
    before = marks.get(annotation_id)
    if before is not None and (before.verdict, before.reason) == (verdict, reason):
        del marks[annotation_id]
        return
    comment = one_line(st.session_state.get(comment_key) or "") if verdict is Verdict.SEND_BACK else ""
    marks[annotation_id] = ObjectVerdict(verdict, reason, comment)


@session.guarded(Role.REVIEWER)
def _comment(reviewer: Person, work: Work, annotation_id: int, comment_key: str) -> None:
    marks = st.session_state[f"review_marks_{work.task.id}"]
    mark = marks.get(annotation_id)
    if mark is not None and mark.verdict is Verdict.SEND_BACK:
        text = one_line(st.session_state[comment_key] or "")
        marks[annotation_id] = ObjectVerdict(mark.verdict, mark.reason, text)


@session.guarded(Role.REVIEWER)
def _decide(reviewer: Person, work: Work, verdict: Verdict) -> None:
    task_id = work.task.id
    review.decide(
        session.workspace(),
        task_id,
        reviewer.id,
        verdict,
        reason=st.session_state.get(f"review_reason_{task_id}") or "",
        comment=one_line(st.session_state.get(f"review_comment_{task_id}") or ""),
        objects=_marks(work),
    )
    forget_task(task_id)
    name = plain(one_line(work.image.file_name))
    author = plain(work.names.get(work.task.author_id or 0, "its author"))
    st.session_state[LAST_KEY] = (
        f":green[:material/check:] Approved {name}."
        if verdict is Verdict.APPROVE
        else f":orange[:material/reply:] {name} went back to {author}."
    )
