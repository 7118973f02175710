"""From what a person points at (files, folders, zips, uploads) to a list of pictures that may be tried."""

from __future__ import annotations

import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from maa.domain import InvalidInput, Unusable
from maa.workflow.archives import check_entry, entry_name, is_zip, open_zip, read_entry
from maa.workflow.decoding import MAX_FILE_BYTES
from maa.workflow.names import DIRECTION_MARKS

MAX_NAME = 500
_SYSTEM_FILES = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_NUMBERED = re.compile(r"(?P<sequence>.*?)(?P<frame>\d{1,9})\.[^./]*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not imported, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be a picture; not yet read."""

    name: str
    """What the image will be called: the path below the folder or inside the zip, as text."""
    place: str
    """What a report calls it."""
    read: Callable[[], bytes]
    """Raises `InvalidInput` with the reason, or `OSError`."""
    file: Callable[[], AbstractContextManager[BinaryIO]]
    """The same as a file that can seek, for what need not fit into memory."""


@dataclass(slots=True)
class Found:
    candidates: list[Candidate] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def from_paths(paths: Iterable[Path], resources: ExitStack) -> Found:
    """Files, folders (with all below them, in the order of their names) and zips on this machine.

    What operating systems leave in folders (`.DS_Store`, `__MACOSX`, `Thumbs.db`) is passed over in silence.
    `resources` keeps the zips open until the candidates were read.
    """
    found = Found()
    for path in paths:
        if _is_folder(path):
            for below in _files_below(path, found):
                _add_path(below, below.relative_to(path).as_posix(), found, resources)
        else:
            _add_path(path, path.name, found, resources)
    return found


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False  # a name that is too long, a folder on the way that is locked: `_add_path` says why


def from_uploads(uploads: Iterable[tuple[str, BinaryIO]], resources: ExitStack) -> Found:
    """Files and zips that are open already, under the names people gave them."""
    found = Found()
    for name, file in uploads:
        if name.lower().endswith(".zip") or is_zip(file):
            _add_zip(file, name, found, resources)
        else:
            place = clean_file_name(name)
            _add_candidate(place, place, _reader(file), found, _as_it_is(file))
    return found


def clean_file_name(name: str) -> str:
    """A file's name as text that every part can show and store: composed, one line, nothing invisible.

    Control characters and the marks that reverse the reading order become "_"; bytes that are no text
    become "�".
    """
    # Half a pair that stands for no byte either (JSON can hold one) is no text.
    whole = re.sub("[\ud800-\udc7f\udd00-\udfff]", "\ufffd", name)
    text = unicodedata.normalize("NFC", whole.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    return "".join(
        "_" if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _REORDERING else c for c in text
    ).strip()


_REORDERING = DIRECTION_MARKS | {"\u200e", "\u200f"}
"""A file's name is no sentence: nothing in it has to read from right to left."""


def parse_numbered(name: str) -> tuple[str, int] | None:
    """The sequence and frame number of a numbered name: "cam1_000123.png" -> ("cam1_", 123)."""
    match = _NUMBERED.match(name)
    return (match["sequence"], int(match["frame"])) if match else None


def _files_below(folder: Path, found: Found) -> list[Path]:
    def unreadable(error: OSError) -> None:
        found.skipped.append(
            Skipped(clean_file_name(str(error.filename)), f"the folder cannot be read ({error.strerror})")
        )

    files: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=unreadable):
        folders.sort()
        files.extend(Path(parent, name) for name in sorted(names))
    return files


def _add_path(path: Path, name: str, found: Found, resources: ExitStack) -> None:
    if _SYSTEM_FILES.search(name):
        return
    place = clean_file_name(name)
    try:
        # A pipe would be waited for for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unusable("it is not a regular file")
        with open(path, "rb") as file:
            zipped = is_zip(file)
        if zipped or path.suffix.lower() == ".zip":
            _add_zip(resources.enter_context(path.open("rb")), name, found, resources)
        else:
            _add_candidate(place, place, lambda: _read_path(path), found, lambda: path.open("rb"))
    except InvalidInput as error:
        found.skipped.append(Skipped(place, str(error)))
    except FileNotFoundError:
        found.skipped.append(Skipped(place, "there is no such file or folder"))
    except OSError as error:
        found.skipped.append(Skipped(place, f"it cannot be read ({error.strerror})"))
    except ValueError:  # a zero byte
        found.skipped.append(Skipped(place, "no file can have this name"))


def _read_path(path: Path) -> bytes:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise Unusable(f"the file is larger than {MAX_FILE_BYTES // 1024**2} MB")
    return path.read_bytes()


def _reader(file: BinaryIO) -> Callable[[], bytes]:
    def read() -> bytes:
        file.seek(0)
        # One byte more than may be, so that the decoder sees that it is too much.
        return file.read(MAX_FILE_BYTES + 1)

    return read


def _as_it_is(file: BinaryIO) -> Callable[[], AbstractContextManager[BinaryIO]]:
    """Not closed after use: it is somebody else's."""
    return lambda: nullcontext(file)


def _add_zip(file: BinaryIO, zip_name: str, found: Found, resources: ExitStack) -> None:
    zip_place = clean_file_name(zip_name)
    try:
        archive = resources.enter_context(open_zip(file))
    except InvalidInput as error:
        found.skipped.append(Skipped(zip_place, str(error)))
        return
    for entry in archive.infolist():
        name = entry_name(entry)
        if entry.is_dir() or _SYSTEM_FILES.search(name):
            continue
        place = f"{zip_place}/{clean_file_name(name)}"
        try:
            check_entry(entry, MAX_FILE_BYTES)
        except InvalidInput as error:
            found.skipped.append(Skipped(place, str(error)))
        else:
            _add_candidate(clean_file_name(name), place, _entry_reader(archive, entry), found)


def _entry_reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    return lambda: read_entry(archive, entry)


def _add_candidate(
    name: str,
    place: str,
    read: Callable[[], bytes],
    found: Found,
    file: Callable[[], AbstractContextManager[BinaryIO]] | None = None,
) -> None:
    """`file`: as in `Candidate`; None opens what `read` gives."""
    if not name:
        found.skipped.append(Skipped(place, "it has no name"))
    elif len(name) > MAX_NAME:
        found.skipped.append(
            Skipped(place, f"its name has {len(name)} characters; up to {MAX_NAME} are kept")
        )
    else:
        found.candidates.append(Candidate(name, place, read, file or (lambda: io.BytesIO(read()))))
