"""Image in, objects out: a model of the library that finds objects by itself, as boxes with classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from maa.domain import Box

from .centre_network import MULTIPLE, CentreNetwork, peaks
from .engine import TRACING
from .library import load_detector
from .network import INPUT_SCALE, MEAN_RGB
from .shelves import LibraryModel, find_model, read_model

SAME = 0.6
"""IoU from which on two boxes of a class are one object."""
MAX_OBJECTS = 300
"""Objects on one image."""
MIN_SCORE = 0.05
"""Weaker ones are noise."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object that a detector sees."""

    box: Box
    """In image pixels, inside the image."""
    class_name: str
    score: float
    """0..1."""


class Detector:
    """A loaded detector that looks at images, from any thread."""

    def __init__(self, model: str | Path) -> None:
        """Load one: a name of the library, or a model's folder.

        Raises:
            ModelError: there is no such model, it is no detector, or its files are damaged.
        """
        self.model: LibraryModel = read_model(model) if isinstance(model, Path) else find_model(model)
        self._network = load_detector(self.model.folder)
        self.classes = self.model.classes

    def find(self, image: NDArray[np.uint8], least_score: float | None = None) -> list[Found]:
        """The objects on an image, uint8 (H, W, 3) RGB, the surest first.

        Args:
            least_score: weaker ones are left out; None for the model's own threshold.
        """
        least = self.model.threshold if least_score is None else least_score
        seen, scale = fitted(image, self.model.input_size)
        # Not while another thread traces a network: that replaces how layers are called.
        with TRACING, torch.inference_mode():
            found = detected(self._network, normalised(seen)[None])
        height, width = image.shape[:2]
        listed = []
        for corners, score, number in zip(*found, strict=True):
            if score < least:
                break
            left, top, right, bottom = np.clip(corners / scale, 0, [width, height, width, height]).tolist()
            if right - left >= 1 and bottom - top >= 1:
                listed.append(Found(Box(left, top, right, bottom), self.classes[number], float(score)))
        return listed


def fitted(image: NDArray[np.uint8], size: int) -> tuple[NDArray[np.uint8], float]:
    """An image resized so that its longer side is `size`, padded to multiples of `MULTIPLE` at the right and
    the bottom; and the scale that it was resized by.
    """
    scale = size / max(image.shape[:2])
    width, height = (max(1, round(side * scale)) for side in (image.shape[1], image.shape[0]))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, (width, height), interpolation=method)
    right, below = -width % MULTIPLE, -height % MULTIPLE
    padded = cv2.copyMakeBorder(small, 0, below, 0, right, cv2.BORDER_CONSTANT, value=MEAN_RGB)
    return np.asarray(padded, dtype=np.uint8), scale


def normalised(image: NDArray[np.uint8]) -> Tensor:
    """uint8 (H, W, 3) RGB -> float32 (3, H, W) as the encoder expects it."""
    centred = (image.astype(np.float32) - np.array(MEAN_RGB, np.float32)) / INPUT_SCALE
    return torch.from_numpy(np.ascontiguousarray(centred.transpose(2, 0, 1)))


def detected(
    network: CentreNetwork, inputs: Tensor
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """What a network in eval mode sees on one input (1, 3, H, W): boxes (K, 4) in input cells, scores (K,)
    and classes (K,), the surest first; boxes of a class that are one object are given once.
    """
    centres, sides = network(inputs)
    boxes, scores, classes = (part.numpy() for part in peaks(centres, sides, MAX_OBJECTS))
    corners = boxes.astype(np.float64)
    sizes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxesBatched(
        sizes.tolist(), scores.astype(float).tolist(), classes.tolist(), MIN_SCORE, SAME
    )
    order = np.asarray(kept, dtype=np.int64).reshape(-1)
    order = order[np.argsort(-scores[order], kind="stable")]
    return corners[order], scores[order].astype(np.float64), classes[order]
