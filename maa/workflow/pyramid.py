"""Pictures as tiles: what a browser needs to show any part of an image at any scale.

Level 0 is the image itself; a pixel of level n is the mean of 2^n x 2^n pixels (at the right and lower edge
the last ones count on), so level n is ceil(size / 2^n) large and its pixel (i, j) covers exactly the image's
[j * 2^n, (j + 1) * 2^n] x [i * 2^n, (i + 1) * 2^n]. Levels go down until the longer side fits one tile.

An image is decoded and halved once; of a large JPEG coarse tiles are there even before. While its tiles are
being written to one file of the cache they are cut from memory; from then on they are read from that file.
The cache may be deleted at any time.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import cv2
import numpy as np

from maa.domain import Image, MaaError, NotFound
from maa.workflow.decoding import Pixels
from maa.workflow.image_files import ImageFiles
from maa.workflow.tile_files import TileFiles
from maa.workflow.workspace import Workspace

TILE = 512
"""Pixels; tiles at the right and lower edge are smaller."""

VERSION = 1
"""Counts up when the same pixels would give other tiles."""

OPEN_BYTES = 768 * 1024**2
"""How much of decoded pyramids is kept at once; two of the largest images."""

SKETCHED, SLOW_PIXELS = 3, 16_000_000
"""From this level on an image of more than so many pixels is shown before it has been decoded."""

_MAX_SKETCHES = 8
_FINE_QUALITY, _QUALITY = 93, 90

_log = logging.getLogger(__name__)


def level_sizes(width: int, height: int) -> list[tuple[int, int]]:
    """(width, height) of each level, the image's own first."""
    sizes = [(width, height)]
    while max(sizes[-1]) > TILE:
        sizes.append((math.ceil(sizes[-1][0] / 2), math.ceil(sizes[-1][1] / 2)))
    return sizes


def tile(ws: Workspace, image: Image, level: int, column: int, row: int) -> bytes:
    """One tile as a JPEG file.

    Raises:
        NotFound: the image has no such tile, or its file is gone.
        MaaError: the image's file is damaged.
    """
    number = _number(image, level, column, row)
    files = _files(ws)
    kept = files.read(image.pixel_hash, number)
    if kept is not None:
        return kept
    levels = _sketched(ws, image) if level >= SKETCHED and _is_slow(image) else None
    return _encoded((levels or _opened(ws, image))[level], level, column, row)


def prepare(ws: Workspace, image: Image) -> None:
    """Begin to make an image's tiles, so that they are there when somebody opens it; returns at once."""
    with _open_lock:
        if image.pixel_hash in _to_write or _files(ws).has(image.pixel_hash):
            return
        _to_write.add(image.pixel_hash)
    _writer.submit(_write_tiles, ws, image)


def settle() -> None:
    """Wait until everything begun so far has been written."""
    _writer.submit(lambda: None).result()


def _files(ws: Workspace) -> TileFiles:
    return TileFiles(ws.data_dir / "cache" / f"tiles-{VERSION}")


def _number(image: Image, level: int, column: int, row: int) -> int:
    """The place of a tile among all of the image's, coarse levels last."""
    sizes = level_sizes(image.width, image.height)
    if 0 <= level < len(sizes):
        before = sum(columns * rows for columns, rows in map(_grid, sizes[:level]))
        columns, rows = _grid(sizes[level])
        if 0 <= column < columns and 0 <= row < rows:
            return before + row * columns + column
    raise NotFound(f"This image has no tile {level}/{column}-{row}.")


def _grid(size: tuple[int, int]) -> tuple[int, int]:
    """How many columns and rows of tiles a level of this size has."""
    return math.ceil(size[0] / TILE), math.ceil(size[1] / TILE)


Levels = list[Pixels]

_open: OrderedDict[str, Future[Levels]] = OrderedDict()
_open_lock = threading.Lock()
_to_write: set[str] = set()
_sketches: dict[str, Levels] = {}
_sketch_lock = threading.Lock()
# One at a time: what is written can wait, the model's answers cannot.
_writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tiles")


