"""COCO results: what a detector found, as a list of objects with `image_id`, `category_id`, `score` and
`bbox` or `segmentation`.

What its numbers mean, a results file does not say. That says a COCO file beside it, or the project's own
export, whose numbers a detector that was run on it repeats. A whole COCO file with a "score" at its
annotations is read as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shapely import MultiPolygon

from maa.domain import Box, InvalidInput, Unusable
from maa.interchange.coco import Document, Problem, ReadImage, ReadObject, from_coco

MIN_SIDE = 2.0
"""Pixels; a smaller box is no object that could be outlined."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One object that a detector found."""

    class_name: str
    score: float
    """0..1; 1 where the file has none."""
    box: Box
    """Inside the image."""
    outline: MultiPolygon | None
    """Where the file has a usable one."""


@dataclass(frozen=True, slots=True)
class Detected:
    """An image of the file with its detections, the surest first."""

    image: ReadImage
    detections: tuple[Detection, ...]


def from_results(
    document: object, meaning: Mapping[str, Any], least_score: float = 0.0
) -> tuple[list[Detected], list[Problem]]:
    """Read a results file.

    Args:
        document: the list, or a whole COCO document.
        meaning: a COCO document whose `images` and `categories` say what the list's numbers mean.
        least_score: detections below it are left out.

    Returns: the images that have detections, and the entries that cannot be used.

    Raises:
        InvalidInput: it is neither.
    """
    if isinstance(document, list):
        document = {
            "images": meaning.get("images", []),
            "categories": meaning.get("categories", []),
            "annotations": document,
        }
    if not isinstance(document, dict):
        raise InvalidInput(
            "It is not a COCO results file: the outermost value is neither a list nor an object."
        )
    read = from_coco(document)
    problems = list(read.problems)
    found = []
    for image in read.images:
        detections = list(_detections(image, least_score, problems))
        if detections:
            detections.sort(key=lambda detection: -detection.score)
            found.append(Detected(image, tuple(detections)))
    return found, problems


def _detections(image: ReadImage, least_score: float, problems: list[Problem]) -> Iterator[Detection]:
    for item in image.objects:
        try:
            score = _score(item.entry)
            if score >= least_score:
                outline = _outline(image, item)
                box = _box(item.entry, image) if outline is None else Box(*outline.bounds)
                yield Detection(item.class_name, score, box, outline)
        except InvalidInput as error:
            problems.append(Problem(item.place, str(error)))


def _outline(image: ReadImage, item: ReadObject) -> MultiPolygon | None:
    if not item.entry.get("segmentation"):
        return None
    try:
        return image.outline(item)
    except InvalidInput:
        if item.entry.get("bbox"):
            return None  # the box still says where it is
        raise


def _score(entry: Document) -> float:
    score = entry.get("score", 1.0)
    if not _is_number(score) or not 0 <= score <= 1:
        raise Unusable("its score is not a number from 0 to 1")
    return float(score)


def _box(entry: Document, image: ReadImage) -> Box:
    corners = entry.get("bbox")
    if not isinstance(corners, list) or len(corners) != 4 or not all(_is_number(value) for value in corners):
        raise Unusable("it has no bbox [left, top, width, height] and no segmentation")
    left, top, width, height = map(float, corners)
    box = Box(max(left, 0.0), max(top, 0.0), min(left + width, image.width), min(top + height, image.height))
    if box.width < MIN_SIDE or box.height < MIN_SIDE:
        raise Unusable("its bbox has no room for an object inside the image")
    return box


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
