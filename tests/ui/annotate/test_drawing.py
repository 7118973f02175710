"""One object from its first click to what is saved."""

from datetime import UTC, datetime

import numpy as np
from shapely import MultiPolygon, box

from maa.domain import Annotation, Box, Origin, Point, Prediction, Prompt, Revision
from maa.ui.annotate.drawing import Drawing, Tool, polygon_through
from maa.workflow.predict import Proposal

FOUR = (Point(10, 30), Point(50, 30), Point(30, 10), Point(30, 50))
FIFTH = Point(12, 12)
CROP = Box(0, 0, 60, 60)
SQUARE = MultiPolygon([box(10, 10, 50, 50)])


def proposal(outline: MultiPolygon = SQUARE, crop: Box = CROP) -> Proposal:
    probabilities = np.zeros((2, 2), np.float32)
    return Proposal(outline, Prediction(probabilities, crop, (100, 80), 0.9, "tiny@0123456789ab", 12.0))


def assisted() -> Drawing:
    """A drawing with four points and the model's answer."""
    drawing = Drawing(Tool.ASSISTED, class_id=1)
    drawing.set_points(FOUR)
    drawing.answer(proposal())
    return drawing


def saved(origin: Origin = Origin.ASSISTED, points: tuple[Point, ...] = FOUR) -> Annotation:
    revision = Revision(
        annotation_id=7,
        number=3,
        class_id=2,
        outline=SQUARE,
        origin=origin,
        author_id=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        prompt=Prompt(points=points, crop=CROP) if points else None,
        model_outline=SQUARE,
    )
    return Annotation(id=7, task_id=1, revision=revision)


def test_the_model_is_asked_with_the_fourth_point_and_not_before() -> None:
    drawing = Drawing(Tool.ASSISTED, class_id=1)
    drawing.set_points(FOUR[:3])
    assert drawing.question is None
    drawing.set_points(FOUR)
    assert drawing.question == Prompt(points=FOUR)


def test_an_answer_is_the_outline_and_ends_the_question() -> None:
    drawing = assisted()
    assert drawing.outline is SQUARE
    assert drawing.question is None


def test_a_fifth_point_is_asked_within_the_crop_of_the_first_answer() -> None:
    drawing = assisted()
    drawing.set_points((*FOUR, FIFTH))
    assert drawing.question == Prompt(points=(*FOUR, FIFTH), crop=CROP)
    assert drawing.outline is SQUARE  # in sight until the next answer is there


def test_no_outline_without_an_answer() -> None:
    drawing = assisted()
    drawing.set_points((*FOUR, FIFTH))
    drawing.no_answer()
    assert drawing.outline is None


def test_undo_takes_single_points_back_although_they_arrived_together() -> None:
    drawing = Drawing(Tool.ASSISTED, class_id=1)
    drawing.set_points(FOUR)
    assert drawing.undo()
    assert drawing.points == FOUR[:3]
    for _ in range(3):
        assert drawing.undo()
    assert drawing.is_empty
    assert not drawing.undo()


def test_undo_brings_the_earlier_answer_back_without_asking_again() -> None:
    drawing = assisted()
    drawing.set_points((*FOUR, FIFTH))
    drawing.answer(proposal(MultiPolygon([box(0, 0, 5, 5)])))
    drawing.undo()
    assert drawing.outline is SQUARE
    assert drawing.question is None


def test_a_changed_threshold_replaces_the_outline_and_is_no_step_to_undo() -> None:
    drawing = assisted()
    tighter = MultiPolygon([box(12, 12, 48, 48)])
    drawing.answer(proposal(tighter))
    assert drawing.outline is tighter
    drawing.undo()
    assert drawing.points == FOUR[:3]


def test_hand_edits_survive_a_changed_threshold_and_keep_the_proposal_as_it_was() -> None:
    drawing = assisted()
    edited = MultiPolygon([box(10, 10, 60, 50)])
    drawing.edit(edited, 2)
    drawing.answer(proposal(MultiPolygon([box(0, 0, 5, 5)])))
    new = drawing.new_revision(4.0)
    assert new.outline is edited
    assert new.model_outline is SQUARE
    assert new.effort.vertices_moved == 2


def test_a_point_after_hand_edits_says_so_and_undo_brings_the_edits_back() -> None:
    drawing = assisted()
    edited = MultiPolygon([box(10, 10, 60, 50)])
    drawing.edit(edited, 1)
    assert drawing.set_points((*FOUR, FIFTH))
    drawing.answer(proposal())
    assert not drawing.edited
    drawing.undo()
    assert drawing.outline is edited


