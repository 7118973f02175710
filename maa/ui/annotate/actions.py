"""What the buttons and the canvas of the annotate page call; done before the page is drawn again."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

import streamlit as st
from shapely import MultiPolygon

from maa.domain import Conflict, MaaError, NotAllowed, Point
from maa.ui import session
from maa.ui.annotate import desk, handed_in
from maa.ui.annotate.work import Work
from maa.workflow import queue

Parameters = ParamSpec("Parameters")

THRESHOLD_KEY, DETAIL_KEY = "annotate_threshold", "annotate_detail"


def action(function: Callable[Concatenate[Work, Parameters], None]) -> Callable[Parameters, None]:
    """Make `function(work, …)` a callback `function(…)` that acts on the task in hand.

    What fails (`MaaError`) is said on the page until the next action.
    """

    @functools.wraps(function)
    def callback(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        person = session.person()
        present = desk.present()
        if person is None or present is None or present.work.person.id != person.id:
            session.note_refusal(session.name_of(function), "This is not their image.")
            return
        try:
            function(present.work, *args, **kwargs)
        except MaaError as error:
            if isinstance(error, NotAllowed | Conflict):
                session.note_refusal(session.name_of(function), str(error))
            present.work.failed(error)

    return callback


def answer(function: Callable[[Work], None]) -> Callable[[int], None]:
    """Make `function(work)` a callback `function(shown)` that acts only while drawing number `shown` is open.

    A key or a button pressed twice would otherwise answer what came after, too.
    """

    @functools.wraps(function)
    def for_shown(work: Work, shown: int) -> None:
        if work.drawing.number == shown:
            function(work)

    return action(for_shown)


@action
def change_points(work: Work, before: tuple[Point, ...], after: tuple[Point, ...]) -> None:
    work.change_points(before, after)


@action
def change_outline(work: Work, before: MultiPolygon, after: MultiPolygon, changes: int) -> None:
    work.change_outline(before, after, changes)


@action
def tune(work: Work) -> None:
    work.tune(st.session_state[THRESHOLD_KEY], st.session_state[DETAIL_KEY])


@action
def choose_class(work: Work, class_id: int) -> None:
    work.choose_class(class_id)


@action
def toggle_tool(work: Work) -> None:
    work.toggle_tool()
    _tidy()


@action
def toggle_editing(work: Work) -> None:
    work.toggle_editing()


@action
def undo(work: Work) -> None:
    work.undo()


@answer
def drop(work: Work) -> None:
    work.drop()
    _tidy()


@answer
def accept(work: Work) -> None:
    work.accept()


@action
def open_object(work: Work, annotation_id: int) -> None:
    work.open(annotation_id)


@action
def delete_object(work: Work, annotation_id: int) -> None:
    work.delete(annotation_id)


@answer
def delete_open(work: Work) -> None:
    if work.drawing.base is not None:
        work.delete(work.drawing.base.id)


@action
def submit(work: Work, shown_task_id: int) -> None:
    """Only the image that was shown: pressed twice, it would hand in the next one, too.

    Which outline was open then is of no account: Enter and Shift+Enter in one go hand in what Enter accepts.
    """
    if work.task.id == shown_task_id and work.submit():
        handed_in.remember(work.project.id, work.task)
        desk.clear(handed_in=True)


@action
def take_back(work: Work, shown_task_id: int) -> None:
    """Have the image again that was handed in before the one that was shown, which comes again after it."""
    before = handed_in.last(work.person, work.project)
    if work.task.id != shown_task_id or before is None:
        return
    work.require_nothing_open()
    if handed_in.take_back(before[0]):
        desk.clear()


@action
def skip(work: Work, reason: str) -> None:
    work.skip(reason)
    handed_in.remember(work.project.id, None)
    desk.clear()


@action
def give_back(work: Work) -> None:
    queue.release(session.workspace(), work.task.id, work.person.id)
    handed_in.remember(work.project.id, None)
    desk.clear()
    desk.pause(True)


def leave_lost_task() -> None:
    desk.clear()


def _tidy() -> None:
    present = desk.present()
    if present is not None:
        present.canvas.tidy()
