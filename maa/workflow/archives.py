"""Zip files from people: what in them may be read, and why the rest may not.

Nothing is ever unpacked to disk; entries are read into memory one at a time, within limits.
"""

from __future__ import annotations

import lzma
import re
import stat
import zipfile
import zlib
from typing import BinaryIO

from maa.domain import Unusable

MAX_ENTRIES = 100_000
MAX_TOTAL_BYTES = 32 * 1024**3
MAX_RATIO = 100
"""Pictures hardly shrink in a zip; what shrinks more than this and is not small is a bomb."""
SMALL_BYTES = 10 * 1024**2
"""A blank picture may well shrink a thousandfold, and does no harm up to this size."""

_ARCHIVE_SUFFIXES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)


def is_zip(file: BinaryIO) -> bool:
    """Whether a file begins like a zip (a picture with a zip behind it is a picture). Leaves it at its
    start.
    """
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    return head in (b"PK\x03\x04", b"PK\x05\x06")


def open_zip(file: BinaryIO) -> zipfile.ZipFile:
    """Open a zip and check it as a whole.

    Raises:
        InvalidInput: cut short or not a zip, or a zip bomb.
    """
    try:
        archive = zipfile.ZipFile(file)
    except _READ_ERRORS as error:
        raise Unusable("it is not a zip archive, or it was cut short") from error
    entries = archive.infolist()
    packed = sum(entry.compress_size for entry in entries)
    total = sum(entry.file_size for entry in entries)
    size = file.seek(0, 2)
    if len(entries) > MAX_ENTRIES:
        raise Unusable(f"it has {len(entries)} entries; up to {MAX_ENTRIES} are read")
    if total > MAX_TOTAL_BYTES:
        raise Unusable(
            f"it would unpack to {total / 1024**3:.0f} GB; up to {MAX_TOTAL_BYTES // 1024**3} GB are read"
        )
    # Entries that overlap each other unpack the same bytes many times over.
    if packed > size:
        raise Unusable("its entries overlap, as in a zip bomb")
    return archive


def check_entry(entry: zipfile.ZipInfo, max_bytes: int) -> None:
    """Raise `InvalidInput` with the reason when an entry must not be read."""
    name = entry.filename
    if re.match(r"[/\\]|[A-Za-z]:", name):
        raise Unusable("its path is absolute; paths in a zip must be relative")
    if ".." in re.split(r"[/\\]", name):
        raise Unusable("its path leads out of the zip with '..'")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise Unusable("it is a symbolic link" if kind == stat.S_IFLNK else "it is not a regular file")
    if entry.flag_bits & 0x1:
        raise Unusable("it is encrypted; make the zip without a password")
    if name.lower().endswith(_ARCHIVE_SUFFIXES):
        raise Unusable("it is an archive inside the archive; unpack it first")
    if entry.file_size > max_bytes:
        raise Unusable(f"it unpacks to more than {max_bytes // 1024**2} MB")
    if entry.file_size > SMALL_BYTES and entry.file_size > MAX_RATIO * entry.compress_size:
        raise Unusable(f"it unpacks to more than {MAX_RATIO} times its size, as in a zip bomb")


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry that passed `check_entry`.

    Raises:
        InvalidInput: damaged (its checksum is compared), packed in an unknown way, or a zip itself.
    """
    try:
        with archive.open(entry) as file:
            # No more than the size that was checked, whatever the packed data says.
            data = file.read(entry.file_size)
            # Reading to the end is what compares the checksum.
            file.read(1)
    except _READ_ERRORS as error:
        raise Unusable(f"it is damaged in the zip ({' '.join(str(error).split())[:200]})") from error
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        raise Unusable("it is an archive inside the archive; unpack it first")
    return data


def entry_name(entry: zipfile.ZipInfo) -> str:
    """The name as text. Many programs write UTF-8 without saying so, which would read as gibberish."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename
