"""Orders of labeling, simulated on drawn photos."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from maa.domain import InvalidInput
from maa.learning.simulate_routing import RESULT, Routing, RoutingConfig, _labels_for, simulate_routing
from tests.learning.conftest import draw_set


@pytest.fixture
def config(tmp_path: Path, untrained: str) -> RoutingConfig:
    return RoutingConfig(
        data=draw_set(tmp_path / "sets" / "ellipses", photos=8),
        run=tmp_path / "run",
        parent=untrained,
        orders=(Routing.RANDOM, Routing.DISAGREEMENT),
        rounds=1,
        objects=4,
        samples=8,
        test_photos=2,
    )


def test_orders_share_their_first_round_and_go_on_where_they_were(config: RoutingConfig) -> None:
    said: list[str] = []
    first = simulate_routing(config, said.append)
    trained = [line for line in said if "training" in line]
    assert len(trained) == 1
    random, disagreement = first["orders"]
    assert random["rounds"] == disagreement["rounds"]
    assert random["rounds"][0]["labels"] == 4
    gained = random["rounds"][0]["iou"] > first["parent_iou"]
    assert first["random_gained"] is gained
    assert random["labels_for_random"] == (4 if gained else None)
    assert 0 <= first["parent_iou"] <= 1

    more = simulate_routing(dataclasses.replace(config, rounds=2), said.append)
    assert len([line for line in said if "training" in line]) == 3
    for order in more["orders"]:
        assert order["rounds"][0] == random["rounds"][0]
        assert order["rounds"][1]["labels"] == 8
        low, high = order["rounds"][1]["interval"]
        assert low <= order["rounds"][1]["gain"] <= high
    steps = json.loads((config.run / RESULT).read_text())["steps"]
    assert not set(steps["disagreement 0 1"]["chosen"]) & set(steps["first 0"]["chosen"])
    assert simulate_routing(dataclasses.replace(config, rounds=2)) == more
    with pytest.raises(InvalidInput, match="other settings"):
        simulate_routing(dataclasses.replace(config, samples=9))


def test_too_few_photos_are_said(config: RoutingConfig) -> None:
    with pytest.raises(InvalidInput, match="too few for 9 rounds"):
        simulate_routing(dataclasses.replace(config, rounds=9))


def test_labels_are_read_off_between_the_rounds() -> None:
    rounds = [{"labels": 50, "iou": 0.6}, {"labels": 100, "iou": 0.7}, {"labels": 150, "iou": 0.8}]
    assert _labels_for(0.75, rounds) == 125
    assert _labels_for(0.5, rounds) == 50
    assert _labels_for(0.9, rounds) is None
