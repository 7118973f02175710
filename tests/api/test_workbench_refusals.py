"""What the routes beside the pages refuse: always with a sentence and a note in the history."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maa.api import messages, workbench
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


def written(bench: Bench) -> list[Any]:
    """All that the refused calls could have changed."""
    with bench.ws.store.read() as tx:
        tables = ("revision", "review", "draft", "task", "annotation", "comment")
        return [tx.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]


@pytest.mark.parametrize("call", ["open", "save"])
def test_without_a_pass_nothing_is_answered(bench: Bench, call: str) -> None:
    _, tab = bench.claimed()
    before = written(bench)
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
    assert written(bench) == before


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
    before = written(bench)
    for call, body in CALLS.items():
        sentence = bench.assert_refused(tab.post(call, **body), 409, "conflict", by=bench.office.ana)
        assert "Ben has this image now" in sentence
    assert written(bench) == before


def test_a_person_who_is_not_active_any_more_can_do_nothing(bench: Bench) -> None:
    _, tab = bench.claimed()
    tab.ask("open")
    people.set_active(bench.ws, bench.office.ana.id, False, by=bench.office.max.id)
    before = written(bench)
    for call, body in CALLS.items():
        sentence = bench.assert_refused(tab.post(call, **body), 403, "not_allowed", by=bench.office.ana)
        assert "not active" in sentence
    assert written(bench) == before


def test_who_is_no_reviewer_any_more_cannot_review(bench: Bench) -> None:
    _, tab = bench.in_review()
    tab.ask("open")
    office = bench.office
    people.set_role(bench.ws, office.rita.id, office.project.id, Role.ANNOTATOR, by=office.max.id)
    before = written(bench)
    for call, body in REVIEWING.items():
        bench.assert_refused(tab.post(call, **body), 403, "not_allowed", by=bench.office.rita)
    assert written(bench) == before


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
    before = written(bench)
    for annotation in (foreign.id, distant.id, 999_999):
        for call in ("delete", "restore"):
            answer = tab.post(call, annotation=annotation)
            bench.assert_refused(answer, 404, "not_found", by=bench.office.ana)
        answer = tab.save(annotation=annotation, base_revision=1)
        bench.assert_refused(answer, 404, "not_found", by=bench.office.ana)
    sentence = bench.assert_refused(tab.save(**{"class": car.id}), 422, "invalid", by=bench.office.ana)
    assert "does not belong to the project" in sentence
    assert written(bench) == before
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


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"tab=1&take=true",
    "cut short": b'{"tab": "t", "rev": 1',
    "a list": b'["tab"]',
    "a text": b'"tab"',
    "NaN": b'{"tab": "t", "rev": NaN}',
    "Infinity": b'{"tab": "t", "rev": -Infinity}',
    "beyond all measure": b'{"tab": "t", "rev": 1e999}',
    "many digits": b'{"tab": "t", "rev": ' + b"9" * 4000 + b"}",
    "very many digits": b'{"tab": "t", "rev": ' + b"9" * 100_000 + b"}",
    "not UTF-8": b'{"tab": "\xff\xfe\xfd"}',
    "half a character": b'{"tab": "\\ud800"}',
    "deep": b'{"tab": ' + b"[" * 200_000,
    "deep and closed": b'{"tab": "t", "draft": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
    "NUL": b'{"tab": "a\\u0000b"}',
    "no tab": b'{"rev": 1}',
    "an empty tab": b'{"tab": ""}',
    "a long tab": b'{"tab": "' + b"t" * 101 + b'"}',
    "a tab that is a number": b'{"tab": 5}',
}


@pytest.mark.parametrize("call", ["open", "draft"])
def test_broken_requests_are_refused(bench: Bench, call: str) -> None:
    _, tab = bench.claimed()
    before = written(bench)
    for body in BROKEN.values():
        bench.assert_refused(tab.send(call, body), 422, "invalid", by=bench.office.ana)
    assert written(bench) == before


def test_bodies_beyond_all_size_are_refused(bench: Bench) -> None:
    _, tab = bench.claimed()
    body = b'{"tab": "t", "draft": {"a": "' + b"x" * messages.MAX_BYTES + b'"}}'
    sentence = bench.assert_refused(tab.send("draft", body), 413, "invalid", by=bench.office.ana)
    assert "8 MB" in sentence
    sentence = bench.assert_refused(
        tab.post("draft", draft={"a": "x" * 1_000_001}), 422, "invalid", by=bench.office.ana
    )
    assert "too large" in sentence
    bench.assert_refused(tab.post("draft", draft=[1]), 422, "invalid", by=bench.office.ana)


TOO_MANY = [[[[float(n), float(n % 7)] for n in range(messages.MAX_VERTICES + 1)]]]
BAD_OUTLINES: dict[str, Any] = {
    "null": None,
    "empty": [],
    "a text": "M0 0",
    "flat": [[1, 2], [3, 4], [5, 6]],
    "two points": [[[[1, 2], [3, 4]]]],
    "three numbers": [[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]],
    "words": [[[["a", "b"], ["c", "d"], ["e", "f"]]]],
    "true": [[[[True, False], [True, True], [False, True]]]],
    "null coordinates": [[[[None, 1], [2, 3], [4, 5]]]],
    "huge": [[[[1e300, 0], [0, 1e300], [1, 1]]]],
    "outside": [[[[-50, -50], [-10, -50], [-10, -10]]]],
    "leaving": [[[[10, 10], [5000, 10], [10, 50]]]],
    "crossing": [[[[10, 10], [60, 60], [60, 10], [10, 60]]]],
    "a line": [[[[10, 10], [20, 20], [30, 30]]]],
    "too many points": TOO_MANY,
}


def test_outlines_that_are_none_are_not_saved(bench: Bench) -> None:
    _, tab = bench.claimed()
    before = written(bench)
    for outline in BAD_OUTLINES.values():
        bench.assert_refused(tab.save(outline), 422, "invalid", by=bench.office.ana)
    assert written(bench) == before


BAD_VALUES: list[tuple[str, Any]] = [
    *(("class", value) for value in (None, "1", -1, 0, 1.5, True, 2**31, 2**63, [1], "1; DROP TABLE")),
    *(("key", value) for value in (None, "", 5, "k" * 101, "a\0b")),
    *(("origin", value) for value in (None, "prelabel", "imported", "magic", 5)),
    *(("annotation", value) for value in ("1", -1, 2**31, 1.0, True)),
    *(("base_revision", value) for value in ("1", -1, 2**31)),
    *(("effort", value) for value in (5, [], {"clicks": -1}, {"active_seconds": -1}, {"clicks": 1.5})),
    ("effort", {"active_seconds": 1e300}),
    ("effort", {"vertices_moved": 2**40}),
    ("prompt", []),
    ("prompt", {"points": [[1, 2, "middle"]]}),
    ("answer", "yes"),
]


def test_values_that_make_no_sense_are_not_saved(bench: Bench) -> None:
    _, tab = bench.claimed()
    before = written(bench)
    for key, value in BAD_VALUES:
        bench.assert_refused(tab.save(**{key: value}), 422, "invalid", by=bench.office.ana)
    assert written(bench) == before


BAD_QUESTIONS: list[dict[str, Any]] = [
    {"points": None},
    {"points": CAT[:3]},
    {"points": [[1, 2]] * 4},
    {"points": [[1, 2, "boundary"]] * 4},
    {"points": [["1", "2", "boundary"]] * 4},
    {"points": [[1e7, 2, "boundary"], *CAT]},
    {"points": [[1, 2, ["boundary"]], *CAT]},
    {"points": [[4000, 2, "boundary"], *CAT]},
    {"points": CAT * 200},
    {"rev": -1},
    {"rev": "1"},
    {"crop": [0, 0, 100]},
    {"crop": [0, 0, 1e9, 1e9]},
    {"crop": [100, 100, 0, 0]},
    {"crop": "all"},
    {"prior": [[[[1, 1], [2, 2]]]]},
    {"prior": [[[[-9, -9], [-9, -8], [-8, -8]]]]},
    {"threshold": 2},
    {"threshold": -0.1},
    {"threshold": "0.5"},
    {"detail": 1.01},
    {"detail": None},
]


def test_questions_that_make_no_sense_are_refused(bench: Bench) -> None:
    _, tab = bench.claimed()
    for change in BAD_QUESTIONS:
        answer = tab.post("predict", **{"rev": 1, "points": CAT, **change})
        bench.assert_refused(answer, 422, "invalid", by=bench.office.ana)
    assert history.events(bench.ws, kinds=["predicted"]) == []


RING = [[1.0, 1.0], [20.0, 1.0], [20.0, 20.0]]


BAD_SHAPES: list[dict[str, Any]] = [
    {"op": "melt"},
    {"op": None},
    {"op": ["add"]},
    {"op": "add", "outline": SQUARE},
    {"op": "add", "outline": SQUARE, "ring": [[1, 1], [2, 2]]},
    {"op": "add", "outline": SQUARE, "ring": [[1, 1], [2, 2], [3, 3]]},
    {"op": "add", "outline": None, "ring": [[-9, -9], [-5, -9], [-5, -5]]},
    {"op": "add", "outline": SQUARE, "ring": [[1, 1], [2, "2"], [3, 1]]},
    {"op": "cut", "outline": SQUARE, "ring": [[0, 0], [100, 0], [100, 100], [0, 100]]},
    {"op": "cut", "outline": None, "ring": RING},
    {"op": "split", "outline": SQUARE, "line": [[30, 30]]},
    {"op": "split", "outline": SQUARE, "line": [[30, 30], [31, 31]]},
    {"op": "split", "outline": SQUARE, "line": [[30, 30], [30, 30]]},
    {"op": "split", "outline": SQUARE, "line": [[200, 0], [200, 100]]},
    {"op": "merge", "outlines": []},
    {"op": "merge", "outlines": SQUARE},
    {"op": "merge"},
    {"op": "share", "outline": SQUARE, "neighbours": [SQUARE], "tolerance": 3},
    {"op": "share", "outline": SQUARE, "neighbours": [SQUARE], "tolerance": -1},
    {"op": "share", "outline": SQUARE, "neighbours": [SQUARE], "tolerance": 1000},
    {"op": "share", "outline": SQUARE, "neighbours": None, "tolerance": 1},
    {"op": "repair", "outline": TOO_MANY},
    {"op": "repair", "outline": [[[[1, 1], [2, 2], [3, 3]]]]},
]


def test_shapes_that_cannot_be_made_are_refused(bench: Bench) -> None:
    _, tab = bench.claimed()
    for body in BAD_SHAPES:
        bench.assert_refused(tab.post("shape", **body), 422, "invalid", by=bench.office.ana)


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
