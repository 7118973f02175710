"""COCO's two ways to write an object's shape (polygon lists and run lengths), to and from an outline.

Both speak in whole pixels once a COCO tool rasterises them; MAA's exact outline travels beside them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from shapely import MultiPolygon, Polygon

from maa.domain import InvalidInput, Unusable
from maa.geometry import rasterize, repair, to_rings, trace_mask

Segmentation = list[list[float]] | dict[str, Any]

CHECKED_AREA = 10_000.0
"""Square pixels from which on the rasterised shape must have the outline's area..."""
AREA_TOLERANCE = 0.005
"""...to within this share."""


def segmentation(outline: MultiPolygon, width: int, height: int) -> Segmentation:
    """A polygon list a part, or compressed run lengths when the outline has a hole.

    A long straight edge between two rows of pixel centres makes every tool's mask of a large object too
    large or too small by up to a row. Where that is more than `AREA_TOLERANCE`, the shape is turned by half
    a pixel at its far ends, so that the edge crosses the row and the error cancels out; the exact outline
    does not change.
    """
    best = _encode(outline, width, height)
    if outline.area < CHECKED_AREA:
        return best
    best_error = _area_error(best, outline.area, width, height)
    for turned in _turned(outline, width, height):
        if best_error <= AREA_TOLERANCE:
            break
        other = _encode(turned, width, height)
        error = _area_error(other, outline.area, width, height)
        if error < best_error:
            best, best_error = other, error
    return best


def outline_of(shape: object, width: int, height: int) -> MultiPolygon:
    """The valid outline of any tool's segmentation: polygons (united, as COCO reads them) or run lengths.

    Raises:
        InvalidInput: malformed, of another size than the image, or nothing of it is left inside the image.
    """
    if isinstance(shape, list):
        return _united([_polygon(ring) for ring in shape], (width, height))
    if isinstance(shape, dict):
        return repair(trace_mask(_mask(shape, width, height)), (width, height))
    raise Unusable("its segmentation is neither a list of polygons nor run lengths")


def _united(polygons: list[Polygon], image_size: tuple[int, int]) -> MultiPolygon:
    parts: list[MultiPolygon] = []
    problem: InvalidInput = Unusable("its segmentation is empty")
    for polygon in polygons:
        try:
            parts.append(repair(polygon, image_size))
        except InvalidInput as error:
            # Many tools leave lines and points behind as further parts.
            problem = error
    if not parts:
        raise problem
    return repair(shapely.union_all(parts), image_size)


def _encode(outline: MultiPolygon, width: int, height: int) -> Segmentation:
    if any(len(part.interiors) for part in outline.geoms):
        runs = coco_mask.encode(np.asfortranarray(rasterize(outline, (height, width)).astype(np.uint8)))
        return {"size": [height, width], "counts": runs["counts"].decode("ascii")}
    return [[value for point in part[0] for value in point] for part in to_rings(outline)]


def _area_error(shape: Segmentation, area: float, width: int, height: int) -> float:
    """How far pycocotools' area of a shape is off, as a share."""
    if isinstance(shape, list):
        shape = coco_mask.merge(coco_mask.frPyObjects(shape, height, width))
    return abs(float(coco_mask.area(shape)) / area - 1)


def _turned(outline: MultiPolygon, width: int, height: int) -> Iterator[MultiPolygon]:
    left, top, right, bottom = outline.bounds
    for pixels in (0.5, -0.5, 0.75, -0.75, 1.0, -1.0):
        angle = pixels / (max(right - left, bottom - top) / 2)
        turned = shapely.affinity.rotate(outline, angle, origin="center", use_radians=True)
        yield shapely.transform(turned, lambda points: np.clip(points, 0, (width, height)))


def _polygon(ring: object) -> Polygon:
    if not isinstance(ring, list) or len(ring) < 6 or len(ring) % 2:
        raise Unusable("a polygon of it is not a list of at least three x, y pairs")
    if not all(_is_number(value) for value in ring):
        raise Unusable("a polygon of it has a coordinate that is not a finite number")
    return Polygon(np.asarray(ring, dtype=float).reshape(-1, 2))


def _mask(shape: dict[str, Any], width: int, height: int) -> NDArray[np.bool_]:
    """bool (height, width). Decoded here, as pycocotools invents pixels for counts that fall short."""
    if shape.get("size") != [height, width]:
        raise Unusable(f"its run lengths are of size {shape.get('size')}, the image's is {[height, width]}")
    counts = shape.get("counts")
    if isinstance(counts, str):
        counts = _counts(counts)
    if not isinstance(counts, list) or not all(type(count) is int and count >= 0 for count in counts):
        raise Unusable("its run lengths are not whole numbers from zero on")
    if sum(counts) != width * height:
        raise Unusable(f"its run lengths add up to {sum(counts)} pixels, the image has {width * height}")
    inside = np.arange(len(counts)) % 2 == 1
    # COCO's runs go down the columns.
    return np.repeat(inside, counts).reshape(width, height).T


def _counts(text: str) -> list[int]:
    """COCO's compressed counts: numbers in groups of five bits from "0" on, each from the third on as the
    difference to the last but one."""
    counts: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64:
            raise Unusable("its compressed run lengths have a character that does not belong there")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value = shift = 0
    return counts


def _is_number(value: object) -> bool:
    # Text can hold whole numbers that are larger than any float.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < sys.float_info.max
