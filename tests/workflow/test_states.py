from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from maa.domain import Conflict, TaskState
from maa.store import tasks
from maa.workflow.states import TRANSITIONS, WORDS, lease, move

from .office import Office


def test_only_the_transitions_of_the_table_happen(office: Office) -> None:
    (task,) = office.add_images(1)
    for before, after in itertools.product(TaskState, TaskState):
        with office.ws.store.write() as tx:
            task = tasks.save(tx, replace(task, state=before))
            if after in TRANSITIONS[before]:
                task = move(tx, task, after)
                assert task.state is after
            else:
                with pytest.raises(Conflict, match=WORDS[before]):
                    move(tx, task, after)
                assert tasks.get(tx, task.id) == task


def test_every_state_can_be_said_and_left(office: Office) -> None:
    assert set(WORDS) == set(TRANSITIONS) == set(TaskState)
    assert all(TRANSITIONS.values())


def test_who_saw_an_older_version_of_a_task_gets_a_conflict(office: Office) -> None:
    (task,) = office.add_images(1)
    office.claim(office.ana)
    with office.ws.store.write() as tx, pytest.raises(Conflict, match="at the same moment"):
        lease(tx, task, TaskState.LEASED, office.ben, office.project)
