"""A name is taken out for good: it stands nowhere any more, and no work is lost."""

from __future__ import annotations

import re

import pytest

from maa.domain import NotAllowed, Person, Role, TaskState, Verdict
from maa.workflow import (
    accounts,
    comments,
    drafts,
    history,
    labeling,
    people,
    projects,
    queue,
    review,
    sessions,
)
from maa.workflow.workspace import Workspace

from .office import Office


def rows_with(ws: Workspace, words: str) -> list[tuple[str, object]]:
    """(table, row) of every row of every table of the database that says this."""
    with ws.store.read() as tx:
        tables = [
            row["table_name"]
            for row in tx.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'")
        ]
        return [
            (table, row)
            for table in tables
            for row in tx.rows(f"SELECT * FROM {table}")
            if re.search(re.escape(words), "\n".join(map(str, row.values())), re.IGNORECASE)
        ]


ADDRESS = "somebody@example.org"


@pytest.fixture(params=["Zoé Müller-Kern", "李雷", 'O\'Brien "Bob"'])
def zoe(office: Office, request: pytest.FixtureRequest) -> Person:
    """Somebody who worked, was talked about and to, and was switched off in the middle of something."""
    ws, name = office.ws, request.param
    zoe = people.add_person(ws, name, {office.project.id: Role.REVIEWER}, admin=True, by=office.max.id)
    office.add_images(4)
    task = office.submitted(zoe)
    office.claim_review(office.rita)
    comments.comment(ws, task.id, zoe.id, f"{name} here")
    thread = comments.comment(ws, task.id, office.rita.id, f"Ask {name}. They know.")
    comments.resolve(ws, thread.id, zoe.id)
    review.decide(
        ws, task.id, office.rita.id, Verdict.SEND_BACK, reason="loose outline", comment=f"Dear {name}, look!"
    )
    projects.update_project(ws, office.project.id, guidelines=f"Questions to {name}.")
    people.set_active(ws, zoe.id, False, by=office.max.id)
    people.set_active(ws, zoe.id, True, by=office.max.id)
    held = office.claim(zoe)
    drafts.put_draft(ws, held.id, zoe.id, TaskState.LEASED, {"note": f"by {name}"})
    history.record(ws, "refused", person_id=office.ana.id, data={"why": f"{name} has this image now."})
    accounts.set_email(ws, zoe.id, ADDRESS)
    sessions.begin(ws, zoe.id)
    assert len(rows_with(ws, name.split()[0])) >= 5
    return zoe


def test_the_name_stands_nowhere_any_more_and_the_work_does(office: Office, zoe: Person) -> None:
    ws = office.ws
    before = history.events(ws)
    held = queue.held_by(ws, zoe.id, office.project.id)
    objects = [labeling.list_annotations(ws, task.id) for task in queue.list_tasks(ws, office.project.id)]
    now = people.remove_name(ws, zoe.id, by=office.max.id)
    assert (now.name, now.active, now.admin) == (f"Person {zoe.id}", False, False)
    for words in (zoe.name, zoe.name.split()[0]):
        assert rows_with(ws, words) == []
        assert rows_with(ws, words.encode("unicode_escape").decode()) == []
    assert rows_with(ws, ADDRESS) == []
    assert sessions.list_open(ws, zoe.id) == []
    assert sessions.find(ws, sessions.begin(ws, office.ana.id)[0]).person == office.ana
    after = history.events(ws)
    assert [event.id for event in after[-len(before) :]] == [event.id for event in before]
    assert queue.get_task(ws, held[0].id).state is TaskState.RETURNED, "their own goes back"
    assert objects == [
        labeling.list_annotations(ws, task.id) for task in queue.list_tasks(ws, office.project.id)
    ]
    said = [turn.text for thread in comments.threads(ws, held[0].id) for turn in thread.comments]
    assert f"Ask Person {zoe.id}. They know." in said
    assert office.claim(office.ana), "and work goes on"


def test_after_a_restart_it_is_still_gone(office: Office, zoe: Person) -> None:
    people.remove_name(office.ws, zoe.id, by=office.max.id)
    office.ws.close()
    office.ws = Workspace(office.ws.data_dir, clock=office.clock)
    assert rows_with(office.ws, zoe.name) == []
    assert people.add_person(office.ws, zoe.name, by=office.max.id).id != zoe.id, "the name is free again"


def test_words_that_only_contain_the_name_stay(office: Office) -> None:
    ws = office.ws
    (task,) = office.add_images(1)
    thread = comments.comment(ws, task.id, office.ben.id, "Ana says: it is a Banana, not Anas. (Ana)")
    people.remove_name(ws, office.ana.id, by=office.max.id)
    (found,) = comments.threads(ws, task.id)
    number = office.ana.id
    assert found.id == thread.id
    assert found.comments[0].text == f"Person {number} says: it is a Banana, not Anas. (Person {number})"


def test_only_admins_remove_names_and_never_their_own(office: Office) -> None:
    for by in (office.ana, office.rita):
        with pytest.raises(NotAllowed, match="admins"):
            people.remove_name(office.ws, office.ben.id, by=by.id)
    with pytest.raises(NotAllowed, match="Another admin"):
        people.remove_name(office.ws, office.max.id, by=office.max.id)
    with pytest.raises(NotAllowed, match="only admin"):
        people.remove_name(office.ws, office.max.id)
    people.add_person(office.ws, f"Person {office.ben.id}")
    assert people.remove_name(office.ws, office.ben.id).name == f"Person {office.ben.id}*"
