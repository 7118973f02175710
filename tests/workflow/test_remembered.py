"""What writers remember is what the tables say, whatever happens in between."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable

import pytest

from maa.domain import MaaError, Role, TaskState, Verdict
from maa.store import people as stored_people
from maa.store import projects as stored_projects
from maa.store import tasks
from maa.store.connection import Transaction
from maa.store.remembered import harmless
from maa.workflow import people, queue
from maa.workflow.projects import update_project
from maa.workflow.settings import update_settings

from .office import Office


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM person",
        "\n  select 1",
        "INSERT INTO event (person_id) SELECT id FROM person",
        "UPDATE kept_person SET name = ''",
        "DELETE FROM member_note WHERE TRUE",
    ],
)
def test_what_changes_none_of_the_remembered_tables(sql: str) -> None:
    assert harmless(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE person SET active = FALSE",
        "  insert into MEMBER VALUES (1, 1, 'manager')",
        "DELETE FROM account",
        "UPDATE task SET state = 'ready'",
        "INSERT INTO main.person SELECT * FROM kept_person",
        'UPDATE "project" SET name = 1',
        "WITH gone AS (DELETE FROM member RETURNING *) SELECT * FROM gone",
        "MERGE INTO member USING x ON TRUE WHEN MATCHED THEN DELETE",
        "DROP TABLE main.person",
        "TRUNCATE member",
        "IMPORT DATABASE 'there'",
    ],
)
def test_what_may_change_one_of_them(sql: str) -> None:
    assert not harmless(sql)


def _as_writers_see_it(office: Office) -> list[object]:
    with office.ws.store.write() as tx:
        return _answers(tx, office)


def _as_it_is_written(office: Office) -> list[object]:
    with office.ws.store.read() as tx:
        return _answers(tx, office)


def _answers(tx: Transaction, office: Office) -> list[object]:
    everybody = [person.id for person in stored_people.everybody(tx, include_inactive=True)]
    return [
        tasks.leased(tx, office.project.id),
        tasks.first_ready(tx, office.project.id),
        *(tasks.first_returned(tx, office.project.id, [one]) for one in everybody),
        *(stored_people.get(tx, one) for one in everybody),
        *(stored_people.member(tx, office.project.id, one) for one in everybody),
        stored_people.away(tx, office.project.id),
        stored_projects.get(tx, office.project.id),
    ]


@pytest.mark.parametrize("seed", range(2))
def test_a_week_of_everything_at_random_leaves_nothing_stale(office: Office, seed: int) -> None:
    chance = random.Random(seed)
    team = [office.ana, office.ben, office.rita, office.rolf, office.max]
    office.add_images(12)
    ws, project, boss = office.ws, office.project, office.max.id

    def any_task(*states: TaskState) -> int:
        there = queue.list_tasks(ws, project.id, states=states or None)
        return chance.choice(there).id if there else 0

    def one() -> int:
        return chance.choice(team).id

    def labeled(then: Callable[[int, int], object]) -> None:
        held = [task for task in queue.list_tasks(ws, project.id) if task.state is TaskState.LEASED]
        if held:
            task = chance.choice(held)
            then(task.id, task.holder_id or 0)

    deeds: list[Callable[[], object]] = [
        *[lambda: queue.claim_next(ws, project.id, one())] * 4,
        lambda: queue.claim(ws, any_task(), one()),
        lambda: labeled(lambda task, who: queue.release(ws, task, who)),
        lambda: labeled(lambda task, who: queue.skip(ws, task, who, "other")),
        lambda: labeled(lambda task, who: queue.renew_lease(ws, task, who)),
        *[lambda: office.submitted(chance.choice([office.ana, office.ben]))] * 3,
        lambda: office.send_back_next(office.rita),
        lambda: office.decide(
            office.claim_review(office.rolf), office.rolf, Verdict.SEND_BACK, "loose outline"
        ),
        lambda: office.approve_next(office.rolf),
        lambda: queue.reopen(ws, any_task(TaskState.SKIPPED, TaskState.APPROVED), by=boss),
        lambda: queue.set_priority(ws, [any_task()], chance.randint(-100, 100), by=boss),
        lambda: office.add_images(1),
        lambda: people.set_role(ws, project.id, one(), chance.choice([*Role, None])),
        lambda: people.set_active(ws, one(), chance.random() < 0.7),
        lambda: people.set_role(ws, project.id, office.ana.id, Role.ANNOTATOR),
        lambda: people.set_role(ws, project.id, boss, Role.MANAGER),
        lambda: update_project(ws, project.id, lease_minutes=chance.randint(1, 60)),
        lambda: update_settings(ws, project.id, paused=chance.random() < 0.2),
        lambda: office.clock.advance(minutes=20),
    ]
    done = 0
    for _ in range(120):
        with contextlib.suppress(MaaError, AssertionError):
            chance.choice(deeds)()
            done += 1
        assert _as_writers_see_it(office) == _as_it_is_written(office)
    assert done > 60, "most of it was refused; this tells nothing"


def test_what_an_undone_transaction_saw_is_not_remembered(office: Office) -> None:
    _as_writers_see_it(office)

    def change(tx: Transaction) -> None:
        stored_people.set_role(tx, office.project.id, office.ana.id, Role.MANAGER)
        member = stored_people.member(tx, office.project.id, office.ana.id)
        assert member is not None
        assert member.role is Role.MANAGER
        raise RuntimeError

    with pytest.raises(RuntimeError), office.ws.store.write() as tx:
        change(tx)
    assert _as_writers_see_it(office) == _as_it_is_written(office)


def test_a_role_taken_away_holds_from_the_next_hand_out_on(office: Office) -> None:
    office.add_images(2)
    queue.skip(office.ws, office.claim(office.ana).id, office.ana.id, "other")
    people.set_role(office.ws, office.project.id, office.ana.id, None)
    with pytest.raises(MaaError, match="no role"):
        queue.claim_next(office.ws, office.project.id, office.ana.id)
    people.set_role(office.ws, office.project.id, office.ana.id, Role.ANNOTATOR)
    people.set_active(office.ws, office.ana.id, False)
    with pytest.raises(MaaError, match="not active"):
        queue.claim_next(office.ws, office.project.id, office.ana.id)
