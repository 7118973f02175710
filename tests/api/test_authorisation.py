"""Who may do what: every kind of person against every action, as the pages call it and forged.

Each refusal is asserted together with its row in the history: who it was, which call, and why.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from maa.api import calls, connection, routes
from maa.domain import Event, Origin, Person, Role, TaskState, Verdict
from maa.ui import session
from maa.workflow import (
    accounts,
    comments,
    disagreement,
    exchange,
    gold,
    history,
    images,
    labeling,
    people,
    prelabeling,
    projects,
    pyramid,
    queue,
    refusals,
    review,
    sessions,
    workspace,
)
from maa.workflow.settings import update_settings
from tests.api.bench import SQUARE, Bench, Tab
from tests.api.test_workbench_refusals import CALLS, OF_REVIEWERS, REVIEWING, written
from tests.workflow.office import Office, add_image, open_office

# --- what people do on the pages ---

WHO = ("outsider", "annotator", "reviewer", "manager", "admin", "disabled", "signed out")
"""outsider: manages another project. admin: has no role in any."""


class Staff:
    """An office with somebody of each kind, each signed in, and some work to act on."""

    def __init__(self, folder: Path) -> None:
        self.office = office = open_office(folder)
        ws = office.ws
        self.other = projects.create_project(ws, "Other", ["car"])
        self.olga = people.add_person(ws, "Olga", {self.other.id: Role.MANAGER})
        self.adam = people.add_person(ws, "Adam", admin=True)
        self.dora = people.add_person(ws, "Dora", {office.project.id: Role.MANAGER}, admin=True)
        self.people = {
            "outsider": self.olga,
            "annotator": office.ana,
            "reviewer": office.rita,
            "manager": people.add_person(ws, "Mara", {office.project.id: Role.MANAGER}),
            "admin": self.adam,
            "disabled": self.dora,
            "signed out": people.add_person(ws, "Sol", {office.project.id: Role.MANAGER}, admin=True),
        }
        self.tokens = {name: sessions.begin(ws, person.id)[0] for name, person in self.people.items()}
        people.set_active(ws, self.dora.id, False)
        sessions.end_all(ws, self.people["signed out"].id)
        office.add_images(4)
        self.approved = office.submitted(office.ben)
        self.approved = office.decide(office.claim_review(office.rolf), office.rolf, Verdict.APPROVE)
        self.submitted = office.submitted(office.ben)
        self.thread = comments.comment(ws, self.submitted.id, office.ben.id, "see here")


Act = Callable[[Staff, int], object]


def _archive(s: Staff, by: int) -> object:
    return projects.archive_project(s.office.ws, s.office.project.id, by=by)


ACTIONS: dict[str, tuple[Act, set[str]]] = {
    # name -> what is done in the name of a person, and who may
    "rename the project": (
        lambda s, by: projects.update_project(s.office.ws, s.office.project.id, name="New", by=by),
        {"manager"},
    ),
    "archive": (_archive, {"manager"}),
    "unarchive": (
        lambda s, by: projects.unarchive_project(s.office.ws, s.office.project.id, by=by),
        {"manager"},
    ),
    "change the rules": (
        lambda s, by: update_settings(s.office.ws, s.office.project.id, paused=True, by=by),
        {"manager"},
    ),
    "add a class": (
        lambda s, by: projects.add_class(s.office.ws, s.office.project.id, "bird", by=by),
        {"manager"},
    ),
    "rename a class": (
        lambda s, by: projects.rename_class(s.office.ws, s.office.cat.id, "lynx", by=by),
        {"manager"},
    ),
    "retire a class": (
        lambda s, by: projects.retire_class(s.office.ws, s.office.cat.id, by=by),
        {"manager"},
    ),
    "merge a class": (
        lambda s, by: projects.merge_class(s.office.ws, s.office.cat.id, s.office.dog.id, by=by),
        {"manager"},
    ),
    "import images": (
        lambda s, by: images.import_uploads(
            s.office.ws, s.office.project.id, [("a.png", io.BytesIO(b"no picture"))], by=by
        ),
        {"manager"},
    ),
    "export": (lambda s, by: exchange.export(s.office.ws, s.office.project.id, by=by), {"manager"}),
    "give priority": (
        lambda s, by: queue.set_priority(s.office.ws, [s.submitted.id], 5, by=by),
        {"manager"},
    ),
    "reopen": (lambda s, by: queue.reopen(s.office.ws, s.approved.id, by=by), {"manager"}),
    "trust as gold": (lambda s, by: gold.mark(s.office.ws, s.approved.id, by=by), {"manager"}),
    "give a role": (
        lambda s, by: people.set_role(s.office.ws, by, s.office.project.id, Role.MANAGER, by=by),
        {"manager", "admin"},
    ),
    "create a project": (
        lambda s, by: projects.create_project(s.office.ws, "Third", ["x"], by=by),
        {"manager", "admin", "outsider"},
    ),
    "add a person": (lambda s, by: people.add_person(s.office.ws, "Eva", by=by), {"admin"}),
    "make an admin": (lambda s, by: people.set_admin(s.office.ws, by, True, by=by), {"admin"}),
    "switch somebody off": (
        lambda s, by: people.set_active(s.office.ws, s.office.ben.id, False, by=by),
        {"admin"},
    ),
    "reset a password": (
        lambda s, by: accounts.give_one_time(s.office.ws, s.office.ben.id, by=by),
        {"admin"},
    ),
    "unlock": (lambda s, by: accounts.unlock(s.office.ws, s.office.ben.id, by=by), {"admin"}),
    "link single sign-on": (
        lambda s, by: accounts.set_email(s.office.ws, by, "me@example.org", by=by),
        {"admin"},
    ),
    "sign somebody out": (
        lambda s, by: sessions.end_all(s.office.ws, s.office.ben.id, by=by),
        {"admin"},
    ),
    "take the next image": (
        lambda s, by: queue.claim_next(s.office.ws, s.office.project.id, by),
        {"annotator", "reviewer", "manager"},
    ),
    "comment": (
        lambda s, by: comments.comment(s.office.ws, s.submitted.id, by, "hm"),
        {"annotator", "reviewer", "manager"},
    ),
    "resolve a comment": (
        lambda s, by: comments.resolve(s.office.ws, s.thread.id, by),
        {"annotator", "reviewer", "manager"},
    ),
    "take the next review": (
        lambda s, by: review.claim_next_review(s.office.ws, s.office.project.id, by),
        {"reviewer", "manager"},
    ),
}


CASES = [(name, who) for name in ACTIONS for who in WHO]
ALLOWED = [(name, who) for name, who in CASES if who in ACTIONS[name][1]]
REFUSED = [case for case in CASES if case not in ALLOWED]


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    """One for all refusals: they change nothing."""
    staff = Staff(tmp_path_factory.mktemp("staff"))
    yield staff
    staff.office.ws.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Staff]:
    staff = Staff(tmp_path)
    yield staff
    staff.office.ws.close()


def act(monkeypatch: pytest.MonkeyPatch, staff: Staff, who: str, what: Act) -> list[Event]:
    """Do it by a callback of a page, in this person's browser; returns what was refused, newest first."""
    monkeypatch.setattr(workspace, "_current", staff.office.ws)
    monkeypatch.setattr(session, "_token", lambda: staff.tokens[who])
    monkeypatch.setattr(refusals, "_limit", refusals.Limit(1_000_000))
    st.session_state.clear()
    before = len(history.events(staff.office.ws, kinds=["refused"]))

    def pressed(person: Person) -> None:
        what(staff, person.id)

    session.signed_in(pressed)()
    found = history.events(staff.office.ws, kinds=["refused"])
    return found[: len(found) - before]


