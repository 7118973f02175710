"""Trials and duplicates cannot be told from other work: not by what is on them, nor by what can be done."""

from __future__ import annotations

import pytest

from maa.domain import Arm, Comparison, Conflict, Role, Task, TaskPurpose, TaskState, Verdict
from maa.store import annotations as stored
from maa.store import comparisons, trials
from maa.workflow import gold, history, labeling, people, prelabels, projects, quality, queue
from maa.workflow.metrics import Filter
from maa.workflow.prelabels import Proposed
from maa.workflow.settings import update_settings

from .office import Office, square


def settle(office: Office, **changes: object) -> None:
    update_settings(office.ws, office.project.id, salt="fixed", **changes)


def propose(office: Office, *tasks: Task) -> None:
    for task in tasks:
        with office.ws.store.write() as tx:
            prelabels.put(tx, task, [Proposed(office.cat.id, square(10, 10), None, "m@0123456789ab", 0.9)])


def trusted(office: Office, *, prelabeled: bool = True) -> Task:
    """An image that Ben labeled: the pre-label was repaired (a cat of 20 x 20); approved and gold."""
    (ready,) = office.add_images(1)
    if prelabeled:
        propose(office, ready)
    task = office.claim(office.ben)
    for one in labeling.list_annotations(office.ws, task.id):
        labeling.delete_annotation(office.ws, task.id, office.ben.id, one.id)
    office.save(task, office.ben, office.new_revision(square(10, 10, 20)))
    labeling.submit(office.ws, task.id, office.ben.id)
    return gold.mark(office.ws, office.approve_next(office.rita).id, by=office.max.id)


def next_trial(office: Office) -> Task:
    """Ana's next trial; what comes before it is handed in."""
    while (task := office.claim(office.ana)).purpose is TaskPurpose.WORK:
        labeling.submit(office.ws, task.id, office.ana.id)
    return task


def on(office: Office, task: Task) -> list[bool]:
    """The objects on a task: whether each is a pre-label."""
    return [one.revision.prelabel for one in labeling.list_annotations(office.ws, task.id)]


def test_a_trial_has_the_pre_labels_that_its_image_had_where_other_work_has_some(office: Office) -> None:
    without, reference = trusted(office, prelabeled=False), trusted(office)
    propose(office, *office.add_images(20))
    settle(office, gold_rate=0.5)
    trial = next_trial(office)
    assert (trial.image_id, on(office, trial)) == (reference.image_id, [True]), "rather this one"
    (proposed,) = labeling.list_annotations(office.ws, trial.id)
    office.clock.advance(minutes=5)
    with office.ws.store.read() as tx:
        first = stored.revisions(tx, stored.ids_of_task(tx, reference.id)[0])[0]
    assert (proposed.revision.outline, proposed.revision.confidence) == (first.outline, first.confidence)
    assert proposed.revision.created_at == first.created_at, "the page is told when it was written"
    labeling.submit(office.ws, trial.id, office.ana.id)
    assert (later := next_trial(office)).image_id == without.image_id
    assert on(office, later) == []


def test_a_trial_has_none_where_other_work_has_none(office: Office) -> None:
    trusted(office)
    office.add_images(20)
    settle(office, gold_rate=0.5)
    assert on(office, next_trial(office)) == []


def test_a_trial_by_hand_has_none(office: Office) -> None:
    trusted(office)
    propose(office, *office.add_images(20))
    settle(office, gold_rate=0.5, manual_share=1.0)
    trial = next_trial(office)
    assert (trial.arm, on(office, trial)) == (Arm.MANUAL, [])


def test_a_trial_is_taken_back_and_scored_anew(office: Office) -> None:
    trusted(office)
    propose(office, *office.add_images(20))
    settle(office, gold_rate=0.5, gold_feedback="next_day", time_zone="UTC")
    trial = next_trial(office)
    labeling.submit(office.ws, trial.id, office.ana.id)
    assert labeling.take_back(office.ws, trial.id, office.ana.id).state is TaskState.LEASED
    assert scored(office) == []
    with office.ws.store.read() as tx:
        assert comparisons.of_task(tx, trial.id) is None
    (object_,) = labeling.list_annotations(office.ws, trial.id)
    labeling.delete_annotation(office.ws, trial.id, office.ana.id, object_.id)
    office.save(trial, office.ana, office.new_revision(square(10, 10, 20)))
    labeling.submit(office.ws, trial.id, office.ana.id)
    assert scored(office) == [1.0]
    office.clock.advance(hours=24)
    with pytest.raises(Conflict, match="taken back"):  # by now they have read that it was one
        labeling.take_back(office.ws, trial.id, office.ana.id)


