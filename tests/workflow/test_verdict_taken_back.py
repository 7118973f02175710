"""A verdict that was given by mistake is taken back, and counts for nothing any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maa.domain import Conflict, NotAllowed, TaskState, Verdict
from maa.workflow import gold, history, labeling, metrics, people, queue, review, taking_back
from maa.workflow.remarks import latest_remarks
from maa.workflow.review import ObjectVerdict, Pin
from maa.workflow.settings import update_settings

from .office import MONDAY, Office, square

EVERYTHING = metrics.Filter(None, start=MONDAY.date(), end=(MONDAY + timedelta(days=9)).date())


def test_an_approval_is_taken_back_and_decided_anew(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.approve_next(office.rita)
    back = taking_back.take_back(office.ws, task.id, office.rita.id)
    assert (back.state, back.holder_id, back.stage) == (TaskState.IN_REVIEW, office.rita.id, 1)
    assert back.lease_expires_at == MONDAY + timedelta(minutes=office.project.lease_minutes)
    assert review.list_reviews(office.ws, task.id) == []
    office.clock.advance(minutes=1)
    assert taking_back.take_back(office.ws, task.id, office.rita.id) == back, "asked twice, done once"
    office.decide(task, office.rita, Verdict.SEND_BACK, "other")
    (kept,) = review.list_reviews(office.ws, task.id)
    assert kept.verdict is Verdict.SEND_BACK
    assert queue.get_task(office.ws, task.id).state is TaskState.RETURNED
    assert [row.what for row in history.of_task(office.ws, task.id)][-4:] == [
        "review_claimed",
        "approved",
        "verdict_taken_back",
        "sent_back",
    ]


def test_of_what_a_reviewer_holds_the_wanted_one_comes_first_then_the_last_they_took_up(
    office: Office,
) -> None:
    office.add_images(2)
    for _ in range(2):
        office.submitted(office.ana)
    first = office.approve_next(office.rita)
    office.clock.advance(minutes=1)
    second = office.claim_review(office.rita)
    queue.set_priority(office.ws, [second.id], 9)
    office.clock.advance(minutes=1)
    taking_back.take_back(office.ws, first.id, office.rita.id)
    office.clock.advance(minutes=1)
    assert office.claim_review(office.rita).id == first.id
    again = review.claim_next_review(office.ws, office.project.id, office.rita.id, first=second.id)
    assert again is not None
    assert again.id == second.id
    assert office.claim_review(office.rita).id == second.id, "it is the last now"


def test_what_was_said_with_it_is_told_until_the_reviewer_decides_or_gives_it_back(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana, objects=2)
    task = office.claim_review(office.rita)
    first, second = labeling.list_annotations(office.ws, task.id)
    objects = {
        first.id: ObjectVerdict(Verdict.APPROVE),
        second.id: ObjectVerdict(Verdict.SEND_BACK, "loose outline", "the ear"),
    }

    def send_back() -> None:
        review.decide(
            office.ws,
            task.id,
            office.rita.id,
            Verdict.SEND_BACK,
            comment="nearly",
            objects=objects,
            pins=[Pin(3, 4, "here", second.id)],
        )

    def told() -> set[tuple[str, str, int | None]]:
        present = queue.get_task(office.ws, task.id)
        back = taking_back.taken_back(office.ws, present, office.rita.id)
        return {(one.reason, one.comment, one.annotation_id) for one in back}

    send_back()
    assert latest_remarks(office.ws, queue.get_task(office.ws, task.id)).pins
    taking_back.take_back(office.ws, task.id, office.rita.id)
    said = {
        ("", "nearly", None),
        ("", "", first.id),
        ("loose outline", "the ear", second.id),
        ("", "here", second.id),
    }
    assert told() == said
    assert latest_remarks(office.ws, queue.get_task(office.ws, task.id)).image is None, (
        "its author never sees it"
    )
    assert taking_back.taken_back(office.ws, task, office.rolf.id) == []
    office.clock.advance(minutes=1)
    send_back()
    assert told() == set()
    taking_back.take_back(office.ws, task.id, office.rita.id)
    assert told() == said
    review.release_review(office.ws, task.id, office.rita.id)
    assert told() == set(), "somebody else may have had it since"
    rows = history.of_task(office.ws, task.id)
    assert [row.why for row in rows if row.what == "object_sent_back"] == 2 * ["loose outline: the ear"]


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.SEND_BACK])
def test_it_stays_once_somebody_has_gone_on_with_the_image(office: Office, verdict: Verdict) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    office.decide(task, office.rita, verdict, "" if verdict is Verdict.APPROVE else "other")
    with pytest.raises(Conflict, match="continued with"):
        taking_back.take_back(office.ws, task.id, office.rolf.id)
    with pytest.raises(NotAllowed):
        taking_back.take_back(office.ws, task.id, office.ana.id)
    if verdict is Verdict.APPROVE:
        gold.mark(office.ws, task.id, by=office.max.id)
    else:
        queue.release(office.ws, office.claim(office.ana).id, office.ana.id)
        assert queue.get_task(office.ws, task.id).state is TaskState.RETURNED, (
            "as it was, but it was looked at"
        )
    with pytest.raises(Conflict, match="A manager can reopen it"):
        taking_back.take_back(office.ws, task.id, office.rita.id)
    assert taking_back.last_decided(office.ws, office.project.id, office.rita.id) is None
    assert len(review.list_reviews(office.ws, task.id)) == 1


def test_it_stays_once_an_object_was_changed_without_the_image_being_opened(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    (one,) = labeling.list_annotations(office.ws, task.id)
    new = office.new_revision(square(left=30))
    review.save_correction(office.ws, task.id, office.rita.id, new, annotation_id=one.id, base_revision=1)
    office.decide(task, office.rita, Verdict.SEND_BACK, "other")
    labeling.restore_revision(office.ws, task.id, office.max.id, one.id, 1)
    with pytest.raises(Conflict):
        taking_back.take_back(office.ws, task.id, office.rita.id)


def test_the_first_of_two_stages_is_taken_back_until_the_second_has_begun(office: Office) -> None:
    update_settings(office.ws, office.project.id, review_stages=2)
    office.add_images(1)
    office.submitted(office.ana)
    task = office.approve_next(office.rita)
    back = taking_back.take_back(office.ws, task.id, office.rita.id)
    assert (back.state, back.stage) == (TaskState.IN_REVIEW, 1)
    assert office.decide(task, office.rita, Verdict.APPROVE).stage == 2, "who passed nothing may decide"
    office.claim_review(office.rolf)
    with pytest.raises(Conflict):
        taking_back.take_back(office.ws, task.id, office.rita.id)
    office.decide(task, office.rolf, Verdict.APPROVE)
    back = taking_back.take_back(office.ws, task.id, office.rolf.id)
    assert (back.state, back.stage, back.holder_id) == (TaskState.IN_REVIEW, 2, office.rolf.id)
    with pytest.raises(Conflict):
        taking_back.take_back(office.ws, task.id, office.rita.id)


def test_corrected_work_waits_for_the_same_reviewer_as_before(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.send_back_next(office.rita)
    office.clock.advance(minutes=1)
    office.submitted(office.ana)
    office.approve_next(office.rita)
    assert taking_back.take_back(office.ws, task.id, office.rita.id).sent_back_by == office.rita.id
    office.decide(task, office.rita, Verdict.APPROVE)
    queue.reopen(office.ws, task.id, by=office.max.id)
    office.clock.advance(minutes=1)
    office.submitted(office.ben)
    office.approve_next(office.rita)
    assert taking_back.take_back(office.ws, task.id, office.rita.id).sent_back_by is None


def test_no_number_counts_it(office: Office) -> None:
    office.add_images(2)
    office.submitted(office.ana)
    office.approve_next(office.rita)
    before = _numbers(office)
    office.clock.advance(minutes=1)
    office.submitted(office.ana)
    waiting = _numbers(office)
    task = office.send_back_next(office.rita)
    assert _numbers(office)["outcomes"] != waiting["outcomes"]
    taking_back.take_back(office.ws, task.id, office.rita.id)
    assert _numbers(office) == waiting
    office.clock.advance(minutes=1)
    office.decide(task, office.rita, Verdict.APPROVE)
    assert _numbers(office)["approved"] == [2]
    taking_back.take_back(office.ws, task.id, office.rita.id)
    assert _numbers(office) == waiting
    assert waiting["approved"] == before["approved"] == [1]
    office.clock.advance(minutes=1)
    office.decide(task, office.rita, Verdict.APPROVE)
    numbers = _numbers(office)
    assert (numbers["approved"], numbers["reasons"], numbers["said"]) == ([2], [], [])
    assert [row[-1] for row in numbers["outcomes"]] == [0.0], "it was never sent back"


def _numbers(office: Office) -> dict[str, list[object]]:
    tables = {
        "outcomes": metrics.review_outcomes(office.ws, EVERYTHING),
        "reasons": metrics.return_reasons(office.ws, EVERYTHING),
        "said": metrics.sent_back(office.ws, EVERYTHING),
        "approved": metrics.throughput(office.ws, EVERYTHING)[["images_approved"]],
    }
    rows = {name: [tuple(row) for row in table.to_numpy().tolist()] for name, table in tables.items()}
    return {**rows, "approved": [row[0] for row in rows["approved"]]}


def test_the_last_verdict_is_remembered_for_half_an_hour(office: Office) -> None:
    office.add_images(3)
    ws, project = office.ws, office.project.id

    def last() -> int | None:
        found = taking_back.last_decided(ws, project, office.rita.id)
        return found.id if found else None

    assert last() is None
    for _ in range(2):
        office.clock.advance(minutes=1)
        office.submitted(office.ana)
        task = office.approve_next(office.rita)
    assert last() == task.id
    assert taking_back.last_decided(ws, project, office.rolf.id) is None
    office.clock.advance(minutes=31)
    assert last() is None


def test_a_correction_stays_when_the_verdict_is_taken_back(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    (one,) = labeling.list_annotations(office.ws, task.id)
    new = office.new_revision(square(left=30))
    review.save_correction(office.ws, task.id, office.rita.id, new, annotation_id=one.id, base_revision=1)
    office.decide(task, office.rita, Verdict.APPROVE)
    taking_back.take_back(office.ws, task.id, office.rita.id)
    (now,) = labeling.list_annotations(office.ws, task.id)
    assert (now.revision.number, now.revision.correction) == (2, True)


def test_a_name_is_taken_out_of_what_was_taken_back_too(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    review.decide(
        office.ws, task.id, office.rita.id, Verdict.SEND_BACK, reason="other", comment="Ben drew it"
    )
    taking_back.take_back(office.ws, task.id, office.rita.id)
    people.set_active(office.ws, office.ben.id, False, by=office.max.id)
    people.remove_name(office.ws, office.ben.id, by=office.max.id)
    (said,) = taking_back.taken_back(office.ws, queue.get_task(office.ws, task.id), office.rita.id)
    assert "Ben" not in said.comment
