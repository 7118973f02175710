"""From a file's bytes to upright 8-bit RGB pixels, or a sentence that says why not."""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from maa.dextr.pixels import pixel_hash
from maa.domain import InvalidInput, Unusable

Pixels = NDArray[np.uint8]
"""uint8 (H, W, 3) RGB, upright."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
"""Nothing else is tried: some of Pillow's other readers start programs or fetch further files."""

MAX_FILE_BYTES = 512 * 1024**2
MAX_PIXELS = 120_000_000
MAX_SIDE = 65_500
_BAND = 64
MIN_SIDE = 8
"""On less than this nobody can click four extreme points."""

# Our own limit, checked before anything is unpacked, stands in for this warning.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture that can be imported."""

    pixels: Pixels
    faithful: bool
    """The file is 8-bit RGB or gray, in a format that every reader reads alike: we chose nothing in it."""
    captured_at: datetime | None
    """When the camera took it. A camera without a time zone is taken to run on UTC."""

    @cached_property
    def pixel_hash(self) -> str:
        return pixel_hash(self.pixels)


def decode(data: bytes) -> Decoded:
    """Read one picture.

    Deep gray is brought to 8 bits by the range it uses (see `_eight_bit`), transparency is laid on white,
    CMYK, palettes and the rest are converted, and the EXIF orientation is applied.

    Raises:
        InvalidInput: empty, not a picture, damaged, animated, or too large or small; the message is a whole
            reason.
    """
    if not data:
        raise Unusable("the file is empty (zero bytes)")
    if len(data) > MAX_FILE_BYTES:
        raise Unusable(f"the file is larger than {MAX_FILE_BYTES // 1024**2} MB")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            check_size(*image.size)
            _check_single(image)
            image.load()
            captured_at = _captured_at(image)
            faithful = image.format in ("JPEG", "MPO", "PNG", "WEBP") and _is_plain(image)
            _turn_upright(image)
            pixels = _to_rgb(image)
    except InvalidInput:
        raise
    except Image.DecompressionBombError as error:
        raise Unusable(f"it has more than {MAX_PIXELS // 1_000_000} million pixels") from error
    except UnidentifiedImageError as error:
        readable = "JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF"
        raise Unusable(
            f"it is not a picture that can be read ({readable}), or its header is damaged"
        ) from error
    except MemoryError as error:
        raise Unusable("it needs more memory than there is") from error
    except Exception as error:
        # Pillow's readers raise nearly anything on a damaged file: OSError, SyntaxError, struct.error, ...
        raise Unusable(f"the picture is damaged or cut short ({_one_line(error)})") from error
    pixels.flags.writeable = False
    return Decoded(pixels, faithful, captured_at)


def decode_eighth(data: bytes) -> Pixels | None:
    """A picture's upright pixels at an eighth of its size, each about the mean of 8 x 8; (H, W) rounded up.

    A JPEG holds such a picture of itself, which is read several times faster than all of it. None for every
    other format, for what `decode` would change (see `Decoded.faithful`), and for what cannot be read.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "MPO")) as image:
            check_size(*image.size)
            size = (math.ceil(image.width / 8), math.ceil(image.height / 8))
            if not _is_plain(image):
                return None
            # rounded down: Pillow takes the smallest scale that is not below what is asked for
            image.draft(image.mode, (image.width // 8, image.height // 8))
            image.load()
            if image.size != size:
                return None
            _turn_upright(image)
            return np.array(image.convert("RGB"))
    except Exception:
        # Whatever is wrong with it is said by `decode`, which comes next.
        return None


def check_size(width: int, height: int) -> None:
    if width < MIN_SIDE or height < MIN_SIDE:
        raise Unusable(
            f"it is {width} x {height} pixels; nothing can be outlined on less than {MIN_SIDE} x {MIN_SIDE}"
        )
    if width * height > MAX_PIXELS:
        raise Unusable(
            f"it is {width} x {height} pixels, more than {MAX_PIXELS // 1_000_000} million; cut it into tiles"
        )
    if max(width, height) > MAX_SIDE:
        raise Unusable(
            f"it is {width} x {height} pixels; a side may have up to {MAX_SIDE}; cut it into tiles"
        )


def is_upright(data: bytes) -> bool:
    """Whether a picture's file asks nobody to turn it."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return image.getexif().get(ExifTags.Base.Orientation) not in range(2, 9)
    except Exception:  # as in `_turn_upright`
        return True


def _check_single(image: Image.Image) -> None:
    # The further pictures of an MPO (most phones) are previews and depth maps of the first.
    frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    if frames > 1:
        what = "pages" if image.format == "TIFF" else "frames"
        raise Unusable(f"it has {frames} {what}; save the ones to be labeled as single pictures")


def _turn_upright(image: Image.Image) -> None:
    # The pixels were read; an unreadable EXIF block says nothing about them.
    with contextlib.suppress(Exception):
        ImageOps.exif_transpose(image, in_place=True)


def _is_plain(image: Image.Image) -> bool:
    return image.mode in ("RGB", "L") and "transparency" not in image.info


def _to_rgb(image: Image.Image) -> Pixels:
    if image.mode == "F":
        raise Unusable("its pixels are floating-point numbers; save it with 8 or 16 bits")
    if image.mode == "I" or image.mode.startswith("I;16"):
        gray = _eight_bit(np.asarray(image).astype(np.int64))
        return np.repeat(gray[..., None], 3, axis=2)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        image = Image.alpha_composite(ground, layer)
    return _array_of(image if image.mode == "RGB" else image.convert("RGB"))


def _array_of(image: Image.Image) -> Pixels:
    """The pixels of an RGB picture, band by band: as a whole, Pillow copies a large one several times."""
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    for top in range(0, image.height, _BAND):
        bottom = min(top + _BAND, image.height)
        pixels[top:bottom] = np.asarray(image.crop((0, top, image.width, bottom)))
    return pixels


def _eight_bit(gray: NDArray[np.int64]) -> Pixels:
    """Deep gray values to 8 bits, linearly.

    White is the largest value of the smallest usual bit depth (8, 10, 12, 14, 16) that holds the picture:
    sensors write 12 bits into 16-bit files, and those would be nearly black if 65535 were white.
    """
    lowest, highest = int(gray.min()), int(gray.max())
    if lowest < 0 or highest > 65535:
        raise Unusable("its pixels have more than 16 bits; save it with 8 or 16 bits")
    white = next(2**bits - 1 for bits in (8, 10, 12, 14, 16) if highest < 2**bits)
    return ((gray * 255 + white // 2) // white).astype(np.uint8)


def _captured_at(image: Image.Image) -> datetime | None:
    try:
        details = image.getexif().get_ifd(ExifTags.IFD.Exif)
        taken = datetime.strptime(details[ExifTags.Base.DateTimeOriginal].strip("\0 "), "%Y:%m:%d %H:%M:%S")
        offset = details.get(ExifTags.Base.OffsetTimeOriginal, "").strip("\0 ")
        zone = datetime.strptime(offset, "%z").tzinfo if offset else UTC
        return taken.replace(tzinfo=zone).astimezone(UTC)
    except Exception:
        # Absent in most files and malformed in many; no reason to refuse a picture.
        return None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
