from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .office import Office, open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = open_office(tmp_path)
    yield office
    office.ws.close()
