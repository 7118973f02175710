from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from maa.cli import app

Maa = Callable[..., Result]
MaaJson = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, and a working folder beside it."""
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("MAA_MODEL", raising=False)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def maa(folder: Path) -> Maa:
    """Run a command; no command may ever end in a traceback."""

    def run(*arguments: object) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def maa_json(maa: Maa) -> MaaJson:
    """Run a command with --json; its standard output is one JSON value whatever happens."""

    def run(*arguments: object) -> Any:
        return json.loads(maa(*arguments, "--json").stdout)

    return run
