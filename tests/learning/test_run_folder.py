"""A simulation's folder is one simulation's, with one set of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from maa.domain import InvalidInput
from maa.learning import run_folder


def test_a_folder_is_taken_up_with_the_same_settings_only(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "one"
    run_folder.take(run, "loop", {"seed": 0, "orders": ("a", "b")})
    (run / "round-1").mkdir()
    run_folder.take(run, "loop", {"seed": 0, "orders": ("a", "b")})
    for simulation, settings in (("loop", {"seed": 1, "orders": ("a", "b")}), ("routing", {"seed": 0})):
        with pytest.raises(InvalidInput, match="other settings"):
            run_folder.take(run, simulation, settings)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"x")
    with pytest.raises(InvalidInput, match="not empty"):
        run_folder.take(tmp_path, "loop", {})
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]
    with pytest.raises(InvalidInput, match="cannot be used"):
        run_folder.take(tmp_path / "photo.jpg" / "run", "loop", {})
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / run_folder.SETTINGS).write_text("{")
    with pytest.raises(InvalidInput, match="cannot be read"):
        run_folder.take(tmp_path / "run", "loop", {})
