"""Files that are written wholly or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UNFINISHED = ".unfinished"
"""How the name of a file ends that has not taken its place yet."""


@contextmanager
def replacing(path: Path, *, mode: int = 0o666, one_writer: bool = False) -> Iterator[Path]:
    """An empty file beside `path` to write to; it takes the place of `path` once the block has ended without
    error, and its content is on disk by then. After an error it is gone, and `path` is as it was.

    Args:
        mode: the file's permissions from its first moment on, less what the umask takes.
        one_writer: nobody else writes `path` at the same time. What a process that was killed left behind is
            then overwritten by the next one; else it stays under a name of its own.

    Raises:
        OSError: it cannot be written there.
    """
    unfinished = path.with_name(f".{path.name if one_writer else uuid.uuid4().hex}{UNFINISHED}")
    try:
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        yield unfinished
        with open(unfinished, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        # Where the folder itself is gone or closed to us, there is nothing to tidy.
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
