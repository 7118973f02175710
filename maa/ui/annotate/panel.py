"""The right side of the annotate page: classes, what to do with the drawing, objects, and handing in."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from maa.domain import Annotation
from maa.domain.wording import count
from maa.ui.annotate import actions, desk, handed_in, keyboard
from maa.ui.annotate.desk import Desk
from maa.ui.annotate.remarks import said
from maa.ui.annotate.scene import color_of, name_of
from maa.ui.annotate.work import Work
from maa.ui.room import Room
from maa.ui.text import plain
from maa.workflow.queue import SKIP_REASONS

_KEYED = 9  # classes with a number key
# pixels, so that the panel ends where the canvas does
_ROW, _REMARK = 36, 44
_LINE = 26  # letters
_FIXED = 320  # everything in the panel but the two lists


def classes(work: Work) -> None:
    """One button a class, with its colour; the first nine answer to the number keys."""
    swatches = "".join(
        f".st-key-class_{label.id} button {{ border-left: 10px solid {label.color} }}"
        for label in work.classes
    )
    st.html(f"<style>{swatches}</style>")
    height = _height(_ROW * len(work.classes), _classes_height(work))
    with st.container(key="annotate_classes", gap="xxsmall", height=height, border=False):
        for number, label in enumerate(work.classes, start=1):
            chosen = label.id == work.drawing.class_id
            st.button(
                keyboard.labelled(plain(label.name), str(number) if number <= _KEYED else ""),
                key=f"class_{label.id}",
                type="primary" if chosen else "secondary",
                width="stretch",
                on_click=actions.choose_class,
                args=(label.id,),
            )


def drawing(work: Work) -> None:
    """Accept, and how the outline is made from the model's answer."""
    opened = work.drawing.base
    st.button(
        keyboard.labelled("Accept" if opened is None else "Save change", "Enter"),
        key="accept",
        type="primary",
        icon=":material/check:",
        width="stretch",
        disabled=work.lost is not None,
        help="Save the outline and go on with the next object (Enter)",
        on_click=actions.accept,
        args=(work.drawing.number,),
    )
    with st.container(horizontal=True, gap="xsmall", key="annotate_drawing"):
        st.button(
            keyboard.labelled("Drop" if opened is None else "Close", "Esc"),
            key="drop",
            help="Put the open outline aside; Z brings it back (Esc)",
            on_click=actions.drop,
            args=(work.drawing.number,),
        )
        if opened is not None:
            st.button(
                keyboard.labelled("Delete", "D"),
                key="delete_open",
                icon=":material/delete:",
                help="Delete the open object; Z restores it (D)",
                on_click=actions.delete_open,
                args=(work.drawing.number,),
            )
    left, right = st.columns(2, gap="small")
    left.slider(
        "Threshold",
        0.05,
        0.95,
        step=0.05,
        key=actions.THRESHOLD_KEY,
        help="How sure the model must be of a pixel. Higher gives a tighter outline.",
        on_change=actions.tune,
    )
    right.slider(
        "Detail",
        0.0,
        1.0,
        step=0.05,
        key=actions.DETAIL_KEY,
        help="How closely the outline follows the model's. Higher gives more vertices.",
        on_change=actions.tune,
    )


def objects(in_hand: Desk) -> None:
    """The saved objects: those sent back first, then the newest. A click opens one to change it."""
    work = in_hand.work
    rows = work.annotations
    sent_back = in_hand.remarks.objects
    left = f"{count(len(work.undecided), 'pre-label')} to decide" if work.undecided else ""
    st.caption(" · ".join(filter(None, (f"objects: {len(rows)}", left, in_hand.waiting))))
    swatches = "".join(
        f".st-key-object_{a.id} button {{ border-left: 10px solid {color_of(work, a.revision.class_id)} }}"
        for a in rows
    )
    st.html(f"<style>{swatches}</style>")
    content = _ROW * len(rows) + _REMARK * sum(a.id in sent_back or a.revision.prelabel for a in rows)
    room = max(2 * _ROW, _bottom() - _classes_height(work) - _FIXED)
    with st.container(key="annotate_objects", gap="xxsmall", height=_height(content, room), border=False):
        numbered = sorted(enumerate(rows, start=1), key=lambda row: (row[1].id not in sent_back, -row[0]))
        for number, annotation in numbered:
            _object(in_hand, number, annotation)


def _object(in_hand: Desk, number: int, annotation: Annotation) -> None:
    work = in_hand.work
    opened = work.drawing.base is not None and work.drawing.base.id == annotation.id
    remark = in_hand.remarks.objects.get(annotation.id)
    with st.container(horizontal=True, gap="xxsmall", vertical_alignment="center"):
        st.button(
            f"{number} {plain(name_of(work, annotation.revision.class_id))}",
            key=f"object_{annotation.id}",
            icon=":material/flag:" if remark is not None else None,
            type="primary" if opened else "tertiary",
            width="stretch",
            help="Open it to add points, edit vertices (E), change its class (1-9) or delete it (D)",
            on_click=actions.open_object,
            args=(annotation.id,),
        )
        st.button(
            "",
            key=f"delete_{annotation.id}",
            icon=":material/delete:",
            type="tertiary",
            help="Delete; Z restores it",
            on_click=actions.delete_object,
            args=(annotation.id,),
        )
    if annotation.revision.prelabel:
        sure = annotation.revision.confidence
        st.caption("pre-label" if sure is None else f"pre-label, {sure:.0%} sure")
    if remark is not None:
        changed = annotation.revision.number != remark.revision_number
        st.caption(f"{'changed since' if changed else 'sent back'}: {plain(said(remark))}")


def submit(work: Work) -> None:
    """Hand the image in, or have the one before back."""
    as_they_are = f", {len(work.undecided)} as pre-labeled" if work.undecided else ""
    st.button(
        keyboard.labelled("Submit", "Shift+Enter"),
        key="submit",
        icon=":material/send:",
        width="stretch",
        disabled=work.lost is not None,
        help=f"Submit the image with {count(len(work.annotations), 'object')}{as_they_are} (Shift+Enter)",
        on_click=actions.submit,
        args=(work.task.id,),
    )
    if (before := handed_in.last(work.person, work.project)) is not None:
        st.button(
            keyboard.labelled("Take back last", "Ctrl+⌫"),
            key="take_back",
            width="stretch",
            help=f"You have submitted {plain(before[1])}; until a reviewer opens it, you can take it back.",
            on_click=actions.take_back,
            args=(work.task.id,),
        )


def remarks(in_hand: Desk) -> None:
    """What the reviewer pinned to places of the image, and what people wrote to each other about it."""
    pins, threads = in_hand.remarks.pins, [one for one in in_hand.threads if not one.resolved]
    if not pins and not threads:
        return
    told = [pin.comment for pin in pins] + [thread.comments[-1].text for thread in threads]
    lines = sum(1 + len(text) // _LINE for text in told)
    height = _height(_ROW * lines, 3 * _ROW)
    with st.container(key="annotate_remarks", gap="xxsmall", height=height, border=False):
        for number, pin in enumerate(pins, start=1):
            st.caption(f":material/push_pin: {number} {plain(pin.comment)}")
        for thread in threads:
            st.caption(f":material/comment: {plain(thread.comments[-1].text)} (answer it on the workbench)")


def skip() -> None:
    """Put the image aside with a reason, or give it back."""
    with st.popover("Skip", key="skip", help="Put this image aside, with a reason", type="tertiary"):
        for number, reason in enumerate(SKIP_REASONS):
            st.button(
                reason.capitalize(),
                key=f"skip_{number}",
                type="tertiary",
                on_click=actions.skip,
                args=(reason,),
            )
        st.divider()
        st.button(
            "Not now: give it back",
            key="give_back",
            type="tertiary",
            help="Somebody else can take it; what you accepted is kept.",
            on_click=actions.give_back,
        )


def _height(content: int, most: int) -> int | Literal["content"]:
    """A list grows with its content (pixels) to `most`, then scrolls."""
    return most if content > most else "content"


def _classes_height(work: Work) -> int:
    return min(_ROW * len(work.classes), max(6 * _ROW, _bottom() // 3))


def _bottom() -> int:
    return (desk.room() or Room()).bottom
