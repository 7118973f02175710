from __future__ import annotations

from datetime import timedelta

import pytest

from maa.domain import Conflict, InvalidInput, NotAllowed, NotFound, TaskState
from maa.workflow import history, labeling, people, queue

from .office import Office, add_image


def test_work_is_handed_out_oldest_first_and_to_one_person_each(office: Office) -> None:
    first, second = office.add_images(2)
    assert office.claim(office.ana).id == first.id
    assert office.claim(office.ben).id == second.id
    assert queue.claim_next(office.ws, office.project.id, office.rita.id) is None


def test_what_a_person_holds_comes_first_with_a_fresh_lease(office: Office) -> None:
    office.add_images(2)
    task = office.claim(office.ana)
    office.clock.advance(minutes=20)
    again = office.claim(office.ana)
    assert again.id == task.id
    assert again.lease_expires_at == office.clock.now + timedelta(minutes=30)


def test_the_same_pixels_twice_in_a_project_are_refused_by_name(office: Office) -> None:
    add_image(office.ws, office.project, "one.png")
    with pytest.raises(Conflict, match=r"one\.png"):
        add_image(office.ws, office.project, "one.png")


def test_a_lease_that_ran_out_can_be_taken_and_the_earlier_holder_is_told_by_whom(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    kept = office.save(task, office.ana)
    office.clock.advance(minutes=31)
    assert office.claim(office.ben).id == task.id
    for change in (
        lambda: office.save(task, office.ana),
        lambda: labeling.delete_annotation(office.ws, task.id, office.ana.id, kept.id),
        lambda: labeling.submit(office.ws, task.id, office.ana.id),
        lambda: queue.renew_lease(office.ws, task.id, office.ana.id),
        lambda: queue.release(office.ws, task.id, office.ana.id),
        lambda: queue.skip(office.ws, task.id, office.ana.id, "other"),
        lambda: queue.claim(office.ws, task.id, office.ana.id),
    ):
        with pytest.raises(Conflict, match="Ben"):
            change()
    assert labeling.list_annotations(office.ws, task.id) == [kept], "what was acknowledged is there"


def test_a_run_out_lease_that_nobody_took_still_saves_and_is_renewed(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    office.clock.advance(hours=3)
    office.save(task, office.ana)
    lease = queue.get_task(office.ws, task.id).lease_expires_at
    assert lease == office.clock.now + timedelta(minutes=30)
    assert queue.claim_next(office.ws, office.project.id, office.ben.id) is None


def test_a_lease_can_be_renewed_while_it_is_held(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    office.clock.advance(minutes=29)
    renewed = queue.renew_lease(office.ws, task.id, office.ana.id)
    assert renewed.lease_expires_at == office.clock.now + timedelta(minutes=30)
    with pytest.raises(Conflict, match="Ana has this image"):
        queue.claim(office.ws, task.id, office.ben.id)


def test_released_work_goes_back_to_the_queue(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    assert queue.release(office.ws, task.id, office.ana.id).state is TaskState.READY
    assert office.claim(office.ben).id == task.id


def test_sent_back_work_goes_first_to_its_author_and_not_to_others(office: Office) -> None:
    office.add_images(3)
    returned = office.submitted(office.ana)
    office.send_back_next(office.rita)
    assert office.claim(office.ben).id != returned.id
    with pytest.raises(NotAllowed, match="Ana"):
        queue.claim(office.ws, returned.id, office.ben.id)
    assert office.claim(office.ana).id == returned.id


def test_sent_back_work_waits_for_its_author_through_a_release_and_a_run_out_lease(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    office.send_back_next(office.rita)
    office.claim(office.ana)
    assert queue.release(office.ws, task.id, office.ana.id).state is TaskState.RETURNED
    office.claim(office.ana)
    office.clock.advance(days=2)
    assert queue.claim_next(office.ws, office.project.id, office.ben.id) is None
    with pytest.raises(NotAllowed, match="Ana"):
        queue.claim(office.ws, task.id, office.ben.id)
    assert office.claim(office.ana).id == task.id


def test_sent_back_work_of_somebody_inactive_goes_to_anybody(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    office.send_back_next(office.rita)
    people.set_active(office.ws, office.ana.id, False, by=office.max.id)
    assert office.claim(office.ben).id == task.id


def test_a_manager_may_take_or_reopen_what_was_sent_back_to_somebody_else(office: Office) -> None:
    office.add_images(2)
    one = office.submitted(office.ana)
    other = office.submitted(office.ana)
    office.send_back_next(office.rita)
    office.send_back_next(office.rita)
    assert queue.claim(office.ws, one.id, office.max.id).holder_id == office.max.id
    assert queue.reopen(office.ws, other.id, by=office.max.id).state is TaskState.READY
    assert office.claim(office.ben).id == other.id


def test_a_particular_task_can_be_claimed_and_is_then_the_next(office: Office) -> None:
    _, second = office.add_images(2)
    office.claim(office.ana)
    office.clock.advance(seconds=1)
    queue.claim(office.ws, second.id, office.ana.id)
    assert office.claim(office.ana).id == second.id


@pytest.mark.parametrize(
    "state", [TaskState.SUBMITTED, TaskState.IN_REVIEW, TaskState.APPROVED, TaskState.SKIPPED]
)
def test_work_past_labeling_cannot_be_claimed(office: Office, state: TaskState) -> None:
    (task,) = office.add_images(1)
    if state is TaskState.SKIPPED:
        queue.skip(office.ws, office.claim(office.ana).id, office.ana.id, "other")
    else:
        office.submitted(office.ana)
    if state is TaskState.IN_REVIEW:
        office.claim_review(office.rita)
    if state is TaskState.APPROVED:
        office.approve_next(office.rita)
    with pytest.raises(Conflict):
        queue.claim(office.ws, task.id, office.ben.id)
    with pytest.raises(Conflict):
        office.save(task, office.ana)


def test_skipped_work_keeps_its_reason_and_objects_and_can_be_reopened(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    saved = office.save(task, office.ana)
    with pytest.raises(InvalidInput, match="reason"):
        queue.skip(office.ws, task.id, office.ana.id, "  ")
    assert queue.skip(office.ws, task.id, office.ana.id, "too difficult").state is TaskState.SKIPPED
    (event,) = history.events(office.ws, kinds=["skipped"])
    assert (event.data, event.person_id, event.task_id) == (
        {"reason": "too difficult"},
        office.ana.id,
        task.id,
    )
    with pytest.raises(NotAllowed):
        queue.reopen(office.ws, task.id, by=office.rita.id)
    queue.reopen(office.ws, task.id, by=office.max.id)
    assert office.claim(office.ben).id == task.id
    assert labeling.list_annotations(office.ws, task.id) == [saved]


def test_reopening_an_approved_image_keeps_its_history(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    office.approve_next(office.rita)
    reopened = queue.reopen(office.ws, task.id, by=office.max.id)
    assert (reopened.state, reopened.author_id) == (TaskState.READY, office.ana.id)
    kinds = [event.kind for event in history.events(office.ws, task_id=task.id)]
    assert kinds == ["reopened", "approved", "review_claimed", "submitted", "saved", "claimed", "imported"]
    with pytest.raises(Conflict, match="nothing to reopen"):
        queue.reopen(office.ws, task.id, by=office.max.id)


def test_tasks_are_listed_by_state(office: Office) -> None:
    office.add_images(3)
    task = office.claim(office.ana)
    assert [t.id for t in queue.list_tasks(office.ws, office.project.id, states=[TaskState.LEASED])] == [
        task.id
    ]
    assert len(queue.list_tasks(office.ws, office.project.id)) == 3
    assert queue.list_tasks(office.ws, office.project.id, states=[]) == []


def test_unknown_tasks_projects_and_people_are_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        queue.get_task(office.ws, 999)
    with pytest.raises(NotFound):
        queue.claim_next(office.ws, 999, office.ana.id)
    with pytest.raises(NotFound):
        queue.claim_next(office.ws, office.project.id, 999)


def test_every_change_counts_the_version_up(office: Office) -> None:
    (task,) = office.add_images(1)
    claimed = office.claim(office.ana)
    assert claimed.version == task.version + 1
    office.save(claimed, office.ana)
    assert queue.get_task(office.ws, task.id).version == task.version + 2
