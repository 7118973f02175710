"""The library of micromodels as people see it: what its shelves hold and what was decided about it.

What a model is stands in its card, beside its weights, and travels with it. What was decided about it here
(its state, who uses it, how good it was on whose objects) stands in the database.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maa.dextr.library import check_files
from maa.dextr.shelves import (
    CARD_FILE,
    WEIGHTS_FILE,
    LibraryModel,
    ModelError,
    check_model_name,
    find_model,
    list_models,
    read_model,
    shelves,
)
from maa.domain import Conflict, EventKind, InvalidInput, NotAllowed, Project
from maa.domain.library import HELD_BACK, DetectorMeasurement, Measurement, ModelState
from maa.store import events, micromodels, projects
from maa.store.connection import Transaction
from maa.workflow import access
from maa.workflow.atomic import replacing
from maa.workflow.names import name_key
from maa.workflow.workspace import Workspace

MAX_FILE_BYTES = 2**30
"""Bytes of a model that is brought in; ours have six million, the original DEXTR 240."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the library, with what was decided about it."""

    model: LibraryModel
    state: ModelState
    default: bool
    """Whether projects that name none use it."""
    projects: tuple[Project, ...]
    """Those that name it."""
    measurements: tuple[Measurement, ...]
    """Of a model that outlines, oldest first."""
    detector_measurements: tuple[DetectorMeasurement, ...] = ()
    """Of a detector, oldest first."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that a project could use."""

    model: LibraryModel
    covers: tuple[str, ...]
    """The project's classes that it was trained for; empty for a model for any object."""


def entries(ws: Workspace) -> list[Entry]:
    """Every model whose card can be read, in shelf order."""
    default = default_id()
    with ws.store.read() as tx:
        states, users = micromodels.states(tx), micromodels.users(tx)
        known = {project.id: project for project in projects.every(tx, include_archived=True)}
        measured: dict[str, list[Measurement]] = {}
        for one in micromodels.measurements(tx):
            measured.setdefault(one.model_id, []).append(one)
        detected: dict[str, list[DetectorMeasurement]] = {}
        for item in micromodels.detector_measurements(tx):
            detected.setdefault(item.model_id, []).append(item)
    return [
        Entry(
            model,
            state_of(model, states, default),
            model.id == default,
            tuple(known[project_id] for project_id in users.get(model.id, ())),
            tuple(measured.get(model.id, ())),
            tuple(detected.get(model.id, ())),
        )
        for model in list_models()
    ]


def entry(ws: Workspace, name: str) -> Entry:
    """The model of a name (NAME or NAME@HASH); `ModelError` lists the ones there are."""
    wanted = find_model(name).id
    return next(one for one in entries(ws) if one.model.id == wanted)


def default_id() -> str | None:
    """The id of the model that projects use which name none; None while the library has no default."""
    try:
        return find_model().id
    except ModelError:
        return None


def state_of(model: LibraryModel, states: dict[str, ModelState], default: str | None) -> ModelState:
    """What was decided about a model; else: what ships with the code and the default are in use, what was
    put on the data folder's shelf is new.
    """
    decided = states.get(model.id)
    if decided is not None:
        return decided
    shipped = model.folder.parent == shelves()[-1]
    return ModelState.ACTIVE if shipped or model.id == default else ModelState.CANDIDATE


def offers(ws: Workspace, project_id: int) -> list[Offer]:
    """The active models that outline and fit a project: those trained for its classes first, by how many of
    them, then those for any object. A model trained for none of its classes is not among them.
    """
    with ws.store.read() as tx:
        access.project(tx, project_id)
        names = [label.name for label in projects.classes(tx, project_id, include_retired=False)]
        states = micromodels.states(tx)
    return fitting(names, states)


def fitting(class_names: Sequence[str], states: dict[str, ModelState]) -> list[Offer]:
    """`offers` for a list of classes."""
    default = default_id()
    found = []
    for model in list_models():
        if model.detects or state_of(model, states, default) is not ModelState.ACTIVE:
            continue
        trained_for = model.classes
        keys = {name_key(name) for name in trained_for}
        covers = tuple(name for name in class_names if name_key(name) in keys)
        if covers or not trained_for:
            found.append(Offer(model, covers))
    return sorted(found, key=lambda offer: (-len(offer.covers), offer.model.id != default))


