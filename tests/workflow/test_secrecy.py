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
    with office.ws.store.read() as tx:
        first = stored.revisions(tx, stored.ids_of_task(tx, reference.id)[0])[0]
    assert (proposed.revision.outline, proposed.revision.confidence) == (first.outline, first.confidence)
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
    def left() -> tuple[int, bool]:
        return queue.left_to_label(office.ws, projects.get_project(office.ws, office.project.id))

    office.add_images(12)
    assert left() == (12, True)
    settle(office, gold_rate=0.5)
    assert left() == (20, False)
    for _ in range(12):
        office.claim(office.ana)
        labeling.submit(office.ws, office.claim(office.ana).id, office.ana.id)
    assert left() == (0, False)


def test_a_reviewer_with_a_trial_does_not_find_its_image_in_the_history(office: Office) -> None:
    reference = trusted(office)
    office.add_images(2)
    settle(office, qualification_images=1)
    nia = people.add_person(office.ws, "Nia", {office.project.id: Role.REVIEWER})

    def found(person_id: int) -> bool:
        listed = history.find(office.ws, office.project.id, by=person_id)
        there = history.get(office.ws, office.project.id, reference.id, by=person_id) is not None
        assert (reference.id in {one.task.id for one in listed}) is there
        return there

    assert found(nia.id)
    trial = office.claim(nia)
    assert trial.image_id == reference.image_id
    assert not found(nia.id)
    assert history.get(office.ws, office.project.id, trial.id, by=nia.id) is None
    assert found(office.rita.id)
    assert found(office.max.id)
    assert history.get(office.ws, office.project.id, trial.id, by=office.max.id) is not None
    labeling.submit(office.ws, trial.id, nia.id)
    assert found(nia.id)


def test_only_managers_read_in_the_history_that_an_image_is_gold(office: Office) -> None:
    reference = trusted(office)

    def told(person_id: int | None) -> set[str]:
        return {row.what for row in history.of_task(office.ws, reference.id, by=person_id)}

    assert "gold_marked" in told(None) & told(office.max.id)
    assert told(office.rita.id) == told(None) - {"gold_marked"}


def test_a_verdict_on_what_was_doubled_stays_with_the_work(office: Office) -> None:
    settle(office, duplicate_rate=1.0)
    office.add_images(1)
    first = office.submitted(office.ana)
    second = office.submitted(office.ben)
    labeling.take_back(office.ws, second.id, office.ben.id)
    queue.release(office.ws, second.id, office.ben.id)
    office.decide(office.claim_review(office.rita), office.rita, Verdict.APPROVE)
    assert queue.get_task(office.ws, first.id).state is TaskState.APPROVED
