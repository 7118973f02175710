"""One training sample: an object under a random view, with simulated clicks. Pure numpy/OpenCV.

Everything geometric (flip, rotation, stretch, crop) is one affine map, applied once to photo and mask.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maa.dextr.crop import grid_to_image, padded_box, resample, to_grid
from maa.dextr.prompt_maps import draw_points
from maa.domain import Box, FloatArray

from .clicks import BoolMask, Points, boundary_mask, boundary_points, extremes
from .compositing import Donor, Scene, compose
from .datasets import IGNORE, Decoder, ObjectRef


@dataclass(frozen=True, slots=True)
class Sample:
    """Arrays of one training step's row; S is the network's input side."""

    image: NDArray[np.uint8]
    """(S, S, 3) RGB"""
    maps: FloatArray
    """(4, S, S) prompt channels"""
    truth: BoolMask
    """(S, S)"""
    ignore: BoolMask
    """(S, S)"""


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """How far samples stray from the data. Shares are probabilities."""

    rotation: float = 25.0
    """Degrees, uniform in +-; given to `rotated` of the samples."""
    rotated: float = 0.6
    stretch: float = 0.15
    vertical_flip: float = 0.1
    click_jitter: float = 5.0
    """Largest jitter in photo pixels; for small objects never more than `jitter_share` of their longer
    side."""
    jitter_share: float = 0.05
    extra_points: float = 0.25
    """Share with 1 to 3 boundary points at random places beside the four."""
    side_points: float = 0.06
    """Share with inside and outside points."""
    prior: float = 0.06
    """Share with a spoilt copy of the truth as prior."""
    without_points: float = 0.10
    """Share that shows no boundary points: a box, or a prior alone (half of them each)."""
    occluded: float = 0.25
    """Share with another object pasted before the target; truth and clicks are of what stays in sight."""
    neighbour: float = 0.12
    """Share with another object pasted behind the target's border."""
    real_clicks: float = 0.5
    """Share of the samples of an object with an annotator's clicks that show these, as they were made."""
    moved: float = 0.10
    """Share with the target on another photo (not for garments and the like, `compositing.PARTS`)."""


def make_sample(
    ref: ObjectRef,
    size: int,
    rng: np.random.Generator,
    config: AugmentConfig,
    donor: Donor | None = None,
    decoder: Decoder | None = None,
) -> Sample:
    """Decode an object's photo and mask and draw one random view of it.

    Args:
        donor: draws other objects to compose the photo with; without it photos stay as they were taken.
        decoder: remembers decoded files.
    """
    decoder = decoder or Decoder(0)
    image, ids = decoder.image(ref.image), decoder.mask(ref.mask)
    scene = Scene(image, ids == ref.id, ids == IGNORE)
    rows, columns = slice(*ref.rows), slice(*ref.columns)
    real = bool(ref.clicks) and rng.random() < config.real_clicks
    if real:  # a turned object has its extremes elsewhere, an occluded one too
        config, donor = dataclasses.replace(config, rotated=0.0), None
    if donor is not None:
        scene = compose(
            scene, ref.source, donor, rng,
            occluded=config.occluded, neighbour=config.neighbour, moved=config.moved,
        )  # fmt: skip
    # Composed or not, what is in sight lies within the object's own bounds.
    local = boundary_points(scene.truth[rows, columns]) + np.array([ref.columns[0], ref.rows[0]])
    view = _random_view(rng, config, local.mean(axis=0))
    seen = local @ view[:, :2].T + view[:, 2]  # boundary in the turned photo's pixels

    extent = float((seen.max(axis=0) - seen.min(axis=0)).max())
    jitter = rng.uniform(0, min(config.click_jitter, 1 + config.jitter_share * extent))
    if real:
        clicks = np.array(ref.clicks) @ view[:, :2].T + view[:, 2]
    else:
        clicks = extremes(seen, rng, tolerance=rng.choice([0.0, 0.01, 0.02]) * extent)
        clicks = clicks + rng.uniform(-jitter, jitter, clicks.shape)
    low, high = clicks.min(axis=0), clicks.max(axis=0)
    box = _random_box(Box(low[0], low[1], high[0], high[1]), rng)

    to_photo = _chain(np.asarray(cv2.invertAffineTransform(view), dtype=np.float64), grid_to_image(box, size))
    grid = (size, size)
    photo = resample(scene.photo, to_photo, grid)
    truth = resample(scene.truth.astype(np.float32), to_photo, grid) > 0.5
    # The padding past the photo's edge is known to be background: 0, not ignored.
    ignore = (resample(scene.ignore.astype(np.float32), to_photo, grid) > 0.25) & ~truth
    maps = _draw(to_grid(clicks, box, size), truth, size, jitter * size / box.width, rng, config)
    return Sample(recoloured(photo, rng), maps, truth, ignore)


