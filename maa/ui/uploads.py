"""Files from the person's computer: on the disk for a moment, in errors under the name the person knows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from streamlit.runtime.uploaded_file_manager import UploadedFile

from maa.domain import MaaError
from maa.workflow.intake import clean_file_name


def _file_name(name: str) -> str:
    """A name that any disk takes, as much like the upload's as may be: its stem can become a model's name."""
    path = PurePosixPath(clean_file_name(name).replace("\\", "/"))
    letters = [c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in path.stem]
    return f"{''.join(letters)[:80].strip('.') or 'file'}{path.suffix[:10]}"


@contextmanager
def on_disk(*uploads: UploadedFile) -> Iterator[list[Path]]:
    """Copies of the uploads, in their order, for as long as the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        copies = []
        for number, upload in enumerate(uploads):
            copy = Path(folder) / str(number) / _file_name(upload.name)
            copy.parent.mkdir()
            copy.write_bytes(upload.getbuffer())
            copies.append(copy)
        try:
            yield copies
        except MaaError as error:
            told = str(error)
            for copy, upload in zip(copies, uploads, strict=True):
                told = told.replace(str(copy), upload.name)
            raise type(error)(told) from error
