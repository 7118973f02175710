"""Gold trials: who gets them when, what they score, and that they never become anybody's result."""

from __future__ import annotations

from collections import Counter

import pytest
from shapely import MultiPolygon, box

from maa.domain import Conflict, NotAllowed, Origin, Person, Role, Task, TaskPurpose, TaskState
from maa.workflow import exports, gold, history, labeling, people, projects, queue, review
from maa.workflow.settings import update_settings

from .office import Office, square


def settle(office: Office, **changes: object) -> None:
    update_settings(office.ws, office.project.id, salt="fixed", **changes)


def trusted(office: Office, count: int) -> list[Task]:
    """Images labeled by Ben (a cat of 10 x 10 and a dog of 10 x 10), approved and marked as gold."""
    office.add_images(count)
    marked = []
    for _ in range(count):
        task = office.claim(office.ben)
        office.save(task, office.ben, office.new_revision(square(10, 10)))
        office.save(task, office.ben, office.new_revision(square(40, 40), label=office.dog))
        labeling.submit(office.ws, task.id, office.ben.id)
        office.approve_next(office.rita)
        marked.append(gold.mark(office.ws, task.id, by=office.max.id))
    return marked


def hand_in(office: Office, task: Task, *outlines: MultiPolygon) -> Task:
    for outline in outlines:
        office.save(task, office.ana, office.new_revision(outline))
    return labeling.submit(office.ws, task.id, office.ana.id)


def test_only_a_manager_marks_and_only_what_is_approved(office: Office) -> None:
    (ready,) = office.add_images(1)
    with pytest.raises(Conflict, match="approved"):
        gold.mark(office.ws, ready.id, by=office.max.id)
    office.submitted(office.ben)
    done = office.approve_next(office.rita)
    with pytest.raises(NotAllowed):
        gold.mark(office.ws, done.id, by=office.rita.id)
    assert gold.mark(office.ws, done.id, by=office.max.id).gold
    assert queue.get_task(office.ws, done.id).gold
    assert not queue.reopen(office.ws, done.id, by=office.max.id).gold, "what may change is not trusted"
    assert not queue.get_task(office.ws, done.id).gold


def test_a_trial_is_scored_by_hand_countable_numbers(office: Office) -> None:
    (reference,) = trusted(office, 1)
    settle(office, qualification_images=1)
    trial = office.claim(office.ana)
    assert (trial.purpose, trial.image_id, trial.id != reference.id) == (
        TaskPurpose.GOLD,
        reference.image_id,
        True,
    )
    # the cat with 80 of its 100 square pixels, no dog, and something that is not there
    done = hand_in(office, trial, MultiPolygon([box(10, 10, 20, 18)]), square(70, 60))
    assert done.state is TaskState.SUBMITTED, "like work, which waits for its review"
    settle(office, gold_feedback="at_once")
    (result,) = gold.feedback(office.ws, office.project.id, office.ana.id)
    assert Counter(one.outcome for one in result.objects) == {"matched": 1, "missed": 1, "extra": 1}
    matched, missed, extra = result.objects
    assert matched.iou == pytest.approx(0.8)
    assert (missed.class_id, missed.reference_class_id) == (None, office.dog.id)
    assert (extra.class_id, extra.reference_class_id) == (office.cat.id, None)
    assert result.score == pytest.approx(0.8 / 2)
    (event,) = history.events(office.ws, kinds=["gold_scored"])
    assert event.data == {"score": 0.4}


def test_a_trial_is_never_a_result_and_nobody_else_sees_it(office: Office) -> None:
    trusted(office, 1)
    before = exports.export(office.ws, office.project.id).content
    settle(office, gold_rate=0.5)
    trial = queue.claim_next(office.ws, office.project.id, office.ana.id)
    while trial is None or trial.purpose is not TaskPurpose.GOLD:
        if trial is None:
            office.add_images(1)
        else:
            hand_in(office, trial)
        trial = queue.claim_next(office.ws, office.project.id, office.ana.id)
    office.clock.advance(hours=5)
    assert not _is_given(office, trial), "run out, and still hers"
    assert office.claim(office.ana).id == trial.id
    queue.release(office.ws, trial.id, office.ana.id)
    assert not _is_given(office, trial)
    with pytest.raises(NotAllowed):
        queue.claim(office.ws, trial.id, office.max.id)
    assert office.claim(office.ana).id == trial.id
    hand_in(office, trial, square(0, 0))
    assert exports.export(office.ws, office.project.id).content == before
    assert all(task.purpose is TaskPurpose.WORK for task in _for_review(office))
    assert projects.progress(office.ws, office.project.id).tasks[TaskState.APPROVED] == 1
    with pytest.raises(Conflict):
        queue.reopen(office.ws, trial.id, by=office.max.id)


def _is_given(office: Office, trial: Task) -> bool:
    """Whether somebody else gets the trial."""
    task = queue.claim_next(office.ws, office.project.id, office.rita.id)
    return task is not None and task.id == trial.id


def _for_review(office: Office) -> list[Task]:
    found = []
    while task := review.claim_next_review(office.ws, office.project.id, office.rolf.id):
        found.append(task)
        office.decide(task, office.rolf, review.Verdict.SEND_BACK, "other")
    return found


