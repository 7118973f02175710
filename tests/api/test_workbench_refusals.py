"""What the routes beside the pages refuse: always with a sentence and a note in the history."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maa.api import workbench
from maa.domain import MaaError, Role, TaskState
from maa.store.connection import StoreBusy
from maa.workflow import history, labeling, people, predict, projects, queue, refusals
from maa.workflow.settings import update_settings
from tests.api.bench import CAT, SQUARE, Bench, Tab, task_of
from tests.workflow.office import add_image

CALLS: dict[str, dict[str, Any]] = {
    "open": {},
    "predict": {"rev": 1, "points": CAT},
    "simplify": {"outline": SQUARE, "detail": 0.5},
    "shape": {"op": "repair", "outline": SQUARE},
    "save": {"key": "k", "class": 1, "outline": SQUARE, "origin": "manual"},
    "confirm": {"annotation": 1},
    "undecide": {"annotation": 1},
    "delete": {"annotation": 1},
    "restore": {"annotation": 1},
    "draft": {"draft": {}},
    "touch": {"active": True},
    "submit": {"active_seconds": 1},
    "skip": {"reason": "other"},
    "release": {},
    "comment": {"text": "hm"},
    "frames": {},
    "outlines": {"image": 1},
    "carry": {"image": 1, "annotations": [1]},
    "looked": {"steps": 1, "plays": 0, "seconds": 1},
}
OF_REVIEWERS: dict[str, dict[str, Any]] = {"decide": {"verdict": "approve"}, "take": {"number": 1}}
REVIEWING = {**CALLS, **OF_REVIEWERS}


@pytest.mark.parametrize("call", ["open", "save"])
def test_without_a_pass_nothing_is_answered(bench: Bench, call: str) -> None:
    _, tab = bench.claimed()
    before = bench.written()
    body = json.dumps({"tab": "t", **CALLS[call]}).encode()
    bench.assert_refused(tab.send(call, body, text=""), 401, "pass")
    answer = bench.http.post(f"/_maa/workbench/{call}", content=body)
    bench.assert_refused(answer, 401, "pass")
    bench.http.cookies.set("pass", tab.text)
    answer = bench.http.post(f"/_maa/workbench/{call}?pass={tab.text}", content=body)
    bench.assert_refused(answer, 401, "pass")
    answer = bench.http.post(
        f"/_maa/workbench/{call}", content=body, headers={"Authorization": f"Basic {tab.text}"}
    )
    bench.assert_refused(answer, 401, "pass")
    assert bench.written() == before


def test_a_forged_pass_is_refused(bench: Bench) -> None:
    task, tab = bench.claimed()
    session, person, number, purpose, until, signature = tab.text.split(".")
    forged = f"{session}.{bench.office.max.id}.{number}.{purpose}.{until}.{signature}"
    for text in (forged, tab.text[:-2], "x", "Bearer", "\u00e9", f"{person}.{number}"):
        answer = bench.http.post(
            "/_maa/workbench/open",
            content=b'{"tab": "t"}',
            headers={"Authorization": f"Bearer {text}".encode("latin-1")},
        )
        assert "not issued" in bench.assert_refused(answer, 401, "pass")
    assert task_of(bench, task) == task


def test_a_pass_that_ran_out_is_refused_in_the_name_of_who_had_it(bench: Bench) -> None:
    _, tab = bench.claimed()
    bench.office.clock.advance(hours=12)
    assert "Reload" in bench.assert_refused(tab.post("open"), 401, "pass", by=bench.office.ana)


def test_a_lost_task_can_be_neither_seen_nor_changed(bench: Bench) -> None:
    update_settings(bench.ws, bench.office.project.id, pick_any=True)
    task, tab = bench.claimed()
    tab.ask("open")
    bench.office.clock.advance(minutes=31)
    queue.claim(bench.ws, task.id, bench.office.ben.id)
    before = bench.written()
    for call, body in CALLS.items():
        sentence = bench.assert_refused(tab.post(call, **body), 409, "conflict", by=bench.office.ana)
        assert "Ben has this image now" in sentence
    assert bench.written() == before


def test_a_person_who_is_not_active_any_more_can_do_nothing(bench: Bench) -> None:
    _, tab = bench.claimed()
    tab.ask("open")
    people.set_active(bench.ws, bench.office.ana.id, False, by=bench.office.max.id)
    before = bench.written()
    for call, body in CALLS.items():
        sentence = bench.assert_refused(tab.post(call, **body), 403, "not_allowed", by=bench.office.ana)
        assert "not active" in sentence
    assert bench.written() == before


def test_who_is_no_reviewer_any_more_cannot_review(bench: Bench) -> None:
    _, tab = bench.in_review()
    tab.ask("open")
    office = bench.office
    people.set_role(bench.ws, office.rita.id, office.project.id, Role.ANNOTATOR, by=office.max.id)
    before = bench.written()
    for call, body in REVIEWING.items():
        bench.assert_refused(tab.post(call, **body), 403, "not_allowed", by=bench.office.rita)
    assert bench.written() == before


def test_an_annotator_s_pass_does_not_decide_and_a_reviewer_s_does_not_submit(bench: Bench) -> None:
    _, tab = bench.claimed()
    bench.assert_refused(tab.post("decide", verdict="approve"), 403, "not_allowed", by=bench.office.ana)
    tab.ask("submit", active_seconds=1)
    task = bench.office.claim_review(bench.office.rita)
    review = bench.tab(bench.office.rita, task, "review")
    for call in ("submit", "skip", "carry", "confirm", "undecide"):
        bench.assert_refused(review.post(call, **CALLS[call]), 403, "not_allowed", by=bench.office.rita)
    assert task_of(bench, task).state is TaskState.IN_REVIEW


def test_an_annotator_with_a_pass_for_reviewing_cannot_decide(bench: Bench) -> None:
    """Passes are only given to who may; should one get out, the call looks by itself."""
    task, _ = bench.in_review()
    for who in (bench.office.ana, bench.office.ben):
        tab = bench.tab(who, task, "review")
        bench.assert_refused(tab.post("decide", verdict="approve"), 403, "not_allowed", by=who)
    rolf = bench.tab(bench.office.rolf, task, "review")
    sentence = bench.assert_refused(
        rolf.post("decide", verdict="approve"), 409, "conflict", by=bench.office.rolf
    )
    assert "Rita" in sentence
    assert task_of(bench, task).state is TaskState.IN_REVIEW


def test_an_object_of_another_task_is_out_of_reach(bench: Bench) -> None:
    """Also one of another project."""
    mine, tab = bench.claimed()
    theirs = bench.office.claim(bench.office.ben)
    foreign = bench.office.save(theirs, bench.office.ben)
    other = projects.create_project(bench.ws, "Other", ["car"])
    people.set_role(bench.ws, bench.office.ben.id, other.id, Role.ANNOTATOR)
    add_image(bench.ws, other, "elsewhere.png")
    far = queue.claim_next(bench.ws, other.id, bench.office.ben.id)
    assert far is not None
    (car,) = projects.list_classes(bench.ws, other.id)
    distant = bench.office.save(far, bench.office.ben, bench.office.new_revision(label=car))
    before = bench.written()
    for annotation in (foreign.id, distant.id, 999_999):
        for call in ("delete", "restore"):
            answer = tab.post(call, annotation=annotation)
            bench.assert_refused(answer, 404, "not_found", by=bench.office.ana)
        answer = tab.save(annotation=annotation, base_revision=1)
        bench.assert_refused(answer, 404, "not_found", by=bench.office.ana)
    sentence = bench.assert_refused(tab.save(**{"class": car.id}), 422, "invalid", by=bench.office.ana)
    assert "does not belong to the project" in sentence
    assert bench.written() == before
    assert labeling.list_annotations(bench.ws, mine.id) == []


def test_a_pass_for_a_task_of_nobody_opens_nothing(bench: Bench) -> None:
    task = bench.office.claim(bench.office.ben)
    tab = bench.tab(bench.office.ana, task)
    bench.assert_refused(tab.post("open"), 409, "conflict", by=bench.office.ana)
    ready = queue.list_tasks(bench.ws, bench.office.project.id, states=[TaskState.READY])[0]
    bench.assert_refused(
        bench.tab(bench.office.ana, ready).post("open"), 409, "conflict", by=bench.office.ana
    )


def test_somebody_s_key_does_not_give_their_object(bench: Bench) -> None:
    _, tab = bench.claimed()
    tab.save(key="ana's")
    _, other = bench.claimed(bench.office.ben)
    bench.assert_refused(other.save(key="ana's"), 422, "invalid", by=bench.office.ben)


def test_a_change_of_an_older_revision_is_refused(bench: Bench) -> None:
    _, tab = bench.claimed()
    first = tab.save().json()["annotation"]
    tab.save(annotation=first["id"], base_revision=1)
    answer = tab.save(annotation=first["id"], base_revision=1)
    assert "changed since you opened it" in bench.assert_refused(answer, 409, "conflict", by=bench.office.ana)
    assert len(labeling.revisions(bench.ws, first["id"])) == 2


def test_what_is_wrong_with_the_model_is_for_the_history_not_for_who_labels(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tab = bench.claimed()
    monkeypatch.setenv("MAA_MODEL", "gone")
    answer = tab.post("predict", rev=1, points=CAT)
    assert answer.status_code == 503
    assert answer.json() == {"error": predict.UNUSABLE, "kind": "model"}
    (event,) = bench.refused()
    assert "no model named 'gone'" in event.data["why"]
    assert event.person_id == bench.office.ana.id


def test_calls_that_do_not_exist_and_other_methods(bench: Bench) -> None:
    _, tab = bench.claimed()
    bench.assert_refused(tab.post("drop_all"), 404, "not_found", by=bench.office.ana)
    assert bench.http.get("/_maa/workbench/open").status_code == 405
    assert tab.post("../../secret.key").status_code == 404


def test_a_fault_of_ours_is_said_without_its_inside(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    _, tab = bench.claimed()
    monkeypatch.setitem(workbench.CALLS, "touch", lambda *_: 1 / 0)
    sentence = bench.assert_refused(tab.post("touch"), 500, "internal", by=bench.office.ana)
    assert "division" not in sentence


def test_a_database_that_is_in_use_elsewhere_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    _, tab = bench.claimed()

    def busy() -> None:
        raise StoreBusy("The database is in use by another process.")

    monkeypatch.setattr(workbench, "current", busy)
    answer = tab.post("open")
    assert answer.status_code == 500
    assert answer.json() == {"error": "The database is in use by another process.", "kind": "internal"}


def test_who_has_no_pass_cannot_fill_the_disk_with_refusals(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "_limit", refusals.Limit(5))
    tab = Tab(bench, "1.1.annotate.9999999999.AAAA")
    assert {tab.post("open").status_code for _ in range(20)} == {401}
    assert 5 <= len(bench.refused()) < 10


def test_a_refusal_that_cannot_be_noted_is_still_answered(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise MaaError("The disk is full.")

    monkeypatch.setattr(history, "record", full)
    assert Tab(bench, "forged").post("open").status_code == 401
