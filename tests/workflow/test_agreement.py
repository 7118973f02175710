"""Double annotation: who gets the duplicate, when two agree, and who decides when they do not."""

from __future__ import annotations

import pytest
from shapely import MultiPolygon, box

from maa.domain import NotFound, Outcome, Task, TaskPurpose, TaskState
from maa.workflow import agreement, exports, history, labeling, queue, review, second_opinion
from maa.workflow.settings import update_settings

from .office import Office, square


@pytest.fixture
def doubling(office: Office) -> Office:
    """Every image is labeled twice, and nothing is reviewed that need not be."""
    update_settings(office.ws, office.project.id, duplicate_rate=1.0, review_share=0.0, review_newcomers=0)
    return office


def first_and_second(office: Office) -> tuple[Task, Task]:
    """Ana's work on a new image, handed in with one cat, and its duplicate in Ben's hands."""
    office.add_images(1)
    first = office.submitted(office.ana)
    second = office.claim(office.ben)
    assert (second.purpose, second.image_id) == (TaskPurpose.DUPLICATE, first.image_id)
    return first, second


def state_of(office: Office, task: Task) -> TaskState:
    return queue.get_task(office.ws, task.id).state


def test_two_who_agree_need_no_reviewer(doubling: Office) -> None:
    first, second = first_and_second(doubling)
    assert first.state is TaskState.SUBMITTED, "it waits for the second person"
    doubling.save(second, doubling.ben, doubling.new_revision(square(10, 10)))
    labeling.submit(doubling.ws, second.id, doubling.ben.id)
    assert state_of(doubling, first) is TaskState.APPROVED
    assert agreement.differences(doubling.ws, first.id) == []
    kinds = {event.kind for event in history.events(doubling.ws, task_id=first.id)}
    assert {"duplicate_asked", "agreed", "approved_unseen"} <= kinds
    document = exports.export(doubling.ws, doubling.project.id)
    assert (document.images, document.objects) == (1, 1), "the second one's objects are not exported"


def test_a_skipped_duplicate_keeps_nobody_waiting(doubling: Office) -> None:
    first, second = first_and_second(doubling)
    queue.skip(doubling.ws, second.id, doubling.ben.id, "too dark")
    assert state_of(doubling, first) is TaskState.APPROVED
    assert state_of(doubling, second) is TaskState.SKIPPED


def test_a_reviewer_decides_where_two_disagree(doubling: Office) -> None:
    first, second = first_and_second(doubling)
    doubling.save(second, doubling.ben, doubling.new_revision(square(10, 10), label=doubling.dog))
    extra = doubling.save(second, doubling.ben, doubling.new_revision(square(60, 50)))
    labeling.submit(doubling.ws, second.id, doubling.ben.id)
    assert state_of(doubling, first) is TaskState.SUBMITTED
    assert doubling.claim_review(doubling.rita).id == first.id
    wrong, more = agreement.differences(doubling.ws, first.id)
    assert wrong.compared.outcome == Outcome.WRONG_CLASS
    assert wrong.mine is not None
    assert wrong.other is not None
    assert (wrong.mine.task_id, wrong.other.task_id) == (first.id, second.id)
    assert (more.compared.outcome, more.mine) == (Outcome.EXTRA, None)
    assert more.other is not None
    assert more.other.id == extra.id


def test_loose_agreement_is_a_disagreement(doubling: Office) -> None:
    first, second = first_and_second(doubling)
    doubling.save(second, doubling.ben, doubling.new_revision(MultiPolygon([box(10, 10, 20, 17)])))
    labeling.submit(doubling.ws, second.id, doubling.ben.id)
    (loose,) = agreement.differences(doubling.ws, first.id)
    assert loose.compared.iou == pytest.approx(0.7)
    assert state_of(doubling, first) is TaskState.SUBMITTED


def test_nobody_labels_an_image_twice(doubling: Office) -> None:
    doubling.add_images(1)
    doubling.submitted(doubling.ana)
    assert queue.claim_next(doubling.ws, doubling.project.id, doubling.ana.id) is None
    second = doubling.claim(doubling.ben)
    doubling.clock.advance(hours=2)
    assert queue.claim_next(doubling.ws, doubling.project.id, doubling.ana.id) is None
    assert doubling.claim(doubling.rolf).id == second.id, "Ben's lease ran out"


def test_the_duplicate_is_handed_out_by_the_age_of_its_image(doubling: Office) -> None:
    doubling.add_images(3)
    first = doubling.submitted(doubling.ana)
    assert doubling.claim(doubling.ben).image_id == first.image_id


