"""The cache of cut tiles: one file an image, which may be deleted at any time.

A file is `MARK`, the number n of tiles, n + 1 offsets (little-endian, 64 bits), and the tiles one after the
other. It is there wholly or not at all.
"""

from __future__ import annotations

import logging
import os
import struct
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from maa.domain import InvalidInput
from maa.workflow.atomic import replacing
from maa.workflow.byte_cache import ByteLimitedCache

CACHE_BYTES = 8 * 1024**3
"""On disk, of all images together; those that nobody looked at for the longest time go first."""

MEMORY_BYTES = 256 * 1024**2
"""In memory, for files that cannot be written (a full disk): the app goes on, only slower after a restart."""

MARK = b"MAA tiles 1\n\0\0\0\0"
MAX_TILE_BYTES = 4 * 1024**2
_NUMBER, _TWO = struct.Struct("<Q"), struct.Struct("<QQ")
_LOOKED_AT_SECONDS = 24 * 3600.0

_log = logging.getLogger(__name__)


class TileFiles:
    """The tiles under one folder. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, pixel_hash: str) -> Path:
        """Where the tiles of the picture with these pixels are or would be."""
        return self._folder / pixel_hash[:2] / pixel_hash

    def has(self, pixel_hash: str) -> bool:
        return self.path(pixel_hash).exists() or _unwritten.get(pixel_hash) is not None

    def read(self, pixel_hash: str, number: int) -> bytes | None:
        """The tile with this number; None when the picture's tiles are not there. Removes a damaged file."""
        path = self.path(pixel_hash)
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except OSError:
            content = _unwritten.get(pixel_hash)
            return None if content is None else _tile_of(lambda n, at: content[at : at + n], number)
        try:
            if time.time() - os.fstat(descriptor).st_mtime > _LOOKED_AT_SECONDS:
                with suppress(OSError):
                    os.utime(descriptor)
            found = _tile_of(lambda n, at: os.pread(descriptor, n, at), number)
        finally:
            os.close(descriptor)
        if found is None:
            _log.warning("the tiles %s are damaged and are made anew", path)
            with suppress(OSError):
                path.unlink()
        return found

    def write(self, pixel_hash: str, tiles: Iterable[bytes]) -> None:
        """Keep a picture's tiles in the order of their numbers; in memory if the disk does not take them."""
        cut = list(tiles)
        head = len(MARK) + _NUMBER.size * (len(cut) + 2)
        offsets = [head]
        for part in cut:
            offsets.append(offsets[-1] + len(part))
        content = b"".join([MARK, *map(_NUMBER.pack, [len(cut), *offsets]), *cut])
        path = self.path(pixel_hash)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as unfinished:
                unfinished.write_bytes(content)
        except (InvalidInput, OSError) as error:
            _log.warning("tiles are kept in memory only: %s", error)
            _unwritten.put(pixel_hash, content)
        else:
            self._remove_oldest()

    def _remove_oldest(self) -> None:
        with suppress(OSError):
            found = sorted((file.stat().st_mtime, file) for file in self._folder.glob("??/*"))
            taken = sum(file.stat().st_size for _, file in found)
            for _, file in found[:-1]:
                if taken <= CACHE_BYTES:
                    return
                taken -= file.stat().st_size
                file.unlink()


def _tile_of(read: Callable[[int, int], bytes], number: int) -> bytes | None:
    """A tile out of a file; None when the file is damaged. `read`: so many bytes from an offset on."""
    if read(len(MARK), 0) != MARK:
        return None
    try:
        (count,) = _NUMBER.unpack(read(_NUMBER.size, len(MARK)))
        if number >= count:
            return None
        start, end = _TWO.unpack(read(_TWO.size, len(MARK) + _NUMBER.size * (number + 1)))
    except struct.error:
        return None
    if not 0 < end - start < MAX_TILE_BYTES:
        return None
    found = read(end - start, start)
    return found if len(found) == end - start else None


_unwritten = ByteLimitedCache[bytes](MEMORY_BYTES, size=len)
"""Whole files by pixel hash."""
