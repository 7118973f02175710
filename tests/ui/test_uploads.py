"""Uploads on the disk: whatever they are called, and called so in errors."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from streamlit.runtime.uploaded_file_manager import UploadedFile

from maa.domain import InvalidInput
from maa.ui.uploads import on_disk


class Upload:
    def __init__(self, name: str, content: bytes = b"x") -> None:
        self.name, self.content = name, content

    def getbuffer(self) -> bytes:
        return self.content


def upload(name: str) -> UploadedFile:
    return cast(UploadedFile, Upload(name))


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "../",
        "../../x",
        "",
        ".",
        "a\x00b",
        "two\nlines.zip",
        "n" * 304,
        "é" * 130 + ".zip",
        "CON",
        "C:\\x\\y.zip",
    ],
)
def test_any_name_has_a_copy_inside_the_folder(name: str) -> None:
    with on_disk(upload(name), upload(name)) as copies:
        first, second = copies
        assert first != second
        assert first.read_bytes() == b"x"
        assert first.resolve().parents[1] == second.resolve().parents[1]
    assert not first.exists()


def test_what_a_name_says_of_the_file_stays() -> None:
    with on_disk(upload("dextr_pascal-sbd.pth")) as (copy,):
        assert copy.name == "dextr_pascal-sbd.pth"


def test_errors_call_a_file_as_the_person_does() -> None:
    def fails(copy: Path) -> None:
        raise InvalidInput(f"{copy} is not a COCO file.")

    with (
        pytest.raises(InvalidInput, match=r"^größe 1\.json is not a COCO file\.$"),
        on_disk(upload("größe 1.json")) as (copy,),
    ):
        fails(copy)
