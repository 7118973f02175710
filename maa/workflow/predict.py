"""Asking the model that a project works with: an image of the workspace and a prompt in, a polygon out."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from shapely import MultiPolygon

from maa.dextr.architectures import Hint, architecture_of, outlived
from maa.dextr.detector import Detector
from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.dextr.shelves import THRESHOLD, LibraryModel, ModelError, find_model
from maa.domain import InvalidInput, Prediction, Prompt, Role
from maa.geometry import DEFAULT_DETAIL, merged_near
from maa.store import micromodels
from maa.workflow.images import get_image, load_pixels
from maa.workflow.workspace import Workspace

LOW_CONFIDENCE = 0.75
"""Below this guess at its own IoU, annotator and reviewer are told to look twice."""
UNUSABLE = "It cannot be used at present. A manager sees the reason under Models."
"""What those who label are told about a model with a problem."""
KEPT = 4
"""Models of a kind that are kept loaded: as many projects with one of their own are worked on at a time."""
T = TypeVar("T")


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
    model: str | None = None,
) -> Proposal:
    """A model's polygon for a prompt on an image. The same question again costs next to nothing.

    Where the prompt has a prior outline, its clicks repair that: it changes at them and nowhere else.

    Args:
        threshold: inside 0..1; None for the model's own.
        model: NAME or NAME@HASH; None for the one that the image's project works with.

    Raises:
        ModelError: there is no usable model; the message says what to do.
        InvalidInput: the prompt does not say where an object is, or the model sees none there.
        NotFound: there is no such image.
    """
    image = get_image(ws, image_id)
    asked = predictor(model or named(ws, image.project_id))
    prediction = asked.predict(load_pixels(ws, image_id), prompt, image_key=image.pixel_hash)
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


def named(ws: Workspace, project_id: int) -> str | None:
    """The id of the model that a project works with; None: the library's default.

    Remembered, because it is asked with each click, until `forget_named`.
    """
    known = _named.setdefault(ws, {})
    if project_id not in known:
        with ws.store.read() as tx:
            chosen = micromodels.chosen(tx, project_id)
        known[project_id] = None if outlived(chosen) else chosen
    return known[project_id]


def forget_named(ws: Workspace) -> None:
    """A project names another model by now, on disk."""
    # Another dictionary: who has just read what is old by now keeps it in the one before.
    _named[ws] = {}


def has_worked_with(ws: Workspace, project_id: int, model_id: str) -> bool:
    """Whether a model is, or was, the one that the project works with.

    Raises:
        ModelError: there is no default model.
    """
    with ws.store.read() as tx:
        named_once = {choice.model_id for choice in micromodels.choices(tx, project_id)}
    return model_id in named_once or model_id == find_model().id


def predictor(model: str | None = None) -> Predictor:
    """The process' one loaded model of this name (None: the default); loaded on first use.

    Who asks a loaded model never waits for another one to be loaded.

    Raises:
        ModelError: there is no usable model. It is looked for again with each call.
    """
    return _kept(_loaded, find_model(model), Predictor)


def detector(model: str) -> Detector:
    """The process' one loaded detector of this name, as `predictor`.

    Raises:
        ModelError: there is no such detector.
    """
    return _kept(_detectors, find_model(model), Detector)


def _kept(loaded: dict[str, T], found: LibraryModel, load: Callable[[Path], T]) -> T:
    """A model out of those that are loaded; else it is loaded, and the oldest makes room."""
    there = loaded.get(found.id)
    if there is not None:
        return there
    with _loading:
        if found.id not in loaded:
            made = load(found.folder)
            for oldest in list(loaded)[: max(0, len(loaded) + 1 - KEPT)]:
                del loaded[oldest]
            loaded[found.id] = made
        return loaded[found.id]


def model_threshold(model: str | None = None) -> float:
    """A model's own threshold (None: the default's); the usual one while it cannot be used."""
    try:
        return find_model(model).threshold
    except ModelError:
        return THRESHOLD


def model_takes(model: str | None = None) -> list[str]:
    """What a model (None: the default) understands beside points on the border: "inside" and "outside"
    points, a "prior" outline, a "box"; all of it while it cannot be used.
    """
    try:
        takes = architecture_of(find_model(model)).takes
    except ModelError:
        takes = frozenset(Hint)
    return sorted(hint.name.lower() for hint in takes)


def model_problem(model: str | None = None) -> str | None:
    """Why a model (None: the default) cannot help; None when it is ready."""
    try:
        predictor(model)
    except ModelError as error:
        return str(error)
    return None


def as_told(problem: str, role: Role | None) -> str:
    """A problem of a model as one with this role is told it: files and folders of the server are the business
    of who can mend them."""
    return problem if role is not None and role.includes(Role.MANAGER) else UNUSABLE


_named: weakref.WeakKeyDictionary[Workspace, dict[int, str | None]] = weakref.WeakKeyDictionary()
_loaded: dict[str, Predictor] = {}
_loading = threading.Lock()
_detectors: dict[str, Detector] = {}
