"""One object followed from a frame to the next: its motion says where it is, the model where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from shapely import MultiPolygon

from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.domain import Image, InvalidInput, Point, Prompt
from maa.geometry import iou, outermost_vertices, repair
from maa.geometry.motion import moved
from maa.workflow.decoding import Pixels

LEAST_AGREEMENT = 0.5
"""IoU of what the motion and what the model say; below it the object is lost."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object in the next frame, as the model outlines it."""

    outline: MultiPolygon
    prompt: Prompt
    model_id: str
    confidence: float


def by_motion(outline: MultiPolygon, frames: Sequence[Pixels]) -> MultiPolygon | None:
    """Where an outline of the first frame is in the last one, inside the picture; None when it is lost.

    Args:
        frames: uint8 (H, W, 3) RGB, all of one size, in the order in which the object is followed.
    """
    present = outline
    for before, after in pairwise(frames):
        further = moved(present, before, after)
        if further is None:
            return None
        present = further
    height, width = frames[-1].shape[:2]
    try:
        return repair(present, (width, height))
    except InvalidInput:  # it left the picture, or is a speck by now
        return None


def by_model(
    asked: Predictor, expected: MultiPolygon, pixels: Pixels, image: Image, least_confidence: float
) -> Found | None:
    """The model's outline of what is expected to be there; None when it is unsure, or sees something else."""
    prompt = Prompt(points=tuple(Point(x, y) for x, y in outermost_vertices(expected)))
    try:
        prediction = asked.predict(pixels, prompt, image_key=image.pixel_hash)
    except InvalidInput:
        return None
    answer = outline_of(prediction)
    if prediction.confidence < least_confidence or answer.is_empty or iou(answer, expected) < LEAST_AGREEMENT:
        return None
    return Found(answer, prompt, prediction.model_id, prediction.confidence)
