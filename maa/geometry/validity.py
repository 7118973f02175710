"""From whatever a person drew or a file holds to an outline that keeps the contract."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from maa.domain import InvalidInput
from maa.geometry.shapes import clip_to_image, make_valid


def repair(geometry: BaseGeometry, image_size: tuple[int, int]) -> MultiPolygon:
    """A valid outline inside the image that covers what the geometry covers.

    Of a ring that crosses itself (a bow-tie) every lobe is kept; parts that overlap are united; lines, points
    and parts without area are dropped; what lies outside the image is cut off. A geometry that is in order
    already comes back with the same coordinates.

    Args:
        geometry: any shapely geometry in image pixels.
        image_size: (width, height) in pixels.

    Raises:
        InvalidInput: a coordinate is not a finite number, or no area inside the image is left.
    """
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise InvalidInput("The polygon has a coordinate that is not a finite number.")
    # Curve-like tricks (Z, M) have no place in an image; force plain x and y.
    outline = make_valid(shapely.force_2d(geometry))
    if outline.is_empty:
        raise InvalidInput(
            "The polygon has no area: it needs at least three points that are not on one line."
        )
    clipped = clip_to_image(outline, image_size)
    if clipped.is_empty:
        width, height = image_size
        raise InvalidInput(f"The polygon lies outside the image, which is {width} x {height} pixels.")
    return clipped
