from __future__ import annotations

from dataclasses import replace

import pytest
from shapely import MultiPolygon, box

from maa.domain import Conflict, InvalidInput, NotAllowed, NotFound, Origin, Person, Role, TaskState, Verdict
from maa.workflow import history, labeling, people, projects, queue, review
from maa.workflow.review import ObjectVerdict
from maa.workflow.sampling import draw
from maa.workflow.settings import update_settings

from .office import Office, square


def test_the_oldest_submitted_image_is_reviewed_first(office: Office) -> None:
    office.add_images(2)
    tasks = [office.claim(office.ana), office.claim(office.ben)]
    labeling.submit(office.ws, tasks[1].id, office.ben.id)
    office.clock.advance(minutes=1)
    labeling.submit(office.ws, tasks[0].id, office.ana.id)
    assert review.waiting(office.ws, office.project.id) == 2
    task = office.claim_review(office.rita)
    assert (task.id, task.state, task.holder_id) == (tasks[1].id, TaskState.IN_REVIEW, office.rita.id)
    assert office.claim_review(office.rolf).id == tasks[0].id
    assert office.claim_review(office.rita).id == task.id, "what they hold comes first"
    assert review.waiting(office.ws, office.project.id) == 0


def test_nobody_reviews_what_they_submitted(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.rita)
    assert review.claim_next_review(office.ws, office.project.id, office.rita.id) is None
    assert office.claim_review(office.rolf)


def test_nobody_reviews_what_they_wrote_a_part_of(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.rita)
    office.save(task, office.rita)
    queue.release(office.ws, task.id, office.rita.id)
    office.submitted(office.ana)
    assert review.claim_next_review(office.ws, office.project.id, office.rita.id) is None
    assert office.claim_review(office.rolf).id == task.id


