"""Photos that nobody took: an object partly behind another one, beside another one, or on another background.

Copy-paste (Ghiasi et al., "Simple Copy-Paste is a Strong Data Augmentation Method for Instance Segmentation",
CVPR 2021; Dwibedi et al., "Cut, Paste and Learn", ICCV 2017: soft edges, so that the cut is not the cue). A
few hundred everyday photos hold only so many occlusions; the objects in them make any number.

Photos are uint8 (H, W, 3) RGB, masks bool (H, W), positions in pixels of the target's photo.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maa.domain import FloatArray

from .clicks import BoolMask, boundary_points
from .datasets import ObjectRef

Photo = NDArray[np.uint8]

PARTS = ("ccp", "facade_street")
"""Sources whose objects belong to something larger (a sleeve to its wearer): on another background they would
be nonsense."""
MIN_AREA = 1500
"""Pixels; smaller objects are not worth pasting."""
MIN_VISIBLE = 0.4
"""Share of the target that must stay in sight; less is another object's picture."""
MAX_VISIBLE = 0.96
"""An occluder that hides less than the rest changes nothing."""
MIN_PIXELS = 250
TRIES = 4
"""Places that are tried before the photo stays as it is."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A target in its (perhaps composed) photo."""

    photo: Photo
    truth: BoolMask
    """What is in sight of the target."""
    ignore: BoolMask


@dataclass(frozen=True, slots=True)
class Cutout:
    """An object cut out of its photo, on its own bounding box."""

    photo: Photo
    alpha: FloatArray
    """float32 (h, w) in 0..1, soft at the edge."""


def cut_out(photo: Photo, mask: BoolMask, ref: ObjectRef) -> Cutout:
    """The part of a photo that `ref` covers, with a pixel of surroundings for the soft edge."""
    height, width = mask.shape
    rows = slice(max(ref.rows[0] - 2, 0), min(ref.rows[1] + 2, height))
    columns = slice(max(ref.columns[0] - 2, 0), min(ref.columns[1] + 2, width))
    return Cutout(photo[rows, columns], mask[rows, columns].astype(np.float32))


def can_be_pasted(refs: Sequence[ObjectRef]) -> list[int]:
    """Indices of the objects that are large enough to be shown elsewhere, as occluder or background."""
    return [index for index, ref in enumerate(refs) if ref.area >= MIN_AREA and ref.source != "facade_street"]


def beside_another(scene: Scene, other: Cutout, rng: np.random.Generator, *, behind: bool) -> Scene:
    """The scene with another object pasted over the target's border, in front of the target or behind it.

    In front: truth is what stays visible; the scene is returned unchanged where no place leaves between
    `MIN_VISIBLE` and `MAX_VISIBLE` of the target in sight.
    """
    edge = boundary_points(scene.truth)
    extent = float(np.ptp(edge, axis=0).max()) + 1
    other = _resized(other, extent * float(np.exp(rng.uniform(np.log(0.3), np.log(1.3)))), rng)
    height, width = other.alpha.shape
    area = int(scene.truth.sum())
    for _ in range(TRIES):
        middle = edge[rng.integers(len(edge))] + rng.uniform(-0.35, 0.35, 2) * (width, height)
        left, top = np.round(middle - (width / 2, height / 2)).astype(int)
        place, part = _overlap((left, top), other.alpha.shape, scene.truth.shape)
        if place is None:
            continue
        alpha = other.alpha[part]
        under = scene.truth[place]
        if behind:
            soft = cv2.GaussianBlur(under.astype(np.float32), (0, 0), 0.8)
            alpha = alpha * (1 - np.maximum(soft, under))
            truth = scene.truth
        else:
            truth = scene.truth.copy()
            truth[place] &= alpha < 0.5
            seen = int(truth.sum())
            if not (MIN_VISIBLE * area <= seen <= MAX_VISIBLE * area and seen >= MIN_PIXELS):
                continue
        photo, ignore = scene.photo.copy(), scene.ignore.copy()
        photo[place] = _blend(scene.photo[place], other.photo[part], alpha)
        ignore[place] &= alpha < 0.5
        return Scene(photo, truth, ignore)
    return scene


