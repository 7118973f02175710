"""Asking the model: an image of the workspace and a prompt in, a polygon out."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from shapely import MultiPolygon

from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.dextr.shelves import THRESHOLD, ModelError, find_model
from maa.domain import InvalidInput, Prediction, Prompt
from maa.geometry import DEFAULT_DETAIL, merged_near
from maa.workflow.images import get_image, load_pixels
from maa.workflow.workspace import Workspace

LOW_CONFIDENCE = 0.75
"""Below this guess at its own IoU, annotator and reviewer are told to look twice."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the model proposes for a prompt."""

    outline: MultiPolygon
    """Few vertices, image pixels; never empty."""
    prediction: Prediction


def propose(
    ws: Workspace,
    image_id: int,
    prompt: Prompt,
    *,
    threshold: float | None = None,
    detail: float = DEFAULT_DETAIL,
) -> Proposal:
    """The default model's polygon for a prompt on an image. The same question again costs next to nothing.

    Where the prompt has a prior outline, its clicks repair that: it changes at them and nowhere else.

    Args:
        threshold: inside 0..1; None for the model's own.

    Raises:
        ModelError: there is no usable model; the message says what to do.
        InvalidInput: the prompt does not say where an object is, or the model sees none there.
        NotFound: there is no such image.
    """
    image = get_image(ws, image_id)
    prediction = predictor().predict(load_pixels(ws, image_id), prompt, image_key=image.pixel_hash)
    outline = outline_of(prediction, threshold=threshold, detail=detail)
    if outline.is_empty:
        raise InvalidInput(
            "The model sees no object between these points. Lower the threshold, move the points, "
            "or draw the outline by hand."
        )
    if prompt.prior is not None and prompt.points:
        clicks = [(point.x, point.y) for point in prompt.points]
        outline = merged_near(prompt.prior, outline, clicks, (image.width, image.height))
    return Proposal(outline, prediction)


def is_unsure(confidence: float | None) -> bool:
    """Whether the model says that its answer may well be wrong."""
    return confidence is not None and confidence < LOW_CONFIDENCE


def predictor() -> Predictor:
    """The process' one loaded default model; loaded on first use, and anew when the default changes.

    Raises:
        ModelError: there is no usable model. It is looked for again with each call.
    """
    global _loaded
    with _lock:
        model = find_model()
        if _loaded is None or _loaded.model_id != model.id:
            _loaded = Predictor(model.folder)
        return _loaded


def model_threshold() -> float:
    """The default model's own threshold; the usual one while there is no usable model."""
    try:
        return find_model().threshold
    except ModelError:
        return THRESHOLD


def model_problem() -> str | None:
    """Why there can be no proposals, for the person at the page; None when the model is loaded and ready."""
    try:
        predictor()
    except ModelError as error:
        return str(error)
    return None


_loaded: Predictor | None = None
_lock = threading.Lock()
