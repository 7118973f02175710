"""Files from the person's computer: on the disk for a moment, in errors under the name the person knows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamlit.runtime.uploaded_file_manager import UploadedFile

from maa.domain import MaaError
from maa.workflow.intake import clean_file_name


@contextmanager
def on_disk(*uploads: UploadedFile) -> Iterator[list[Path]]:
    """Copies of the uploads, in their order, for as long as the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        copies = []
        for number, upload in enumerate(uploads):
            copy = Path(folder) / str(number) / (Path(clean_file_name(upload.name)).name or "file")
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