def scored(office: Office) -> list[float]:
    day = office.clock.now.date()
    return list(quality.gold_people(office.ws, Filter(office.project.id, day, day))["score"])


def test_a_trial_is_not_taken_back_where_work_in_its_place_would_not_be(office: Office) -> None:
    trusted(office)
    office.add_images(20)
    settle(office, gold_rate=0.5, gold_feedback="never", review_share=0.0, review_newcomers=0)
    for task in (next_trial(office), None):
        task = task or office.claim(office.ana)
        assert labeling.submit(office.ws, task.id, office.ana.id).state is TaskState.APPROVED
        with pytest.raises(Conflict, match="taken back"):
            labeling.take_back(office.ws, task.id, office.ana.id)


def test_nobody_tries_a_qualification_twice(office: Office) -> None:
    trusted(office)
    settle(office, qualification_images=1, gold_feedback="never")
    trial = next_trial(office)
    labeling.submit(office.ws, trial.id, office.ana.id)
    with pytest.raises(Conflict, match="taken back"):
        labeling.take_back(office.ws, trial.id, office.ana.id)


def test_a_duplicate_is_taken_back_until_a_reviewer_looks_at_what_it_doubles(office: Office) -> None:
    settle(office, duplicate_rate=1.0)
    office.add_images(1)
    first = office.submitted(office.ana)
    second = office.submitted(office.ben, objects=2)
    assert second.purpose is TaskPurpose.DUPLICATE
    labeling.take_back(office.ws, second.id, office.ben.id)
    with office.ws.store.read() as tx:
        assert trials.doubled(tx, office.project.id) == {first.id}
        assert comparisons.with_reference(tx, first.id) == []
    labeling.submit(office.ws, second.id, office.ben.id)
    assert len(_compared(office, first)) == 1
    office.claim_review(office.rita)
    with pytest.raises(Conflict, match="taken back"):
        labeling.take_back(office.ws, second.id, office.ben.id)


def _compared(office: Office, first: Task) -> list[Comparison]:
    with office.ws.store.read() as tx:
        return comparisons.with_reference(tx, first.id)


def test_the_number_of_images_left_does_not_tell(office: Office) -> None:
    trusted(office)
    trusted(office)

    def left() -> tuple[int, bool]:
        return queue.left_to_label(office.ws, projects.get_project(office.ws, office.project.id))

    office.add_images(12)
    assert left() == (12, True)
    settle(office, gold_rate=0.5)
    told = []
    while (task := queue.claim_next(office.ws, office.project.id, office.ana.id)) is not None:
        told.append((task.purpose, left()))
        labeling.submit(office.ws, task.id, office.ana.id)
    assert [purpose for purpose, _ in told].count(TaskPurpose.GOLD) == 2
    assert {number for _, number in told} == {(20, False), (10, False)}, "never an exact one, and never 0"


def test_who_may_look_outlines_up_is_not_tried(office: Office) -> None:
    trusted(office)
    office.add_images(4)
    settle(office, qualification_images=1, gold_rate=0.5)
    nia = people.add_person(office.ws, "Nia", {office.project.id: Role.REVIEWER})
    for who in (nia, office.max):
        assert gold.trials_left(office.ws, office.project.id, who.id) == 0
        assert office.submitted(who).purpose is TaskPurpose.WORK
    assert office.claim(office.ana).purpose is TaskPurpose.GOLD


def test_who_has_a_duplicate_does_not_find_what_it_doubles_in_the_history(office: Office) -> None:
    settle(office, duplicate_rate=1.0)
    office.add_images(1)
    first = office.submitted(office.ana)

    def found(person_id: int) -> bool:
        listed = history.find(office.ws, office.project.id, by=person_id)
        there = history.get(office.ws, office.project.id, first.id, by=person_id) is not None
        assert (first.id in {one.task.id for one in listed}) is there
        return there

    assert found(office.rita.id)
    second = office.claim(office.rita)
    assert second.purpose is TaskPurpose.DUPLICATE
    assert not found(office.rita.id)
    assert found(office.rolf.id)
    assert found(office.max.id)
    labeling.submit(office.ws, second.id, office.rita.id)
    assert found(office.rita.id)


def test_a_duplicate_that_was_taken_back_and_given_back_comes_again(office: Office) -> None:
    settle(office, duplicate_rate=1.0)
    office.add_images(1)
    office.submitted(office.ana)
    second = office.submitted(office.ben)
    labeling.take_back(office.ws, second.id, office.ben.id)
    queue.release(office.ws, second.id, office.ben.id)
    assert queue.claim_next(office.ws, office.project.id, office.ana.id) is None, "not one of her own image"
    assert office.claim(office.ben).id == second.id


