"""A task in hand: what the keys and clicks of the annotate page do, on a real store."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from shapely import MultiPolygon, box

from maa.dextr.shelves import ModelError
from maa.domain import Conflict, InvalidInput, MaaError, NotAllowed, Origin, Person, Point, Role, TaskState
from maa.ui.annotate import work as work_module
from maa.ui.annotate.work import Work
from maa.workflow import history, people, projects, queue
from maa.workflow.workspace import Workspace
from tests.ui.annotate.hands import BOW_TIE, FIFTH, FOUR, accept_one, click, edit, outlines


def test_four_points_ask_the_model_once_and_accepting_saves_its_outline(
    ws: Workspace, work: Work, model
) -> None:
    click(work, FOUR[:2])
    click(work, FOUR)
    assert len(model.asked) == 1
    shown = work.drawing.outline
    work.accept()
    assert outlines(ws, work) == [shown]
    assert work.drawing.is_empty


def test_a_fifth_point_refines_within_the_first_crop(work: Work, model) -> None:
    click(work, FOUR)
    click(work, (*FOUR, FIFTH))
    assert model.asked[1].points == (*FOUR, FIFTH)
    assert model.asked[1].crop is not None


def test_accepting_twice_saves_once(ws: Workspace, work: Work) -> None:
    click(work, FOUR)
    work.accept()
    work.accept()
    assert len(outlines(ws, work)) == 1
    assert work.hint == ""


def test_accepting_too_early_says_what_is_missing(work: Work) -> None:
    click(work, FOUR[:3])
    work.accept()
    assert "4 points" in work.hint
    assert work.drawing.points == FOUR[:3]


def test_the_chosen_class_holds_for_the_next_objects(work: Work) -> None:
    bus = work.classes[1].id
    work.choose_class(bus)
    accept_one(work)
    accept_one(work)
    assert [a.revision.class_id for a in work.annotations] == [bus, bus]


def test_a_polygon_is_drawn_by_hand_when_there_is_no_model(work: Work, model) -> None:
    model.error = ModelError("The library is empty.")
    click(work, FOUR)
    assert work.model_problem == "The library is empty."
    work.toggle_tool()
    click(work, FOUR[:3])
    work.accept()
    assert work.annotations[0].revision.origin is Origin.MANUAL


def test_where_the_model_sees_nothing_the_points_stay_and_nothing_can_be_accepted(work: Work, model) -> None:
    model.error = InvalidInput("The model sees no object.")
    click(work, FOUR)
    assert work.hint == "The model sees no object."
    work.accept()
    assert work.annotations == []
    assert work.drawing.points == FOUR


def test_the_effort_of_an_object_runs_from_its_first_click_to_its_accept(
    work: Work, stopwatch: Callable[[], float]
) -> None:
    accept_one(work)
    stopwatch.now += 20  # looking for the next object
    click(work, FOUR[:1])
    stopwatch.now += 2
    click(work, FOUR)
    stopwatch.now += 100  # a break
    click(work, (*FOUR, FIFTH))
    stopwatch.now += 3
    edit(work, MultiPolygon([box(10, 10, 60, 50)]), 2)
    stopwatch.now += 1
    work.accept()
    effort = work.annotations[-1].revision.effort
    assert effort.active_seconds == pytest.approx(6)
    assert (effort.clicks, effort.extra_points, effort.vertices_moved) == (5, 1, 2)
    assert work.task_time.seconds == pytest.approx(26)


def test_an_opened_object_is_replaced_not_doubled(ws: Workspace, work: Work) -> None:
    number = accept_one(work)
    work.open(number)
    click(work, (*FOUR, Point(80, 30)))
    work.choose_class(work.classes[2].id)
    work.accept()
    (annotation,) = work.annotations
    assert annotation.id == number
    assert annotation.revision.number == 2
    assert annotation.revision.class_id == work.classes[2].id
    assert work.drawing.class_id == work.classes[0].id  # the next object's class is as it was


def test_closing_an_opened_object_unchanged_writes_nothing(ws: Workspace, work: Work) -> None:
    number = accept_one(work)
    work.open(number)
    work.accept()
    assert work.annotations[0].revision.number == 1


def test_only_another_class_is_a_change_too(work: Work) -> None:
    number = accept_one(work)
    proposed = work.annotations[0].revision.model_outline
    work.open(number)
    work.choose_class(work.classes[1].id)
    work.accept()
    revision = work.annotations[0].revision
    assert (revision.number, revision.class_id) == (2, work.classes[1].id)
    assert revision.model_outline == proposed


def test_an_open_outline_is_neither_lost_to_another_object_nor_to_submitting(work: Work, stopwatch) -> None:
    stopwatch.now += 5
    number = accept_one(work)
    click(work, FOUR)
    work.open(number)
    assert work.drawing.points == FOUR
    assert "open outline" in work.hint
    with pytest.raises(InvalidInput, match="open outline"):
        work.submit()


def test_editing_needs_an_outline_and_ends_with_the_object(work: Work) -> None:
    work.toggle_editing()
    assert not work.editing
    click(work, FOUR)
    work.toggle_editing()
    assert work.editing
    work.accept()
    assert not work.editing


def test_the_proposal_is_kept_as_it_was_before_hand_edits(work: Work) -> None:
    click(work, FOUR)
    proposed = work.drawing.outline
    edited = MultiPolygon([box(10, 10, 60, 50)])
    edit(work, edited, 1)
    work.accept()
    revision = work.annotations[0].revision
    assert revision.outline == edited
    assert revision.model_outline == proposed


def test_an_outline_that_crosses_itself_is_untangled_before_the_eyes_of_the_person(work: Work) -> None:
    click(work, FOUR)
    edit(work, BOW_TIE, 1)
    work.accept()
    assert work.annotations == []
    assert "untangled" in work.hint
    assert work.drawing.outline is not None
    assert work.drawing.outline.is_valid
    work.accept()
    assert len(work.annotations) == 1


def test_threshold_changes_the_outline_but_not_a_hand_edit(work: Work) -> None:
    click(work, FOUR)
    before = work.drawing.outline
    work.tune(0.8, 0.5)
    assert work.drawing.outline != before
    edited = MultiPolygon([box(10, 10, 60, 50)])
    edit(work, edited, 1)
    work.tune(0.3, 0.5)
    assert work.drawing.outline is edited
    assert "edited by hand" in work.hint


def test_the_threshold_to_begin_with_is_the_model_s_own(
    take: Callable[[Person], Work], ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_module, "model_threshold", lambda *_: 0.8)
    assert take(ana).threshold == 0.8


def test_submitting_hands_the_task_in_with_the_time_it_took(ws: Workspace, work: Work, stopwatch) -> None:
    accept_one(work)
    stopwatch.now += 5
    work.submit()
    assert queue.get_task(ws, work.task.id).state is TaskState.SUBMITTED
    (event,) = history.events(ws, task_id=work.task.id, kinds=["submitted"])
    assert event.data["active_seconds"] == pytest.approx(5)


def test_a_second_click_on_submit_does_not_hand_in_the_next_image(
    ws: Workspace, work: Work, stopwatch
) -> None:
    accept_one(work)
    following = Work(ws, work.person, work.project, work.task, stopwatch, follows=True)
    assert not following.submit()
    assert "just opened this image" in following.hint
    assert queue.get_task(ws, work.task.id).state is TaskState.LEASED
    stopwatch.now += 1
    assert following.submit()


def test_an_image_that_follows_none_may_be_handed_in_at_once(ws: Workspace, work: Work) -> None:
    accept_one(work)
    assert work.submit()
    assert queue.get_task(ws, work.task.id).state is TaskState.SUBMITTED


def test_an_image_without_objects_is_handed_in_when_asked_for_twice(
    ws: Workspace, work: Work, stopwatch
) -> None:
    assert not work.submit()
    assert "Submit once more" in work.hint
    stopwatch.now += 0.3
    assert not work.submit(), "a double click is one click"
    stopwatch.now += 1
    work.toggle_tool()
    assert not work.submit(), "something else was done in between"
    stopwatch.now += 1
    assert work.submit()
    assert queue.get_task(ws, work.task.id).state is TaskState.SUBMITTED


def test_a_drawing_whose_points_were_all_taken_away_is_not_open(work: Work) -> None:
    number = accept_one(work)
    click(work, FOUR)
    work.change_points(FOUR, ())
    work.open(number)
    assert work.drawing.base is not None
    work.drop()
    assert work.submit()


def test_the_class_of_the_image_before_is_chosen(ws: Workspace, work: Work) -> None:
    bus = work.classes[1].id
    work.choose_class(bus)
    following = Work(ws, work.person, work.project, work.task, class_id=work.class_id)
    assert (following.class_id, following.drawing.class_id) == (bus, bus)
    projects.retire_class(ws, bus)
    assert Work(ws, work.person, work.project, work.task, class_id=bus).class_id == work.classes[0].id


def test_skipping_puts_the_task_aside_with_its_reason(ws: Workspace, work: Work) -> None:
    work.skip("unusable image")
    assert queue.get_task(ws, work.task.id).state is TaskState.SKIPPED
    (event,) = history.events(ws, task_id=work.task.id, kinds=["skipped"])
    assert event.data["reason"] == "unusable image"


def test_what_happened_is_in_the_history(ws: Workspace, work: Work) -> None:
    click(work, FOUR)
    work.undo()
    kinds = [e.kind for e in history.events(ws, task_id=work.task.id)]
    assert {"opened", "predicted", "prompt_undone"} <= set(kinds)
    (predicted,) = history.events(ws, task_id=work.task.id, kinds=["predicted"])
    assert predicted.data["milliseconds"] == 20.0
    assert predicted.data["points"] == 4


def test_after_a_reload_the_same_task_comes_back_with_everything_accepted(
    work: Work, take: Callable[[Person], Work], ana: Person
) -> None:
    accept_one(work)
    click(work, FOUR)
    again = take(ana)
    assert again.task.id == work.task.id
    assert [a.id for a in again.annotations] == [a.id for a in work.annotations]


def test_a_change_made_in_another_tab_is_a_conflict_and_overwrites_nothing(
    work: Work, take: Callable[[Person], Work], ana: Person
) -> None:
    number = accept_one(work)
    other_tab = take(ana)
    for tab, wide in ((work, 80), (other_tab, 90)):
        tab.open(number)
        click(tab, (*FOUR, Point(wide, 30)))
    work.accept()
    with pytest.raises(Conflict):
        other_tab.accept()
    other_tab.check_still_mine()
    assert other_tab.lost is None
    assert not other_tab.drawing.is_empty


def test_a_task_handed_in_elsewhere_is_lost_and_says_so(
    work: Work, take: Callable[[Person], Work], ana: Person, stopwatch
) -> None:
    other_tab = take(ana)
    accept_one(other_tab)
    stopwatch.now += 5
    assert other_tab.submit()
    click(work, FOUR)
    with pytest.raises(MaaError):
        work.accept()
    work.check_still_mine()
    assert work.lost is not None
    assert "accepted is saved" in work.lost
    assert work.drawing.points == FOUR


def test_the_lease_is_renewed_while_the_person_works(ws: Workspace, work: Work, stopwatch) -> None:
    first = queue.get_task(ws, work.task.id).lease_expires_at
    stopwatch.now += work.project.lease_minutes * 60 / 2
    click(work, FOUR[:1])
    renewed = queue.get_task(ws, work.task.id).lease_expires_at
    assert first is not None
    assert renewed is not None
    assert renewed > first


def test_a_lease_taken_over_is_noticed_without_losing_the_click(
    ws: Workspace, work: Work, stopwatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = people.add_person(ws, "Ben", {work.project.id: Role.ANNOTATOR})
    later = ws.clock() + timedelta(minutes=2 * work.project.lease_minutes)
    monkeypatch.setattr(ws.store, "_clock", lambda: later)
    taken = queue.claim_next(ws, work.task.project_id, ben.id)
    assert taken is not None
    assert (taken.id, taken.holder_id) == (work.task.id, ben.id)
    stopwatch.now += work.project.lease_minutes * 60
    click(work, FOUR[:1])
    assert work.lost is not None
    assert work.drawing.points == FOUR[:1]
    with pytest.raises((Conflict, NotAllowed)):
        work.delete(1)


def test_a_click_that_arrives_with_the_accept_before_it_belongs_to_the_next_object(work: Work) -> None:
    click(work, FOUR)
    on_canvas = work.drawing.points
    work.accept()
    work.change_points(on_canvas, (*on_canvas, FIFTH))
    assert work.drawing.points == (FIFTH,)
    assert len(work.annotations) == 1


def test_a_hand_edit_of_an_outline_that_was_accepted_meanwhile_is_of_no_account(work: Work) -> None:
    click(work, FOUR)
    shown = work.drawing.outline
    assert shown is not None
    work.accept()
    work.change_outline(shown, MultiPolygon([box(10, 10, 60, 50)]), 1)
    assert work.drawing.is_empty