def _random_view(rng: np.random.Generator, config: AugmentConfig, centre: Points) -> NDArray[np.float64]:
    """(2, 3) affine map from photo pixels to a flipped, turned, stretched photo around `centre`."""
    angle = (
        np.deg2rad(rng.uniform(-config.rotation, config.rotation)) if rng.random() < config.rotated else 0.0
    )
    flip = np.diag([rng.choice([-1.0, 1.0]), -1.0 if rng.random() < config.vertical_flip else 1.0])
    stretch = np.exp(rng.uniform(-config.stretch, config.stretch))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = np.diag([stretch, 1 / stretch]) @ turn @ flip
    return np.concatenate([linear, (centre - linear @ centre)[:, None]], axis=1)


def _random_box(bounds: Box, rng: np.random.Generator) -> Box:
    """The crop, a little larger, smaller or beside where inference would put it (a fixed crop can be)."""
    box = padded_box(bounds, padding=rng.uniform(0.11, 0.21))
    if rng.random() < 0.5:
        return box
    dx, dy = rng.uniform(-0.03, 0.03, 2) * (box.width, box.height)
    return Box(box.left + dx, box.top + dy, box.right + dx, box.bottom + dy)


def _chain(outer: NDArray[np.float64], inner: NDArray[np.float64]) -> NDArray[np.float64]:
    """The affine map that does `inner`, then `outer`."""
    return np.concatenate([outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2:] + outer[:, 2:]], axis=1)


def _draw(
    clicks: Points, truth: BoolMask, size: int, jitter: float, rng: np.random.Generator, config: AugmentConfig
) -> FloatArray:
    maps = np.zeros((4, size, size), dtype=np.float32)
    if rng.random() < config.extra_points:
        edge = boundary_points(truth)
        if len(edge):
            extra = edge[rng.choice(len(edge), rng.integers(1, 4))]
            clicks = np.concatenate([clicks, extra + rng.uniform(-jitter, jitter, extra.shape)])
    hidden = rng.random() < config.without_points
    if not hidden:
        maps[0] = draw_points(clicks, size)
    if rng.random() < config.side_points or (hidden and rng.random() < 0.3):
        for channel, mask in ((1, truth), (2, ~truth)):
            rows, columns = np.nonzero(mask)
            count = min(int(rng.integers(0, 3)), len(rows))
            chosen = rng.choice(len(rows), count) if count else np.zeros(0, dtype=int)
            points = np.stack([columns[chosen], rows[chosen]], axis=1).astype(np.float64) + 0.5
            maps[channel] = draw_points(points, size)
    if rng.random() < config.prior or (hidden and rng.random() < 0.5):
        maps[3] = spoilt(truth, rng)
    elif hidden:
        loose = rng.uniform(-0.03, 0.03, 4) * size  # a detector's box is no outline
        corners = np.concatenate([clicks.min(axis=0), clicks.max(axis=0)]) + loose
        left, top, right, bottom = np.round(corners).astype(int)
        maps[3, max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = 1
    return maps


def spoilt(truth: BoolMask, rng: np.random.Generator) -> FloatArray:
    """A plausible wrong prior: the truth grown, shrunk, moved, coarsely drawn, or with a piece cut off."""
    size = truth.shape[0]
    mask: NDArray[Any] = truth.astype(np.uint8)
    if rng.random() < 0.7:
        side = int(rng.integers(2, max(4, size // 16)))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        mask = (cv2.dilate if rng.random() < 0.5 else cv2.erode)(mask, kernel)
    if rng.random() < 0.5:
        mask = np.roll(mask, rng.integers(-size // 24, size // 24 + 1, 2), axis=(0, 1))
    if rng.random() < 0.5:
        coarse = int(rng.integers(8, 28))
        small = cv2.resize(mask.astype(np.float32), (coarse, coarse), interpolation=cv2.INTER_AREA)
        mask = (cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR) > 0.5).astype(np.uint8)
    edge = np.argwhere(boundary_mask(mask.astype(bool)))
    if rng.random() < 0.4 and len(edge):
        row, column = edge[rng.integers(len(edge))]
        radius = int(rng.integers(size // 16, size // 5))
        cv2.circle(mask, (int(column), int(row)), radius, int(rng.integers(0, 2)), thickness=-1)
    return mask.astype(np.float32)


def recoloured(image: NDArray[Any], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Light, contrast, colour cast; now and then grey, blurred, noisy or compressed hard."""
    if rng.random() < 0.8:
        levels = np.arange(256, dtype=np.float32)[:, None]
        contrast, light = rng.uniform(0.7, 1.3), rng.uniform(-30, 30)
        cast = rng.uniform(0.9, 1.1, 3).astype(np.float32)
        gamma = rng.uniform(0.75, 1.33)
        curve = 255 * (levels / 255) ** gamma
        table = np.clip(((curve - 128) * contrast + 128 + light) * cast, 0, 255).astype(np.uint8)
        image = cv2.LUT(image, table[None])
    if rng.random() < 0.3:
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        image = cv2.addWeighted(image, (mix := rng.uniform(0, 1)), grey, 1 - mix, 0)
    if rng.random() < 0.1:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < 0.1:
        noise = rng.normal(0, rng.uniform(2, 10), image.shape)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.1:
        quality = int(rng.integers(30, 80))
        _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR))
    return np.asarray(image, dtype=np.uint8)
