"""A project's approved work as folders that a training reads (their layout: `maa.learning.datasets`)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maa.domain import Annotation, PointKind, SplitBy
from maa.domain.wording import count
from maa.geometry import rasterize
from maa.interchange.snapshot import LabeledImage
from maa.learning.datasets import IMAGE_SUFFIXES, ObjectRef, photo_held_back, set_folders
from maa.learning.reference_set import write_reference_set
from maa.store import projects
from maa.workflow import access
from maa.workflow.held_back import is_held_back
from maa.workflow.image_files import ImageFiles
from maa.workflow.images import Progress
from maa.workflow.snapshots import snapshot
from maa.workflow.workspace import Workspace

MAX_IDS = 254
"""Objects in one layer of masks; 0 is background, 255 is ignored."""
JPEG_QUALITY = 95
REPLAYED = 400
"""General photos that a training is given against forgetting, at the most..."""
CHECKED = 150
"""...and those that candidates are compared on, of the ones that no training sees."""
GENERAL_SHARE = 0.05
"""Of the general photos those that no training sees: the share that `maa train` holds out too."""
MIN_CLICKS = 4


@dataclass(frozen=True, slots=True)
class Approved:
    """What a project has to train on and to compare on, at a moment."""

    train: tuple[LabeledImage, ...]
    held_back: tuple[LabeledImage, ...]
    classes: tuple[str, ...]
    """Those that occur."""
    names: Mapping[int, str]
    """Of all classes of the project, by id."""
    cut: str
    """When it was looked up: no revision written later is in it."""


def approved(ws: Workspace, project_id: int) -> Approved:
    """The project's approved images with their objects, split into what is trained on and what is not."""
    with ws.store.read() as tx:
        project = access.project(tx, project_id)
        by = SplitBy(project.settings.held_back_by)
        found = snapshot(tx, project_id, approved_only=True).images
        names = {label.id: label.name for label in projects.classes(tx, project_id, include_retired=True)}
        cut = tx.now.isoformat()
    used = {one.revision.class_id for labeled in found for one in labeled.annotations}
    return Approved(
        train=tuple(one for one in found if not is_held_back(one.image, by)),
        held_back=tuple(one for one in found if is_held_back(one.image, by)),
        classes=tuple(sorted(names[class_id] for class_id in used)),
        names=names,
        cut=cut,
    )


def count_objects(images_: Sequence[LabeledImage]) -> int:
    return sum(len(one.annotations) for one in images_)


def lacking(found: Approved, least: int) -> str | None:
    """Why no model can be made of it yet, in words; None if one can.

    Args:
        least: objects that are needed to train on; 0 where it is only measured.
    """
    objects, held_back = count_objects(found.train), count_objects(found.held_back)
    if objects < least:
        return (
            f"Too little is approved to train on: {count(objects, 'object')}, and {least} are needed, not "
            f"counting {count(held_back, 'object')} on the images that are held back for measuring."
        )
    if not held_back:
        return (
            "None of the approved images with objects is held back for measuring: about a fifth of them is, "
            "or of the sequences, as the project's rules say. Approve some more."
        )
    return None


def card_of(project: str, found: Approved, made_at: datetime) -> dict[str, Any]:
    """What the card of a model tells that learns from a project's approved work; more sets may be added to
    its `training_data`.
    """
    return {
        "licence": "as the project's images and their labels; the parent's licence as well",
        "made_at": made_at.isoformat(timespec="seconds"),
        "training_data": [
            {
                "project": project,
                "images": len(found.train),
                "objects": count_objects(found.train),
                "revisions_until": found.cut,
            }
        ],
    }


