from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from maa.domain import Person, Role
from maa.workflow import seats
from maa.workflow.seats import FREE_AFTER, Seats, SeatTaken

from .office import Office

ANA, BEN = Person(1, "Ana", Role.ANNOTATOR), Person(2, "Ben", Role.ANNOTATOR)
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOON, LATER = NINE + timedelta(seconds=10), NINE + FREE_AFTER


def test_the_first_tab_sits_down_and_the_second_is_told_since_when() -> None:
    kept = Seats()
    assert kept.take(7, ANA, "a", NINE).mine
    seen = kept.take(7, ANA, "b", SOON)
    assert (seen.mine, seen.since, seen.who) == (False, NINE, "Ana")
    with pytest.raises(SeatTaken, match="another tab") as caught:
        kept.require(7, ANA, "b", SOON)
    assert caught.value.seat.since == NINE
    kept.require(7, ANA, "a", SOON)


def test_a_seat_is_free_when_its_tab_is_not_heard_of_any_more() -> None:
    kept = Seats()
    kept.take(7, ANA, "a", NINE)
    kept.touch(7, ANA, "a", SOON)
    assert not kept.take(7, ANA, "b", LATER).mine, "heard of in between"
    assert kept.take(7, ANA, "b", SOON + FREE_AFTER).mine
    with pytest.raises(SeatTaken):
        kept.require(7, ANA, "a", SOON + FREE_AFTER)


def test_a_tab_whose_machine_slept_still_has_its_seat_if_nobody_took_it() -> None:
    kept = Seats()
    kept.take(7, ANA, "a", NINE)
    kept.require(7, ANA, "a", NINE + timedelta(hours=5))


def test_who_only_touches_takes_no_seat_from_another_tab_be_it_gone_or_not() -> None:
    """What that tab shows may be old: it has to open the task anew, which `take` stands for."""
    kept = Seats()
    kept.take(7, ANA, "a", NINE)
    much_later = NINE + timedelta(hours=1)
    assert not kept.touch(7, ANA, "b", SOON).free
    seen = kept.touch(7, ANA, "b", much_later)
    assert (seen.mine, seen.free) == (False, True)
    with pytest.raises(SeatTaken):
        kept.require(7, ANA, "b", much_later)
    assert kept.take(7, ANA, "b", much_later).mine


def test_taking_over_moves_the_seat_at_once() -> None:
    kept = Seats()
    kept.take(7, ANA, "a", NINE)
    assert kept.take(7, ANA, "b", SOON, force=True).mine
    assert not kept.touch(7, ANA, "a", SOON).mine
    assert kept.take(7, ANA, "b", SOON).since == SOON, "asking again does not make it newer"


def test_after_a_restart_the_open_tab_goes_on_with_its_next_word() -> None:
    kept = Seats()
    kept.require(7, ANA, "a", NINE)
    assert not kept.take(7, ANA, "b", SOON).mine


def test_somebody_else_who_holds_the_task_now_is_not_kept_out() -> None:
    kept = Seats()
    kept.take(7, ANA, "a", NINE)
    assert kept.take(7, BEN, "b", SOON).mine
    assert kept.touch(7, BEN, "b", SOON).who == "Ben"


def test_seats_of_other_tasks_and_seats_that_were_left_are_free() -> None:
    kept = Seats()
    kept.take(7, ANA, "a", NINE)
    assert kept.take(8, ANA, "b", NINE).mine
    kept.leave(7)
    kept.leave(7)
    assert kept.take(7, ANA, "b", NINE).mine


def test_old_seats_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "_MAX_KEPT", 3)
    kept = Seats()
    for task_id in range(5):
        kept.take(task_id, ANA, "a", NINE)
        kept.touch(0, ANA, "a", NINE)
    assert not kept.take(0, ANA, "b", SOON).mine
    assert kept.take(1, ANA, "b", SOON).mine


def test_each_workspace_has_its_own(office: Office) -> None:
    assert seats.of(office.ws) is seats.of(office.ws)