def test_trials_come_at_the_rate_that_is_set_at_places_that_differ(office: Office) -> None:
    trusted(office, 8)
    office.add_images(60)
    settle(office, gold_rate=0.2)
    places: dict[int, list[int]] = {}
    nia = people.add_person(office.ws, "Nia", {office.project.id: Role.ANNOTATOR})
    for person in (office.ana, nia):
        purposes = []
        for _ in range(30):
            task = office.claim(person)
            purposes.append(task.purpose)
            labeling.submit(office.ws, task.id, person.id)
        places[person.id] = [place for place, what in enumerate(purposes) if what is TaskPurpose.GOLD]
    for found in places.values():
        assert [place // 5 for place in found] == [0, 1, 2, 3, 4, 5], "one in each stretch of five"
    assert len(set(map(tuple, places.values()))) == 2
    images = [
        t.image_id for t in queue.list_tasks(office.ws, office.project.id) if t.for_person_id == office.ana.id
    ]
    assert len(images) == len(set(images)), "each gold image once"


def test_nobody_is_tried_on_their_own_work(office: Office) -> None:
    trusted(office, 3)
    office.add_images(2)
    settle(office, gold_rate=0.5)
    for _ in range(2):
        task = office.claim(office.ben)
        assert task.purpose is TaskPurpose.WORK
        labeling.submit(office.ws, task.id, office.ben.id)


def test_people_pass_trials_before_the_real_work(office: Office) -> None:
    trusted(office, 3)
    office.add_images(1)
    settle(office, qualification_images=2, qualification_score=0.9)
    assert gold.trials_left(office.ws, office.project.id, office.ana.id) == 2
    right = square(10, 10)
    hand_in(office, office.claim(office.ana), right)
    assert gold.trials_left(office.ws, office.project.id, office.ana.id) == 2, "the dog was missed"
    for left in (1, 0):
        trial = office.claim(office.ana)
        assert trial.purpose is TaskPurpose.GOLD
        office.save(trial, office.ana, office.new_revision(square(40, 40), label=office.dog))
        hand_in(office, trial, right)
        assert gold.trials_left(office.ws, office.project.id, office.ana.id) == left
    assert office.claim(office.ana).purpose is TaskPurpose.WORK
    newcomer = people.add_person(office.ws, "Nia", {office.project.id: Role.ANNOTATOR})
    for _ in range(3):
        labeling.submit(office.ws, office.claim(newcomer).id, newcomer.id)
    with pytest.raises(NotAllowed, match="2 of the first images"):
        office.claim(newcomer)
    assert gold.trials_left(office.ws, office.project.id, office.max.id) == 0, "managers need not"
    waiting = {one.person_id: one for one in gold.qualifying(office.ws, office.project.id)}
    assert office.ana.id not in waiting, "she has passed"
    assert waiting[newcomer.id] == gold.Qualifying(newcomer.id, 0, 2, stuck=True)
    beginner = people.add_person(office.ws, "Bo", {office.project.id: Role.ANNOTATOR})
    assert set(waiting) == {office.ben.id, newcomer.id}, "reviewers and managers are not tried"
    for trials_had in range(3):
        assert not stuck(office, beginner), trials_had
        task = office.claim(beginner)
        assert not stuck(office, beginner), "one is in hand"
        labeling.submit(office.ws, task.id, beginner.id)
    assert stuck(office, beginner)


def stuck(office: Office, person: Person) -> bool:
    (found,) = [one for one in gold.qualifying(office.ws, office.project.id) if one.person_id == person.id]
    return found.stuck


def test_nobody_can_tell_a_trial_by_what_can_be_chosen(office: Office) -> None:
    trusted(office, 1)
    (ready,) = office.add_images(1)
    update_settings(office.ws, office.project.id, pick_any=True)
    for hidden in ({"gold_rate": 0.5}, {"duplicate_rate": 0.5}, {"qualification_images": 1}):
        settle(office, **hidden)
        with pytest.raises(NotAllowed, match="Take the next one"):
            queue.claim(office.ws, ready.id, office.ana.id)
        ana = people.find_member(office.ws, office.project.id, office.ana.id)
        assert ana is not None
        assert not queue.may_choose(projects.get_project(office.ws, office.project.id), ana), hidden
        settle(office, gold_rate=0.0, duplicate_rate=0.0, qualification_images=0)
    assert queue.claim(office.ws, ready.id, office.ana.id).id == ready.id


def test_feedback_comes_when_the_project_says(office: Office) -> None:
    trusted(office, 1)
    settle(office, qualification_images=1, gold_feedback="next_day", time_zone="Europe/Berlin")
    hand_in(office, office.claim(office.ana), square(10, 10))

    def seen() -> int:
        return len(gold.feedback(office.ws, office.project.id, office.ana.id))

    assert seen() == 0
    office.clock.advance(hours=14)  # 23:00 UTC: midnight in Berlin
    assert seen() == 1
    settle(office, gold_feedback="never")
    assert seen() == 0


def test_the_trusted_state_is_the_one_of_the_moment_the_trial_was_given(office: Office) -> None:
    (reference,) = trusted(office, 1)
    settle(office, qualification_images=1, gold_feedback="at_once")
    trial = office.claim(office.ana)
    office.clock.advance(minutes=1)
    queue.reopen(office.ws, reference.id, by=office.max.id)
    queue.claim(office.ws, reference.id, office.max.id)
    for annotation in labeling.list_annotations(office.ws, reference.id):
        labeling.delete_annotation(office.ws, reference.id, office.max.id, annotation.id)
    office.save(
        trial, office.ana, office.new_revision(square(40, 40), label=office.dog, origin=Origin.MANUAL)
    )
    hand_in(office, trial, square(10, 10))
    (result,) = gold.feedback(office.ws, office.project.id, office.ana.id)
    assert result.score == pytest.approx(1.0)
