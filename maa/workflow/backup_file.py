"""The file format of a backup, and reading one that nobody vouches for.

A zip without compression (everything in it is compressed already): `manifest.json`, `tables/NAME.parquet`,
`images/PIXEL_HASH`. The manifest has the length and the sha256 of every other member.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maa.domain import InvalidInput, MaaError
from maa.store import schema, transfer
from maa.workflow.decoding import MAX_FILE_BYTES, Decoded, decode
from maa.workflow.images import Progress

FORMAT = "maa-backup"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
_MAX_MANIFEST_BYTES = 256 * 1024**2
_MEMBER = re.compile(r"tables/(?P<table>[a-z_]+)\.parquet|images/(?P<picture>[0-9a-f]{64})")

Sizes = dict[str, tuple[int, int]]
"""Pixel hash -> (width, height)."""


class Refused(MaaError):
    """The backup is not as it should be; the message is a reason inside a sentence."""


class BackupFile:
    """An opened backup whose directory and manifest agree; its members are checked as they are read.

    Everything raises `Refused` with the reason.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.sizes: Sizes = {}
        entries = archive.infolist()
        # Stored entries take up in the file what they take up in memory: no bomb fits in.
        if any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 for entry in entries):
            raise Refused("its members are compressed or locked, which a backup's never are")
        names = [entry.filename for entry in entries]
        if MANIFEST not in names:
            raise Refused("it has no manifest, so it is not a backup of MAA")
        self._members = self._read_manifest()
        if len(set(names)) != len(names) or set(names) - {MANIFEST} != set(self._members):
            raise Refused("its members are not the ones in its manifest")
        if not all(_MEMBER.fullmatch(name) for name in self._members):
            raise Refused("it has members that do not belong in a backup")
        tables = {
            match["table"] for name in self._members if (match := _MEMBER.fullmatch(name)) and match["table"]
        }
        if tables != transfer.tables_of(self._schema_version):
            raise Refused("it does not have exactly the tables of a backup")

    def _read_manifest(self) -> dict[str, dict[str, Any]]:
        if self._archive.getinfo(MANIFEST).file_size > _MAX_MANIFEST_BYTES:
            raise Refused("its manifest is too large")
        try:
            manifest = json.loads(self._archive.read(MANIFEST))
            kind, version, members = manifest["format"], manifest["format_version"], manifest["members"]
            self._schema_version = manifest["schema_version"]
            newer = version > FORMAT_VERSION or self._schema_version > schema.known()[-1].version
            described = all(
                isinstance(member["sha256"], str) and isinstance(member["bytes"], int)
                for member in members.values()
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Refused("its manifest is not one of a backup") from error
        if kind != FORMAT or not described:
            raise Refused("its manifest is not one of a backup")
        if newer:
            raise Refused("it was made by a newer MAA; update this one first")
        return members

    def _read(self, name: str) -> bytes:
        member = self._members[name]
        if self._archive.getinfo(name).file_size != member["bytes"]:
            raise Refused(f"{name} is not as long as it was; the file was altered")
        content = self._archive.read(name)
        if hashlib.sha256(content).hexdigest() != member["sha256"]:
            raise Refused(f"{name} is not what it was when the backup was made; the file was altered")
        return content

    def extract_tables(self, folder: Path) -> None:
        """Write every table to `folder` as NAME.parquet."""
        for table in transfer.tables_of(self._schema_version):
            (folder / f"{table}.parquet").write_bytes(self._read(f"tables/{table}.parquet"))

    def read_pictures(self, on_progress: Progress | None) -> Iterator[tuple[Decoded, bytes]]:
        """The pictures one by one; notes the size of each in `sizes`."""
        names = [name for name in self._members if name.startswith("images/")]
        for done, name in enumerate(names):
            if on_progress:
                on_progress(done, len(names), name)
            if self._members[name]["bytes"] > MAX_FILE_BYTES:
                raise Refused(f"{name} is too large")
            content = self._read(name)
            try:
                picture = decode(content)
            except InvalidInput as error:
                raise Refused(f"{name} is not a usable picture ({error})") from error
            if f"images/{picture.pixel_hash}" != name:
                raise Refused(f"{name} holds another picture than its name says")
            height, width, _ = picture.pixels.shape
            self.sizes[picture.pixel_hash] = (width, height)
            yield picture, content
        if on_progress:
            on_progress(len(names), len(names), "")
