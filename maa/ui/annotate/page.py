"""The annotate page on the classic canvas: it on the left, the panel on the right, all in one fragment.

A click runs only the fragment, never the whole app.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from maa.domain import MaaError, NotAllowed, Role
from maa.domain.wording import count
from maa.geometry import count_vertices
from maa.ui import room, session
from maa.ui.annotate import actions, desk, empty, handed_in, keyboard, panel
from maa.ui.annotate.desk import Desk
from maa.ui.annotate.drawing import MIN_POINTS, Tool
from maa.ui.annotate.keyboard import Keyboard, Press
from maa.ui.annotate.remarks import said
from maa.ui.annotate.scene import scene_of
from maa.ui.annotate.work import Work
from maa.ui.text import one_line, plain
from maa.workflow import images
from maa.workflow.predict import as_told, is_unsure, model_problem, named

_STYLE = """<style>
.st-key-annotate_page button { min-height: 2rem; padding-top: 0; padding-bottom: 0 }
.st-key-annotate_toolbar button { padding-left: 0.5rem; padding-right: 0.5rem }
.st-key-annotate_page .st-key-annotate_toolbar + * { margin-top: -0.6rem }
.st-key-annotate_status p { margin: 0; line-height: 1.35 }
.st-key-annotate_page .stButton p > span { opacity: 0.6 }
.st-key-annotate_view { position: absolute; pointer-events: none }
.st-key-annotate_view * { color: transparent }
.st-key-annotate_objects .stButton button { padding-left: 0.6rem }
.st-key-annotate_objects .stButton button > div,
.st-key-annotate_classes .stButton button > div { width: 100%; justify-content: flex-start }
.st-key-annotate_page .stSlider { margin-bottom: -0.6rem }
.st-key-annotate_header .stText { overflow: hidden; min-width: 0 }
.st-key-annotate_header .stText * { white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
</style>"""

_BELOW = 80  # pixels under the canvas, for the status line

_KEYS = {
    "1 – 9": "class",
    "Enter": "accept",
    "Shift + Enter": "submit the image",
    "Ctrl + Backspace": "take back the image before",
    "Z": "undo",
    "Esc": "drop the open outline",
    "E": "edit vertices",
    "M": "draw by hand, or with the model",
    "D": "delete the open object",
    "W, Q": "zoom in, zoom out",
    "V": "zoom in: drag a box, or click",
    "F": "the whole image",
    "← ↑ ↓ →": "move the view",
}


def show() -> None:
    """The whole page."""
    session.require(Role.ANNOTATOR)
    session.require_project()
    room.narrow_edges()
    st.html(_STYLE)
    _surface()


@st.fragment
def _surface() -> None:
    person = session.require(Role.ANNOTATOR)
    project = session.require_project()
    # What comes and goes above the canvas has a container that stays: a canvas that changes its place among
    # its siblings would be mounted anew by the browser, empty.
    with st.container(key="annotate_notices"):
        session.show_notices()
    if desk.is_paused():
        empty.paused()
        return
    try:
        in_hand = desk.take(person, project)
    except NotAllowed as because:
        empty.refused(project, because)
        return
    if in_hand is None:
        empty.nothing_to_do(project, person)
        handed_in.offer(person, project, _take_back)
        return
    with st.container(key="annotate_page"):
        left, right = st.columns([77, 23], gap="small")
        with left:
            _left(in_hand)
        with right:
            _right(in_hand)


def _take_back(task_id: int) -> None:
    handed_in.take_back(task_id)


def _left(in_hand: Desk) -> None:
    work, keys = in_hand.work, _keys(in_hand)
    with st.container(key="annotate_banners"):
        _banners(in_hand)
    with st.container(horizontal=True, gap="small", key="annotate_toolbar", wrap=False):
        _tools(work)
        in_hand.canvas.controls()
    room.measure("annotate_room", desk.set_room, frame="annotate_page", below=_BELOW)
    if desk.room() is None:
        return  # the tape tells in a moment; a canvas mounted now would be mounted anew under the clicks
    try:
        pixels = images.load_pixels(session.workspace(), work.image.id)
    except MaaError as error:  # the panel beside it still offers to skip the image
        st.error(plain(error), icon=":material/broken_image:")
        return
    with st.container(key="annotate_canvas"):
        in_hand.canvas.show(
            scene_of(work, in_hand.remarks, pixels),
            first=keys.hear,
            on_points=actions.change_points,
            on_outline=actions.change_outline,
        )
    # Before the words that people see: who has read them presses a key for what is said here.
    with st.container(key=keyboard.VIEW_KEY):
        st.text(f"{in_hand.canvas.whereabouts} drawing {work.drawing.number} task {work.task.id}")
        keys.listen()
    _status(in_hand)


def _keys(in_hand: Desk) -> Keyboard:
    numbered = zip("123456789", in_hand.work.classes, strict=False)
    handlers: dict[str, Callable[[], None]] = {
        **{digit: partial(actions.choose_class, label.id) for digit, label in numbered},
        "z": actions.undo,
        "e": actions.toggle_editing,
        "m": actions.toggle_tool,
        **in_hand.canvas.keys,
    }
    answers: dict[str, Callable[[Press], None]] = {
        "Enter": lambda press: actions.accept(press.drawing),
        "Shift+Enter": lambda press: actions.submit(press.task),
        "Ctrl+Backspace": lambda press: actions.take_back(press.task),
        "Escape": lambda press: actions.drop(press.drawing),
        "d": lambda press: actions.delete_open(press.drawing),
    }
    return Keyboard(handlers, answers, in_hand.canvas.catch_up)


def _tools(work: Work) -> None:
    with st.container(horizontal=True, gap="xsmall", key="annotate_tools", width="content", wrap=False):
        st.button(
            keyboard.labelled("By hand", "M"),
            key="tool",
            icon=":material/polyline:",
            type="primary" if work.tool is Tool.MANUAL else "secondary",
            help="Click the polygon's vertices one by one, without the model (M)",
            on_click=actions.toggle_tool,
        )
        st.button(
            keyboard.labelled("Vertices", "E"),
            key="edit",
            icon=":material/edit:",
            type="primary" if work.editing else "secondary",
            help="Drag a vertex to move it, click one to delete it, click an edge to add one (E)",
            on_click=actions.toggle_editing,
        )
        st.button(
            keyboard.labelled("Undo", "Z"),
            key="undo",
            icon=":material/undo:",
            help="Take back the last point, edit, accept or delete (Z)",
            on_click=actions.undo,
        )


def _status(in_hand: Desk) -> None:
    work = in_hand.work
    drawing = work.drawing
    parts, unsure = [count(len(drawing.points), "point")], ""
    if drawing.outline is not None:
        parts.append(count(count_vertices(drawing.outline), "vertex", "vertices"))
    if drawing.proposal is not None:
        prediction = drawing.proposal.prediction
        parts.append(f"confidence {prediction.confidence:.2f}")
        if is_unsure(prediction.confidence):
            unsure = " :orange-badge[model unsure: look twice]"
        parts.append(f"{prediction.milliseconds:.0f} ms")
    with st.container(key="annotate_status"):
        news = work.failure or work.hint
        color = "red" if work.failure else "orange" if work.hint else "gray"
        advice = news or in_hand.canvas.advice or _advice(work)
        st.markdown(f":gray[{' · '.join(parts)}]{unsure} &nbsp; :{color}[{plain(advice)}]")


def _advice(work: Work) -> str:
    drawing = work.drawing
    if work.editing:
        return "Drag a vertex to move it, click it to delete it, click an edge to add one."
    if drawing.base is not None:
        return "Opened: click to repair it, E for vertices, 1-9 for its class, D deletes it, Enter saves it."
    if drawing.tool is Tool.MANUAL:
        return "Click the corners one after another. Enter closes and accepts."
    if drawing.outline is not None:
        return "Enter accepts. Wrong somewhere? Click its true boundary."
    if work.undecided and not drawing.points:
        return "Open a pre-label in the list: Enter accepts it, clicks repair it, D deletes it."
    missing = max(0, MIN_POINTS - len(drawing.points))
    return f"Click an object's left-most, right-most, top and bottom point: {missing} to go."


def _banners(in_hand: Desk) -> None:
    """What stands above the canvas."""
    work = in_hand.work
    if work.lost is not None:
        with st.container(key="annotate_lost"):
            st.error(work.lost, icon=":material/person_off:")
            st.button("Go on with the next image", key="leave_lost", on_click=actions.leave_lost_task)
    problem = work.model_problem or model_problem(named(session.workspace(), work.project.id))
    if problem is not None and work.tool is Tool.ASSISTED:
        who = session.member()
        told = as_told(problem, who.role if who else None)
        with st.container(key="annotate_no_model"):
            st.warning(
                f"The model cannot help: {plain(told)} Until then draw by hand: press M.",
                icon=":material/model_training:",
            )
    if in_hand.remarks.image is not None:
        with st.container(key="annotate_sent_back"):
            why = said(in_hand.remarks.image) or "see what is marked"
            st.warning(f"Sent back: {plain(why)}", icon=":material/flag:")


def _right(in_hand: Desk) -> None:
    work = in_hand.work
    # The sliders show what the work goes by, on the next image and with another model too.
    st.session_state[actions.THRESHOLD_KEY] = work.threshold
    st.session_state[actions.DETAIL_KEY] = work.detail
    with st.container(
        horizontal=True, gap="xxsmall", vertical_alignment="center", key="annotate_header", wrap=False
    ):
        st.text(one_line(work.image.file_name), width="stretch")
        panel.skip()
        with st.popover("", icon=":material/keyboard:", key="keys", help="Keys"):
            st.markdown("  \n".join(f"**{key}** {what}" for key, what in _KEYS.items()))
            if work.project.guidelines:
                st.caption("Guidelines")
                st.text(work.project.guidelines)
    panel.classes(work)
    panel.drawing(work)
    panel.submit(work)
    panel.remarks(in_hand)
    panel.objects(in_hand)
