"""A reviewer at the canvas: looking, correcting, pinning remarks, deciding."""

from __future__ import annotations

import json

import pytest

from maa.domain import Conflict, TaskState, Verdict
from maa.geometry import from_rings
from maa.workflow import comments, history, labeling, pseudonyms, queue, review
from maa.workflow.settings import update_settings
from tests.api.bench import CAT, SQUARE, Bench, task_of


def test_opening_a_review_tells_what_was_said_before(bench: Bench) -> None:
    task, tab = bench.in_review(objects=2)
    first, second = labeling.list_annotations(bench.ws, task.id)
    tab.ask(
        "decide",
        verdict="send_back",
        reason="missing object",
        comment="look <b>left</b>",
        objects={str(first.id): {"verdict": "send_back", "reason": "wrong class", "comment": "a dog"}},
        pins=[{"x": 5.5, "y": 7.25, "comment": "here is one more", "annotation": None}],
    )
    assert task_of(bench, task).state is TaskState.RETURNED
    queue.claim(bench.ws, task.id, bench.office.ana.id)
    annotator = bench.tab(bench.office.ana, task)
    seen = annotator.ask("open")
    assert seen["remark"] == {"reason": "missing object", "comment": "look <b>left</b>"}
    assert seen["pins"] == [{"x": 5.5, "y": 7.25, "comment": "here is one more", "annotation": None}]
    assert [one["remark"] for one in seen["annotations"]] == [
        {"reason": "wrong class", "comment": "a dog", "changed": False},
        None,
    ]
    changed = annotator.save(annotation=first.id, base_revision=1, **{"class": bench.office.dog.id})
    assert changed.json()["annotation"]["remark"]["changed"] is True
    annotator.ask("submit", active_seconds=1)
    queue_task = bench.office.claim_review(bench.office.rita)
    again = bench.tab(bench.office.rita, queue_task, "review").ask("open")
    assert again["waiting"] == 0
    assert [one["remark"] and one["remark"]["changed"] for one in again["annotations"]] == [True, None]
    assert [said["who"] for said in again["reviews"]] == ["Rita"] * 3
    assert [(said["annotation"], said["pin"]) for said in again["reviews"]] == [
        (None, None),
        (first.id, None),
        (None, [5.5, 7.25]),
    ]
    assert second.id not in [said["annotation"] for said in again["reviews"]]


def test_a_reviewer_corrects_and_approves(bench: Bench) -> None:
    task, tab = bench.in_review(objects=2)
    first, second = labeling.list_annotations(bench.ws, task.id)
    kept = tab.save(annotation=first.id, base_revision=1).json()["annotation"]
    assert (kept["author"], kept["revision"], kept["outline"]) == ("Rita", 2, SQUARE)
    assert kept["correction"]
    said = tab.ask("predict", rev=1, points=CAT)
    prompt = {"points": CAT, "prior": None, "crop": said["crop"]}
    answer = {"threshold": None, "detail": 0.5, "model": said["model"]}
    added = tab.save(said["outline"], origin="assisted", prompt=prompt, answer=answer).json()["annotation"]
    assert added["model"] == said["model"]
    tab.ask("delete", annotation=second.id)
    tab.ask("restore", annotation=second.id)
    tab.ask("delete", annotation=second.id)
    corrections = history.events(bench.ws, task_id=task.id, kinds=["corrected"])
    assert [
        (event.person_id, event.annotation_id, event.data["what"]) for event in reversed(corrections)
    ] == [
        (bench.office.rita.id, first.id, "saved"),
        (bench.office.rita.id, added["id"], "saved"),
        (bench.office.rita.id, second.id, "deleted"),
        (bench.office.rita.id, second.id, "restored"),
        (bench.office.rita.id, second.id, "deleted"),
    ]
    assert tab.ask("decide", verdict="approve") == {}
    assert task_of(bench, task).state is TaskState.APPROVED
    authors = [revision.author_id for revision in labeling.revisions(bench.ws, first.id)]
    assert authors == [bench.office.ana.id, bench.office.rita.id], "both stand in the history"
    assert [a.id for a in labeling.list_annotations(bench.ws, task.id)] == [first.id, added["id"]]


