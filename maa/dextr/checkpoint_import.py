"""The checkpoints of DEXTR's authors as models of the library.

Their files are pickles, which can carry code. They are read once, here, by torch's reader for plain weights,
which runs none; what goes into the library is safetensors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from maa.domain import InvalidInput

from .architectures import ORIGINAL
from .library import save_model, shapes
from .original_network import THRESHOLD
from .shelves import CARD_FILE, LibraryModel, ModelError, check_model_name, find_model, shelves

PREFIX = "module."
"""Before each name in checkpoints of networks that were trained on several GPUs."""
COUNTER = "num_batches_tracked"
"""A number beside each batch norm that answering has no use for; files older than torch 0.4.1 have none."""
BEGINNINGS = (b"PK\x03\x04", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
"""Of what `torch.save` writes: a zip, or (before torch 1.6) a pickled number that marks its files."""
MARKS_OF_CODE = ("unsupported global", "trying to", "can only create", "torchscript")
"""In what torch's reader says, in lower case, of a file that asks for more than arrays."""
MAX_FILE_BYTES = 2**30
"""Bytes; the published files have a quarter of that."""

CARD = {
    "architecture": ORIGINAL.name,
    "input_size": 512,
    "threshold": THRESHOLD,
    "default": False,
    "parent": None,
    "use_case": "any object, from its four extreme points; as published",
    "licence": "MIT, as stated by the authors for their models (README of scaelles/DEXTR-PyTorch)",
    "paper": "K.-K. Maninis, S. Caelles, J. Pont-Tuset, L. Van Gool: Deep Extreme Cut, CVPR 2018",
    "training_data": "as stated by the authors: dextr_pascal-sbd: PASCAL VOC train and SBD (10,582 images); "
    "dextr_pascal: PASCAL VOC train (1,464 images); dextr_coco: COCO train 2014 (82,783 images)",
    "limits": [
        "Boundary points only: no inside or outside points, no box, no prior outline.",
        "The crop has 50 pixels of surroundings whatever the object's size.",
        "An answer takes seconds without a GPU.",
    ],
}


def import_checkpoint(path: Path, name: str) -> LibraryModel:
    """Convert a checkpoint of DEXTR's authors into a model of the data folder's library.

    The numbers are kept as they are (float32). Importing the same file again gives the same model.

    Args:
        path: a `.pth` file: the state dict of their ResNet-101 with four input channels and pyramid head.
        name: what to call the model.

    Raises:
        InvalidInput: the file is no such checkpoint, or the name cannot be had; the message says why.
        ModelError: the model cannot be written.
    """
    check_model_name(name)
    source = {"file": path.name, "sha256": _digest(path)}
    _check_name_is_free(name, source["sha256"])
    state = _fitting(path, _read(path))
    folder = shelves()[0] / name
    try:
        return save_model(folder, state, {**CARD, "source": source}, precision=torch.float32)
    except OSError as error:
        raise ModelError(f"The model cannot be written to {folder} ({error.strerror}).") from None


def _digest(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InvalidInput(f"{path} is larger than a DEXTR checkpoint can be (240 MB).")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror}).") from None


def _check_name_is_free(name: str, source: str) -> None:
    if not any((shelf / name / CARD_FILE).exists() for shelf in shelves()):
        return
    origin = find_model(name).card.get("source")
    if not isinstance(origin, dict) or origin.get("sha256") != source:
        raise InvalidInput(f"The library has another model named {name}. Choose another name.")


def _read(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what a damaged file makes the reader stumble over can be anything
        raise InvalidInput(f"{path} {_what_is_wrong(path, str(error))}") from None


def _what_is_wrong(path: Path, error: str) -> str:
    if any(mark in error.lower() for mark in MARKS_OF_CODE):
        return "holds more than arrays: objects that only code could load, which is never run. Not imported."
    with path.open("rb") as file:
        beginning = file.read(max(map(len, BEGINNINGS)))
    if beginning.startswith(BEGINNINGS):
        return "is cut short or damaged. Get it again from where it came from."
    return "is not a PyTorch checkpoint."


def _fitting(path: Path, content: Any) -> dict[str, Tensor]:
    """The file's arrays as the network's, float32, by the network's names."""
    if not isinstance(content, Mapping) or not all(isinstance(key, str) for key in content):
        raise InvalidInput(f"{path} is not a network's weights: it holds no arrays by name.")
    prefixed = bool(content) and all(key.startswith(PREFIX) for key in content)
    found = {key.removeprefix(PREFIX) if prefixed else key: value for key, value in content.items()}
    expected = shapes(ORIGINAL.name)
    needed = [key for key in expected if not key.endswith(COUNTER)]
    missing = [key for key in needed if key not in found]
    unknown = [key for key in found if key not in expected]
    wrong = "is not a checkpoint of DEXTR (ResNet-101 with pyramid pooling, four input channels)"
    if missing or unknown:
        raise InvalidInput(
            f"{path} {wrong}: of the network's {len(needed)} arrays "
            f"{len(missing)} are missing{_some(missing)}; {len(unknown)} in it are others{_some(unknown)}."
        )
    state = {}
    for key, shape in expected.items():
        if key.endswith(COUNTER):
            state[key] = torch.zeros((), dtype=torch.int64)
            continue
        value = found[key]
        if not isinstance(value, Tensor) or value.layout != torch.strided or not value.is_floating_point():
            raise InvalidInput(f"{path} {wrong}: {key} is not an array of floating-point numbers.")
        if value.shape != shape:
            raise InvalidInput(
                f"{path} {wrong}: {key} has shape {tuple(value.shape)} instead of {tuple(shape)}."
            )
        if value.device.type != "cpu" or not torch.isfinite(value).all():
            raise InvalidInput(f"{path} cannot be used: {key} holds values that are not finite numbers.")
        state[key] = value.detach().to(torch.float32).clone(memory_format=torch.contiguous_format)
    return state


def _some(names: list[str]) -> str:
    shown = ", ".join(name[:80] for name in names[:3])
    return f" ({shown}{', ...' if len(names) > 3 else ''})" if names else ""
