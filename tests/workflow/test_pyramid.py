from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image as Pillow

from maa.domain import Image, MaaError, NotFound
from maa.workflow import image_files, images, pyramid, tile_files
from maa.workflow.decoding import decode, decode_eighth
from maa.workflow.pyramid import TILE, level_sizes
from maa.workflow.tile_files import TileFiles

from .office import Office
from .pictures import encoded, photo


@pytest.fixture
def big(office: Office) -> Iterator[Image]:
    """1301 x 777: odd sizes, three levels."""
    picture = encoded(photo(1301, 777).resize((1301, 777)))
    yield images.import_uploads(office.ws, office.project.id, [("big.png", io.BytesIO(picture))]).imported[0]
    pyramid.settle()


def pixels_of(content: bytes) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(content)).convert("RGB")).astype(float)


def level_of(office: Office, image: Image, level: int) -> np.ndarray:
    width, height = level_sizes(image.width, image.height)[level]
    rows = [
        np.concatenate(
            [
                pixels_of(pyramid.tile(office.ws, image, level, column, row))
                for column in range(-(-width // TILE))
            ],
            axis=1,
        )
        for row in range(-(-height // TILE))
    ]
    whole = np.concatenate(rows)
    assert whole.shape == (height, width, 3)
    return whole


def test_levels_go_down_until_the_image_fits_one_tile() -> None:
    assert level_sizes(512, 512) == [(512, 512)]
    assert level_sizes(513, 8) == [(513, 8), (257, 4)]
    assert level_sizes(1301, 777) == [(1301, 777), (651, 389), (326, 195)]
    assert level_sizes(12_000, 8_000)[-1] == (375, 250)
    assert level_sizes(65_500, 8)[-1] == (512, 1)


def test_each_level_is_the_mean_of_the_image_s_pixels(office: Office, big: Image) -> None:
    pixels = images.load_pixels(office.ws, big.id).astype(float)
    for cut in ("from memory", "from the file"):
        for level in range(3):
            side = 2**level
            height, width = -(-777 // side) * side, -(-1301 // side) * side
            padded = np.pad(pixels, ((0, height - 777), (0, width - 1301), (0, 0)), mode="edge")
            means = padded.reshape(height // side, side, width // side, side, 3).mean(axis=(1, 3))
            off = level_of(office, big, level) - means
            assert np.abs(off).mean() < 5, (cut, level)
            assert np.abs(off.mean(axis=(0, 1))).max() < 0.5, (cut, level)
        pyramid.settle()


def test_there_are_no_tiles_beyond_the_image(office: Office, big: Image) -> None:
    for place in ((0, 3, 0), (0, 0, 2), (3, 0, 0), (-1, 0, 0), (0, -1, 0), (0, 0, -1), (2, 1, 0)):
        with pytest.raises(NotFound):
            pyramid.tile(office.ws, big, *place)


def test_many_that_ask_at_once_decode_the_image_once(
    office: Office, big: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_files._cache._kept.pop(big.pixel_hash, None)
    decoded: list[int] = []

    def counting(data: bytes) -> object:
        decoded.append(1)
        return decode(data)

    monkeypatch.setattr(image_files, "decode", counting)
    start = threading.Barrier(8)
    found: list[bytes] = []

    def ask(number: int) -> None:
        start.wait()
        if number % 2:
            found.append(pyramid.tile(office.ws, big, 0, number // 4, 0))
        else:
            images.load_pixels(office.ws, big.id)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(decoded) == 1
    assert len(found) == 4


def test_once_written_tiles_need_neither_the_image_nor_memory(office: Office, big: Image) -> None:
    pyramid.prepare(office.ws, big)
    pyramid.settle()
    image_files._cache._kept.pop(big.pixel_hash, None)
    (office.ws.images_dir / big.pixel_hash[:2] / big.pixel_hash).unlink()
    assert pixels_of(pyramid.tile(office.ws, big, 0, 2, 1)).shape == (265, 277, 3)
    assert big.pixel_hash not in pyramid._open


def test_the_cache_may_be_deleted_at_any_time(office: Office, big: Image) -> None:
    before = pyramid.tile(office.ws, big, 1, 0, 0)
    pyramid.settle()
    files = pyramid._files(office.ws)
    files.path(big.pixel_hash).unlink()
    assert pyramid.tile(office.ws, big, 1, 0, 0) == before
    pyramid.settle()
    assert files.has(big.pixel_hash)


def test_a_disk_that_takes_no_tiles_slows_nothing_down_but_a_restart(
    office: Office, big: Image, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (office.ws.data_dir / "cache").write_bytes(b"in the way of the folder")
    before = pyramid.tile(office.ws, big, 0, 0, 0)
    pyramid.settle()
    monkeypatch.setattr(pyramid, "_opened", lambda *_: pytest.fail("opened again"))
    assert pyramid.tile(office.ws, big, 0, 0, 0) == before
    tile_files._unwritten._kept.clear()


def test_a_damaged_picture_is_said_to_whoever_asks(office: Office, big: Image) -> None:
    image_files._cache._kept.pop(big.pixel_hash, None)
    (office.ws.images_dir / big.pixel_hash[:2] / big.pixel_hash).write_bytes(b"no picture any more")
    pyramid.prepare(office.ws, big)
    pyramid.settle()
    for _ in range(2):
        with pytest.raises(MaaError, match="damaged"):
            pyramid.tile(office.ws, big, 0, 0, 0)


def test_a_large_jpeg_shows_its_coarse_levels_before_it_is_decoded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyramid, "SLOW_PIXELS", 1_000_000)
    picture = encoded(photo(5001, 4003), "JPEG", quality=92)
    (image,) = images.import_uploads(
        office.ws, office.project.id, [("large.jpg", io.BytesIO(picture))]
    ).imported
    monkeypatch.setattr(pyramid, "prepare", lambda *_: None)
    monkeypatch.setattr(pyramid, "_opened", lambda *_: pytest.fail("decoded"))
    sketch = [level_of(office, image, level) for level in (3, 4)]
    monkeypatch.undo()
    monkeypatch.setattr(pyramid, "SLOW_PIXELS", 10**9)
    for level, seen in zip((3, 4), sketch, strict=True):
        assert np.abs(level_of(office, image, level) - seen)[:-1, :-1].mean() < 3
    pyramid.settle()


# --- a picture at an eighth of its size ---


def test_an_eighth_is_upright_and_as_large_as_the_level() -> None:
    exif = Pillow.Exif()
    exif[ExifTags.Base.Orientation] = 6
    data = encoded(photo(1001, 803), "JPEG", quality=95, exif=exif)
    small = decode_eighth(data)
    assert small is not None
    assert small.shape == (126, 101, 3)
    whole = decode(data).pixels[:1000, :800].astype(float)
    means = whole.reshape(125, 8, 100, 8, 3).mean(axis=(1, 3))
    assert np.abs(small[:125, :100] - means).mean() < 3


@pytest.mark.parametrize("data", [b"", b"no picture", encoded(photo()), encoded(photo(), "JPEG")[:300]])
def test_what_has_no_eighth_of_its_own_gives_none(data: bytes) -> None:
    assert decode_eighth(data) is None


# --- the files ---


def test_a_file_of_tiles_gives_back_each_of_them(tmp_path: Path) -> None:
    files = TileFiles(tmp_path)
    tiles = [bytes([number]) * (number + 1) for number in range(20)]
    assert files.read("ab" * 32, 0) is None
    files.write("ab" * 32, tiles)
    assert [files.read("ab" * 32, number) for number in range(20)] == tiles


@pytest.mark.parametrize("length", [0, 5, 20, 30, 190])
def test_a_damaged_file_is_removed_and_not_read(tmp_path: Path, length: int) -> None:
    files = TileFiles(tmp_path)
    files.write("ab" * 32, [b"x" * 10] * 10)
    path = files.path("ab" * 32)
    path.write_bytes(path.read_bytes()[:length])
    assert files.read("ab" * 32, 9) is None
    assert not path.exists()
    files.write("ab" * 32, [b"x" * 10])
    path.write_bytes(b"\xff" * 500)
    assert files.read("ab" * 32, 0) is None


def test_what_nobody_looked_at_for_longest_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    monkeypatch.setattr(tile_files, "CACHE_BYTES", 3000)
    files = TileFiles(tmp_path)
    for number in range(4):
        files.write(f"{number:064}", [b"x" * 900])
        os.utime(files.path(f"{number:064}"), (number, number))
    files.read(f"{1:064}", 0)  # looked at: now the newest
    files.write(f"{4:064}", [b"x" * 900])
    assert [number for number in range(5) if files.has(f"{number:064}")] == [1, 3, 4]