def test_who_worked_on_the_image_corrects_and_approves_nothing(bench: Bench) -> None:
    """Somebody who became a reviewer since, with a pass and the lease they should not have."""
    task = bench.office.claim(bench.office.rita)
    drawn = bench.office.save(task, bench.office.rita)
    labeling.submit(bench.ws, task.id, bench.office.rita.id)
    with bench.ws.store.write() as tx:
        tx.run(
            "UPDATE task SET state = 'in_review', holder_id = $2 WHERE id = $1", task.id, bench.office.rita.id
        )
    tab = bench.tab(bench.office.rita, task, "review")
    for answer in (
        tab.post("decide", verdict="approve"),
        tab.save(),
        tab.post("delete", annotation=drawn.id),
        tab.post("restore", annotation=drawn.id),
    ):
        sentence = bench.assert_refused(answer, 403, "not_allowed", by=bench.office.rita)
        assert "You worked on this image yourself" in sentence
    assert len(labeling.revisions(bench.ws, drawn.id)) == 1


def test_a_verdict_keeps_its_rules(bench: Bench) -> None:
    task, tab = bench.in_review()
    (drawn,) = labeling.list_annotations(bench.ws, task.id)
    pin = {"x": 1, "y": 1, "comment": "here"}
    bad: list[dict[str, object]] = [
        {},
        {"verdict": "perhaps"},
        {"verdict": "send_back"},
        {"verdict": "send_back", "pins": [pin]},
        {"verdict": "send_back", "reason": "because"},
        {"verdict": "send_back", "reason": "other", "comment": "\u202e"},
        {"verdict": "send_back", "reason": "other", "comment": 5},
        {"verdict": "send_back", "reason": "other", "objects": {"x": {"verdict": "approve"}}},
        {"verdict": "send_back", "reason": "other", "objects": {"-1": {"verdict": "approve"}}},
        {"verdict": "send_back", "reason": "other", "objects": {"999": {"verdict": "approve"}}},
        {"verdict": "send_back", "reason": "other", "objects": [drawn.id]},
        {"verdict": "approve", "objects": {str(drawn.id): {"verdict": "send_back", "reason": "other"}}},
        {"verdict": "approve", "pins": [{**pin, "comment": " "}]},
        {"verdict": "approve", "pins": [{**pin, "x": -1}]},
        {"verdict": "approve", "pins": [{**pin, "y": 5000}]},
        {"verdict": "approve", "pins": [{**pin, "annotation": 999}]},
        {"verdict": "approve", "pins": [pin] * 201},
        {"verdict": "approve", "pins": pin},
    ]
    for body in bad:
        bench.assert_refused(tab.post("decide", **body), 422, "invalid", by=bench.office.rita)
    assert review.list_reviews(bench.ws, task.id) == []
    assert task_of(bench, task).state is TaskState.IN_REVIEW


def test_an_approval_may_carry_pins_and_a_pin_may_name_an_object(bench: Bench) -> None:
    task, tab = bench.in_review()
    (drawn,) = labeling.list_annotations(bench.ws, task.id)
    tab.ask(
        "decide", verdict="approve", pins=[{"x": 3, "y": 4, "comment": "well seen", "annotation": drawn.id}]
    )
    whole, pin = review.list_reviews(bench.ws, task.id)
    assert whole.verdict is pin.verdict is Verdict.APPROVE
    assert (pin.place, pin.comment, pin.annotation_id, pin.revision_number) == (
        (3, 4),
        "well seen",
        drawn.id,
        1,
    )


def test_a_review_can_be_given_back_with_its_draft_kept(bench: Bench) -> None:
    task, tab = bench.in_review()
    tab.ask("draft", draft={"pins": [1]})
    tab.ask("release")
    assert task_of(bench, task).state is TaskState.SUBMITTED
    again = bench.office.claim_review(bench.office.rita)
    tab = bench.tab(bench.office.rita, again, "review")
    assert tab.ask("open")["draft"] == {"pins": [1]}
    tab.ask("decide", verdict="approve")
    with bench.ws.store.read() as tx:
        assert tx.value("SELECT count(*) FROM draft") == 0


def test_a_reviewer_s_lease_is_renewed_too(bench: Bench) -> None:
    task, tab = bench.in_review()
    bench.office.clock.advance(minutes=10)
    tab.ask("touch", active=True)
    until = task_of(bench, task).lease_expires_at
    assert until is not None
    assert (until - bench.office.clock.now).total_seconds() == 30 * 60


@pytest.mark.parametrize("call", ["simplify", "shape"])
def test_a_reviewer_can_work_on_outlines(bench: Bench, call: str) -> None:
    _, tab = bench.in_review()
    said = tab.ask(call, op="repair", outline=SQUARE, detail=0.5)
    assert from_rings(said["outline"] if call == "simplify" else said["outlines"][0]).area == 2500


