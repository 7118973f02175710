"""A reviewer changes what they review, and who that keeps from approving."""

from __future__ import annotations

import pytest
from shapely import MultiPolygon, box

from maa.domain import Conflict, InvalidInput, NotAllowed, Origin, Role, TaskState, Verdict
from maa.workflow import history, labeling, metrics, people, queue, review
from maa.workflow.remarks import last_send_back, latest_remarks
from maa.workflow.review import ObjectVerdict, Pin
from maa.workflow.settings import update_settings

from .office import Office, square


def test_a_correction_is_a_revision_of_the_reviewer_and_renews_their_lease(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    (drawn,) = labeling.list_annotations(office.ws, task.id)
    office.claim_review(office.rita)
    office.clock.advance(minutes=20)
    kept = review.save_correction(
        office.ws,
        task.id,
        office.rita.id,
        office.new_revision(square(30)),
        annotation_id=drawn.id,
        base_revision=1,
    )
    assert (kept.revision.author_id, kept.revision.number, kept.revision.correction) == (
        office.rita.id,
        2,
        True,
    )
    stored = labeling.revisions(office.ws, drawn.id)
    assert [revision.correction for revision in stored] == [False, True]
    until = queue.get_task(office.ws, task.id).lease_expires_at
    assert until is not None
    assert (until - office.clock.now).total_seconds() == 30 * 60


def test_who_corrected_may_approve(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    office.claim_review(office.rita)
    review.save_correction(office.ws, task.id, office.rita.id, office.new_revision(square(40)))
    assert office.claim_review(office.rita).id == task.id, "what they hold stays theirs"
    assert office.decide(task, office.rita, Verdict.APPROVE).state is TaskState.APPROVED
    assert queue.get_task(office.ws, task.id).author_id == office.ana.id, "it is still Ana's work"


def test_who_corrected_and_sent_back_gets_it_again(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    office.claim_review(office.rita)
    review.save_correction(office.ws, task.id, office.rita.id, office.new_revision(square(40)))
    office.decide(task, office.rita, Verdict.SEND_BACK, "missing object")
    assert office.submitted(office.ana).id == task.id
    assert office.claim_review(office.rita).id == task.id
    assert office.decide(task, office.rita, Verdict.APPROVE).state is TaskState.APPROVED


def test_who_annotated_a_part_stays_kept_out_whatever_else_they_did(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.rita)
    office.save(task, office.rita)
    queue.release(office.ws, task.id, office.rita.id)
    office.submitted(office.ana)
    assert review.claim_next_review(office.ws, office.project.id, office.rita.id) is None
    with office.ws.store.write() as tx:
        tx.run("UPDATE task SET state = 'in_review', holder_id = $1", office.rita.id)
    for change in (
        lambda: review.save_correction(office.ws, task.id, office.rita.id, office.new_revision()),
        lambda: review.delete_corrected(office.ws, task.id, office.rita.id, 1),
        lambda: review.restore_corrected(office.ws, task.id, office.rita.id, 1),
        lambda: office.decide(task, office.rita, Verdict.APPROVE),
    ):
        with pytest.raises(NotAllowed, match="yourself"):
            change()


def test_the_annotator_of_a_task_cannot_correct_it_after_becoming_a_reviewer(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    people.set_role(office.ws, office.ana.id, office.project.id, Role.REVIEWER, by=office.max.id)
    assert review.claim_next_review(office.ws, office.project.id, office.ana.id) is None
    with pytest.raises(Conflict):
        review.save_correction(office.ws, task.id, office.ana.id, office.new_revision())


def test_only_who_holds_the_review_corrects(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    with pytest.raises(Conflict, match="submitted"):
        review.save_correction(office.ws, task.id, office.rita.id, office.new_revision())
    office.claim_review(office.rita)
    with pytest.raises(Conflict, match="Rita"):
        review.save_correction(office.ws, task.id, office.rolf.id, office.new_revision())
    with pytest.raises(NotAllowed):
        review.save_correction(office.ws, task.id, office.ben.id, office.new_revision())
    with pytest.raises(Conflict):
        office.save(task, office.ana)


def test_a_correction_sent_twice_is_saved_once(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana, objects=0)
    office.claim_review(office.rita)
    saved = [
        review.save_correction(office.ws, task.id, office.rita.id, office.new_revision(), key="once")
        for _ in range(2)
    ]
    assert saved[0] == saved[1]
    assert len(labeling.list_annotations(office.ws, task.id)) == 1


def test_a_verdict_on_a_corrected_object_counts_for_its_annotator(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    (drawn,) = labeling.list_annotations(office.ws, task.id)
    office.claim_review(office.rita)
    review.save_correction(office.ws, task.id, office.rita.id, office.new_revision(), annotation_id=drawn.id)
    verdict = ObjectVerdict(Verdict.SEND_BACK, "loose outline")
    review.decide(office.ws, task.id, office.rita.id, Verdict.SEND_BACK, objects={drawn.id: verdict})
    with office.ws.store.read() as tx:
        authors = {row["author_id"] for row in tx.rows("SELECT author_id FROM review")}
    assert authors == {office.ana.id}


# --- pins ---


def test_pins_stay_with_the_send_back_they_belong_to(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    (drawn,) = labeling.list_annotations(office.ws, task.id)
    for turn in ("first", "second"):
        office.claim_review(office.rita)
        review.decide(
            office.ws,
            task.id,
            office.rita.id,
            Verdict.SEND_BACK,
            reason="missing object",
            pins=[Pin(100, 80, f" {turn} "), Pin(0, 0.5, "this one", drawn.id)],
        )
        said = latest_remarks(office.ws, queue.get_task(office.ws, task.id))
        assert said.image is not None
        assert said.image.place is None
        assert [(pin.place, pin.comment) for pin in said.pins] == [((100, 80), turn), ((0, 0.5), "this one")]
        assert [pin.annotation_id for pin in said.pins] == [None, drawn.id]
        assert said.objects == {}
        office.clock.advance(minutes=1)
        office.submitted(office.ana)
    assert latest_remarks(office.ws, queue.get_task(office.ws, task.id)).pins == ()
    again = last_send_back(review.list_reviews(office.ws, task.id))
    assert [pin.comment for pin in again.pins] == ["second", "this one"]


def test_pins_are_no_verdicts_in_the_numbers(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    pins = [Pin(5, 5, "here"), Pin(6, 6, "there")]
    review.decide(office.ws, task.id, office.rita.id, Verdict.SEND_BACK, reason="other", pins=pins)
    office.submitted(office.ana)
    office.claim_review(office.rita)
    review.decide(office.ws, task.id, office.rita.id, Verdict.APPROVE, pins=pins)
    day = office.clock.now.date()
    asked = metrics.Filter(office.project.id, day, day)
    (row,) = metrics.review_outcomes(office.ws, asked).to_dict("records")
    assert (row["approved"], row["returned"]) == (1, 1)


def test_what_a_reviewer_corrected_is_theirs_in_the_numbers(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    office.claim_review(office.rita)
    for left in (40, 41):
        saved = review.save_correction(office.ws, task.id, office.rita.id, office.new_revision(square(left)))
        review.save_correction(
            office.ws, task.id, office.rita.id, office.new_revision(square(left + 2)), annotation_id=saved.id
        )
    day = office.clock.now.date()
    asked = metrics.Filter(office.project.id, day, day, (office.rita.id,))
    (row,) = metrics.reviewing(office.ws, asked).to_dict("records")
    assert (row["person"], row["approved"], row["objects_corrected"]) == ("Rita", 0, 2)


@pytest.mark.parametrize(
    "pin",
    [Pin(-0.1, 5, "x"), Pin(5, 80.1, "x"), Pin(5, 5, "  "), Pin(5, 5, "x", 999), Pin(float("nan"), 5, "x")],
)
def test_pins_that_say_nothing_or_lie_nowhere_are_refused(office: Office, pin: Pin) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    with pytest.raises(InvalidInput):
        review.decide(office.ws, task.id, office.rita.id, Verdict.APPROVE, pins=[pin])
    assert review.list_reviews(office.ws, task.id) == []


# --- with stages, approvals and the numbers ---


def test_who_corrected_and_passed_the_first_stage_leaves_the_second_to_others(office: Office) -> None:
    update_settings(office.ws, office.project.id, review_stages=2)
    office.add_images(1)
    task = office.submitted(office.ana)
    office.claim_review(office.rita)
    review.save_correction(office.ws, task.id, office.rita.id, office.new_revision(square(40)))
    passed = review.decide(
        office.ws, task.id, office.rita.id, Verdict.APPROVE, pins=[Pin(5, 5, "look here again")]
    )
    assert (passed.state, passed.stage) == (TaskState.SUBMITTED, 2)
    assert review.claim_next_review(office.ws, office.project.id, office.rita.id) is None
    assert office.claim_review(office.rolf).id == task.id
    assert office.decide(task, office.rolf, Verdict.APPROVE).state is TaskState.APPROVED
    assert [said.stage for said in review.list_reviews(office.ws, task.id)] == [1, 1, 2]


def test_an_approval_keeps_what_a_reviewer_made_of_the_outlines(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    same = office.save(task, office.ana, office.new_revision(square(10)))
    grown = office.save(task, office.ana, office.new_revision(MultiPolygon([box(0, 0, 10, 8)])))
    labeling.submit(office.ws, task.id, office.ana.id)
    office.clock.advance(minutes=1)
    office.claim_review(office.rita)
    larger = office.new_revision(MultiPolygon([box(0, 0, 10, 10)]))
    review.save_correction(office.ws, task.id, office.rita.id, larger, annotation_id=grown.id)
    missed = review.save_correction(office.ws, task.id, office.rita.id, office.new_revision(square(40)))
    review.decide(office.ws, task.id, office.rita.id, Verdict.APPROVE, pins=[Pin(5, 5, "enlarged")])
    with office.ws.store.read() as tx:
        kept = tx.rows("SELECT annotation_id, revision_number, kept_iou FROM approved_object ORDER BY 1")
        assert tx.value("SELECT count(*) FROM approval") == 1
    assert [tuple(row.values()) for row in kept] == [
        (same.id, 1, 1.0),
        (grown.id, 2, 0.8),
        (missed.id, 1, 0.0),
    ]


def test_a_corrected_object_counts_for_its_annotator(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    whole = MultiPolygon([box(0, 0, 10, 10)])
    drawn = office.save(
        task,
        office.ana,
        office.new_revision(whole, model=MultiPolygon([box(0, 0, 10, 10)]), origin=Origin.ASSISTED),
    )
    labeling.submit(office.ws, task.id, office.ana.id)
    office.claim_review(office.rita)
    smaller = office.new_revision(MultiPolygon([box(0, 0, 10, 8)]), origin=Origin.ASSISTED)
    review.save_correction(office.ws, task.id, office.rita.id, smaller, annotation_id=drawn.id)
    office.decide(task, office.rita, Verdict.APPROVE)
    day = office.clock.now.date()
    (row,) = metrics.approved_objects(
        office.ws, metrics.Filter(office.project.id, day, day, (office.ana.id,))
    ).to_dict("records")
    assert (row["person"], row["outcome"]) == ("Ana", "edited")
    assert row["model_iou"] == pytest.approx(0.8)
    hers = metrics.Filter(office.project.id, day, day, (office.rita.id,))
    assert len(metrics.approved_objects(office.ws, hers)) == 0


def test_pins_are_not_among_what_was_sent_back(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    pins = [Pin(5, 5, "here")]
    review.decide(office.ws, task.id, office.rita.id, Verdict.SEND_BACK, reason="other", pins=pins)
    day = office.clock.now.date()
    asked = metrics.Filter(office.project.id, day, day)
    assert [row["reason"] for row in metrics.sent_back(office.ws, asked).to_dict("records")] == ["other"]
    told = [(row.what, row.why) for row in history.of_task(office.ws, task.id)]
    assert told[-2:] == [("sent_back", "other"), ("pinned", "here")]


def test_a_correction_that_an_annotator_brings_back_keeps_nobody_from_reviewing(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    (drawn,) = labeling.list_annotations(office.ws, task.id)
    office.claim_review(office.rita)
    review.save_correction(
        office.ws, task.id, office.rita.id, office.new_revision(square(30)), annotation_id=drawn.id
    )
    back = labeling.restore_revision(office.ws, task.id, office.rita.id, drawn.id, 1).revision
    assert (back.author_id, back.correction) == (office.rita.id, True)
    (event,) = history.events(office.ws, kinds=["corrected"], task_id=task.id)[:1]
    assert (event.person_id, event.data) == (office.rita.id, {"revision": 3, "of": 1, "what": "restored"})
    office.decide(task, office.rita, Verdict.SEND_BACK, "other")
    office.claim(office.ana)
    labeling.restore_revision(office.ws, task.id, office.ana.id, drawn.id, 2)
    labeling.submit(office.ws, task.id, office.ana.id)
    assert office.claim_review(office.rita).id == task.id
