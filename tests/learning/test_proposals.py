"""What the simulation of proposals refuses before it trains; its training is `test_detector`'s."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from maa.domain import InvalidInput
from maa.learning.simulate_proposals import ProposalsConfig, simulate_proposals
from tests.learning.conftest import draw_set


def test_what_cannot_come_to_anything_is_refused_at_once(tmp_path: Path) -> None:
    data = draw_set(tmp_path / "ellipses", photos=6)
    config = ProposalsConfig(data=data, run=tmp_path / "run", objects=2, test_photos=2)
    for wrong, words in (
        ({"objects": 1000}, "fewer than 1000"), ({"size": 7}, "multiple of 16"),
        ({"minutes": float("nan")}, "above 0"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=words):
            simulate_proposals(dataclasses.replace(config, **wrong), lambda _: None)
    assert not config.run.exists()
