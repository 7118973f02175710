from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from maa.workflow import pyramid, refusals, workspace
from tests.api.bench import Bench
from tests.workflow.office import open_office


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """The process-wide workspace is a small office with photos; its clock stands still."""
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("MAA_MODEL", raising=False)
    monkeypatch.setattr(refusals, "_limit", refusals.Limit(1_000_000))
    torch.set_num_threads(1)
    office = open_office(tmp_path / "data")
    monkeypatch.setattr(workspace, "_current", office.ws)
    yield Bench(office)
    pyramid.settle()
    office.ws.close()
