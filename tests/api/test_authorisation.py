"""Who may do what on the pages: every kind of person against every action.

Each refusal is asserted together with its row in the history: who it was, which call, and why.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from maa.domain import Event, Person, Role, Verdict
from maa.ui import session
from maa.workflow import (
    accounts,
    comments,
    disagreement,
    exports,
    gold,
    history,
    images,
    people,
    prelabeling,
    projects,
    queue,
    refusals,
    review,
    sessions,
    workspace,
)
from maa.workflow.settings import update_settings
from tests.workflow.office import Office, open_office

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
    "export": (lambda s, by: exports.export(s.office.ws, s.office.project.id, by=by), {"manager"}),
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
