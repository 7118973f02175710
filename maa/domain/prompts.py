"""What is asked of a model, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon

FloatArray = NDArray[np.float32]


class PointKind(StrEnum):
    BOUNDARY = "boundary"
    INSIDE = "inside"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned box in image pixels; may reach past the image's edge."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Point:
    """One click of a prompt, in image pixels."""

    x: float
    y: float
    kind: PointKind = PointKind.BOUNDARY


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the annotator gave the model.

    Valid with four or more boundary points in any order, or a box, or a prior polygon; `crop` fixes the crop
    of the first answer so that further points on the same object are seen by the network at the same scale.
    """

    points: tuple[Point, ...] = ()
    box: Box | None = None
    prior: MultiPolygon | None = None
    crop: Box | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The model's answer.

    `probabilities`: float32 (H, W) in 0..1; its grid covers `crop` evenly, sample (i, j) lies at the *centre*
    of its cell: image x = crop.left + (j + 0.5) * crop.width / W, y likewise.
    """

    probabilities: FloatArray
    crop: Box
    image_size: tuple[int, int]
    """(width, height) in pixels of the image it was made on."""
    confidence: float
    """0..1: the model's own guess of its quality."""
    model_id: str
    """NAME@first 12 hex digits of the weights' sha256."""
    milliseconds: float
    threshold: float = 0.5
    """Inside 0..1: the probability above which a pixel is the object's, by the model's own card."""
