"""What a job's process says of how far it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from maa.dextr.shelves import ModelError
from maa.learning.job_folder import PROGRESS, DetectorOrder, Order, Progress, read_order, write_order


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


def test_models_are_found_where_the_data_folder_was_moved_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for name in ("parent", "rival", "finder"):
        (old / "models" / name).mkdir(parents=True)
        card = {"architecture": "maa-duo-1", "input_size": 64, "sha256": "0" * 64}
        (old / "models" / name / "card.json").write_text(json.dumps(card))
    parent, rival, finder = (str(old / "models" / name) for name in ("parent", "rival", "finder"))
    orders = [
        Order(parent, "mine", 1.0),
        Order(parent, rival),
        Order(parent, finder, detector=DetectorOrder(("car",), rival, finder)),
    ]
    for number, order in enumerate(orders):
        (old / "jobs" / str(number)).mkdir(parents=True)
        write_order(old / "jobs" / str(number), order)
        assert read_order(old / "jobs" / str(number)) == order
    old.rename(new)
    monkeypatch.setenv("MAA_DATA_DIR", str(new))
    first, second, third = (read_order(new / "jobs" / str(number)) for number in range(3))
    assert (first.parent, first.candidate) == (str(new / "models" / "parent"), "mine")
    assert (second.parent, second.candidate) == (
        str(new / "models" / "parent"),
        str(new / "models" / "rival"),
    )
    assert third.detector == DetectorOrder(
        ("car",), str(new / "models" / "rival"), str(new / "models" / "finder")
    )
    (new / "models" / "parent" / "card.json").unlink()
    (new / "models" / "parent").rmdir()
    with pytest.raises(ModelError, match="no model named 'parent'"):
        read_order(new / "jobs" / "0")


def test_a_process_whose_folder_is_gone_does_not_go_on(tmp_path: Path) -> None:
    say = Progress(tmp_path / "jobs")
    with pytest.raises(FileNotFoundError):
        say("training", 0.1)
