from __future__ import annotations

import contextlib
import io
import struct
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import ExifTags, Image

from maa.domain import InvalidInput
from maa.workflow import decoding
from maa.workflow.decoding import decode
from tests.workflow.pictures import encoded, photo, png_claiming


def test_plain_rgb_png_and_gray_jpeg_keep_their_bytes() -> None:
    picture = decode(encoded(photo()))
    assert picture.faithful
    assert np.array_equal(picture.pixels, np.asarray(photo()))
    gray = decode(encoded(photo().convert("L"), "JPEG"))
    assert gray.faithful
    assert gray.pixels.shape == (48, 64, 3)


def test_pixels_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        decode(encoded(photo())).pixels[0, 0] = 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_exif_orientation_is_turned_upright(orientation: int) -> None:
    upright = photo(40, 24)
    # How a camera held that way stores the upright picture: the inverse of what a viewer must do.
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    for format, options in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True, "exact": True})):
        picture = decode(encoded(stored, format, exif=exif, **options))
        assert np.array_equal(picture.pixels, np.asarray(upright)), format
    jpeg = decode(encoded(stored, "JPEG", exif=exif, quality=95, subsampling=0))
    assert np.abs(jpeg.pixels.astype(int) - np.asarray(upright).astype(int)).mean() < 6


def test_equal_pixels_have_equal_hashes_and_turned_ones_have_others() -> None:
    image = photo(32, 32)
    png, bmp = decode(encoded(image)), decode(encoded(image, "BMP"))
    assert png.pixel_hash == bmp.pixel_hash
    assert png.pixel_hash != decode(encoded(image.rotate(90))).pixel_hash


@pytest.mark.parametrize(("bits", "white"), [(8, 255), (10, 1023), (12, 4095), (14, 16383), (16, 65535)])
def test_deep_gray_is_scaled_by_the_bit_depth_it_uses(bits: int, white: int) -> None:
    ramp = np.linspace(0, white, 64 * 32).round().astype(np.uint16).reshape(32, 64)
    for format in ("PNG", "TIFF"):
        pixels = decode(encoded(Image.fromarray(ramp), format)).pixels
        assert pixels.min() == 0
        assert pixels.max() == 255
        assert np.array_equal(pixels[..., 0], pixels[..., 2])
        assert np.abs(pixels[..., 0].astype(float) - ramp / white * 255).max() <= 0.51


def test_cmyk_palette_and_one_bit_pictures_become_rgb() -> None:
    image = photo()
    rgb = np.asarray(image).astype(int)
    cmyk = decode(encoded(image.convert("CMYK"), "JPEG", quality=95))
    assert not cmyk.faithful
    assert np.abs(cmyk.pixels.astype(int) - rgb).mean() < 8
    palette = image.quantize(64)
    assert np.array_equal(decode(encoded(palette)).pixels, np.asarray(palette.convert("RGB")))
    assert set(np.unique(decode(encoded(image.convert("1"))).pixels)) == {0, 255}