def _opened(ws: Workspace, image: Image) -> Levels:
    """The image's levels; computed once, however many ask at the same time."""
    mine = Future[Levels]()
    with _open_lock:
        levels = _open.setdefault(image.pixel_hash, mine)
        _open.move_to_end(image.pixel_hash)
    if levels is not mine:
        return levels.result()
    try:
        found = _with_halves(ImageFiles(ws.images_dir).load(image.pixel_hash))
    except BaseException as error:
        with _open_lock:
            _open.pop(image.pixel_hash, None)
        mine.set_exception(error)
        raise
    mine.set_result(found)
    _close_oldest()
    prepare(ws, image)
    return found


def _is_slow(image: Image) -> bool:
    """Whether people would wait for the image to be decoded, which it still has to be."""
    return image.width * image.height > SLOW_PIXELS and not _is_open(image)


def _is_open(image: Image) -> bool:
    with _open_lock:
        levels = _open.get(image.pixel_hash)
        return levels is not None and levels.done()


def _sketched(ws: Workspace, image: Image) -> Levels | None:
    """The image's coarse levels from its file's own small picture, if it has one; the others are empty."""
    prepare(ws, image)
    with _sketch_lock:
        if image.pixel_hash not in _sketches:
            small = ImageFiles(ws.images_dir).load_eighth(image.pixel_hash)
            levels = [] if small is None else [np.empty((0, 0, 3), np.uint8)] * SKETCHED + _with_halves(small)
            _sketches[image.pixel_hash] = levels
            while len(_sketches) > _MAX_SKETCHES:
                del _sketches[next(iter(_sketches))]
        return _sketches[image.pixel_hash] or None


def _with_halves(pixels: Pixels) -> Levels:
    levels = [pixels]
    while max(levels[-1].shape) > TILE:
        levels.append(_halved(levels[-1]))
    return levels


def _halved(pixels: Pixels) -> Pixels:
    """The mean of every 2 x 2 pixels; an odd last row or column counts twice."""
    height, width, _ = pixels.shape
    if height % 2 or width % 2:
        pixels = cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)  # type: ignore[assignment]
    size = (math.ceil(width / 2), math.ceil(height / 2))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _encoded(pixels: Pixels, level: int, column: int, row: int) -> bytes:
    part = pixels[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]
    options = [cv2.IMWRITE_JPEG_QUALITY, _FINE_QUALITY if level == 0 else _QUALITY]
    if level == 0:
        # Where single pixels are seen, colours must not run over the border of an object.
        options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2BGR), options)
    return data.tobytes()


def _write_tiles(ws: Workspace, image: Image) -> None:
    files = _files(ws)
    try:
        if not files.has(image.pixel_hash):
            files.write(image.pixel_hash, _all_tiles(_opened(ws, image)))
    except MaaError as error:
        # It is also said to whoever asks for a tile.
        _log.warning("no tiles of %r: %s", image.file_name, error)
    finally:
        with _open_lock:
            _open.pop(image.pixel_hash, None)
            _to_write.discard(image.pixel_hash)


def _all_tiles(levels: Levels) -> Iterator[bytes]:
    """In the order of their numbers."""
    for level, pixels in enumerate(levels):
        columns, rows = _grid((pixels.shape[1], pixels.shape[0]))
        for row in range(rows):
            for column in range(columns):
                yield _encoded(pixels, level, column, row)


def _close_oldest() -> None:
    with _open_lock:
        done = [(key, levels.result()) for key, levels in _open.items() if levels.done()]
        taken = sum(pixels.nbytes for _, levels in done for pixels in levels)
        for key, levels in done[:-1]:
            if taken <= OPEN_BYTES:
                return
            taken -= sum(pixels.nbytes for pixels in levels)
            del _open[key]
