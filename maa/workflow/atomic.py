"""Writing a file wholly or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from maa.domain import InvalidInput


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes the place of `path` once the block has ended without error.

    Raises:
        InvalidInput: it cannot be written there (no such folder, no permission, no room); `path` is as it
            was.
    """
    unfinished = path.with_name(f".{uuid.uuid4().hex}.unfinished")
    try:
        if path.is_dir():
            raise InvalidInput(f"{path} is a folder. Name a file in it.")
        yield unfinished
        with open(unfinished, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written ({error.strerror or error}).") from error
    finally:
        # Where the folder itself is gone or closed to us, there is nothing to tidy.
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