def test_a_duplicate_stays_done_once_a_reviewer_passed_what_it_doubles(office: Office) -> None:
    settle(office, duplicate_rate=1.0, review_stages=2)
    office.add_images(1)
    first = office.submitted(office.ana)
    second = office.submitted(office.ben, objects=3)
    office.decide(office.claim_review(office.rita), office.rita, Verdict.APPROVE)
    with pytest.raises(Conflict, match="taken back"):
        labeling.take_back(office.ws, second.id, office.ben.id)
    assert queue.get_task(office.ws, first.id).stage == 2


def test_a_late_duplicate_does_not_approve_what_waits_for_its_second_review(office: Office) -> None:
    settle(office, duplicate_rate=1.0, review_stages=2)
    office.add_images(1)
    first = office.submitted(office.ana)
    office.decide(office.claim_review(office.rita), office.rita, Verdict.APPROVE)
    settle(office, review_share=0.0, review_newcomers=0)
    office.submitted(office.ben)
    now = queue.get_task(office.ws, first.id)
    assert (now.state, now.stage) == (TaskState.SUBMITTED, 2)


def test_which_gold_began_prelabeled_and_who_has_none_left(office: Office) -> None:
    (ready,) = office.add_images(1)
    boxes = [Proposed(office.cat.id, square(n, n), None, "m@0123456789ab", 0.9) for n in range(0, 60, 2)]
    with office.ws.store.write() as tx:
        assert len(prelabels.put(tx, ready, boxes)) == 30
    task = office.claim(office.ben)
    labeling.submit(office.ws, task.id, office.ben.id)
    gold.mark(office.ws, office.approve_next(office.rita).id, by=office.max.id)
    with office.ws.store.read() as tx:
        assert stored.began_prelabeled(tx, [ready.id, 999]) == {ready.id}
        assert trials.is_stuck(tx, office.project.id, office.ben.id), "it is his own work"
        assert not trials.is_stuck(tx, office.project.id, office.ana.id)


def test_a_verdict_on_what_was_doubled_stays_with_the_work(office: Office) -> None:
    settle(office, duplicate_rate=1.0)
    office.add_images(1)
    first = office.submitted(office.ana)
    second = office.submitted(office.ben)
    labeling.take_back(office.ws, second.id, office.ben.id)
    queue.release(office.ws, second.id, office.ben.id)
    office.decide(office.claim_review(office.rita), office.rita, Verdict.APPROVE)
    assert queue.get_task(office.ws, first.id).state is TaskState.APPROVED


def test_a_trial_waits_where_work_would_wait_for_a_second_person(office: Office) -> None:
    trusted(office)
    office.add_images(20)
    settle(office, gold_rate=0.5, duplicate_rate=1.0, review_share=0.0, review_newcomers=0)
    trial = next_trial(office)
    labeling.submit(office.ws, trial.id, office.ana.id)
    assert labeling.take_back(office.ws, trial.id, office.ana.id).state is TaskState.LEASED


def test_a_trial_is_not_chosen_for_pre_labels_of_a_class_out_of_use(office: Office) -> None:
    reference = trusted(office)
    with office.ws.store.read() as tx:
        assert stored.began_prelabeled(tx, [reference.id]) == {reference.id}
    projects.retire_class(office.ws, office.cat.id)
    with office.ws.store.read() as tx:
        assert stored.began_prelabeled(tx, [reference.id]) == set()


def test_what_was_compared_is_not_changed_afterwards(office: Office) -> None:
    settle(office, duplicate_rate=1.0)
    office.add_images(1)
    office.submitted(office.ana)
    second = office.claim(office.ben)
    saved = office.save(second, office.ben)
    labeling.save_annotation(
        office.ws, second.id, office.ben.id, office.new_revision(square(40)), annotation_id=saved.id
    )
    labeling.submit(office.ws, second.id, office.ben.id)
    with pytest.raises(Conflict, match="comparison"):
        labeling.restore_revision(office.ws, second.id, office.max.id, saved.id, 1)
    with pytest.raises(Conflict, match="comparison"):
        queue.reopen(office.ws, second.id, by=office.max.id)


def test_a_duplicate_is_taken_back_while_what_it_doubles_waits_for_anybody(office: Office) -> None:
    settle(office, duplicate_rate=1.0)
    office.add_images(1)
    first = office.submitted(office.ana)
    second = office.submitted(office.ben)
    labeling.take_back(office.ws, first.id, office.ana.id)
    queue.release(office.ws, first.id, office.ana.id)
    assert labeling.take_back(office.ws, second.id, office.ben.id).state is TaskState.LEASED
