"""The open workspace: one data folder, its database and its images, in one process."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from maa.domain import MaaError
from maa.store.connection import Store, utc_now


def data_dir() -> Path:
    """The data folder: `MAA_DATA_DIR`, else `data/` beside the package."""
    chosen = os.environ.get("MAA_DATA_DIR", "").strip()
    if chosen:
        return Path(chosen).expanduser().resolve()
    return Path(__file__).resolve().parents[2] / "data"


def general_dir(folder: Path) -> Path:
    """Where the operator of a data folder puts sets of general data: to be replayed by trainings, and to
    compare models on. `MAA_GENERAL_DATA` names another place."""
    chosen = os.environ.get("MAA_GENERAL_DATA", "").strip()
    return Path(chosen).expanduser().resolve() if chosen else folder / "general"


class Workspace:
    """One data folder, opened: the database (`store`) and the folders beside it.

    A process has at most one per folder. Opening creates the folder, creates or migrates the database, and
    raises `StoreBusy` when another process has it open, `StoreDamaged` when the file is not a MAA database.
    """

    def __init__(self, data_dir: Path, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.data_dir = Path(data_dir)
        self.images_dir = self.data_dir / "images"
        self.clock = clock
        try:
            self.images_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MaaError(
                f"The data folder {self.data_dir} cannot be used ({error.strerror}). "
                "Make it writable, or choose another one with MAA_DATA_DIR."
            ) from error
        self.store = Store(self.data_dir / "maa.duckdb", clock=clock)

    def close(self) -> None:
        """Close the database; every acknowledged change is on disk already."""
        self.store.close()


_current: Workspace | None = None
_current_lock = threading.Lock()


def current() -> Workspace:
    """The process-wide workspace of `data_dir()`, opened on first use. Thread-safe."""
    global _current
    with _current_lock:
        if _current is None:
            _current = Workspace(data_dir())
            atexit.register(_current.close)
        return _current