def test_annotators_do_not_review_and_a_demoted_reviewer_cannot_decide(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    with pytest.raises(NotAllowed, match="reviewer"):
        review.claim_next_review(office.ws, office.project.id, office.ben.id)
    task = office.claim_review(office.rita)
    people.set_role(office.ws, office.rita.id, office.project.id, Role.ANNOTATOR, by=office.max.id)
    with pytest.raises(NotAllowed, match="reviewer"):
        office.decide(task, office.rita, Verdict.APPROVE)


def test_approving_keeps_the_verdict(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    done = review.decide(office.ws, task.id, office.rita.id, Verdict.APPROVE, comment=" well done ")
    assert (done.state, done.holder_id) == (TaskState.APPROVED, None)
    (kept,) = review.list_reviews(office.ws, task.id)
    assert (kept.verdict, kept.reviewer_id, kept.comment, kept.annotation_id) == (
        Verdict.APPROVE,
        office.rita.id,
        "well done",
        None,
    )


def test_sending_back_keeps_reasons_for_the_image_and_its_objects(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana, objects=2)
    good, bad = labeling.list_annotations(office.ws, task.id)
    returned = office.send_back_next(
        office.rita,
        {
            good.id: ObjectVerdict(Verdict.APPROVE),
            bad.id: ObjectVerdict(Verdict.SEND_BACK, "wrong class", "it is a <b>dog</b>"),
        },
    )
    assert returned.state is TaskState.RETURNED
    whole, first, second = review.list_reviews(office.ws, task.id)
    assert (whole.annotation_id, whole.reason) == (None, "loose outline")
    assert (first.annotation_id, first.verdict) == (good.id, Verdict.APPROVE)
    assert (second.annotation_id, second.revision_number, second.reason, second.comment) == (
        bad.id,
        1,
        "wrong class",
        "it is a <b>dog</b>",
    )


def test_sending_back_needs_a_reason_somewhere(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    (annotation,) = labeling.list_annotations(office.ws, task.id)
    office.claim_review(office.rita)
    with pytest.raises(InvalidInput, match="Say why"):
        office.decide(task, office.rita, Verdict.SEND_BACK)
    with pytest.raises(InvalidInput, match="Say why"):
        review.decide(
            office.ws,
            task.id,
            office.rita.id,
            Verdict.SEND_BACK,
            objects={annotation.id: ObjectVerdict(Verdict.SEND_BACK)},
        )
    with pytest.raises(InvalidInput, match="not a reason"):
        office.decide(task, office.rita, Verdict.SEND_BACK, "because")
    review.decide(
        office.ws,
        task.id,
        office.rita.id,
        Verdict.SEND_BACK,
        objects={annotation.id: ObjectVerdict(Verdict.SEND_BACK, "extra object")},
    )


def test_approving_with_an_object_sent_back_is_refused(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    (annotation,) = labeling.list_annotations(office.ws, task.id)
    office.claim_review(office.rita)
    with pytest.raises(InvalidInput, match="marked to be sent back"):
        review.decide(
            office.ws,
            task.id,
            office.rita.id,
            Verdict.APPROVE,
            objects={annotation.id: ObjectVerdict(Verdict.SEND_BACK, "other")},
        )
    assert review.list_reviews(office.ws, task.id) == []


def test_a_verdict_on_an_object_that_is_not_there_is_refused(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    office.claim_review(office.rita)
    with pytest.raises(InvalidInput, match="Object 999"):
        review.decide(
            office.ws,
            task.id,
            office.rita.id,
            Verdict.APPROVE,
            objects={999: ObjectVerdict(Verdict.APPROVE)},
        )
    assert queue.get_task(office.ws, task.id).state is TaskState.IN_REVIEW


def test_corrected_work_goes_back_to_the_reviewer_who_sent_it_back(office: Office) -> None:
    office.add_images(3)
    corrected = office.submitted(office.ana)
    office.send_back_next(office.rita)
    fresh = [office.submitted(office.ben), office.submitted(office.ben)]
    assert office.submitted(office.ana).id == corrected.id
    assert office.claim_review(office.rolf).id == fresh[0].id, "others take other work first"
    assert office.claim_review(office.rita).id == corrected.id
    assert office.decide(corrected, office.rita, Verdict.APPROVE).sent_back_by is None


def test_corrected_work_does_not_wait_for_a_reviewer_for_ever(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    office.send_back_next(office.rita)
    corrected = office.submitted(office.ana)
    assert office.claim_review(office.rolf).id == corrected.id


def test_a_review_can_be_given_back(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    assert review.release_review(office.ws, task.id, office.rita.id).state is TaskState.SUBMITTED
    assert office.claim_review(office.rolf).id == task.id


def test_a_review_whose_lease_ran_out_can_be_taken_and_the_earlier_reviewer_is_told(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    office.clock.advance(minutes=31)
    assert review.waiting(office.ws, office.project.id) == 1
    assert office.claim_review(office.rolf).id == task.id
    with pytest.raises(Conflict, match="Rolf"):
        office.decide(task, office.rita, Verdict.APPROVE)
    with pytest.raises(Conflict, match="Rolf"):
        review.release_review(office.ws, task.id, office.rita.id)
    assert office.decide(task, office.rolf, Verdict.APPROVE).state is TaskState.APPROVED


def test_a_review_lease_can_be_renewed(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    office.clock.advance(minutes=20)
    queue.renew_lease(office.ws, task.id, office.rita.id)
    office.clock.advance(minutes=20)
    assert review.claim_next_review(office.ws, office.project.id, office.rolf.id) is None


def test_nothing_can_be_decided_twice(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.approve_next(office.rita)
    with pytest.raises(Conflict, match="approved"):
        office.decide(task, office.rita, Verdict.APPROVE)
    assert len(review.list_reviews(office.ws, task.id)) == 1


def test_reviews_of_nothing_are_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        review.list_reviews(office.ws, 999)
    assert review.claim_next_review(office.ws, office.project.id, office.rita.id) is None


def settle(office: Office, **changes: object) -> None:
    update_settings(office.ws, office.project.id, **changes)


def test_a_project_has_reasons_of_its_own(office: Office) -> None:
    settle(office, reasons=("blurred", "cut off"))
    assert review.reasons(office.ws, office.project.id) == ("blurred", "cut off")
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    with pytest.raises(InvalidInput, match="blurred, cut off"):
        office.decide(task, office.rita, Verdict.SEND_BACK, "loose outline")
    assert office.decide(task, office.rita, Verdict.SEND_BACK, "cut off").state is TaskState.RETURNED


def test_two_stages_need_two_reviewers(office: Office) -> None:
    settle(office, review_stages=2)
    office.add_images(1)
    office.submitted(office.ana)
    first = office.approve_next(office.rita)
    assert (first.state, first.stage) == (TaskState.SUBMITTED, 2)
    assert review.claim_next_review(office.ws, office.project.id, office.rita.id) is None
    second = office.claim_review(office.rolf)
    assert (second.state, second.stage) == (TaskState.IN_REVIEW, 2)
    done = office.decide(second, office.rolf, Verdict.APPROVE)
    assert (done.state, done.stage) == (TaskState.APPROVED, 1)
    assert [r.stage for r in review.list_reviews(office.ws, done.id)] == [1, 2]
    with office.ws.store.read() as tx:
        assert tx.rows("SELECT task_id, author_id, reviewer_id FROM approval") == [
            {"task_id": done.id, "author_id": office.ana.id, "reviewer_id": office.rolf.id}
        ], "one approval, by the last reviewer"


def test_work_sent_back_at_the_second_stage_begins_at_the_first_again(office: Office) -> None:
    settle(office, review_stages=2)
    office.add_images(1)
    office.submitted(office.ana)
    office.approve_next(office.rita)
    back = office.send_back_next(office.rolf)
    assert (back.state, back.stage, back.sent_back_by) == (TaskState.RETURNED, 1, office.rolf.id)
    office.clock.advance(minutes=1)
    assert office.submitted(office.ana, 0).stage == 1
    assert office.approve_next(office.rolf).stage == 2
    assert office.approve_next(office.rita).state is TaskState.APPROVED, "she passed another hand-in"


def test_a_share_of_the_work_is_approved_unseen(office: Office) -> None:
    settle(office, review_share=0.3, review_newcomers=0, salt="fixed")
    office.add_images(60)
    states = [office.submitted(office.ana).state for _ in range(60)]
    seen = states.count(TaskState.SUBMITTED)
    assert 9 <= seen <= 27  # 18 expected, plus or minus 2.5 standard deviations
    assert states.count(TaskState.APPROVED) == 60 - seen
    approved = history.events(office.ws, kinds=["approved_unseen"])
    assert {(e.person_id, e.data["author"]) for e in approved} == {(None, office.ana.id)}
    project = projects.get_project(office.ws, office.project.id)
    drawn = {t.id for t in queue.list_tasks(office.ws, project.id) if draw(project, "review", t.id) < 0.3}
    waiting = queue.list_tasks(office.ws, project.id, states=[TaskState.SUBMITTED])
    assert {task.id for task in waiting} == drawn, "the draw can be repeated"


def test_newcomers_unsure_models_and_corrected_work_are_always_reviewed(office: Office) -> None:
    settle(office, review_share=0.0, review_newcomers=1, review_below_confidence=0.5)
    office.add_images(4)
    assert office.submitted(office.ana).state is TaskState.SUBMITTED, "nothing approved yet"
    office.approve_next(office.rita)
    assert office.submitted(office.ana).state is TaskState.APPROVED
    task = office.claim(office.ana)
    unsure = replace(office.new_revision(model=square(), origin=Origin.ASSISTED), confidence=0.49)
    office.save(task, office.ana, unsure)
    assert labeling.submit(office.ws, task.id, office.ana.id).state is TaskState.SUBMITTED
    office.send_back_next(office.rita)
    settle(office, review_below_confidence=0.0)
    assert office.submitted(office.ana, 0).state is TaskState.SUBMITTED, "it was sent back before"


def test_a_reviewer_is_told_how_many_wait_for_them(office: Office) -> None:
    settle(office, review_stages=2)
    office.add_images(4)
    office.submitted(office.rita)
    labeled_by_two = office.claim(office.rita)
    office.save(labeled_by_two, office.rita)
    queue.release(office.ws, labeled_by_two.id, office.rita.id)
    for _ in range(3):
        office.submitted(office.ana)

    def waits_for(person: Person) -> int:
        return review.waiting(office.ws, office.project.id, person.id)

    assert review.waiting(office.ws, office.project.id) == 4
    assert (waits_for(office.rita), waits_for(office.rolf), waits_for(office.ana)) == (2, 4, 1)
    task = office.claim_review(office.rita)
    review.save_correction(office.ws, task.id, office.rita.id, office.new_revision(square(40)))
    assert (waits_for(office.rita), waits_for(office.rolf)) == (1, 3)
    office.decide(task, office.rita, Verdict.APPROVE)
    assert (waits_for(office.rita), waits_for(office.rolf)) == (1, 4), "the second stage is another's"
    office.decide(office.claim_review(office.rita), office.rita, Verdict.APPROVE)
    assert waits_for(office.rita) == 0
    assert review.claim_next_review(office.ws, office.project.id, office.rita.id) is None
    for left in (3, 2, 1, 0):
        office.decide(office.claim_review(office.rolf), office.rolf, Verdict.SEND_BACK, "other")
        assert waits_for(office.rolf) == left


def test_an_approval_keeps_how_much_of_the_first_outlines_was_left(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    same = office.save(task, office.ana, office.new_revision(square(side=10)))
    grown = office.save(task, office.ana, office.new_revision(MultiPolygon([box(0, 0, 10, 8)])))
    labeling.submit(office.ws, task.id, office.ana.id)
    office.clock.advance(minutes=1)
    office.send_back_next(office.rita)
    office.clock.advance(minutes=1)
    task = office.claim(office.ana)
    corrected = office.new_revision(MultiPolygon([box(0, 0, 10, 10)]))
    labeling.save_annotation(office.ws, task.id, office.ana.id, corrected, annotation_id=grown.id)
    late = office.save(task, office.ana, office.new_revision(square(left=50)))
    labeling.submit(office.ws, task.id, office.ana.id)
    office.clock.advance(minutes=1)
    office.approve_next(office.rita)
    with office.ws.store.read() as tx:
        kept = tx.rows("SELECT annotation_id, revision_number, kept_iou FROM approved_object ORDER BY 1")
    # 80 of the 100 square pixels were there at first; what came later is compared with its own first hand-in
    assert [tuple(row.values()) for row in kept] == [(same.id, 1, 1.0), (grown.id, 2, 0.8), (late.id, 1, 1.0)]
