"""The kinds of network that the library runs, and how each is asked.

All that differs between them stands here: a card names its architecture, and the rest of MAA asks any model
through `Predictor` alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from maa.domain import Box, FloatArray, InvalidInput, Point, PointKind, Prediction, Prompt

from . import engine, network, original
from .crop import crop_box, take_crop
from .original_network import OriginalNetwork
from .prompt_maps import prompt_maps
from .repair import seen_in
from .shelves import DETECTOR, LibraryModel, ModelError, find_model, shelves


class Hint(StrEnum):
    """What a prompt may say beyond boundary points."""

    INSIDE = "inside points"
    OUTSIDE = "outside points"
    BOX = "a box in place of four boundary points"
    PRIOR = "a prior outline"


@dataclass(frozen=True, slots=True)
class Architecture:
    """One kind of network."""

    name: str
    """Stands in the card of each model of this kind."""
    network: Callable[[], nn.Module]
    """Untrained: `forward(inputs (N, C, S, S)) -> (logits (N, 1, S, S), quality logits (N,))`."""
    takes: frozenset[Hint]
    """What it understands beyond boundary points, which all do."""
    ask: Callable[[NDArray[np.uint8], Prompt, int, Prediction | None], tuple[Tensor, Box]]
    """Image uint8 (H, W, 3) RGB, prompt, S, the prediction that the last click repairs -> inputs float32
    (1, C, S, S) and the crop that they show. Raises `InvalidInput` when the prompt does not say where an
    object is."""
    answer: Callable[[FloatArray, Box], FloatArray]
    """Probabilities float32 (S, S) over the inputs, crop -> probabilities float32 of any shape that cover the
    crop evenly."""
    compiled: Callable[[Any, int], engine.Forward] | None = None
    """Makes the network quicker: (network in eval mode, S) -> what is called in its place; None for one that
    is run as it is."""
    encoder: str | None = None
    """Name of the part that knows what things are, a `SemanticEncoder`: what detectors begin with. None
    where there is none."""
    repairs: bool = False
    """Whether it was trained to see its own previous answer beside a further click."""


def _ask_compact(
    image: NDArray[np.uint8], prompt: Prompt, size: int, repaired: Prediction | None
) -> tuple[Tensor, Box]:
    image_size = (image.shape[1], image.shape[0])
    crop = crop_box(prompt, image_size)
    crops = torch.from_numpy(take_crop(image, crop, size))[None]
    before = None if repaired is None else seen_in(repaired, crop)
    maps = torch.from_numpy(prompt_maps(prompt, crop, size, image_size, before))[None]
    return network.network_input(crops, maps), crop


COMPACT = Architecture(
    network.ARCHITECTURE,
    network.Network,
    frozenset(Hint),
    _ask_compact,
    lambda probabilities, _: probabilities,
    compiled=engine.compiled,
    encoder="semantic",
    repairs=True,
)
"""Our own."""
ORIGINAL = Architecture(
    "dextr-resnet101",
    OriginalNetwork,
    frozenset(),
    lambda image, prompt, size, _: original.ask(image, prompt, size),
    original.answer,
)
"""DEXTR as published."""

ARCHITECTURES = {architecture.name: architecture for architecture in (COMPACT, ORIGINAL)}


def architecture_of(model: LibraryModel) -> Architecture:
    """How a model is asked.

    Raises:
        ModelError: its card names an architecture that is not known here.
    """
    if model.detects:
        raise ModelError(f"{model.name} finds objects by itself; it answers no clicks. Choose another model.")
    known = ARCHITECTURES.get(model.architecture)
    if known is None:
        raise ModelError(
            f"{model.name} is of architecture {model.architecture!r}; this version of MAA runs "
            f"{', '.join([*ARCHITECTURES, DETECTOR])}. Use the version that the model was made with, or "
            "another model."
        )
    return known


def box_prompt(model: LibraryModel, box: Box) -> Prompt:
    """A box as a prompt that a model understands: the middles of its sides where it takes no boxes."""
    if Hint.BOX in architecture_of(model).takes:
        return Prompt(box=box)
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    sides = ((box.left, y), (x, box.top), (box.right, y), (x, box.bottom))
    return Prompt(points=tuple(Point(*side) for side in sides))


def outlived(model_id: str | None) -> bool:
    """Whether a model that somebody named (NAME@HASH) went with an earlier version of MAA: of an architecture
    that is not known any more, or one that shipped with MAA and has been replaced by a better one since. Who
    named it gets the default. A model that is missing or damaged is no such case.
    """
    name, _, digest = (model_id or "").partition("@")
    if not digest:
        return False
    try:
        model = find_model(name)
    except ModelError:
        return False
    if not model.detects and model.architecture not in ARCHITECTURES:
        return True
    return model.folder.parent == shelves()[-1] and not model.sha256.startswith(digest)


def check_taken(prompt: Prompt, model: LibraryModel) -> None:
    """Refuse a prompt that says what the model cannot hear: its answer would not be to the question.

    Raises:
        InvalidInput: the message says what kind of model can.
    """
    hints = _hints(prompt)
    deaf_to = hints - architecture_of(model).takes
    if not deaf_to:
        return
    raise InvalidInput(
        f"The model {model.name} understands four or more boundary points, not "
        f"{' or '.join(sorted(deaf_to))}. Models of the architecture {COMPACT.name} do."
    )


def _hints(prompt: Prompt) -> set[Hint]:
    kinds = [point.kind for point in prompt.points]
    present = {
        Hint.INSIDE: PointKind.INSIDE in kinds,
        Hint.OUTSIDE: PointKind.OUTSIDE in kinds,
        Hint.BOX: prompt.box is not None and kinds.count(PointKind.BOUNDARY) < 4,
        Hint.PRIOR: prompt.prior is not None,
    }
    return {hint for hint, is_there in present.items() if is_there}
