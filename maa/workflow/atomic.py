"""Writing a file that a person named wholly or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maa import files
from maa.domain import InvalidInput


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """`maa.files.replacing`, with a sentence for people where it fails.

    Raises:
        InvalidInput: it cannot be written there (no such folder, no permission, no room); `path` is as it
            was.
    """
    try:
        if path.is_dir():
            raise InvalidInput(f"{path} is a folder. Name a file in it.")
        with files.replacing(path) as unfinished:
            yield unfinished
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written ({error.strerror or error}).") from error
