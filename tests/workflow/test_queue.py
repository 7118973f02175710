from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from maa.domain import (
    Conflict,
    InvalidInput,
    NewImage,
    NotAllowed,
    NotFound,
    Person,
    Role,
    TaskState,
    Verdict,
)
from maa.workflow import history, labeling, people, queue, review
from maa.workflow.settings import update_settings

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


def test_what_is_set_aside_stays_theirs_while_they_work_on_something_else(office: Office) -> None:
    aside, _, other = office.add_images(3)
    update_settings(office.ws, office.project.id, pick_any=True, by=office.max.id)
    office.claim(office.ana)
    queue.claim(office.ws, other.id, office.ana.id)
    for _ in range(3):
        office.clock.advance(minutes=20)
        office.save(queue.get_task(office.ws, other.id), office.ana)
    with pytest.raises(Conflict, match="Ana has this image"):
        queue.claim(office.ws, aside.id, office.ben.id)
    assert office.claim(office.ben).id not in (aside.id, other.id)
    assert queue.claim_next(office.ws, office.project.id, office.rita.id) is None
    labeling.submit(office.ws, other.id, office.ana.id)
    assert queue.claim_next(office.ws, office.project.id, office.rita.id) is None, "not in between, either"
    assert office.claim(office.ana).id == aside.id
    office.clock.advance(minutes=31)
    assert queue.claim(office.ws, aside.id, office.rita.id).holder_id == office.rita.id, (
        "only while they work"
    )


def test_what_is_set_aside_comes_again_in_turn_the_latest_first(office: Office) -> None:
    tasks = office.add_images(4)
    update_settings(office.ws, office.project.id, pick_any=True, by=office.max.id)
    for task in tasks:
        queue.claim(office.ws, task.id, office.ana.id)
        office.clock.advance(minutes=1)
    again = []
    for _ in tasks:
        present = office.claim(office.ana)
        again.append(present.id)
        office.save(present, office.ana)
        labeling.submit(office.ws, present.id, office.ana.id)
    assert again == [task.id for task in reversed(tasks)]


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
    update_settings(office.ws, office.project.id, pick_any=True)
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


def test_a_higher_priority_is_handed_out_first_and_then_the_older_image(office: Office) -> None:
    first, second, third, fourth = office.add_images(4)
    with office.ws.store.write() as tx:
        urgent = queue.add_image(
            tx,
            office.project.id,
            NewImage(file_name="u", width=9, height=9, file_hash="u", pixel_hash="u"),
            priority=2,
        )
    assert queue.set_priority(office.ws, [third.id, fourth.id], 1, by=office.max.id) == 2
    assert queue.set_priority(office.ws, [second.id], -1, by=office.max.id) == 1
    handed_out = []
    for _ in range(5):
        task = office.claim(office.ana)
        handed_out.append(task.image_id)
        labeling.submit(office.ws, task.id, office.ana.id)
    assert handed_out == [urgent.id, third.image_id, fourth.image_id, first.image_id, second.image_id]
    assert queue.set_priority(office.ws, [third.id], 1, by=office.max.id) == 0, "it has it already"
    events = history.events(office.ws, kinds=["priority_changed"])
    assert (events[0].task_id, events[0].data) == (second.id, {"from": 0, "to": -1})


def test_sent_back_work_comes_before_anything_urgent(office: Office) -> None:
    mine, _ = office.add_images(2)
    office.submitted(office.ana)
    office.send_back_next(office.rita)
    queue.set_priority(office.ws, [office.add_images(1)[0].id], 100, by=office.max.id)
    assert office.claim(office.ana).id == mine.id


def test_only_managers_give_priorities_and_only_sensible_ones(office: Office) -> None:
    (task,) = office.add_images(1)
    with pytest.raises(NotAllowed):
        queue.set_priority(office.ws, [task.id], 1, by=office.ana.id)
    for priority in (101, -101, 1.5, True):
        with pytest.raises(InvalidInput, match="-100 to 100"):
            queue.set_priority(office.ws, [task.id], priority, by=office.max.id)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        queue.set_priority(office.ws, [task.id, 999], 5, by=office.max.id)
    assert queue.get_task(office.ws, task.id).priority == 0, "all of them or none"


