"""What to compare the model with: classical answers to the same four clicks, on the same crop.

Each has `predict` as `maa.dextr.predictor.Predictor` has it, so tracing, simplification, measures and the
simulated annotator are the same for all. None learns anything from data.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

import cv2
import numpy as np
from numpy.typing import NDArray

from maa.dextr.crop import clamped_points, crop_box, take_crop, to_grid
from maa.domain import Prediction, Prompt

SIDE = 256
"""Cells of the crop each way, as many as the model's own input has or more."""
ROUNDS = 5
"""Iterations of GrabCut."""
PULLED_IN = 0.15
"""The clicks lie on the boundary: hints of what is inside are set this share of the way to their middle."""
HINT = 3
"""Radius of a hint, in cells."""

Grid = NDArray[np.uint8]
Points = NDArray[np.float64]


class Baseline(ABC):
    """Answers prompts of four or more boundary points."""

    model_id: str
    most_clicks = 3
    """Further clicks that are of any use to it, as far as a person tries."""

    def predict(
        self, image: NDArray[np.uint8], prompt: Prompt, *, image_key: str | None = None
    ) -> Prediction:
        """Image uint8 (H, W, 3) RGB in, probabilities float32 (SIDE, SIDE), 0 or 1, out.

        Raises:
            InvalidInput: the prompt does not say where an object is.
        """
        began = time.perf_counter()
        size = (image.shape[1], image.shape[0])
        crop = crop_box(prompt, size)
        points = to_grid(clamped_points(prompt, size), crop, SIDE)
        mask = self.mask(take_crop(image, crop, SIDE), points)
        taken = (time.perf_counter() - began) * 1000
        return Prediction(mask.astype(np.float32), crop, size, 0.5, self.model_id, taken)

    @abstractmethod
    def mask(self, crop: Grid, points: Points) -> Grid:
        """Crop uint8 (SIDE, SIDE, 3) RGB, boundary points (N, 2) xy in cells -> uint8 (SIDE, SIDE), 0/1."""


class GrabCut(Baseline):
    """Rother, Kolmogorov, Blake, "GrabCut", SIGGRAPH 2004, as OpenCV has it.

    Outside the points' box is background for sure, inside it foreground probably, and a little inward from
    each click for sure.
    """

    model_id = "GrabCut"

    def mask(self, crop: Grid, points: Points) -> Grid:
        labels = np.full(crop.shape[:2], cv2.GC_BGD, np.uint8)
        (left, top), (right, bottom) = np.floor(points.min(axis=0)), np.ceil(points.max(axis=0))
        labels[int(top) : int(bottom), int(left) : int(right)] = cv2.GC_PR_FGD
        for x, y in points + PULLED_IN * (points.mean(axis=0) - points):
            cv2.circle(labels, (int(x), int(y)), HINT, cv2.GC_FGD, -1)
        cv2.setRNGSeed(0)  # its colour models start from random clusters
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(crop[..., ::-1].copy(), labels, None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
        return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)


class IntelligentScissors(Baseline):
    """Mortensen and Barrett, "Intelligent scissors for image composition", SIGGRAPH 1995, as OpenCV has it:
    the way along the strongest edges from each click to the next, in angular order around their middle."""

    model_id = "intelligent scissors"

    def mask(self, crop: Grid, points: Points) -> Grid:
        tool = cv2.segmentation.IntelligentScissorsMB()
        tool.setEdgeFeatureCannyParameters(32, 100)
        tool.setGradientMagnitudeMaxLimit(200)
        tool.applyImage(np.ascontiguousarray(crop))
        cells = [(int(x), int(y)) for x, y in np.clip(in_angular_order(points), 0, SIDE - 1)]
        contour = []
        for start, end in zip(cells, cells[1:] + cells[:1], strict=True):
            tool.buildMap(start)
            contour.append(tool.getContour(end).reshape(-1, 2))
        mask = np.zeros((SIDE, SIDE), np.uint8)
        return cv2.fillPoly(mask, [np.concatenate(contour).astype(np.int32)], 1)


class Ellipse(Baseline):
    """A quarter of an axis-aligned ellipse from each extreme point to the next, upright or level at both: it
    goes through all four clicks, and is a whole ellipse where they lie as on one. Further clicks tell it
    nothing."""

    model_id = "ellipse"
    most_clicks = 0

    def mask(self, crop: Grid, points: Points) -> Grid:
        left, top = points[points[:, 0].argmin()], points[points[:, 1].argmin()]
        right, bottom = points[points[:, 0].argmax()], points[points[:, 1].argmax()]
        turn = np.linspace(0, np.pi / 2, 32, endpoint=False)
        outline = np.concatenate(
            [
                _quarter(top, right, np.sin(turn), 1 - np.cos(turn)),
                _quarter(right, bottom, 1 - np.cos(turn), np.sin(turn)),
                _quarter(bottom, left, np.sin(turn), 1 - np.cos(turn)),
                _quarter(left, top, 1 - np.cos(turn), np.sin(turn)),
            ]
        )
        mask = np.zeros((SIDE, SIDE), np.uint8)
        return cv2.fillPoly(mask, [np.round(outline - 0.5).astype(np.int32)], 1)


def in_angular_order(points: Points) -> Points:
    """Points (N, 2) sorted by their angle around their middle."""
    offset = points - points.mean(axis=0)
    return points[np.argsort(np.arctan2(offset[:, 1], offset[:, 0]), kind="stable")]


def _quarter(start: Points, end: Points, across: Points, down: Points) -> Points:
    return start + np.column_stack([across, down]) * (end - start)


BASELINES: tuple[type[Baseline], ...] = (GrabCut, IntelligentScissors, Ellipse)