def write_set(
    ws: Workspace,
    folder: Path,
    labeled: Sequence[LabeledImage],
    meta: Mapping[str, object],
    on_progress: Progress,
    class_names: Mapping[int, str] | None = None,
) -> None:
    """Write images, masks, the annotators' clicks and `meta.json`.

    Args:
        class_names: by id; writes the objects' classes too, and images without objects, which are left out
            otherwise: a detector learns from both.
    """
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    files = ImageFiles(ws.images_dir)
    clicks: dict[str, dict[str, list[list[float]]]] = {}
    annotation_ids: dict[str, dict[str, int]] = {}
    classes: dict[str, dict[str, str]] = {}
    for done, one in enumerate(labeled):
        on_progress(done, len(labeled), one.image.file_name)
        if not one.annotations and class_names is None:
            continue
        name = f"{one.image.id:08d}"
        pixels = cv2.cvtColor(files.load(one.image.pixel_hash), cv2.COLOR_RGB2BGR)
        _write(folder / "images" / f"{name}.jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        for layer, (mask, ids) in enumerate(_layers(one), start=1):
            where = f"{'masks' if layer == 1 else f'masks_{layer}'}/{name}.png"
            (folder / where).parent.mkdir(exist_ok=True)
            _write(folder / where, mask, [])
            annotation_ids[where] = {str(number): annotation.id for number, annotation in ids.items()}
            if class_names is not None:
                classes[where] = {str(n): class_names[a.revision.class_id] for n, a in ids.items()}
            made = {str(number): clicked(annotation) for number, annotation in ids.items()}
            clicks[where] = {number: points for number, points in made.items() if points}
    (folder / "clicks.json").write_text(json.dumps(clicks))
    (folder / "annotations.json").write_text(json.dumps(annotation_ids))
    if class_names is not None:
        (folder / "classes.json").write_text(json.dumps(classes))
    (folder / "meta.json").write_text(json.dumps(dict(meta)))
    on_progress(len(labeled), len(labeled), "")


def clicked(annotation: Annotation) -> list[list[float]]:
    """The boundary clicks that somebody made for an object; none where they are too few."""
    prompt = annotation.revision.prompt
    points = [] if prompt is None else [p for p in prompt.points if p.kind is PointKind.BOUNDARY]
    return [[point.x, point.y] for point in points] if len(points) >= MIN_CLICKS else []


def _layers(labeled: LabeledImage) -> list[tuple[NDArray[np.uint8], dict[int, Annotation]]]:
    """The objects as masks of instance ids; those that overlap another one go to a further layer."""
    shape = (labeled.image.height, labeled.image.width)
    layers: list[tuple[NDArray[np.uint8], dict[int, Annotation]]] = []
    for annotation in labeled.annotations:
        outline = annotation.revision.outline
        if outline is None:
            continue
        area = rasterize(outline, shape)
        for mask, ids in layers:
            if len(ids) < MAX_IDS and not (mask[area] > 0).any():
                break
        else:
            mask, ids = np.zeros(shape, np.uint8), {}
            layers.append((mask, ids))
        number = len(ids) + 1
        mask[area] = number
        ids[number] = annotation
    return layers


def _write(path: Path, pixels: NDArray[Any], options: list[int]) -> None:
    if not cv2.imwrite(str(path), pixels, options):
        raise OSError(f"{path} cannot be written: the disk is full, or the folder is gone")


def link_general(folder: Path, *, replay: Path, check: Path) -> list[str]:
    """Lay out general data beside the project's: photos to replay, and others to compare on.

    Args:
        folder: sets of general data, as the operator put them there; it may be missing or empty. Then the
            reference photos are compared on, and nothing is replayed.

    Returns: the names of the replayed sets.
    """
    sets = set_folders(folder) if folder.is_dir() and any(folder.iterdir()) else []
    write_reference_set(check / "references")
    replayed = []
    for source in sets:
        masks = sorted((source / "masks").glob("*.png"))
        held_back = [mask for mask in masks if photo_held_back(_photo(source, mask), GENERAL_SHARE)]
        rest = [mask for mask in masks if mask not in set(held_back)]
        _link(source, check / source.name, held_back[: CHECKED // len(sets)])
        if rest:
            # evenly over the set, whatever its order
            step = max(1, len(rest) * len(sets) // REPLAYED)
            _link(source, replay / source.name, rest[::step])
            replayed.append(source.name)
    return replayed


def _photo(source: Path, mask: Path) -> ObjectRef:
    """A photo of a set, as `photo_held_back` draws for it."""
    image = _image_of(source, mask)
    return ObjectRef(source.name, image, mask, 1, 0, (0, 0), (0, 0))


def _image_of(source: Path, mask: Path) -> Path:
    candidates = [source / "images" / (mask.stem + suffix) for suffix in IMAGE_SUFFIXES]
    return next((path for path in candidates if path.exists()), candidates[0])


def _link(source: Path, to: Path, masks: Sequence[Path]) -> None:
    if not masks:
        return
    for part in ("images", "masks"):
        (to / part).mkdir(parents=True)
    for mask in masks:
        image = _image_of(source, mask)
        if image.exists():
            os.symlink(mask.resolve(), to / "masks" / mask.name)
            os.symlink(image.resolve(), to / "images" / image.name)