def test_there_is_one_duplicate_however_often_the_work_is_handed_in(doubling: Office) -> None:
    update_settings(doubling.ws, doubling.project.id, review_share=1.0)
    doubling.add_images(1)
    doubling.submitted(doubling.ana)
    doubling.send_back_next(doubling.rita)
    doubling.clock.advance(minutes=1)
    doubling.submitted(doubling.ana, 0)
    purposes = [task.purpose for task in queue.list_tasks(doubling.ws, doubling.project.id)]
    assert purposes == [TaskPurpose.WORK, TaskPurpose.DUPLICATE]


def test_it_is_compared_with_what_was_handed_in_first(doubling: Office) -> None:
    update_settings(doubling.ws, doubling.project.id, review_share=1.0)
    first, second = first_and_second(doubling)
    doubling.clock.advance(minutes=1)
    doubling.send_back_next(doubling.rita)
    doubling.claim(doubling.ana)
    (mine,) = labeling.list_annotations(doubling.ws, first.id)
    change = doubling.new_revision(square(50, 50))
    labeling.save_annotation(doubling.ws, first.id, doubling.ana.id, change, annotation_id=mine.id)
    doubling.save(second, doubling.ben, doubling.new_revision(square(10, 10)))
    labeling.submit(doubling.ws, second.id, doubling.ben.id)
    assert agreement.differences(doubling.ws, first.id) == []
    assert state_of(doubling, first) is TaskState.LEASED


def test_reviewers_get_what_both_have_labeled_first(doubling: Office) -> None:
    update_settings(doubling.ws, doubling.project.id, review_share=1.0)
    doubling.add_images(2)
    doubling.submitted(doubling.ana)
    doubling.clock.advance(minutes=1)
    second = doubling.submitted(doubling.ana)
    for task in queue.list_tasks(doubling.ws, doubling.project.id, states=[TaskState.READY]):
        if task.reference_task_id == second.id:
            queue.set_priority(doubling.ws, [task.id], 5, by=doubling.max.id)
    labeling.submit(doubling.ws, doubling.claim(doubling.ben).id, doubling.ben.id)
    assert doubling.claim_review(doubling.rita).id == second.id
    assert review.waiting(doubling.ws, doubling.project.id) == 1


def test_a_share_of_the_images_is_doubled(office: Office) -> None:
    update_settings(office.ws, office.project.id, duplicate_rate=0.25, salt="fixed")
    office.add_images(40)
    for _ in range(40):
        task = office.claim(office.ana)
        labeling.submit(office.ws, task.id, office.ana.id)
    doubled = [
        t for t in queue.list_tasks(office.ws, office.project.id) if t.purpose is TaskPurpose.DUPLICATE
    ]
    assert 4 <= len(doubled) <= 17  # 10 expected, plus or minus 2.5 standard deviations


def test_a_reviewer_takes_what_the_second_one_did(doubling: Office) -> None:
    doubling.add_images(1)
    task = doubling.claim(doubling.ana)
    for left in (10, 40):
        doubling.save(task, doubling.ana, doubling.new_revision(square(left, 10)))
    first = labeling.submit(doubling.ws, task.id, doubling.ana.id)
    second = doubling.claim(doubling.ben)
    doubling.save(second, doubling.ben, doubling.new_revision(square(10, 10), label=doubling.dog))
    doubling.save(second, doubling.ben, doubling.new_revision(square(60, 50)))
    labeling.submit(doubling.ws, second.id, doubling.ben.id)
    doubling.claim_review(doubling.rita)
    found = agreement.differences(doubling.ws, first.id)
    assert [(one.by, one.taken) for one in found] == [(doubling.ben.id, False)] * 3
    for number in range(3):
        second_opinion.take(doubling.ws, first.id, doubling.rita.id, number)
        second_opinion.take(doubling.ws, first.id, doubling.rita.id, number)
    assert all(one.taken for one in agreement.differences(doubling.ws, first.id))
    present = labeling.list_annotations(doubling.ws, first.id)
    assert [(one.revision.class_id, one.revision.outline) for one in present] == [
        (doubling.dog.id, square(10, 10)),
        (doubling.cat.id, square(60, 50)),
    ]
    assert all(one.revision.correction for one in present)
    with pytest.raises(NotFound):
        second_opinion.take(doubling.ws, first.id, doubling.rita.id, 3)
