from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maa.store.connection import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "maa.duckdb")
    yield store
    store.close()
