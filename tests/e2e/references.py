"""The outlines drawn by hand on the photos that scikit-image ships (see `maa.learning.reference_set`)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import skimage
from shapely import Polygon

from maa.learning.reference_set import OUTLINES

PHOTOS = Path(skimage.__file__).parent / "data"
_DRAWN = json.loads(OUTLINES.read_text())


def names() -> list[str]:
    return list(_DRAWN)


def photo(name: str) -> Path:
    return PHOTOS / _DRAWN[name]["photo"]


def outline(name: str) -> Polygon:
    return Polygon(_DRAWN[name]["outline"])


def extreme_clicks(name: str, *, inset: float = 1.0) -> list[tuple[float, float]]:
    """Left-most, top, right-most and bottom vertex, kept `inset` px inside the object's box.

    A person cannot click on the very last line of pixels either.
    """
    xy = np.array(_DRAWN[name]["outline"])
    left, top, right, bottom = xy[:, 0].min(), xy[:, 1].min(), xy[:, 0].max(), xy[:, 1].max()
    chosen = [
        xy[xy[:, 0].argmin()], xy[xy[:, 1].argmin()], xy[xy[:, 0].argmax()], xy[xy[:, 1].argmax()],
    ]  # fmt: skip
    low, high = (left + inset, top + inset), (right - inset, bottom - inset)
    return [tuple(float(v) for v in np.clip(point, low, high)) for point in chosen]


def iou(a: Polygon, b: Polygon) -> float:
    return a.intersection(b).area / a.union(b).area