def elsewhere(scene: Scene, background: Photo, rng: np.random.Generator) -> Scene:
    """The target at its place, on a part of another photo.

    Its place in the frame stays, so that what the frame cuts off is cut off still.
    """
    height, width = scene.truth.shape
    share = rng.uniform(0.5, 1.0)
    rows, columns = (max(1, round(side * share)) for side in background.shape[:2])
    top = int(rng.integers(0, background.shape[0] - rows + 1))
    left = int(rng.integers(0, background.shape[1] - columns + 1))
    part = background[top : top + rows, left : left + columns]
    if rng.random() < 0.5:
        part = np.ascontiguousarray(part[:, ::-1])
    behind = np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    alpha = _softened(scene.truth.astype(np.float32), rng)
    photo = _blend(behind, scene.photo, alpha)
    return Scene(photo, scene.truth, np.zeros_like(scene.ignore))


def _resized(cutout: Cutout, longer: float, rng: np.random.Generator) -> Cutout:
    """Brought to about `longer` pixels, turned and flipped at random, its edge softened. It is never enlarged
    by more than half: blur would tell it apart."""
    height, width = cutout.alpha.shape
    scale = min(longer / max(height, width), 1.5)
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    photo = np.asarray(cv2.resize(cutout.photo, size, interpolation=way), dtype=np.uint8)
    alpha = np.asarray(cv2.resize(cutout.alpha, size, interpolation=way), dtype=np.float32)
    if rng.random() < 0.5:
        photo, alpha = np.ascontiguousarray(photo[:, ::-1]), np.ascontiguousarray(alpha[:, ::-1])
    if rng.random() < 0.5:
        matrix = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), float(rng.uniform(-30, 30)), 1.0)
        photo = np.asarray(cv2.warpAffine(photo, matrix, size), dtype=np.uint8)
        alpha = np.asarray(cv2.warpAffine(alpha, matrix, size), dtype=np.float32)
    if rng.random() < 0.5:
        light = rng.uniform(0.7, 1.3) * rng.uniform(0.9, 1.1, 3)
        photo = np.clip(photo * light, 0, 255).astype(np.uint8)
    return Cutout(photo, _softened(alpha, rng))


def _softened(alpha: FloatArray, rng: np.random.Generator) -> FloatArray:
    """An edge of one to three pixels, drawn in by a fraction of one: no rim of the old surroundings."""
    sigma = float(rng.uniform(0.5, 1.3))
    soft = cv2.GaussianBlur(alpha, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(1.25 * soft - 0.2, 0, 1), dtype=np.float32)


def _blend(below: Photo, above: Photo, alpha: FloatArray) -> Photo:
    weight = alpha[:, :, None]
    return np.asarray(below + (above.astype(np.float32) - below) * weight + 0.5, dtype=np.uint8)


def _overlap(
    corner: Sequence[int], part: tuple[int, ...], whole: tuple[int, ...]
) -> tuple[tuple[slice, slice] | None, tuple[slice, slice]]:
    """Where a part at (left, top) lies on the whole, and which of it does; None where it lies beside."""
    (left, top), (height, width) = corner, part
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + height, whole[0]), min(left + width, whole[1])
    inside = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    return (None if y1 <= y0 or x1 <= x0 else (slice(y0, y1), slice(x0, x1))), inside


Donor = Callable[[np.random.Generator], tuple[Photo, BoolMask, ObjectRef]]
"""Draws another object of the data: its photo, its mask, and what it is."""


def compose(
    scene: Scene,
    source: str,
    donor: Donor,
    rng: np.random.Generator,
    *,
    occluded: float,
    neighbour: float,
    moved: float,
) -> Scene:
    """A scene as it is, or composed; the three shares are probabilities and may come together.

    Args:
        source: the target's.
        occluded: another object before the target.
        neighbour: another object behind the target's border.
        moved: another background (not for `PARTS`).
    """
    if rng.random() < moved and source not in PARTS:
        scene = elsewhere(scene, donor(rng)[0], rng)
    for share, behind in ((neighbour, True), (occluded, False)):
        if rng.random() < share:
            scene = beside_another(scene, cut_out(*donor(rng)), rng, behind=behind)
    return scene
