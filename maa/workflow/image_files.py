"""The folder of imported pictures, addressed by what their pixels are.

A file's name is the hash of the upright RGB pixels it decodes to, never anything that a person wrote, so a
name cannot open a path, the same picture is kept once, and a file can be checked against its name.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image as Pillow

from maa.domain import InvalidInput, MaaError, NotFound
from maa.files import UNFINISHED, replacing
from maa.workflow.byte_cache import ByteLimitedCache
from maa.workflow.decoding import Decoded, Pixels, decode, decode_eighth, is_upright

CACHE_BYTES = 512 * 1024**2


class ImageFiles:
    """The pictures under one folder. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, pixel_hash: str) -> Path:
        """Where the picture with these pixels is or would be."""
        return self._folder / pixel_hash[:2] / pixel_hash

    def add(self, picture: Decoded, original: bytes) -> bool:
        """Keep a picture; False if it was here already.

        The original bytes are kept when they are `faithful`; otherwise the pixels as a lossless PNG, so
        that what was decided in decoding them stays decided. On disk, whole, when this returns.
        """
        path = self.path(picture.pixel_hash)
        if path.exists():
            return False
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as unfinished:
            unfinished.write_bytes(original if picture.faithful else _as_png(picture.pixels))
        return True

    def load(self, pixel_hash: str) -> Pixels:
        """The pixels, uint8 (H, W, 3) RGB, read-only; from memory when they were asked for lately.

        Raises:
            NotFound: the file is gone.
            MaaError: the file is damaged.
        """
        # One after the other, so that a large picture is not decoded once for each of many that ask at once.
        with _decoding(self.path(pixel_hash)):
            cached = _cache.get(pixel_hash)
            if cached is not None:
                return cached
            pixels = self._decode(pixel_hash, self._read(pixel_hash))
            _cache.put(pixel_hash, pixels)
            return pixels

    def upright(self, pixel_hash: str) -> bytes:
        """A file that every reader decodes to the picture's pixels, also one that heeds no EXIF orientation:
        the one that is kept, else a PNG. Raises as `load`.
        """
        data = self._read(pixel_hash)
        pixels = self._decode(pixel_hash, data)  # not out of the memory: the file may be damaged since
        return data if is_upright(data) else _as_png(pixels)

    def load_eighth(self, pixel_hash: str) -> Pixels | None:
        """The picture at an eighth of its size where that is much faster than all of it; else None.

        Raises:
            NotFound: the file is gone.
        """
        return decode_eighth(self._read(pixel_hash))

    def _decode(self, pixel_hash: str, data: bytes) -> Pixels:
        try:
            return decode(data).pixels
        except InvalidInput as error:
            raise MaaError(
                f"The picture's file {self.path(pixel_hash)} is damaged ({error}). "
                "Restore the project from a backup."
            ) from error

    def _read(self, pixel_hash: str) -> bytes:
        path = self.path(pixel_hash)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise NotFound(
                f"The picture's file {path} is gone. Put it back, or restore the project from a backup."
            ) from None

    def remove_orphans(self, known: Collection[str]) -> list[Path]:
        """Delete what an interrupted import left: unfinished files, and pictures that are not `known`."""
        orphans = [
            path for path in self._folder.glob("??/*") if path.suffix == UNFINISHED or path.name not in known
        ]
        for path in orphans:
            path.unlink(missing_ok=True)
        return orphans


def _as_png(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    # Level 1 is several times faster than the default and costs a few percent.
    Pillow.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


_at_work: dict[Path, tuple[threading.Lock, int]] = {}
_at_work_lock = threading.Lock()


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """One at a time for each file."""
    with _at_work_lock:
        lock, waiting = _at_work.get(path, (threading.Lock(), 0))
        _at_work[path] = (lock, waiting + 1)
    try:
        with lock:
            yield
    finally:
        with _at_work_lock:
            lock, waiting = _at_work.pop(path)
            if waiting > 1:
                _at_work[path] = (lock, waiting - 1)


# One for the process: equal hashes are equal pixels, whichever folder they came from.
_cache = ByteLimitedCache[Pixels](CACHE_BYTES, size=lambda pixels: pixels.nbytes)
