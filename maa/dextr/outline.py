"""From a prediction to the outline that a person sees."""

from __future__ import annotations

from shapely import MultiPolygon

from maa.domain import Prediction
from maa.geometry import DEFAULT_DETAIL, distance_for, simplify, trace


def outline_of(
    prediction: Prediction, *, threshold: float | None = None, detail: float = DEFAULT_DETAIL
) -> MultiPolygon:
    """Trace a prediction and reduce it to few vertices.

    Args:
        threshold: probability at which the outline runs, inside 0..1; higher draws it tighter. None: the
            model's own.
        detail: 0..1, see `maa.geometry.distance_for`.

    Returns:
        A valid outline inside the image, in image pixels; *empty* where the model saw no object at all.

    Raises:
        InvalidInput: threshold or detail out of range.
    """
    threshold = prediction.threshold if threshold is None else threshold
    traced = trace(prediction.probabilities, prediction.crop, prediction.image_size, threshold=threshold)
    if traced.is_empty:
        return traced
    return simplify(traced, distance_for(detail, traced), prediction.image_size)
