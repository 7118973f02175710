"""Who may send what the canvas sends, with passes of their own, of others and forged.

Each refusal is asserted together with its row in the history: who it was, which call, and why.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from maa.api import calls, connection, routes
from maa.domain import Origin, Person, Role, TaskState
from maa.workflow import (
    labeling,
    people,
    projects,
    pyramid,
    queue,
    refusals,
    sessions,
    workspace,
)
from tests.api.bench import SQUARE, Bench, Tab
from tests.api.test_workbench_refusals import CALLS, OF_REVIEWERS, REVIEWING
from tests.workflow.office import add_image, open_office


class Desks:
    """An office where people have tasks open, each in a browser."""

    def __init__(self, folder: Path) -> None:
        office = open_office(folder)
        self.bench = bench = Bench(office)
        ws, annotator = office.ws, {office.project.id: Role.ANNOTATOR}
        other = projects.create_project(ws, "Other", ["car"])
        self.olga = people.add_person(ws, "Olga", {other.id: Role.MANAGER})
        self.dora, self.sol = (people.add_person(ws, name, annotator) for name in ("Dora", "Sol"))
        self.task, self.tab = bench.claimed()
        _, self.of_dora = bench.claimed(self.dora)
        _, self.of_sol = bench.claimed(self.sol)
        people.set_active(ws, self.dora.id, False)
        sessions.end_all(ws, self.sol.id)


def purpose(call: str) -> str:
    return "review" if call in OF_REVIEWERS else "annotate"


@pytest.fixture(scope="module")
def module_desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    desks = Desks(tmp_path_factory.mktemp("desks"))
    yield desks
    pyramid.settle()
    desks.bench.ws.close()


@pytest.fixture
def desks(module_desks: Desks, monkeypatch: pytest.MonkeyPatch) -> Desks:
    """One for all refusals: they change nothing."""
    monkeypatch.setattr(workspace, "_current", module_desks.bench.ws)
    monkeypatch.setattr(refusals, "_limit", refusals.Limit(1_000_000))
    return module_desks


def test_every_call_is_here() -> None:
    assert REVIEWING.keys() == calls.CALLS.keys()


@pytest.mark.parametrize("call", REVIEWING)
def test_a_person_without_a_role_in_the_task_s_project(desks: Desks, call: str) -> None:
    tab = desks.bench.tab(desks.olga, desks.task, purpose(call))
    refuse(desks.bench, tab, call, 403, "not_allowed", desks.olga, "no role in this project")


@pytest.mark.parametrize("call", CALLS)
def test_another_person_s_task(desks: Desks, call: str) -> None:
    ben = desks.bench.office.ben
    tab = desks.bench.tab(ben, desks.task)
    refuse(desks.bench, tab, call, 409, "conflict", ben, "Ana has this image now")


@pytest.mark.parametrize("call", REVIEWING)
def test_a_task_that_does_not_exist(desks: Desks, call: str) -> None:
    ana = desks.bench.office.ana
    tab = desks.bench.tab(ana, replace(desks.task, id=999), purpose(call))
    refuse(desks.bench, tab, call, 404, "not_found", ana, "no task number 999", task=999)


@pytest.mark.parametrize("call", REVIEWING)
def test_an_annotator_with_a_pass_for_reviews(desks: Desks, call: str) -> None:
    ana = desks.bench.office.ana
    refuse(desks.bench, desks.bench.tab(ana, desks.task, "review"), call, 403, "not_allowed", ana, "")


@pytest.mark.parametrize("call", REVIEWING)
def test_a_disabled_person_with_an_open_tab(desks: Desks, call: str) -> None:
    refuse(desks.bench, desks.of_dora, call, 403, "not_allowed", desks.dora, "not active any more")


@pytest.mark.parametrize("call", REVIEWING)
def test_a_session_that_was_ended_with_an_open_tab(desks: Desks, call: str) -> None:
    refuse(desks.bench, desks.of_sol, call, 401, "pass", desks.sol, "signed out")


@pytest.mark.parametrize("call", REVIEWING)
def test_a_session_of_somebody_else_in_a_forged_pass(desks: Desks, call: str) -> None:
    theirs = desks.bench.session(desks.bench.office.max)
    forged = ".".join([str(theirs.id), str(theirs.person_id), *desks.tab.text.split(".")[2:]])
    tab = Tab(desks.bench, forged)
    refuse(desks.bench, tab, call, 401, "pass", None, "not issued by this server", task=None)


@pytest.mark.parametrize("part", range(5))
def test_a_pass_with_one_part_changed(desks: Desks, part: int) -> None:
    parts = desks.tab.text.split(".")
    parts[part] = "review" if part == 3 else str(int(parts[part]) + 1)
    refuse(desks.bench, Tab(desks.bench, ".".join(parts)), "open", 401, "pass", None, "not issued", task=None)


def test_an_image_s_tiles_are_for_who_has_a_role_in_its_project(bench: Bench) -> None:
    other = projects.create_project(bench.ws, "Other", ["car"])
    olga = people.add_person(bench.ws, "Olga", {other.id: Role.MANAGER})
    task, tab = bench.claimed()
    assert tab.tile(task.image_id).status_code == 200
    bench.assert_refused(bench.tab(olga, task).tile(task.image_id), 403, "not_allowed", by=olga)
    sessions.end_all(bench.ws, bench.office.ana.id)
    bench.assert_refused(tab.tile(task.image_id), 401, "pass", by=bench.office.ana)


def test_one_s_own_work_is_not_approved(bench: Bench) -> None:
    """Whatever the role: the pass is genuine, the review was handed out before they wrote in it."""
    office = bench.office
    task = office.submitted(office.rita)
    tab = bench.tab(office.rita, task, "review")
    refuse(bench, tab, "decide", 409, "conflict", office.rita, "")
    held = office.claim_review(office.rolf)
    people.set_role(bench.ws, office.rolf.id, office.project.id, Role.MANAGER)
    with bench.ws.store.write() as tx:  # as a correction that became work of their own
        tx.run("UPDATE task SET author_id = $2 WHERE id = $1", held.id, office.rolf.id)
    refuse(
        bench,
        _seated(bench.tab(office.rolf, held, "review")),
        "decide",
        403,
        "not_allowed",
        office.rolf,
        "yourself",
    )
    assert queue.get_task(bench.ws, held.id).state is TaskState.IN_REVIEW


def test_a_message_replayed_by_somebody_else(bench: Bench) -> None:
    task, tab = bench.claimed()
    _seated(tab)
    said = {"key": "once", "class": bench.office.cat.id, "outline": SQUARE, "origin": "manual"}
    saved = tab.ask("save", **said)
    assert tab.ask("save", **said) == saved, "one's own is answered as before"
    labeling.submit(bench.ws, task.id, bench.office.ana.id)
    _, ben = bench.claimed(bench.office.ben)
    _seated(ben)
    bench.assert_refused(ben.post("save", **said), 422, "invalid", by=bench.office.ben)
    bench.assert_refused(tab.post("submit", active_seconds=1), 409, "conflict", by=bench.office.ana)
    bench.assert_refused(tab.post("save", **{**said, "key": "twice"}), 409, "conflict", by=bench.office.ana)
    assert len(labeling.list_annotations(bench.ws, task.id)) == 1


def test_a_verdict_replayed(bench: Bench) -> None:
    _, tab = bench.in_review()
    _seated(tab)
    tab.ask("decide", verdict="approve")
    bench.assert_refused(tab.post("decide", verdict="send_back"), 409, "conflict", by=bench.office.rita)


def test_an_object_of_another_project(bench: Bench) -> None:
    office = bench.office
    other = projects.create_project(bench.ws, "Other", ["car"])
    people.set_role(bench.ws, office.ben.id, other.id, Role.ANNOTATOR)
    add_image(bench.ws, other, "elsewhere.png")
    far = queue.claim_next(bench.ws, other.id, office.ben.id)
    assert far is not None
    (car,) = projects.list_classes(bench.ws, other.id)
    distant = office.save(far, office.ben, office.new_revision(label=car, origin=Origin.MANUAL))
    _, tab = bench.claimed()
    _seated(tab)
    for call in ("delete", "restore"):
        bench.assert_refused(tab.post(call, annotation=distant.id), 404, "not_found", by=office.ana)


def test_commands_without_the_token_are_written_down(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "_announced", connection.announce(bench.ws.data_dir, "http://127.0.0.1"))
    monkeypatch.setattr(routes, "_is_local", lambda _: True)
    answer = bench.http.post("/maa-api/call", content=json.dumps({"command": "status", "parameters": {}}))
    assert answer.status_code == 401
    assert bench.refused()[0].data == {
        "call": "command",
        "kind": "not_allowed",
        "why": answer.json()["error"],
    }


def refuse(
    bench: Bench,
    tab: Tab,
    call: str,
    status: int,
    kind: str,
    by: Person | None,
    why: str,
    *,
    task: int | None = -1,
) -> None:
    """The call is refused and changes nothing; the history says who, which call, which task and why."""
    before, rows = bench.written(), len(bench.refused())
    answer = tab.post(call, **REVIEWING[call])
    sentence = bench.assert_refused(answer, status, kind, by=by)
    assert why in sentence
    newest = bench.refused()[0]
    assert newest.data["call"] == call
    if task != -1:
        assert newest.task_id == task
    assert len(bench.refused()) == rows + 1
    assert bench.written() == before


def _seated(tab: Tab) -> Tab:
    """Whatever comes of it: the tab has asked for the task's seat."""
    tab.post("open", take=True)
    return tab