def present(office: Office) -> list[Any]:
    """All that an action could have changed."""
    tables = ("person", "account", "member", "project", "label_class", "image", "task", "review", "comment")
    with office.ws.store.read() as tx:
        return [tx.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in tables]


@pytest.mark.parametrize(("action", "who"), REFUSED)
def test_who_may_not_is_refused_and_written_down(
    staff: Staff, action: str, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = present(staff.office)
    (refused,) = act(monkeypatch, staff, who, ACTIONS[action][0])
    assert refused.person_id == staff.people[who].id
    assert str(refused.data["call"]).endswith("pressed")
    because = {"disabled": "signed out", "signed out": "signed out"}.get(who, "")
    assert because in str(refused.data["why"])
    assert str(refused.data["why"]).endswith(".")
    assert present(staff.office) == before


@pytest.mark.parametrize(("action", "who"), ALLOWED)
def test_who_may_is_not_refused(fresh: Staff, action: str, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert act(monkeypatch, fresh, who, ACTIONS[action][0]) == []
    assert [kind for kind, _ in st.session_state.get("_notices", []) if kind in ("error", "warning")] == []


@pytest.mark.parametrize("who", [who for who in WHO if who != "manager"])
def test_none_but_managers_have_two_models_compared(
    staff: Staff, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, project = staff.office.ws, staff.office.project
    (refused,) = act(monkeypatch, staff, who, lambda _, by: disagreement.begin(ws, project.id, by=by))
    assert refused.person_id == staff.people[who].id
    assert refused.data["kind"] in ("not_allowed", "pass"), refused.data  # not that no model was trained yet
    assert prelabeling.runs(ws, project.id) == []


# --- what the canvas sends ---


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
    distant = office.save(far, office.ben, office.draft(label=car, origin=Origin.MANUAL))
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
    before, rows = written(bench), len(bench.refused())
    answer = tab.post(call, **REVIEWING[call])
    sentence = bench.assert_refused(answer, status, kind, by=by)
    assert why in sentence
    newest = bench.refused()[0]
    assert newest.data["call"] == call
    if task != -1:
        assert newest.task_id == task
    assert len(bench.refused()) == rows + 1
    assert written(bench) == before


def _seated(tab: Tab) -> Tab:
    """Whatever comes of it: the tab has asked for the task's seat."""
    tab.post("open", take=True)
    return tab
