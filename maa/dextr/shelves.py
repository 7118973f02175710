"""What is in the library, read from the cards alone: no torch, so that a status line costs nothing.

A model is a folder `NAME/` with `model.safetensors` and `card.json`. Two shelves are searched:
models made at run time in `MAA_DATA_DIR/models` first, then the ones that ship with the code in `weights/`.
A model's id is NAME@first 12 hex digits of the sha256 of its weights file.

The default model is the one that the environment variable `MAA_MODEL` names; without it, the first on the
shelves whose card says `"default": true`; without any such card, the only model there is.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors

import maa
from maa.domain import InvalidInput, MaaError

WEIGHTS_FILE = "model.safetensors"
CARD_FILE = "card.json"
MAX_INPUT_SIZE = 2048
INPUT_MULTIPLE = 16
"""Input sides are multiples of this, the coarsest stride of the networks here."""
_RESTORE = "Restore it from where the model came from."
THRESHOLD = 0.5
"""Of models whose card names none."""
DETECTOR = "maa-centre-1"
"""The architecture of models that find objects by themselves. All others answer prompts with outlines."""
REQUIRED = ("architecture", "input_size", "sha256")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class ModelError(MaaError):
    """A model is missing or its files cannot be trusted; the message says what to do."""


@dataclass(frozen=True, slots=True)
class LibraryModel:
    """A model on a shelf, with its card read but its weights not yet checked."""

    name: str
    folder: Path
    card: Mapping[str, object]

    @property
    def id(self) -> str:
        return f"{self.name}@{self.sha256[:12]}"

    @property
    def sha256(self) -> str:
        return str(self.card["sha256"])

    @property
    def mirror(self) -> bool:
        """Whether it answers from the crop and its mirror image together: twice the time, fewer errors."""
        return self.card.get("mirror") is True

    @property
    def architecture(self) -> str:
        return str(self.card["architecture"])

    @property
    def detects(self) -> bool:
        """Whether it finds objects by itself; else it answers prompts with outlines."""
        return self.architecture == DETECTOR

    @property
    def classes(self) -> tuple[str, ...]:
        """What it was trained for; none for a model for any object. A detector's are in its own order."""
        listed = self.card.get("classes")
        return tuple(str(name) for name in listed) if isinstance(listed, list) else ()

    @property
    def threshold(self) -> float:
        """Inside 0..1: the probability above which a pixel is the object's; a detector's least score."""
        return float(str(self.card.get("threshold", THRESHOLD)))

    @property
    def input_size(self) -> int:
        """Side of the square network input, in cells."""
        return int(str(self.card["input_size"]))


def check_model_name(name: str, error: type[MaaError] = InvalidInput) -> None:
    """`error` unless a model can be called so."""
    if not _NAME.fullmatch(name):
        raise error(f"{name!r} cannot be a model's name: letters, digits, '.', '_' and '-' only.")


def shelves() -> list[Path]:
    """The folders that are searched for models, first match wins; they need not exist."""
    home = Path(maa.__file__).resolve().parent.parent
    data = os.environ.get("MAA_DATA_DIR", "").strip()
    return [(Path(data).expanduser() if data else home / "data") / "models", home / "weights"]


def list_models() -> list[LibraryModel]:
    """All models whose card can be read, in shelf order, each name once. Their weights are not checked."""
    found: dict[str, LibraryModel] = {}
    for folder in _folders():
        try:
            model = read_model(folder)
        except ModelError:
            continue  # one broken card must not hide the others; `damaged` says what is wrong with it
        found.setdefault(model.name, model)
    return list(found.values())


def damaged() -> dict[str, str]:
    """What is wrong with the models whose card cannot be read or whose weights are missing or cut short, by
    name. Whether the weights are those of the card is only known once they are loaded."""
    problems: dict[str, str] = {}
    sound: set[str] = set()  # what lies on a later shelf under such a name is nobody's choice
    for folder in _folders():
        try:
            model = read_model(folder)
            _require_length(model)
            sound.add(model.name)
        except ModelError as error:
            if folder.name not in sound:
                problems.setdefault(folder.name, str(error))
    return problems


def _require_length(model: LibraryModel) -> None:
    """`ModelError` unless the weights file is as long as its own beginning says."""
    path = model.folder / WEIGHTS_FILE
    try:
        with safetensors.safe_open(path, framework="numpy"):
            pass
    except (safetensors.SafetensorError, OSError) as error:
        raise ModelError(
            f"The weights of {model.name} are missing or cut short: {path} ({error}). {_RESTORE}"
        ) from None


def _folders() -> Iterator[Path]:
    for shelf in shelves():
        for card in sorted(shelf.glob(f"*/{CARD_FILE}")):
            yield card.parent


def find_model(name: str | None = None) -> LibraryModel:
    """The model of a name (NAME or NAME@HASH), or the default one.

    Raises:
        ModelError: there is none; the message lists the ones there are.
    """
    wanted = name or os.environ.get("MAA_MODEL", "").strip() or None
    if wanted is None:
        return _default_model()
    plain, _, digest = wanted.partition("@")
    check_model_name(plain, ModelError)
    for shelf in shelves():
        if (shelf / plain).is_dir():
            model = read_model(shelf / plain)
            if digest and not model.sha256.startswith(digest):
                raise ModelError(f"The library has {model.id}, not {wanted}. Ask for {plain} or {model.id}.")
            return model
    raise ModelError(f"There is no model named {plain!r}. {_what_there_is()}")


def _default_model() -> LibraryModel:
    models = [model for model in list_models() if not model.detects]
    for model in models:
        if model.card.get("default") is True:
            return model
    if problems := list(damaged().values()):  # one of them may be the default: nothing else stands in for it
        raise ModelError(" ".join(problems))
    if len(models) == 1:
        return models[0]
    if not models:
        raise ModelError(_what_there_is())
    hint = 'No model is marked as default: set MAA_MODEL, or "default": true in a card.'
    raise ModelError(f"{hint} {_what_there_is()}")


def _what_there_is() -> str:
    names = [model.name for model in list_models()]
    places = " or ".join(str(shelf) for shelf in shelves())
    if names:
        return f"The library has: {', '.join(names)}."
    return f"The library is empty: put a model's folder into {places}, or train one with `maa train`."


def read_model(folder: Path) -> LibraryModel:
    """Read a model's card.

    Raises:
        ModelError: no card, not JSON, or something that is needed is missing from it.
    """
    path = folder / CARD_FILE
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = f"A model is a folder with that and {WEIGHTS_FILE}."
        raise ModelError(f"{folder} holds no {CARD_FILE}. {hint}") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}). {_RESTORE}") from None
    missing = [key for key in REQUIRED if not isinstance(card, dict) or key not in card]
    if missing:
        raise ModelError(f"{path} lacks {', '.join(missing)}. {_RESTORE}")
    if not re.fullmatch(r"[0-9a-f]{64}", str(card["sha256"])):
        raise ModelError(f"{path}: sha256 must be 64 hex digits. {_RESTORE}")
    size = card["input_size"]
    if not isinstance(size, int) or size < INPUT_MULTIPLE or size % INPUT_MULTIPLE or size > MAX_INPUT_SIZE:
        raise ModelError(
            f"{path}: input_size must be a multiple of {INPUT_MULTIPLE} up to {MAX_INPUT_SIZE}, not {size!r}."
        )
    threshold = card.get("threshold", THRESHOLD)
    if not isinstance(threshold, float) or not 0 < threshold < 1:
        raise ModelError(f"{path}: threshold must be a number between 0 and 1, not {threshold!r}.")
    return LibraryModel(folder.name, folder, card)