def test_a_paused_project_hands_out_nothing_but_lets_people_finish(office: Office) -> None:
    office.add_images(3)
    office.submitted(office.ben)
    task = office.claim(office.ana)
    update_settings(office.ws, office.project.id, paused=True, by=office.max.id)
    assert office.claim(office.ana).id == task.id
    for ask in (
        lambda: queue.claim_next(office.ws, office.project.id, office.ben.id),
        lambda: queue.claim(office.ws, task.id + 1, office.max.id),
        lambda: review.claim_next_review(office.ws, office.project.id, office.rita.id),
    ):
        with pytest.raises(NotAllowed, match="paused"):
            ask()
    office.save(task, office.ana)
    labeling.submit(office.ws, task.id, office.ana.id)
    with pytest.raises(NotAllowed, match="paused"):
        queue.claim_next(office.ws, office.project.id, office.ana.id)
    update_settings(office.ws, office.project.id, paused=False, by=office.max.id)
    assert office.claim(office.ana).id == task.id + 1


def test_a_review_in_hand_can_be_finished_in_a_paused_project(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    update_settings(office.ws, office.project.id, paused=True, by=office.max.id)
    assert office.claim_review(office.rita).id == task.id
    assert office.decide(task, office.rita, Verdict.APPROVE).state is TaskState.APPROVED


def test_annotators_do_not_choose_their_images_unless_the_project_lets_them(office: Office) -> None:
    first, second = office.add_images(2)
    with pytest.raises(NotAllowed, match="Take the next one"):
        queue.claim(office.ws, second.id, office.ana.id)
    held = office.claim(office.ana)
    assert queue.claim(office.ws, held.id, office.ana.id).id == first.id, "their own they can"
    assert queue.claim(office.ws, second.id, office.rita.id).id == second.id, "a reviewer can"
    queue.release(office.ws, second.id, office.rita.id)
    update_settings(office.ws, office.project.id, pick_any=True, by=office.max.id)
    assert queue.claim(office.ws, second.id, office.ben.id).id == second.id


def test_fifty_people_who_ask_at_once_get_fifty_images(office: Office) -> None:
    office.add_images(60)
    annotator = {office.project.id: Role.ANNOTATOR}
    crowd = [people.add_person(office.ws, f"Person {n}", annotator) for n in range(50)]
    together = threading.Barrier(len(crowd))

    def ask(person: Person) -> list[int]:
        together.wait()
        task = queue.claim_next(office.ws, office.project.id, person.id)
        again = queue.claim_next(office.ws, office.project.id, person.id)
        return [t.id for t in (task, again) if t is not None]

    with ThreadPoolExecutor(len(crowd)) as pool:
        answers = list(pool.map(ask, crowd))
    assert all(len(set(answer)) == 1 for answer in answers), "what they hold is theirs"
    assert len({answer[0] for answer in answers}) == 50
    held = queue.list_tasks(office.ws, office.project.id, states=[TaskState.LEASED])
    assert len(held) == len({task.holder_id for task in held}) == 50


def test_what_comes_next_is_foreseen_by_priority(office: Office) -> None:
    first, second, third = office.add_images(3)
    queue.set_priority(office.ws, [second.id], 5, by=office.max.id)

    def upcoming(state: TaskState) -> int | None:
        image = queue.upcoming_image(office.ws, office.project.id, state)
        return image.id if image else None

    assert upcoming(TaskState.SUBMITTED) is None
    assert upcoming(TaskState.READY) == second.image_id
    assert office.submitted(office.ana).id == second.id
    assert (upcoming(TaskState.READY), upcoming(TaskState.SUBMITTED)) == (first.image_id, second.image_id)
    queue.set_priority(office.ws, [third.id], 9, by=office.max.id)
    assert office.submitted(office.ana).id == third.id
    assert upcoming(TaskState.SUBMITTED) == third.image_id
