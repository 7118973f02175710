from __future__ import annotations

from maa.workflow.activity import IDLE_CUTOFF_SECONDS, ActiveTime


def spent(*moments: float) -> float:
    time = ActiveTime()
    for moment in moments:
        time.touch(moment)
    return time.seconds


def test_time_between_interactions_adds_up() -> None:
    assert spent(100, 102, 107.5) == 7.5


def test_a_pause_longer_than_the_cut_off_counts_nothing() -> None:
    assert spent(0, 10, 10 + IDLE_CUTOFF_SECONDS + 1, 45) == 10 + 4
    assert spent(0, IDLE_CUTOFF_SECONDS) == IDLE_CUTOFF_SECONDS


def test_one_interaction_or_none_is_no_time() -> None:
    assert spent() == 0
    assert spent(5) == 0


def test_a_clock_that_steps_back_takes_nothing_away() -> None:
    assert spent(10, 15, 3, 4) == 6


def test_a_restart_begins_at_zero_and_keeps_the_open_gap_for_the_next_object() -> None:
    time = ActiveTime()
    time.touch(0)
    time.touch(8)
    time.restart()
    assert time.seconds == 0
    time.touch(11)
    assert time.seconds == 3