def test_a_comment_is_answered_resolved_and_only_then_the_image_is_approved(bench: Bench) -> None:
    task, tab = bench.in_review(objects=1)
    (only,) = labeling.list_annotations(bench.ws, task.id)
    assert tab.ask("open")["threads"] == []
    place = {"x": 5.5, "y": 7.25}
    (thread,) = tab.ask("comment", text=" one <b>object</b>? ", annotation=only.id, place=place)["threads"]
    assert (thread["annotation"], thread["place"], thread["resolved"]) == (only.id, [5.5, 7.25], False)
    refused = tab.post("decide", verdict="approve")
    assert refused.status_code == 422
    assert "C1 on this image is still open (Rita: “one <b>object</b>?”)" in refused.json()["error"]
    tab.ask("comment", thread=thread["id"], text="two")
    (closed,) = tab.ask("comment", thread=thread["id"], text="", resolve=True)["threads"]
    said = [(turn["who"], turn["kind"], turn["text"]) for turn in closed["turns"]]
    assert said == [("Rita", "said", "one <b>object</b>?"), ("Rita", "said", "two"), ("Rita", "resolved", "")]
    tab.ask("decide", verdict="approve")
    assert task_of(bench, task).state is TaskState.APPROVED


def test_a_comment_on_another_image_cannot_be_answered_from_here(bench: Bench) -> None:
    task, tab = bench.in_review(objects=1)
    (other,) = bench.office.add_images(1)
    thread = comments.comment(bench.ws, other.id, bench.office.ana.id, "mine")
    for body in ({"text": "x"}, {"text": "", "resolve": True}):
        assert tab.post("comment", thread=thread.id, **body).status_code == 404
    for body in ({"text": ""}, {"text": "x", "place": {"x": 1e5, "y": 1}}, {"text": "x", "place": [1, 2]}):
        assert tab.post("comment", **body).status_code == 422
    assert comments.threads(bench.ws, task.id) == []


def test_a_reviewer_sees_and_takes_what_the_second_annotator_did(bench: Bench) -> None:
    office = bench.office
    update_settings(bench.ws, office.project.id, duplicate_rate=1.0)
    office.submitted(office.ana, 1)
    second = office.claim(office.ben)
    theirs = bench.tab(office.ben, second)
    theirs.save(**{"class": office.dog.id})
    theirs.ask("submit", active_seconds=1)
    task = office.claim_review(office.rita)
    tab = bench.tab(office.rita, task, "review")
    differences = tab.ask("open")["differences"]
    assert {one["who"] for one in differences} == {"Ben"}
    assert [one["outline"] for one in differences if one["outline"]] == [SQUARE]
    for number in range(len(differences)):
        answer = tab.ask("take", number=number)
    assert all(one["taken"] for one in answer["differences"])
    assert [(one["class"], one["outline"]) for one in answer["annotations"]] == [(office.dog.id, SQUARE)]
    assert tab.post("take", number=9).status_code == 404
    assert bench.tab(office.rita, task).post("take", number=0).status_code in (403, 409)


def test_where_people_have_pseudonyms_the_workbench_knows_no_name_but_one_s_own(bench: Bench) -> None:
    project = update_settings(bench.ws, bench.office.project.id, pseudonyms=True)
    task, tab = bench.in_review(objects=1)
    (kept,) = labeling.list_annotations(bench.ws, task.id)
    ana, rita = (pseudonyms.pseudonym(project, one.id) for one in (bench.office.ana, bench.office.rita))
    assert tab.ask("open")["annotations"][0]["author"] == ana
    assert tab.ask("comment", text="one or two?")["threads"][0]["turns"][0]["who"] == "Rita"
    refused = tab.post("decide", verdict="approve", reason="", comment="")
    assert f"({rita}: " in refused.text
    tab.ask(
        "decide",
        verdict="send_back",
        reason="missing object",
        comment="",
        objects={str(kept.id): {"verdict": "send_back", "reason": "wrong class", "comment": ""}},
    )
    queue.claim(bench.ws, task.id, bench.office.ana.id)
    seen = bench.tab(bench.office.ana, task).ask("open")
    assert seen["annotations"][0]["author"] == "Ana"
    assert seen["threads"][0]["turns"][0]["who"] == rita
    with pytest.raises(Conflict, match=ana):
        queue.claim(bench.ws, task.id, bench.office.max.id)
    assert "Rita" not in json.dumps(seen)
