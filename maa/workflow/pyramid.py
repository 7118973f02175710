"""Pictures as tiles: what a browser needs to show any part of an image at any scale.

Level 0 is the image itself; a pixel of level n is the mean of 2^n x 2^n pixels (at the right and lower edge
the last ones count on), so level n is ceil(size / 2^n) large and its pixel (i, j) covers exactly the image's
[j * 2^n, (j + 1) * 2^n] x [i * 2^n, (i + 1) * 2^n]. Levels go down until the longer side fits one tile.

An image is decoded and halved once. While its tiles are being written to one file of the cache they are cut
from memory; from then on they are read from that file. The cache may be deleted at any time.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

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

_FINE_QUALITY, _QUALITY = 93, 90


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
    return _encoded(_opened(ws, image)[level], level, column, row)


def prepare(ws: Workspace, image: Image) -> None:
    """Begin to make an image's tiles, so that they are there when somebody opens it; returns at once."""
    if not _files(ws).has(image.pixel_hash):
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
        found = [ImageFiles(ws.images_dir).load(image.pixel_hash)]
        while max(found[-1].shape) > TILE:
            found.append(_halved(found[-1]))
    except BaseException as error:
        with _open_lock:
            _open.pop(image.pixel_hash, None)
        mine.set_exception(error)
        raise
    mine.set_result(found)
    _close_oldest()
    _writer.submit(_write_tiles, ws, image)
    return found


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
    # What is wrong with an image is said to who asks for a tile of it.
    with suppress(MaaError):
        if not files.has(image.pixel_hash):
            levels = _opened(ws, image)
            files.write(
                image.pixel_hash,
                (
                    _encoded(pixels, level, column, row)
                    for level, pixels in enumerate(levels)
                    for columns, rows in [_grid((pixels.shape[1], pixels.shape[0]))]
                    for row in range(rows)
                    for column in range(columns)
                ),
            )
    with _open_lock:
        _open.pop(image.pixel_hash, None)


def _close_oldest() -> None:
    with _open_lock:
        done = [(key, levels.result()) for key, levels in _open.items() if levels.done()]
        taken = sum(pixels.nbytes for _, levels in done for pixels in levels)
        for key, levels in done[:-1]:
            if taken <= OPEN_BYTES:
                return
            taken -= sum(pixels.nbytes for pixels in levels)
            del _open[key]
