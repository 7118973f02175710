"""Callbacks of the page: each acts on what the person saw, or not at all."""

from typing import cast

import pytest

from maa.canvas.protocol import Canvas
from maa.domain import Person, Point, TaskState
from maa.ui import session
from maa.ui.annotate import actions, desk
from maa.ui.annotate.desk import Desk
from maa.ui.annotate.remarks import Remarks
from maa.ui.annotate.work import Work

FOUR = (Point(10, 30), Point(50, 30), Point(30, 10), Point(30, 50))


class Marks:
    """As much of a canvas as the callbacks touch."""

    tidied = 0

    def tidy(self) -> None:
        self.tidied += 1


@pytest.fixture
def canvas() -> Marks:
    return Marks()


@pytest.fixture
def present(work: Work, ana: Person, canvas: Marks, monkeypatch: pytest.MonkeyPatch) -> Work:
    """The work lies on the desk of the person at the page."""
    in_hand = Desk(work, cast(Canvas, canvas), Remarks(), [], waiting="1 more image")
    monkeypatch.setattr(desk, "present", lambda: in_hand)
    monkeypatch.setattr(session, "person", lambda: ana)
    return work


def test_a_second_enter_never_accepts_the_next_object(present: Work) -> None:
    actions.change_points((), FOUR)
    shown = present.drawing.number
    actions.accept(shown)
    # clicks of the next object arrive before the second press of the key
    actions.change_points(FOUR, (*FOUR, *FOUR))
    actions.accept(shown)
    assert len(present.annotations) == 1
    assert present.drawing.points == FOUR


def test_enter_and_submit_in_one_go_hand_in_what_was_accepted(
    present: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleared: list[bool] = []
    monkeypatch.setattr(desk, "clear", lambda *, handed_in=False: cleared.append(handed_in))
    actions.change_points((), FOUR)
    actions.accept(present.drawing.number)
    actions.submit(present.task.id)
    assert cleared == [True]
    assert present.task.state is TaskState.SUBMITTED


def test_a_second_submit_never_hands_in_the_next_image(present: Work) -> None:
    actions.submit(present.task.id - 1)
    assert present.task.state is TaskState.LEASED


def test_what_fails_is_said_and_the_drawing_stays(present: Work, model) -> None:
    actions.change_points((), FOUR)
    actions.delete_object(12345)
    assert present.failure
    assert present.drawing.points == FOUR
    actions.undo()
    assert present.failure == ""


def test_somebody_else_at_the_page_cannot_act_on_the_task(
    present: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "person", lambda: None)
    actions.change_points((), FOUR)
    assert present.drawing.is_empty


def test_dropping_takes_the_marks_off_the_canvas(present: Work, canvas: Marks) -> None:
    actions.change_points((), FOUR)
    assert canvas.tidied == 0
    actions.drop(present.drawing.number)
    assert canvas.tidied == 1
    assert present.drawing.is_empty
