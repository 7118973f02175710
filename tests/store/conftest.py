from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maa.store import connection
from maa.store.connection import Store
from tests.conftest import Connect


@pytest.fixture(autouse=True)
def databases_are_made_as_in_the_app(the_app_s_connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_connect", the_app_s_connect)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "maa.duckdb")
    yield store
    store.close()
