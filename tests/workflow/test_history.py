from __future__ import annotations

from collections.abc import Callable

import pytest

from maa.domain import Verdict, event_kind
from maa.store import events
from maa.workflow import comments, history, holding, labeling, people, queue, review, states
from maa.workflow.review import ObjectVerdict

from .office import Office


def test_what_is_recorded_comes_back_newest_first(office: Office) -> None:
    (task,) = office.add_images(1)
    for number in range(3):
        office.clock.advance(seconds=1)
        history.record(
            office.ws,
            "predicted",
            project_id=office.project.id,
            task_id=task.id,
            person_id=office.ana.id,
            data={"milliseconds": number, "text": "猫 'quoted' \" \n", "nested": {"list": [1, None]}},
        )
    events = history.events(office.ws, kinds=["predicted"])
    assert [event.data["milliseconds"] for event in events] == [2, 1, 0]
    assert events[0].data["text"] == "猫 'quoted' \" \n"
    assert events[0].data["nested"] == {"list": [1, None]}
    assert events[0].created_at == office.clock.now
    assert history.events(office.ws, kinds=["predicted"], limit=1) == events[:1]


def test_events_are_narrowed_to_a_project_a_task_and_kinds(office: Office) -> None:
    one, other = office.add_images(2)
    history.record(office.ws, "opened", project_id=office.project.id, task_id=one.id)
    history.record(office.ws, "opened", project_id=office.project.id, task_id=other.id)
    history.record(office.ws, "opened", project_id=999)
    assert len(history.events(office.ws, kinds=["opened"])) == 3
    assert len(history.events(office.ws, project_id=office.project.id, kinds=["opened"])) == 2
    assert [e.kind for e in history.events(office.ws, task_id=one.id)] == ["opened", "imported"]
    assert history.events(office.ws, kinds=[]) == []


def test_a_tasks_history_says_who_did_what_when_and_why(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    saved = office.save(task, office.ana)
    office.clock.advance(minutes=5)
    labeling.submit(office.ws, task.id, office.ana.id)
    comments.comment(office.ws, task.id, office.ben.id, "Is it a cat?")
    office.claim_review(office.rita)
    review.decide(
        office.ws,
        task.id,
        office.rita.id,
        Verdict.SEND_BACK,
        reason="other",
        comment="see the guidelines",
        objects={saved.id: ObjectVerdict(Verdict.SEND_BACK, "wrong class")},
    )
    office.claim(office.ana)
    queue.skip(office.ws, task.id, office.ana.id, "too difficult")
    queue.reopen(office.ws, task.id, by=office.max.id)
    rows = [
        (row.who, row.what, row.why, row.annotation_id, row.revision)
        for row in history.of_task(office.ws, task.id)
    ]
    assert rows == [
        ("", "imported", "", None, None),
        ("Ana", "claimed", "", None, None),
        ("Ana", "saved", "", saved.id, 1),
        ("Ana", "submitted", "0 s of work", None, None),
        ("Ben", "comment_said", "Is it a cat?", None, None),
        ("Rita", "review_claimed", "", None, None),
        ("Rita", "sent_back", "other: see the guidelines", None, None),
        ("Rita", "object_sent_back", "wrong class", saved.id, 1),
        ("Ana", "claimed", "", None, None),
        ("Ana", "skipped", "too difficult", None, None),
        ("Max", "reopened", "was skipped", None, None),
    ]
    times = [row.at for row in history.of_task(office.ws, task.id)]
    assert times == sorted(times)


def test_every_change_of_state_leaves_an_event(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever moves a task writes an event about it in the same transaction."""
    moved, told = [], []
    move, add = states.move, events.add
    monkeypatch.setattr(states, "move", lambda tx, task, to: (moved.append(task.id), move(tx, task, to))[1])

    def noted(tx, kind, **about):
        told.append((kind, about.get("task_id")))
        add(tx, kind, **about)

    monkeypatch.setattr(events, "add", noted)
    monkeypatch.setattr(holding.events, "add", noted)

    def step(kind: str, act: Callable[[], object]) -> None:
        moved.clear()
        told.clear()
        act()
        assert [task_id for _, task_id in told if task_id] == moved, kind
        assert kind in [said for said, _ in told]

    ws = office.ws
    office.add_images(1)
    task = office.claim(office.ana)
    step("released", lambda: queue.release(ws, task.id, office.ana.id))
    office.claim(office.ana)
    step("skipped", lambda: queue.skip(ws, task.id, office.ana.id, "other"))
    step("reopened", lambda: queue.reopen(ws, task.id, by=office.max.id))
    office.claim(office.ana)
    step("released", lambda: people.set_active(ws, office.ana.id, False, by=office.max.id))
    people.set_active(ws, office.ana.id, True, by=office.max.id)
    office.claim(office.ana)
    step("submitted", lambda: labeling.submit(ws, task.id, office.ana.id))
    office.claim_review(office.rita)
    step("review_released", lambda: review.release_review(ws, task.id, office.rita.id))
    office.claim_review(office.rita)
    step("review_released", lambda: people.set_active(ws, office.rita.id, False, by=office.max.id))
    office.claim_review(office.rolf)
    step("sent_back", lambda: office.decide(task, office.rolf, Verdict.SEND_BACK, "other"))
    office.claim(office.ana)
    labeling.submit(ws, task.id, office.ana.id)
    office.claim_review(office.rolf)
    step("approved", lambda: office.decide(task, office.rolf, Verdict.APPROVE))


def test_a_kind_that_is_put_together_must_be_one_that_there_is() -> None:
    assert event_kind("compare_done") == "compare_done"
    with pytest.raises(ValueError, match="compare_begun"):
        event_kind("compare_begun")