def retire(ws: Workspace, name: str, *, by: int | None = None) -> LibraryModel:
    """Offer a model no more; its files stay, because work names it.

    Raises:
        Conflict: a project uses it, or it is the default.
    """
    model = find_model(name)
    with ws.store.write() as tx:
        _require_keeper(tx, by)
        users = micromodels.users(tx).get(model.id, [])
        if users:
            named = ", ".join(access.project(tx, project_id).name for project_id in users)
            raise Conflict(f"{model.name} is in use: {named}. Choose another model there first.")
        if model.id == default_id():
            raise Conflict(
                f"{model.name} is used by all projects that have not chosen a model; it cannot be retired."
            )
        micromodels.set_state(tx, model.id, ModelState.RETIRED)
        note(tx, "model_retired", model.id, by)
    return model


def bring_back(ws: Workspace, name: str, *, by: int | None = None) -> ModelState:
    """Offer a retired model again: as it was, if a project has ever worked with it, else as a candidate. One
    that is not retired stays what it is. Returns what it is now.
    """
    model = find_model(name)
    with ws.store.write() as tx:
        _require_keeper(tx, by)
        state = state_of(model, micromodels.states(tx), default_id())
        if state is not ModelState.RETIRED:
            return state
        state = ModelState.ACTIVE if micromodels.was_chosen(tx, model.id) else ModelState.CANDIDATE
        micromodels.set_state(tx, model.id, state)
        note(tx, "model_brought_back", model.id, by, state=state.value)
    return state


def _require_keeper(tx: Transaction, by: int | None) -> None:
    """`by` must be an admin or manage some project; None is the operator of the machine."""
    if by is not None and not access.may_create_projects(tx, access.active(tx, by)):
        raise NotAllowed("Only admins and managers of projects can change the library.")


def note(tx: Transaction, kind: EventKind, model_id: str, by: int | None, **data: object) -> None:
    """Write the event of a change to the library."""
    events.add(tx, kind, person_id=by, data={"model": model_id, **data})


def export_model(name: str, out: Path) -> LibraryModel:
    """Write a model to one file that another library can import: its card and its weights, checked."""
    model = find_model(name)
    check_files(model)
    with replacing(out) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
        for part in (CARD_FILE, WEIGHTS_FILE):
            archive.write(model.folder / part, part)
    return model


def import_model(
    ws: Workspace, file: Path, name: str | None = None, *, by: int | None = None
) -> LibraryModel:
    """Bring a model in: a file that `export_model` wrote, or a checkpoint of the original DEXTR (.pth).

    It is a candidate here, whatever it was there. The same file again changes nothing.

    Raises:
        InvalidInput: the file is neither, or another model has its name.
        ModelError: its weights are not those that its card describes; nothing was kept.
    """
    with ws.store.read() as tx:
        _require_keeper(tx, by)
    if zipfile.is_zipfile(file) and CARD_FILE in _members(file):
        model = _import_exported(file, name)
    elif file.suffix.lower() == ".zip":
        raise InvalidInput(f"{file} is not an exported model: it has no {CARD_FILE}, or it was cut short.")
    else:
        # It needs a reader of pickles, which nothing else here does.
        from maa.dextr.checkpoint_import import import_checkpoint

        model = import_checkpoint(file, name or file.stem)
    with ws.store.write() as tx:
        note(tx, "model_imported", model.id, by)
    return model


def _members(file: Path) -> list[str]:
    with zipfile.ZipFile(file) as archive:
        return archive.namelist()


def _import_exported(file: Path, name: str | None) -> LibraryModel:
    try:
        with zipfile.ZipFile(file) as archive:
            _check_archive(archive, file)
            parts = {part: archive.read(part) for part in (CARD_FILE, WEIGHTS_FILE)}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise InvalidInput(f"{file} cannot be read as a model ({error}).") from error
    try:
        with arriving() as unpacked:
            for part, content in parts.items():
                (unpacked / part).write_bytes(content)
            card = dict(read_model(unpacked).card)
            name = name or str(card.get("name", file.stem))
            # What is the default here, nobody decides elsewhere.
            card |= {"name": name, "default": False}
            (unpacked / CARD_FILE).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
            return put_on_shelf(unpacked, name, file.name)
    except OSError as error:
        raise InvalidInput(
            f"{shelves()[0]} cannot take a model now ({error.strerror or error}). Nothing was kept."
        ) from error


@contextmanager
def arriving() -> Iterator[Path]:
    """An empty folder beside the data folder's shelf, on the same disk, gone afterwards."""
    shelf = shelves()[0]
    shelf.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=shelf.parent, prefix="model-") as folder:
        unpacked = Path(folder) / "arriving"
        unpacked.mkdir()
        yield unpacked


