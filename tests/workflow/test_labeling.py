from __future__ import annotations

import functools
from dataclasses import replace

import pytest
from shapely import MultiPolygon, Polygon, box

from maa.domain import (
    Box,
    Conflict,
    Effort,
    InvalidInput,
    NotFound,
    Origin,
    Point,
    PointKind,
    Prompt,
    TaskState,
    Verdict,
)
from maa.workflow import history, labeling, queue
from maa.workflow.labeling import NewRevision

from .office import Office, square


def test_a_saved_object_comes_back_exactly(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    outline = MultiPolygon(
        [
            Polygon([(0, 0), (40.1, 0), (40.1, 30.7), (0, 30.7)], [[(5, 5), (5, 9.3), (9.9, 9.3)]]),
            box(50, 50, 99.999999999, 80),
        ]
    )
    prompt = Prompt(
        points=(Point(1.5, 2), Point(3, 4, PointKind.INSIDE)),
        box=Box(0, 1, 2, 3),
        prior=square(),
        crop=Box(-5, -5, 60, 60),
    )
    new = NewRevision(
        class_id=office.dog.id,
        outline=outline,
        origin=Origin.ASSISTED,
        prompt=prompt,
        model_id="first@0123456789ab",
        model_outline=square(),
        confidence=0.75,
        effort=Effort(active_seconds=3.25, clicks=5, extra_points=1, vertices_moved=2),
    )
    saved = office.save(task, office.ana, new)
    (seen,) = labeling.list_annotations(office.ws, task.id)
    assert seen == saved
    revision = seen.revision
    assert revision.outline is not None
    assert revision.outline.equals_exact(outline, 0)
    assert revision.prompt == prompt
    assert (revision.number, revision.author_id, revision.created_at) == (1, office.ana.id, office.clock.now)
    assert revision.effort == new.effort


def test_an_edit_is_a_new_revision_and_the_old_one_stays(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    first = office.save(task, office.ana)
    second = labeling.save_annotation(
        office.ws,
        task.id,
        office.ana.id,
        office.new_revision(square(left=30), label=office.dog),
        annotation_id=first.id,
        base_revision=1,
    )
    assert (second.id, second.revision.number) == (first.id, 2)
    assert labeling.list_annotations(office.ws, task.id) == [second]
    assert labeling.revisions(office.ws, first.id) == [first.revision, second.revision]


def test_an_edit_of_an_older_revision_is_a_conflict_and_changes_nothing(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    first = office.save(task, office.ana)
    labeling.save_annotation(
        office.ws, task.id, office.ana.id, office.new_revision(), annotation_id=first.id, base_revision=1
    )
    with pytest.raises(Conflict, match="changed since you opened it"):
        labeling.save_annotation(
            office.ws, task.id, office.ana.id, office.new_revision(), annotation_id=first.id, base_revision=1
        )
    assert len(labeling.revisions(office.ws, first.id)) == 2


def test_the_same_key_saves_once(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    saves = [
        labeling.save_annotation(office.ws, task.id, office.ana.id, office.new_revision(), key="k")
        for _ in range(3)
    ]
    assert saves[0] == saves[1] == saves[2]
    assert labeling.list_annotations(office.ws, task.id) == [saves[0]]


def test_the_same_key_answers_even_after_the_image_was_submitted(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    saved = labeling.save_annotation(office.ws, task.id, office.ana.id, office.new_revision(), key="k")
    labeling.submit(office.ws, task.id, office.ana.id)
    assert (
        labeling.save_annotation(office.ws, task.id, office.ana.id, office.new_revision(), key="k") == saved
    )


def test_a_key_of_something_else_is_refused(office: Office) -> None:
    office.add_images(2)
    one, other = office.claim(office.ana), office.claim(office.ben)
    labeling.save_annotation(office.ws, one.id, office.ana.id, office.new_revision(), key="k")
    with pytest.raises(InvalidInput, match="already used"):
        labeling.save_annotation(office.ws, other.id, office.ben.id, office.new_revision(), key="k")
    with pytest.raises(InvalidInput, match="already used"):
        labeling.save_annotation(
            office.ws, one.id, office.ana.id, office.new_revision(square(left=11)), key="k"
        )


def test_a_deleted_object_is_hidden_and_its_delete_can_be_undone(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    saved = office.save(task, office.ana, office.new_revision(model=square(side=12), origin=Origin.ASSISTED))
    for _ in range(2):
        labeling.delete_annotation(office.ws, task.id, office.ana.id, saved.id)
    assert labeling.list_annotations(office.ws, task.id) == []
    with pytest.raises(Conflict, match="deleted"):
        labeling.save_annotation(
            office.ws, task.id, office.ana.id, office.new_revision(), annotation_id=saved.id
        )
    for _ in range(2):
        back = labeling.restore_annotation(office.ws, task.id, office.ana.id, saved.id)
    assert back.revision == replace(saved.revision, number=3)
    assert labeling.list_annotations(office.ws, task.id) == [back]
    assert [r.deleted for r in labeling.revisions(office.ws, saved.id)] == [False, True, False]


def test_an_edit_by_hand_keeps_the_models_proposal_to_compare_with(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    assisted = office.new_revision(model=square(side=12), origin=Origin.ASSISTED)
    first = office.save(task, office.ana, assisted)
    edited = labeling.save_annotation(
        office.ws,
        task.id,
        office.ana.id,
        office.new_revision(square(side=11), origin=Origin.ASSISTED),
        annotation_id=first.id,
    )
    assert edited.revision.model_id == "first@0123456789ab"
    assert edited.revision.model_outline == square(side=12)
    redrawn = labeling.save_annotation(
        office.ws, task.id, office.ana.id, office.new_revision(origin=Origin.MANUAL), annotation_id=first.id
    )
    assert redrawn.revision.model_outline is None, "drawn anew by hand, it owes the model nothing"


@pytest.mark.parametrize(
    "outline",
    [
        MultiPolygon(),
        MultiPolygon([Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])]),
        MultiPolygon([Polygon([(0, 0), (5, 5), (10, 10)])]),
        MultiPolygon([box(0, 0, 10, 10), box(5, 5, 15, 15)]),
        MultiPolygon([box(-1, 0, 10, 10)]),
        MultiPolygon([box(0, 0, 100.1, 10)]),
        MultiPolygon([box(0, 0, 10, 80.1)]),
        MultiPolygon([Polygon([(0, 0), (float("nan"), 5), (10, 10)])]),
        Polygon([(0, 0), (5, 0), (10, 10)]),
    ],
    ids=["empty", "crossing", "flat", "overlapping", "left", "right", "below", "nan", "not multi"],
)
def test_unusable_outlines_are_refused_and_nothing_is_saved(office: Office, outline: MultiPolygon) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    with pytest.raises(InvalidInput, match="outline"):
        office.save(task, office.ana, replace(office.new_revision(), outline=outline))
    assert labeling.list_annotations(office.ws, task.id) == []


@pytest.mark.parametrize(
    "effort",
    [
        Effort(active_seconds=-1),
        Effort(active_seconds=float("nan")),
        Effort(clicks=-1),
        Effort(vertices_moved=-1),
    ],
)
def test_impossible_effort_is_refused(office: Office, effort: Effort) -> None:
    office.add_images(1)
    with pytest.raises(InvalidInput, match="at least 0"):
        office.save(office.claim(office.ana), office.ana, office.new_revision(effort=effort))


def test_an_object_of_another_image_cannot_be_changed_through_this_one(office: Office) -> None:
    office.add_images(2)
    theirs = office.save(office.claim(office.ben), office.ben)
    task = office.claim(office.ana)
    with pytest.raises(NotFound):
        labeling.save_annotation(
            office.ws, task.id, office.ana.id, office.new_revision(), annotation_id=theirs.id
        )
    with pytest.raises(NotFound):
        labeling.delete_annotation(office.ws, task.id, office.ana.id, theirs.id)
    with pytest.raises(NotFound):
        labeling.revisions(office.ws, 999)


def test_an_image_with_nothing_to_label_can_be_submitted(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    submitted = labeling.submit(office.ws, task.id, office.ana.id, active_seconds=12.5)
    assert (submitted.state, submitted.author_id, submitted.holder_id) == (
        TaskState.SUBMITTED,
        office.ana.id,
        None,
    )
    assert submitted.submitted_at == office.clock.now
    (event,) = history.events(office.ws, kinds=["submitted"])
    assert event.data == {"active_seconds": 12.5}
    with pytest.raises(Conflict, match="submitted"):
        labeling.submit(office.ws, task.id, office.ana.id)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_impossible_seconds_are_refused_and_the_image_stays_with_its_holder(
    office: Office, seconds: float
) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    with pytest.raises(InvalidInput, match="at least 0"):
        labeling.submit(office.ws, task.id, office.ana.id, active_seconds=seconds)
    assert office.claim(office.ana).id == task.id


def test_every_save_has_its_event(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    saved = office.save(task, office.ana)
    labeling.delete_annotation(office.ws, task.id, office.ana.id, saved.id)
    labeling.restore_annotation(office.ws, task.id, office.ana.id, saved.id)
    events = history.events(office.ws, task_id=task.id, kinds=["saved", "deleted", "restored"])
    assert [(e.kind, e.data["revision"], e.annotation_id) for e in events] == [
        ("restored", 3, saved.id),
        ("deleted", 2, saved.id),
        ("saved", 1, saved.id),
    ]


def test_any_earlier_revision_can_be_restored_as_its_author_left_it(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    first = office.save(
        task, office.ana, office.new_revision(square(side=10), model=square(), origin=Origin.ASSISTED)
    )
    change = office.new_revision(square(side=20), label=office.dog)
    labeling.save_annotation(office.ws, task.id, office.ana.id, change, annotation_id=first.id)
    labeling.delete_annotation(office.ws, task.id, office.ana.id, first.id)
    queue.release(office.ws, task.id, office.ana.id)
    office.claim(office.ben)
    restore = functools.partial(labeling.restore_revision, office.ws, task.id, office.ben.id, first.id)
    back = restore(1).revision
    assert back.number == 4
    assert back.author_id == office.ana.id, "it is her outline"
    assert (back.outline, back.class_id, back.model_outline, back.confidence) == (
        first.revision.outline, first.revision.class_id, first.revision.model_outline, 0.9,
    )  # fmt: skip
    assert back.effort == Effort()
    assert restore(4).revision == back
    (event,) = history.events(office.ws, kinds=["restored"])
    assert (event.person_id, event.data) == (office.ben.id, {"revision": 4, "of": 1})
    with pytest.raises(NotFound, match="no revision 9"):
        restore(9)
    with pytest.raises(InvalidInput, match="deleted"):
        restore(3)


def test_a_reviewer_may_restore_too_and_stays_the_reviewer(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    saved = office.save(task, office.ana)
    worse = office.new_revision(square(side=30))
    labeling.save_annotation(office.ws, task.id, office.ana.id, worse, annotation_id=saved.id)
    labeling.submit(office.ws, task.id, office.ana.id)
    with pytest.raises(Conflict):
        labeling.restore_revision(office.ws, task.id, office.rita.id, saved.id, 1)
    office.claim_review(office.rita)
    labeling.restore_revision(office.ws, task.id, office.rita.id, saved.id, 1)
    (present,) = labeling.list_annotations(office.ws, task.id)
    assert present.revision.outline == saved.revision.outline
    assert office.decide(task, office.rita, Verdict.APPROVE).state is TaskState.APPROVED


def test_work_is_taken_back_until_somebody_looks_at_it(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    with pytest.raises(Conflict, match="taken back"):
        labeling.take_back(office.ws, task.id, office.ben.id)
    back = labeling.take_back(office.ws, task.id, office.ana.id)
    office.clock.advance(minutes=1)
    assert labeling.take_back(office.ws, task.id, office.ana.id) == back, "asked twice, done once"
    assert (back.state, back.holder_id) == (TaskState.LEASED, office.ana.id)
    assert len(labeling.list_annotations(office.ws, task.id)) == 1, "with what is on it"
    office.save(back, office.ana)
    labeling.submit(office.ws, task.id, office.ana.id)
    office.claim_review(office.rita)
    with pytest.raises(Conflict, match="review has begun"):
        labeling.take_back(office.ws, task.id, office.ana.id)
    office.decide(task, office.rita, Verdict.APPROVE)
    with pytest.raises(Conflict):
        labeling.take_back(office.ws, task.id, office.ana.id)


def test_the_last_submission_is_remembered_for_half_an_hour_until_it_is_elsewhere(office: Office) -> None:
    office.add_images(3)
    ws, ana = office.ws, office.ana

    def last() -> int | None:
        found = labeling.last_handed_in(ws, office.project.id, ana.id)
        return found.id if found else None

    assert last() is None
    for _ in range(2):
        office.clock.advance(minutes=1)
        second = office.submitted(ana)
    assert last() == second.id
    assert labeling.last_handed_in(ws, office.project.id, office.ben.id) is None
    labeling.take_back(ws, second.id, ana.id)
    assert last() is None, "it is back, and the one before it is not what was submitted last"
    labeling.submit(ws, second.id, ana.id)
    office.clock.advance(minutes=31)
    assert last() is None


def test_a_released_image_that_was_taken_back_is_anybody_s(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    labeling.take_back(office.ws, task.id, office.ana.id)
    queue.release(office.ws, task.id, office.ana.id)
    assert office.claim(office.ben).id == task.id
    assert labeling.submit(office.ws, task.id, office.ben.id).author_id == office.ben.id
