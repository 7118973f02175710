"""Photos of a set as boxes with classes, and random views of them: what a detector learns from.

A set is laid out as in `datasets`. `classes.json`, where there is one, names the objects' classes: mask file
-> instance id -> name; without it all are of one class, named as the set. Regions to ignore are boxes too:
nothing is learnt of them and nothing measured on them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from .augment import recoloured
from .datasets import IGNORE, IMAGE_SUFFIXES, Decoder, objects_of, read_image, read_mask, set_folders

Boxes = NDArray[np.float64]
"""float64 (N, 4): left, top, right, bottom."""
ZOOM = (0.6, 1.5)
"""Of the photo in a view, beside filling it."""
IN_SIGHT = 0.5
"""Share of a box's area below which an object at a view's border is ignored."""
MIN_SIDE = 4.0
"""Input cells; what is smaller in a view is ignored."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo and where its objects are, in its pixels."""

    image: Path
    boxes: Boxes
    classes: tuple[str, ...]
    """One for each box."""
    objects: tuple[tuple[Path, int], ...]
    """For each box the mask file and the id in it."""
    ignored: Boxes


@dataclass(frozen=True, slots=True)
class View:
    """A square that a detector is shown."""

    image: NDArray[np.uint8]
    """(S, S, 3) RGB"""
    boxes: Boxes
    classes: NDArray[np.int64]
    ignored: Boxes


def photos_of(root: Path, least_area: int = 1) -> list[Photo]:
    """All photos of the sets in a folder, those without objects too, in a stable order.

    Args:
        least_area: pixels; smaller objects are ignored.

    Raises:
        NotFound: there is no set.
    """
    return [photo for folder in set_folders(root) for photo in _of_set(folder, least_area)]


def _of_set(folder: Path, least_area: int) -> list[Photo]:
    named = folder / "classes.json"
    names = json.loads(named.read_text()) if named.exists() else {}
    found: dict[Path, list[tuple[tuple[float, ...], str, tuple[Path, int]]]] = {
        path: [] for path in sorted((folder / "images").iterdir()) if path.suffix.lower() in IMAGE_SUFFIXES
    }
    left_out: dict[Path, list[tuple[float, ...]]] = {path: [] for path in found}
    for ref in objects_of(folder):
        layer = ref.mask.parent.name
        if layer != "masks" and not names:
            continue  # further layers show the same photo's objects once more
        box = (ref.columns[0], ref.rows[0], ref.columns[1], ref.rows[1])
        name = names.get(f"{layer}/{ref.mask.name}", {}).get(str(ref.id), folder.name)
        if ref.area >= least_area:
            found[ref.image].append((box, name, (ref.mask, ref.id)))
        else:
            left_out[ref.image].append(box)
    for image in found:
        mask = folder / "masks" / f"{image.stem}.png"
        if mask.exists():
            left_out[image] += _ignored(read_mask(mask))
    return [
        Photo(
            image,
            _stacked([box for box, _, _ in listed]),
            tuple(name for _, name, _ in listed),
            tuple(place for _, _, place in listed),
            _stacked(left_out[image]),
        )
        for image, listed in found.items()
    ]


def _ignored(mask: NDArray[np.uint8]) -> list[tuple[float, ...]]:
    _, _, places, _ = cv2.connectedComponentsWithStats((mask == IGNORE).astype(np.uint8))
    return [(x, y, x + width, y + height) for x, y, width, height, _ in places[1:].tolist()]


def _stacked(boxes: list[tuple[float, ...]]) -> Boxes:
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


class Shrunk(Decoder):
    """Reads photos no larger than a detector needs them, and remembers the last ones."""

    def __init__(self, longest: int, limit: int) -> None:
        super().__init__(limit)
        self.longest = longest
        self._scales: dict[Path, float] = {}

    def photo(self, path: Path) -> tuple[NDArray[np.uint8], float]:
        """The photo with a longer side of at most `longest`, and by what it was scaled."""
        return self._read(path, self._shrink), self._scales[path]

    def _shrink(self, path: Path) -> NDArray[np.uint8]:
        image = read_image(path)
        scale = min(1.0, self.longest / max(image.shape[:2]))
        self._scales[path] = scale
        return image if scale == 1 else _resized(image, scale)


def random_view(
    photo: Photo,
    numbers: dict[str, int],
    size: int,
    rng: np.random.Generator,
    read: Shrunk,
    zooms: tuple[float, float] = ZOOM,
) -> View:
    """A photo flipped, zoomed, moved and recoloured at random.

    Args:
        numbers: class name -> its number.
        size: side of the view.
        zooms: least and largest size of the photo, 1 fills the view.
    """
    image, scale = read.photo(photo.image)
    zoom = size / max(image.shape[:2]) * float(np.exp(rng.uniform(*np.log(zooms))))
    zoomed = _resized(image, zoom)
    height, width = zoomed.shape[:2]
    # A larger photo is cut at random, a smaller one lies somewhere in the view.
    left = int(rng.integers(min(0, size - width), max(0, size - width) + 1))
    top = int(rng.integers(min(0, size - height), max(0, size - height) + 1))
    seen = np.empty((size, size, 3), np.uint8)
    seen[:] = zoomed.mean(axis=(0, 1))
    rows = slice(max(top, 0), min(top + height, size))
    columns = slice(max(left, 0), min(left + width, size))
    seen[rows, columns] = zoomed[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    flip = bool(rng.random() < 0.5)
    if flip:
        seen = np.ascontiguousarray(seen[:, ::-1])
    boxes, ignored = (
        _mapped(corners, scale * zoom, (left, top), size if flip else None)
        for corners in (photo.boxes, photo.ignored)
    )
    inside = np.clip(boxes, 0, size)
    sides = inside[:, 2:] - inside[:, :2]
    share = sides.prod(axis=1) / (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    clear = (share >= IN_SIGHT) & (sides.min(axis=1, initial=np.inf) >= MIN_SIDE)
    classes = np.array([numbers[name] for name in photo.classes], dtype=np.int64)
    unclear = np.concatenate([ignored, boxes[~clear]]).clip(0, size)
    return View(recoloured(seen, rng), inside[clear], classes[clear], unclear)


def side_by_side(views: Sequence[View]) -> View:
    """Four views of one size as one of twice that side: objects beside others than in their photos (mosaics,
    Bochkovskiy et al., YOLOv4, 2020).
    """
    side = views[0].image.shape[0]
    upper, lower = (np.concatenate([view.image for view in pair], axis=1) for pair in (views[:2], views[2:]))
    shifts = [np.array([x, y, x, y]) for y in (0, side) for x in (0, side)]
    return View(
        np.concatenate([upper, lower]),
        np.concatenate([view.boxes + shift for view, shift in zip(views, shifts, strict=True)]),
        np.concatenate([view.classes for view in views]),
        np.concatenate([view.ignored + shift for view, shift in zip(views, shifts, strict=True)]),
    )


def _resized(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), dtype=np.uint8)


def _mapped(boxes: Boxes, zoom: float, shift: tuple[int, int], flipped_at: int | None) -> Boxes:
    """Boxes of a photo in a view; `flipped_at`: the view's width, if it is flipped."""
    moved = boxes * zoom + np.array([*shift, *shift], dtype=np.float64)
    if flipped_at is not None:
        moved[:, [0, 2]] = flipped_at - moved[:, [2, 0]]
    return moved
