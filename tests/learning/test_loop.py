"""Rounds of labeling and training, simulated on drawn photos."""

from __future__ import annotations

from pathlib import Path

import pytest

from maa.domain import InvalidInput
from maa.learning.loop import ROUNDS, LoopConfig, loop
from tests.learning.conftest import draw_set


@pytest.fixture
def config(tmp_path: Path, untrained: str) -> LoopConfig:
    """Two rounds of six objects, each with a second of training."""
    return LoopConfig(
        data=draw_set(tmp_path / "sets" / "ellipses", photos=8),
        run=tmp_path / "run",
        parent=untrained,
        rounds=1,
        objects=6,
        minutes=1 / 60,
    )


def test_rounds_go_on_where_they_were_and_say_what_an_object_costs(config: LoopConfig) -> None:
    said: list[str] = []
    shares: list[tuple[str, float]] = []
    (first,) = loop(config, said.append, lambda *told: shares.append(told))["rounds"]
    assert {phase for phase, _ in shares} >= {"labeling", "training"}
    assert all(0 <= share <= 1 for _, share in shares)
    assert first["objects"] == 6
    assert first["prelabels"] is None
    assert first["by_hand"] > 0.7
    assert first["clicks"] > 0.7
    more = LoopConfig(**{**vars(config), "rounds": 2})
    result = loop(more, said.append)
    assert result["rounds"][0] == first
    second = result["rounds"][1]
    assert second["prelabels"] > 0
    assert 0 <= second["accepted_as_they_were"] <= 1
    assert len([line for line in said if "labeling" in line]) == 2  # each round once
    assert loop(more)["rounds"] == result["rounds"]


def test_a_folder_with_another_run_is_left_alone(config: LoopConfig) -> None:
    config.run.mkdir()
    (config.run / ROUNDS).write_text('{"config": {}, "rounds": []}')
    with pytest.raises(InvalidInput, match="no loop"):
        loop(config)


def test_too_few_objects_for_a_round_are_said(config: LoopConfig) -> None:
    with pytest.raises(InvalidInput, match="only 16 objects"):
        loop(LoopConfig(**{**vars(config), "objects": 100}))