def test_transparency_is_laid_on_white() -> None:
    image = photo().convert("RGBA")
    image.putalpha(Image.fromarray(np.repeat(np.array([[0, 128, 255, 255]], np.uint8), 48, 0).repeat(16, 1)))
    picture = decode(encoded(image))
    assert not picture.faithful
    assert (picture.pixels[:, :16] == 255).all()
    rgb = np.asarray(photo())
    assert np.array_equal(picture.pixels[:, 32:], rgb[:, 32:])
    assert np.abs(picture.pixels[:, 16:32].astype(int) - (rgb[:, 16:32].astype(int) + 255) // 2).max() <= 2


def test_palette_with_a_transparent_colour_is_laid_on_white() -> None:
    palette = photo().quantize(16)
    picture = decode(encoded(palette, transparency=0))
    assert (picture.pixels[np.asarray(palette) == 0] == 255).all()


def test_a_very_wide_picture_is_read() -> None:
    picture = decode(encoded(Image.new("RGB", (30_000, 20), "teal")))
    assert picture.pixels.shape == (20, 30_000, 3)


def animation(format: str) -> bytes:
    return encoded(photo(), format, save_all=True, append_images=[photo(seed=1)])


def truncated(format: str) -> bytes:
    whole = encoded(photo(200, 200), format)
    return whole[: len(whole) // 2]


BAD = {
    "zero bytes": (b"", "empty"),
    "renamed text": (b"this is no picture, whatever its name says\n" * 40, "not a picture"),
    "HTML": (b"<html><script>alert(1)</script>", "not a picture"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'/>", "not a picture"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\n", "not a picture"),
    "truncated PNG": (truncated("PNG"), "damaged or cut short"),
    "truncated JPEG": (truncated("JPEG"), "damaged or cut short"),
    "truncated TIFF": (truncated("TIFF"), "cut short|head is damaged"),
    "truncated BMP": (truncated("BMP"), "damaged or cut short"),
    "truncated WebP": (truncated("WEBP"), "cut short|head is damaged"),
    "truncated GIF": (truncated("GIF"), "damaged or cut short"),
    "a PNG's first bytes": (encoded(photo())[:20], "cut short|head is damaged"),
    "animated GIF": (animation("GIF"), "2 frames"),
    "animated WebP": (animation("WEBP"), "2 frames"),
    "animated PNG": (animation("PNG"), "2 frames"),
    "TIFF of two pages": (animation("TIFF"), "2 pages"),
    "one pixel": (encoded(Image.new("RGB", (1, 1))), "1 x 1 pixels"),
    "a line": (encoded(Image.new("RGB", (400, 1))), "400 x 1 pixels"),
    "many pixels": (png_claiming(30_000, 20_000), "600 million|million"),
    "a bomb": (png_claiming(2_000_000_000, 2_000_000_000), "million"),
    "too wide": (png_claiming(100_000, 10), "up to 65500"),
    "floating point": (encoded(Image.fromarray(np.ones((20, 20), np.float32)), "TIFF"), "floating-point"),
    "32 bits": (encoded(Image.fromarray(np.full((20, 20), 1 << 20, np.int32)), "TIFF"), "16 bits"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_used_is_refused_with_the_reason(name: str) -> None:
    data, reason = BAD[name]
    with pytest.raises(InvalidInput, match=reason) as caught:
        decode(data)
    assert "\n" not in str(caught.value)


def test_damage_anywhere_in_a_file_is_an_answer_never_a_crash() -> None:
    random = np.random.default_rng(5)
    for format in ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "AVIF"):
        whole = encoded(photo(40, 30), format)
        for _ in range(60):
            broken = bytearray(whole)
            for place in random.integers(0, len(broken), 3):
                broken[place] = random.integers(0, 256)
            # either it still decodes or it says why not: nothing else may come out
            with contextlib.suppress(InvalidInput):
                decode(bytes(broken))


def test_the_first_picture_of_a_phones_multi_picture_jpeg_is_taken() -> None:
    data = encoded(photo(64, 48), "MPO", save_all=True, append_images=[photo(32, 24, seed=1)])
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "MPO"
    picture = decode(data)
    assert picture.pixels.shape == (48, 64, 3)


def test_the_time_of_the_shot_is_read_with_its_zone() -> None:
    exif = Image.Exif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "2026:05:04 10:30:00"
    assert decode(encoded(photo(), "JPEG", exif=exif)).captured_at == datetime(2026, 5, 4, 10, 30, tzinfo=UTC)
    details[ExifTags.Base.OffsetTimeOriginal] = "+02:00"
    assert decode(encoded(photo(), "JPEG", exif=exif)).captured_at == datetime(2026, 5, 4, 8, 30, tzinfo=UTC)


def test_a_broken_exif_block_does_not_keep_a_good_picture_out() -> None:
    whole = encoded(photo(), "JPEG")
    garbage = b"Exif\0\0II*\0" + struct.pack("<I", 0xFFFFFFF0) + b"\xff" * 50
    block = b"\xff\xe1" + struct.pack(">H", len(garbage) + 2) + garbage
    picture = decode(whole[:2] + block + whole[2:])
    assert picture.pixels.shape == (48, 64, 3)
    assert picture.captured_at is None


def test_too_many_bytes_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_FILE_BYTES", 100)
    with pytest.raises(InvalidInput, match="larger than"):
        decode(encoded(photo()))
