"""Sets of photos with instance masks, as folders.

A set is a folder with `images/NAME.jpg` and `masks/NAME.png` of the same size: 8-bit instance ids, 0
background, 1..254 objects, 255 ignore (counts in no metric and no loss); `meta.json` names source and
licence. Further mask layers of the same photos lie in folders named `masks_...` (the whole person beside the
garments, say). `clicks.json`, where there is one, has what annotators clicked: mask file -> instance id ->
[[x, y], ...].
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from maa.domain import InvalidInput, NotFound

IGNORE = 255
_ORIENTATION = 0x0112
"""EXIF's tag of how a photo is to be turned."""
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """One object of a set, found but not decoded."""

    source: str
    """SET or SET/LAYER, the key of sampling weights."""
    image: Path
    mask: Path
    id: int
    area: int
    rows: tuple[int, int]
    columns: tuple[int, int]
    """Half-open pixel range of the object."""
    clicks: tuple[tuple[float, float], ...] = ()
    """Boundary clicks (x, y) that an annotator made on it, four or more, or none."""


def set_folders(root: Path) -> list[Path]:
    """The sets in a folder: itself, or its subfolders that are sets.

    Raises:
        NotFound: there is none.
    """
    root = Path(root)
    if _is_set(root):
        return [root]
    found = sorted(folder for folder in root.glob("*") if _is_set(folder)) if root.is_dir() else []
    if not found:
        raise NotFound(f"{root} holds no data set: expected images/ and masks/ in it or in its subfolders.")
    return found


def _is_set(folder: Path) -> bool:
    return (folder / "images").is_dir() and (folder / "masks").is_dir()


def objects_of(folder: Path, minimum_area: int = 1) -> list[ObjectRef]:
    """All objects of a set (every mask layer) of at least `minimum_area` pixels, in a stable order."""
    found: list[ObjectRef] = []
    clicked = _clicks(folder)
    for layer in sorted(path for path in folder.glob("masks*") if path.is_dir()):
        source = (
            folder.name if layer.name == "masks" else f"{folder.name}/{layer.name.removeprefix('masks_')}"
        )
        for mask_path in sorted(layer.glob("*.png")):
            image = _image_beside(folder, mask_path)
            mask = read_mask(mask_path)
            _check_size(image, mask_path, mask)
            areas = np.bincount(mask.ravel(), minlength=256)
            for number, place in enumerate(ndimage.find_objects(mask, max_label=254), start=1):
                if place is None or areas[number] < minimum_area:
                    continue
                rows, columns = place
                found.append(
                    ObjectRef(source, image, mask_path, number, int(areas[number]),
                              (rows.start, rows.stop), (columns.start, columns.stop),
                              clicked.get((f"{layer.name}/{mask_path.name}", number), ()))
                )  # fmt: skip
    return found


def _clicks(folder: Path) -> dict[tuple[str, int], tuple[tuple[float, float], ...]]:
    path = folder / "clicks.json"
    try:
        return {
            (mask, int(number)): tuple((float(x), float(y)) for x, y in clicks)
            for mask, objects in _json(path).items()
            for number, clicks in objects.items()
        }
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidInput(f"{path} is not a list of clicks ({error}).") from error


def _json(path: Path) -> dict[str, Any]:
    """What a file beside the photos says; nothing where there is none."""
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read as JSON ({error}).") from error
    return said


def _check_size(photo: Path, mask_path: Path, mask: NDArray[np.uint8]) -> None:
    try:
        with Image.open(photo) as opened:
            size = opened.size
            if opened.getexif().get(_ORIENTATION, 1) >= 5:
                size = size[::-1]  # it is read upright
    except OSError:
        return  # whoever decodes it says so
    if size != mask.shape[::-1]:
        raise InvalidInput(
            f"{mask_path} is {mask.shape[1]} x {mask.shape[0]} pixels, but its photo {photo} is "
            f"{size[0]} x {size[1]}. Mask and photo must be of one size."
        )


def _image_beside(folder: Path, mask: Path) -> Path:
    for suffix in IMAGE_SUFFIXES:
        path = folder / "images" / (mask.stem + suffix)
        if path.exists():
            return path
    raise NotFound(f"{mask} has no photo of the same name in {folder / 'images'}.")


def read_mask(path: Path) -> NDArray[np.uint8]:
    """Instance ids, uint8 (H, W).

    Raises:
        InvalidInput: not an 8-bit single-channel PNG.
    """
    mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if mask is None or mask.ndim != 2 or mask.dtype != np.uint8:
        raise InvalidInput(f"{path} is not an 8-bit, single-channel mask image.")
    return np.asarray(mask, dtype=np.uint8)


def numbered_objects(data: Path, min_area: int, limit: int | None, seed: int) -> list[tuple[int, ObjectRef]]:
    """The objects of a set or a folder of sets, with numbers that do not depend on the limit.

    Args:
        min_area: pixels; smaller objects are left out.
        limit: only so many, drawn with the seed; None for all.

    Raises:
        InvalidInput: none is large enough.
        NotFound: there is no data set.
    """
    refs = [ref for folder in set_folders(data) for ref in objects_of(folder, min_area)]
    if not refs:
        raise InvalidInput(f"{data} holds no object of at least {min_area} pixels.")
    numbers = np.arange(len(refs))
    if limit is not None and limit < len(refs):
        numbers = np.sort(np.random.default_rng(seed).permutation(len(refs))[:limit])
    return [(int(number), refs[number]) for number in numbers]


def read_image(path: Path) -> NDArray[np.uint8]:
    """Photo as uint8 (H, W, 3) RGB.

    Raises:
        InvalidInput: it cannot be decoded.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise InvalidInput(f"{path} cannot be decoded as an image.")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


class Decoder:
    """Reads photos and masks, and remembers the last ones up to a number of bytes.

    Composed photos need three files where one was enough; decoding them anew would take longer than all else
    that is done to a sample. What it gives must not be written to.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._kept: OrderedDict[Path, NDArray[np.uint8]] = OrderedDict()
        self._bytes = 0

    def image(self, path: Path) -> NDArray[np.uint8]:
        """`read_image`, remembered."""
        return self._read(path, read_image)

    def mask(self, path: Path) -> NDArray[np.uint8]:
        """`read_mask`, remembered."""
        return self._read(path, read_mask)

    def _read(self, path: Path, read: Callable[[Path], NDArray[np.uint8]]) -> NDArray[np.uint8]:
        found = self._kept.get(path)
        if found is not None:
            self._kept.move_to_end(path)
            return found
        found = read(path)
        self._kept[path] = found
        self._bytes += found.nbytes
        while self._bytes > self.limit and self._kept:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return found


def photo_held_back(ref: ObjectRef, share: float) -> bool:
    """Whether an object's photo belongs to the share that is not trained on; the same photo always does or
    does not."""
    digest = hashlib.sha256(f"{ref.source.split('/')[0]}/{ref.image.name}".encode()).digest()
    return digest[0] / 256 < share


def describe(folder: Path) -> dict[str, object]:
    """What `meta.json` says of a set's origin, for a model's card."""
    meta = _json(folder / "meta.json")
    kept: dict[str, object] = {
        key: meta[key] for key in ("source_repo", "source_repos", "commit", "licence", "note") if key in meta
    }
    return {"name": folder.name, **kept}
