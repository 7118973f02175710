"""Weights in and out of the library: checked when they are loaded, whole when they are written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from maa.files import replacing

from .architectures import ARCHITECTURES, COMPACT, architecture_of
from .centre_network import CentreNetwork
from .shelves import CARD_FILE, WEIGHTS_FILE, LibraryModel, ModelError, check_model_name, read_model


def load_weights(folder: Path, architecture: str = COMPACT.name) -> dict[str, Tensor]:
    """A model's weights as float32 tensors by name, checked against the card's hash and the architecture.

    Args:
        architecture: the one that is asked for.

    Raises:
        ModelError: missing, cut short, changed, or made for another network.
    """
    model = read_model(folder)
    if architecture_of(model).name != architecture:
        raise ModelError(
            f"{model.name} is of architecture {model.architecture!r}; {architecture!r} is needed here. "
            "Choose another model."
        )
    return _checked(model, shapes(architecture))


def load_detector(folder: Path) -> CentreNetwork:
    """A detector's network, ready to look at images on the CPU.

    Raises:
        ModelError: as `load_weights`; or the model is no detector.
    """
    model = read_model(folder)
    if not model.detects:
        raise ModelError(f"{model.name} answers clicks; it finds no objects by itself. Choose another model.")
    if not model.classes:
        raise ModelError(f"The card of {model.name} names no classes, which a detector needs.")
    with torch.device("meta"):
        network = CentreNetwork(len(model.classes))
    expected = {name: value.shape for name, value in network.state_dict().items()}
    network.load_state_dict(_checked(model, expected), assign=True)
    return network.eval()


def encoder_weights(model: LibraryModel) -> dict[str, Tensor]:
    """Weights of the part of a model that knows what things are, for a `SemanticEncoder`.

    Raises:
        ModelError: as `load_weights`; or the model has no such part.
    """
    kind = architecture_of(model)
    if kind.encoder is None:
        raise ModelError(
            f"{model.name} has no encoder that a detector could start with. Name another model to start with."
        )
    part = kind.encoder + "."
    weights = load_weights(model.folder, kind.name)
    return {name.removeprefix(part): value for name, value in weights.items() if name.startswith(part)}


def check_files(model: LibraryModel) -> None:
    """`ModelError` unless the weights are those that the card describes, and fit a network known here."""
    if model.detects:
        load_detector(model.folder)
    else:
        load_weights(model.folder, architecture_of(model).name)


def _checked(model: LibraryModel, expected: Mapping[str, torch.Size]) -> dict[str, Tensor]:
    restore = (
        "Restore it from where it came from (`git checkout` for a shipped model), or choose another model."
    )
    path = model.folder / WEIGHTS_FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(
            f"The weights of {model.name} are missing: {path} does not exist. {restore}"
        ) from None
    except OSError as error:
        raise ModelError(f"The weights of {model.name} cannot be read: {error}. {restore}") from None
    if hashlib.sha256(content).hexdigest() != model.sha256:
        raise ModelError(
            f"The weights of {model.name} are not the ones its card describes: {path} ({len(content)} bytes) "
            f"is cut short, damaged or was replaced (its sha256 differs). {restore}"
        )
    try:
        tensors = safetensors.torch.load(content)
    except (safetensors.SafetensorError, ValueError) as error:
        raise ModelError(f"{path} is not a safetensors file ({error}). {restore}") from None
    wrong = sorted(set(expected) ^ set(tensors))
    wrong += [name for name in expected if name in tensors and tensors[name].shape != expected[name]]
    if wrong:
        raise ModelError(
            f"The weights of {model.name} do not fit the network {model.architecture}: {len(wrong)} of its "
            f"{len(expected)} arrays are missing, unknown or of a wrong shape ({wrong[0]}). {restore}"
        )
    return {name: value.float() if value.is_floating_point() else value for name, value in tensors.items()}


def shapes(architecture: str) -> dict[str, torch.Size]:
    """The shape of each array of an architecture's weights, by name."""
    return {name: value.shape for name, value in _empty(architecture).state_dict().items()}


def _empty(architecture: str) -> nn.Module:
    """A network without memory for its weights: a large one takes a second to fill with random numbers."""
    with torch.device("meta"):
        return ARCHITECTURES[architecture].network()


def load_network(folder: Path) -> nn.Module:
    """A model's network, ready to answer on the CPU.

    Raises:
        ModelError: as `load_weights`.
    """
    architecture = architecture_of(read_model(folder))
    network = _empty(architecture.name)
    network.load_state_dict(load_weights(folder, architecture.name), assign=True)
    return network.eval()


def save_model(
    folder: Path,
    state: Mapping[str, Tensor],
    card: Mapping[str, object],
    precision: torch.dtype = torch.float16,
) -> LibraryModel:
    """Write a model: weights, then a card with their hash.

    The card goes last, so that a model that was cut off while being written is not found.

    Args:
        folder: its name becomes the model's.
        state: the network's `state_dict()`, of any device.
        card: needs `input_size`; `name` and `sha256` are filled in, and `architecture` when it is our own.
        precision: how numbers are kept.

    Raises:
        ModelError: the folder's name cannot be a model's.
    """
    check_model_name(folder.name, ModelError)
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        name: value.detach().to("cpu", precision if value.is_floating_point() else value.dtype).contiguous()
        for name, value in state.items()
    }
    content = safetensors.torch.save(arrays)
    digest = hashlib.sha256(content).hexdigest()
    full = {"name": folder.name, "architecture": COMPACT.name, **card, "sha256": digest}
    for name, data in ((WEIGHTS_FILE, content), (CARD_FILE, (json.dumps(full, indent=2) + "\n").encode())):
        with replacing(folder / name, one_writer=True) as unfinished:
            unfinished.write_bytes(data)
    return read_model(folder)