def _check_archive(archive: zipfile.ZipFile, file: Path) -> None:
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    if set(sizes) != {CARD_FILE, WEIGHTS_FILE}:
        raise InvalidInput(
            f"{file} is not an exported model: it must contain {CARD_FILE} and {WEIGHTS_FILE}."
        )
    if sum(sizes.values()) > MAX_FILE_BYTES:
        raise InvalidInput(f"{file} is larger than a model can be ({MAX_FILE_BYTES >> 20} MiB).")


def put_on_shelf(folder: Path, name: str, called: str) -> LibraryModel:
    """Move a folder with a card and weights to the data folder's shelf, as a whole, once it is checked.

    Where the same model is there already, that one stays. `called`: what it was, for messages.

    Raises:
        InvalidInput: the name cannot be a model's, or another model has it.
        ModelError: the weights are not those that the card describes.
    """
    check_model_name(name)
    made = read_model(folder)
    try:
        check_files(made)
    except ModelError as error:
        raise ModelError(f"{called} was not imported. {error}") from None
    if any((shelf / name / CARD_FILE).exists() for shelf in shelves()):
        present = find_model(name)
        if present.sha256 != made.sha256:
            raise InvalidInput(f"The library has another model named {name}. Choose another name.")
        return present
    shelf = shelves()[0]
    shelf.mkdir(parents=True, exist_ok=True)
    if (shelf / name).exists():
        raise InvalidInput(f"{shelf / name} is not a model: it has no {CARD_FILE}. Move it away first.")
    if folder.stat().st_dev == shelf.stat().st_dev:
        folder.rename(shelf / name)
    else:
        # Only within a disk does a folder come as a whole; what lies deeper on the shelf is no model.
        with tempfile.TemporaryDirectory(dir=shelf, prefix="arriving-") as arriving:
            shutil.copytree(folder, Path(arriving) / name).rename(shelf / name)
        shutil.rmtree(folder)
    return read_model(shelf / name)


def free_name(wanted: str) -> str:
    """`wanted` as far as it can be in a model's name, with a number behind it that no folder on a shelf has:
    a damaged model keeps its name, too."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in wanted.lower())
    wanted = plain.strip("-._")[:40] or "project"
    taken = {folder.name for shelf in shelves() if shelf.is_dir() for folder in shelf.iterdir()}
    number = 1
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}"


def described(one: Entry) -> dict[str, Any]:
    """An entry as JSON."""
    model = one.model
    card = model.card
    return {
        "name": model.name,
        "id": model.id,
        "state": one.state.value,
        "default": one.default,
        "use_case": card.get("use_case"),
        "classes": list(model.classes),
        "detects": model.detects,
        "architecture": model.architecture,
        "input_size": model.input_size,
        "parent": card.get("parent"),
        "training_data": card.get("training_data"),
        "licence": card.get("licence"),
        "sha256": model.sha256,
        "projects": [project.name for project in one.projects],
        "metrics": [measured(item) for item in one.measurements]
        + [detected(item) for item in one.detector_measurements],
        "card_metrics": card.get("metrics"),
    }


def measured(item: Measurement) -> dict[str, Any]:
    """A measurement as JSON."""
    return {
        "set": item.measured_on,
        "project": item.project_id,
        "images": item.images,
        "objects": item.objects,
        "iou_mean": round(item.iou_mean, 4),
        "iou_over_085": round(item.iou_over_085, 4),
        "against": item.against,
        "difference": item.difference,
        "interval": None if item.low is None else [item.low, item.high],
        "at": item.created_at.isoformat() if item.created_at else None,
    }


def detected(item: DetectorMeasurement) -> dict[str, Any]:
    """A measurement of a detector as JSON."""
    return {
        "set": HELD_BACK,
        "project": item.project_id,
        "images": item.images,
        "objects": item.objects,
        "average_precision": round(item.average_precision, 4),
        "threshold": round(item.threshold, 3),
        "precision": round(item.precision, 4),
        "recall": round(item.recall, 4),
        "saved": round(item.saved, 3),
        "interval": [item.low, item.high],
        "opened_05": round(item.opened_05, 4),
        "opened_08": round(item.opened_08, 4),
        "against": item.against,
        "difference": item.difference,
        "difference_interval": (
            None if item.difference_low is None else [item.difference_low, item.difference_high]
        ),
        "at": item.created_at.isoformat() if item.created_at else None,
    }
