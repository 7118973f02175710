"""What several test trees share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from hypothesis import settings

if TYPE_CHECKING:
    import duckdb

# One thread each: the suite runs in parallel, and results do not depend on the machine's size.
# Numpy and torch read it when they are imported, so what imports them is imported below, not above.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples in every run: whoever breaks something sees it, and nobody else does. To look for new
# ones: `pytest --hypothesis-profile=search tests/geometry`.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("search", print_blob=True)
settings.load_profile("repeatable")

IN_MEMORY = Path("/dev/shm")
ENOUGH = 4 << 30
"""Bytes. The suite takes half a gigabyte of it at a time, and memory for what it runs."""


def pytest_configure() -> None:
    """Have the temporary folders in memory where that is large: databases wait for the disk all the time."""
    if IN_MEMORY.is_dir() and min(shutil.disk_usage(IN_MEMORY).free, available_memory()) > ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))


def available_memory() -> int:
    """Bytes."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return 0


Connect = Callable[[Path], "duckdb.DuckDBPyConnection"]


@pytest.fixture(scope="session", autouse=True)
def the_app_s_connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connect]:
    """How the app opens a database. In tests a new one begins as a copy of a new one: to make the tables is
    twenty commits, and there are more than a thousand of them to make. (tests/store makes its own.)"""
    from maa.store import connection

    prepared = tmp_path_factory.mktemp("prepared") / "maa.duckdb"
    connection.Store(prepared).close()
    as_in_the_app = connection._connect

    def connect(path: Path) -> duckdb.DuckDBPyConnection:
        if not path.exists():
            shutil.copyfile(prepared, path)
        return as_in_the_app(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "_connect", connect)
        yield as_in_the_app


@pytest.fixture(scope="session", autouse=True)
def passwords_are_cheap_to_keep() -> Iterator[None]:
    """To keep and to check one is slow on purpose, and whole files sign in all the time."""
    from maa.workflow import passwords

    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", cheap)
        patch.setattr(passwords, "_nobody", cheap.hash("nobody's"))
        yield
