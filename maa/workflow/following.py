"""Objects followed from a frame to the next: their motion says where they are, the model where they end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shapely import MultiPolygon

from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.domain import Image, InvalidInput, Point, Prompt
from maa.geometry import iou, outermost_vertices, repair
from maa.geometry.motion import moved, sketch
from maa.workflow.decoding import Pixels

MIN_AGREEMENT = 0.5
"""IoU of what the motion and what the model say; below it the object is lost."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object in the next frame, as the model outlines it."""

    outline: MultiPolygon
    prompt: Prompt
    model_id: str
    confidence: float


def by_motion(
    outlines: Sequence[MultiPolygon], frames: Iterable[Pixels]
) -> tuple[list[MultiPolygon | None], Pixels]:
    """Where outlines of the first frame are in the last one, inside the picture, None for those that are
    lost; and the last frame.

    Of the frames before the last only a sketch is kept, and of those a step behind nothing.

    Args:
        frames: at least one, uint8 (H, W, 3) RGB, all of one size, in the order in which the objects are
            followed; each is asked for once, when it is its turn.
    """
    coming = iter(frames)
    pixels = next(coming)
    present: list[MultiPolygon | None] = list(outlines)
    before = sketch(pixels)
    for pixels in coming:
        after = sketch(pixels)
        present = [one if one is None else moved(one, before, after) for one in present]
        before = after
    return [one if one is None else _inside(one, pixels) for one in present], pixels


def _inside(outline: MultiPolygon, pixels: Pixels) -> MultiPolygon | None:
    height, width = pixels.shape[:2]
    try:
        return repair(outline, (width, height))
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
    if prediction.confidence < least_confidence or answer.is_empty or iou(answer, expected) < MIN_AGREEMENT:
        return None
    return Found(answer, prompt, prediction.model_id, prediction.confidence)
