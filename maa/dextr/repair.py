"""A click that repairs: the answer before it is part of the question.

A further click says most beside what it corrects. So the network is shown its own previous answer as the
prior (Sofiiuk et al., "Reviving Iterative Training with Mask Guidance", ICIP 2022), and the question with n
clicks holds the one with n - 1. The points' order matters from the fifth on, and only there.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from maa.domain import Box, FloatArray, PointKind, Prediction, Prompt

from .crop import resample

EXTREMES = 4
"""Points of a first question that has neither box nor prior."""


def without_last_click(prompt: Prompt) -> Prompt | None:
    """The question whose answer the last click repairs; None when it repairs none.

    The four extremes are one question. A click on a prior outline repairs that outline; on a box, the answer
    to the box.
    """
    points = prompt.points
    if prompt.prior is not None:
        first = 1
    elif prompt.box is not None:
        first = 0
    else:
        first = EXTREMES
    if len(points) <= first:
        return None
    earlier = points[:-1]
    enough = sum(point.kind is PointKind.BOUNDARY for point in earlier) >= EXTREMES
    if prompt.prior is None and prompt.box is None and not enough:
        return None
    return dataclasses.replace(prompt, points=earlier)


def seen_in(prediction: Prediction, crop: Box) -> FloatArray:
    """A prediction's probabilities on another crop's grid, float32 (S, S); 0 where it says nothing."""
    size = prediction.probabilities.shape[0]
    before = prediction.crop
    if before == crop:
        return prediction.probabilities
    scale_x, scale_y = crop.width / before.width, crop.height / before.height
    matrix = np.array(
        [
            [scale_x, 0, (crop.left - before.left) * size / before.width],
            [0, scale_y, (crop.top - before.top) * size / before.height],
        ]
    )
    return resample(prediction.probabilities, matrix, (size, size))
