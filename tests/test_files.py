from __future__ import annotations

import stat
from pathlib import Path

import pytest

from maa.files import replacing


def test_a_file_is_as_it_was_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text("old")
    with replacing(path) as unfinished:
        unfinished.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text("old")
    with pytest.raises(TypeError), replacing(path) as unfinished:
        unfinished.write_text(b"no text")  # type: ignore[arg-type]
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_of_two_writers_the_last_one_s_file_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    with replacing(path) as first, replacing(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_writer_left_is_overwritten_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    with replacing(path, one_writer=True) as left:
        pass
    left.write_text("cut sho")
    with replacing(path, one_writer=True) as unfinished:
        unfinished.write_text("whole")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_only_its_owner_may_read_a_secret_from_the_beginning_on(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("for all")
    with replacing(path, mode=0o600) as unfinished:
        assert stat.S_IMODE(unfinished.stat().st_mode) == 0o600
        unfinished.write_text("for one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "gone" / "card.json"):
        pass
