from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from maa.api import connection


def written(folder: Path, **changes: object) -> None:
    content = {"url": "http://127.0.0.1:1", "token": "t", "pid": os.getpid(), **changes}
    (folder / "running-app.json").write_text(json.dumps(content))


def test_an_announced_app_is_found_and_only_its_owner_can_read_the_token(tmp_path: Path) -> None:
    announced = connection.announce(tmp_path, "http://127.0.0.1:8501")
    assert connection.find(tmp_path) == announced
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(announced.token) >= 40
    assert connection.announce(tmp_path, "http://127.0.0.1:8501").token != announced.token


def test_withdrawing_removes_the_file_but_never_that_of_the_next_app(tmp_path: Path) -> None:
    first = connection.announce(tmp_path, "http://127.0.0.1:1")
    second = connection.announce(tmp_path, "http://127.0.0.1:2")
    connection.withdraw(tmp_path, first)
    assert connection.find(tmp_path) == second
    connection.withdraw(tmp_path, second)
    assert connection.find(tmp_path) is None
    connection.withdraw(tmp_path, second)
    assert list(tmp_path.iterdir()) == []


def test_an_app_that_cannot_announce_itself_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection.json, "dump", Mock(side_effect=OSError(errno.ENOSPC, "full")))
    with pytest.raises(OSError, match="full"):
        connection.announce(tmp_path, "http://127.0.0.1:1")
    assert list(tmp_path.iterdir()) == []


def test_an_app_that_was_killed_is_not_found(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    written(tmp_path, pid=process.pid)
    assert connection.find(tmp_path) is None


def test_a_file_that_makes_no_sense_is_no_app(tmp_path: Path) -> None:
    assert connection.find(tmp_path) is None
    for content in ("", "{", "[]", "null", '{"url": 1}', "\0"):
        (tmp_path / "running-app.json").write_text(content)
        assert connection.find(tmp_path) is None
    written(tmp_path, pid="much")
    assert connection.find(tmp_path) is None
    written(tmp_path, extra=1)
    assert connection.find(tmp_path) is None
