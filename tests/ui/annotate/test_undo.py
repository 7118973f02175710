"""Undo on the annotate page: object by object, past deletes, changes and what was begun."""

from maa.domain import Point
from maa.ui.annotate.drawing import Tool
from maa.ui.annotate.work import Work
from maa.workflow.workspace import Workspace
from tests.ui.annotate.hands import FIFTH, FOUR, accept_one, click, outlines


def test_undo_of_an_accept_takes_the_object_out_and_opens_its_drawing_again(
    ws: Workspace, work: Work
) -> None:
    accept_one(work)
    work.undo()
    assert outlines(ws, work) == []
    assert work.drawing.points == FOUR
    work.accept()
    assert len(outlines(ws, work)) == 1


def test_undo_goes_back_object_by_object(ws: Workspace, work: Work) -> None:
    accept_one(work)
    accept_one(work)
    work.undo()
    work.drop()
    work.undo()  # the drop
    assert work.drawing.points == FOUR
    for _ in FOUR:
        work.undo()
    work.undo()  # the first accept
    assert outlines(ws, work) == []
    assert work.drawing.points == FOUR


def test_undo_restores_a_deleted_object(ws: Workspace, work: Work) -> None:
    number = accept_one(work)
    work.delete(number)
    assert outlines(ws, work) == []
    work.undo()
    assert [a.id for a in work.annotations] == [number]


def test_with_nothing_left_undo_says_so(work: Work) -> None:
    work.undo()
    assert "nothing to undo" in work.hint


def test_undo_of_a_change_brings_the_former_outline_back_as_a_new_revision(ws: Workspace, work: Work) -> None:
    number = accept_one(work)
    before = work.annotations[0].revision
    work.open(number)
    click(work, (*FOUR, Point(80, 30)))
    work.accept()
    work.undo()
    (annotation,) = work.annotations
    assert annotation.revision.number == 3
    assert annotation.revision.outline == before.outline
    assert annotation.revision.model_outline == before.model_outline
    work.accept()  # the drawing is open again
    assert work.annotations[0].revision.number == 4


def test_undo_goes_back_past_a_delete_and_its_restoring(work: Work) -> None:
    number = accept_one(work)
    before = work.annotations[0].revision.outline
    work.open(number)
    click(work, (*FOUR, Point(80, 30)))
    work.accept()
    work.delete(number)
    work.undo()  # the delete
    work.undo()  # the change
    assert work.failure == ""
    assert work.annotations[0].revision.outline == before


def test_a_click_on_an_outline_drawn_by_hand_is_a_repair_that_can_be_undone(work: Work) -> None:
    work.toggle_tool()
    number = accept_one(work, FOUR[:3])
    work.open(number)
    before = work.drawing.outline
    assert before is not None
    click(work, FOUR[:1])
    assert work.drawing.points == FOUR[:1]
    assert work.drawing.outline is not before
    work.undo()
    assert work.drawing.outline is before


def test_tools_switch_only_between_objects_and_undo_brings_back_what_was_begun(work: Work) -> None:
    click(work, FOUR[:2])
    work.toggle_tool()
    assert work.tool is Tool.MANUAL
    assert work.drawing.is_empty
    work.undo()
    assert work.drawing.points == FOUR[:2]
    assert work.tool is Tool.ASSISTED


def test_a_click_that_arrives_with_an_undo_before_it_is_added_to_what_is_left(work: Work) -> None:
    click(work, FOUR[:3])
    work.undo()
    work.change_points(FOUR[:3], (*FOUR[:3], FIFTH))
    assert work.drawing.points == (*FOUR[:2], FIFTH)