def test_the_effort_counts_every_click_also_those_taken_back() -> None:
    drawing = assisted()
    drawing.set_points((*FOUR, FIFTH))
    drawing.undo()
    drawing.set_points((*FOUR, Point(48, 48)))
    drawing.answer(proposal())
    effort = drawing.new_revision(7.5).effort
    assert (effort.clicks, effort.extra_points, effort.active_seconds) == (6, 2, 7.5)


def test_points_that_were_moved_on_the_canvas_ask_again() -> None:
    drawing = assisted()
    moved = (Point(9, 30), *FOUR[1:])
    drawing.set_points(moved)
    assert drawing.question == Prompt(points=moved, crop=CROP)


def test_a_draft_holds_what_the_model_was_given_and_gave() -> None:
    new = assisted().new_revision(3.0)
    assert new.origin is Origin.ASSISTED
    assert new.prompt == Prompt(points=FOUR, crop=CROP)
    assert (new.model_id, new.confidence) == ("tiny@0123456789ab", 0.9)


def test_a_manual_polygon_runs_through_its_clicks_in_order_and_never_asks() -> None:
    drawing = Drawing(Tool.MANUAL, class_id=1)
    drawing.set_points(FOUR[:2])
    assert drawing.outline is None
    drawing.set_points(FOUR[:3])
    assert drawing.question is None
    assert drawing.outline is not None
    assert list(drawing.outline.geoms[0].exterior.coords)[:3] == [(10, 30), (50, 30), (30, 10)]
    new = drawing.new_revision(1.0)
    assert new.origin is Origin.MANUAL
    assert new.prompt is None
    assert (new.effort.clicks, new.effort.extra_points) == (3, 0)


def test_corners_on_one_line_enclose_nothing() -> None:
    assert polygon_through((Point(0, 0), Point(5, 5), Point(9, 9))) is None


def test_a_saved_object_is_opened_with_its_points_and_nothing_is_asked() -> None:
    drawing = Drawing.reopened(saved())
    assert drawing.points == FOUR
    assert drawing.outline is SQUARE
    assert drawing.class_id == 2
    assert drawing.question is None
    assert not drawing.is_changed


def test_a_further_point_on_an_opened_object_refines_it() -> None:
    drawing = Drawing.reopened(saved())
    drawing.set_points((*FOUR, FIFTH))
    assert drawing.question == Prompt(points=(*FOUR, FIFTH), crop=CROP)
    drawing.answer(proposal())
    effort = drawing.new_revision(2.0).effort
    assert (effort.clicks, effort.extra_points) == (1, 1)


def test_a_point_on_an_outline_that_no_points_gave_repairs_it() -> None:
    base = saved(Origin.IMPORTED, ())
    drawing = Drawing.reopened(base)
    assert drawing.question is None
    drawing.set_points((FIFTH,))
    assert drawing.question == Prompt(points=(FIFTH,), prior=base.revision.outline)
    drawing.no_answer()
    assert drawing.outline is base.revision.outline
    drawing.answer(proposal())
    new = drawing.new_revision(2.0)
    assert new.prompt == Prompt(points=(FIFTH,), prior=base.revision.outline, crop=CROP)
    assert (new.effort.clicks, new.effort.extra_points) == (1, 1)


def test_a_point_after_hand_edits_repairs_the_edited_outline() -> None:
    drawing = assisted()
    edited = MultiPolygon([box(10, 10, 60, 50)])
    drawing.edit(edited, 1)
    assert drawing.question is None
    assert drawing.new_revision(1.0).prompt == Prompt(points=FOUR, crop=CROP)
    drawing.set_points((*FOUR, FIFTH))
    assert drawing.question == Prompt(points=(FIFTH,), prior=edited)
    drawing.answer(proposal())
    drawing.undo()
    drawing.undo()
    drawing.set_points((*FOUR, FIFTH))
    assert drawing.question == Prompt(points=(*FOUR, FIFTH), crop=CROP)


def test_edited_vertices_do_not_change_how_an_object_came_to_be() -> None:
    drawing = Drawing.reopened(saved(Origin.IMPORTED, ()))
    drawing.edit(MultiPolygon([box(10, 10, 60, 50)]), 1)
    assert drawing.new_revision(1.0).origin is Origin.IMPORTED


def test_a_new_threshold_on_an_opened_object_can_be_undone() -> None:
    drawing = Drawing.reopened(saved())
    drawing.answer(proposal(MultiPolygon([box(12, 12, 48, 48)])))
    assert drawing.is_changed
    drawing.undo()
    assert drawing.outline is SQUARE
