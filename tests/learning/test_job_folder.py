"""What a job's process says of how far it is."""

from __future__ import annotations

import json
from pathlib import Path

from maa.learning.job_folder import PROGRESS, Progress


def test_a_process_that_goes_on_does_not_begin_at_nothing_again(tmp_path: Path) -> None:
    def said() -> tuple[str, float]:
        found = json.loads((tmp_path / PROGRESS).read_text())
        return found["phase"], found["share"]

    first = Progress(tmp_path)
    first.begin("training")
    assert said() == ("training", 0.0)
    Progress(tmp_path)("training", 0.6, loss=0.1)
    heard: list[tuple[str, float]] = []
    Progress(tmp_path, lambda *told: heard.append(told)).begin("training")
    assert said() == ("training", 0.6)
    assert heard == [("training", 0.6)]
    Progress(tmp_path).begin("comparing")
    assert said() == ("comparing", 0.0)
