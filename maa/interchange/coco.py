"""COCO instances: a snapshot as a COCO document, and a COCO document from anywhere as what can be imported.

Beside what COCO defines, MAA writes `maa_rings` (the exact outline, see `geometry.to_rings`), `maa_color`,
`maa_approved`, `maa_pixel_hash` and, at pre-labels that nobody has decided about, `maa_prelabel` and a
`score`; files without them are read too. Ids count from 1 in the order of file
names and class lists, not from the database, so that equal work gives equal documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from shapely import MultiPolygon

from maa.domain import Annotation, Image, InvalidInput, Unusable
from maa.geometry import from_rings, iou, repair, to_rings
from maa.interchange.coco_shapes import outline_of, segmentation
from maa.interchange.snapshot import Snapshot

Document = dict[str, Any]

SAME_SHAPE_IOU = 0.9
"""Below this `maa_rings` and the segmentation beside it are two shapes: another tool edited the latter."""


def to_coco(snapshot: Snapshot) -> Document:
    """The snapshot as a COCO document: plain lists, dicts, strings and numbers."""
    images = sorted(snapshot.images, key=lambda labeled: (labeled.image.file_name, labeled.image.id))
    category_ids = {label.id: number for number, label in enumerate(snapshot.classes, 1)}
    annotations: list[Document] = []
    for image_id, labeled in enumerate(images, 1):
        for annotation in labeled.annotations:
            entry = _annotation_entry(annotation, labeled.image)
            entry |= {
                "id": len(annotations) + 1,
                "image_id": image_id,
                "category_id": category_ids[annotation.revision.class_id],
            }
            annotations.append(entry)
    return {
        "info": {
            "description": "Instance segmentation polygons made with MAA (ML Assisted Annotation)",
            "version": "1.0",
            "maa_format": 1,
        },
        "licenses": [
            {"id": 1, "name": "Not stated: the rights in each image stay with its owner", "url": ""}
        ],
        "categories": [
            {"id": category_ids[label.id], "name": label.name, "supercategory": "", "maa_color": label.color}
            for label in snapshot.classes
        ],
        "images": [
            _image_entry(image_id, labeled.image, labeled.approved)
            for image_id, labeled in enumerate(images, 1)
        ],
        "annotations": annotations,
    }


def _image_entry(image_id: int, image: Image, approved: bool) -> Document:
    entry: Document = {
        "id": image_id,
        "file_name": image.file_name,
        "width": image.width,
        "height": image.height,
        "license": 1,
        "maa_approved": approved,
        "maa_pixel_hash": image.pixel_hash,
    }
    if image.captured_at is not None:
        entry["date_captured"] = image.captured_at.isoformat()
    return entry


def _annotation_entry(annotation: Annotation, image: Image) -> Document:
    outline = annotation.revision.outline
    assert outline is not None, "a present annotation has an outline"
    left, top, right, bottom = outline.bounds
    # Only in exports of unfinished work: nobody has decided about it, and whoever trains on it should know.
    undecided = {"maa_prelabel": True, "score": annotation.revision.confidence}
    return {
        **(undecided if annotation.revision.prelabel else {}),
        "iscrowd": 0,
        "area": outline.area,
        "bbox": [left, top, right - left, bottom - top],
        "segmentation": segmentation(outline, image.width, image.height),
        "maa_rings": to_rings(outline),
    }


@dataclass(frozen=True, slots=True)
class Problem:
    """An entry that cannot be used, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadObject:
    """One annotation entry, its shape not decoded yet (see `ReadImage.outline`)."""

    place: str
    class_name: str
    entry: Document


@dataclass(slots=True)
class ReadImage:
    """One image entry with its objects in the file's order."""

    file_name: str
    width: int
    height: int
    pixel_hash: str | None
    approved: bool
    objects: list[ReadObject] = field(default_factory=list)

    def outline(self, read: ReadObject) -> MultiPolygon:
        """The object's valid outline inside the image; exactly the exported one for MAA's own files.

        Raises:
            InvalidInput: with the reason.
        """
        shape, rings = read.entry.get("segmentation"), read.entry.get("maa_rings")
        if rings is None:
            return outline_of(shape, self.width, self.height)
        exact = from_rings(rings)
        if not _is_sound(exact, self.width, self.height):
            exact = repair(exact, (self.width, self.height))
        if shape is None or shape == segmentation(exact, self.width, self.height):
            return exact
        drawn = outline_of(shape, self.width, self.height)
        return exact if iou(exact, drawn) >= SAME_SHAPE_IOU else drawn


@dataclass(slots=True)
class ReadFile:
    """A COCO document, checked entry by entry."""

    classes: dict[str, str | None] = field(default_factory=dict)
    """Class name -> "#rrggbb" if the file gives one, in the file's order."""
    images: list[ReadImage] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def from_coco(document: object) -> ReadFile:
    """Read a COCO document; what cannot be used is left out and named in `problems`.

    Raises:
        InvalidInput: it is no COCO instances document at all.
    """
    if not isinstance(document, dict):
        raise InvalidInput("It is not a COCO file: the outermost value is not an object.")
    for key in ("images", "annotations", "categories"):
        if not isinstance(document.get(key), list):
            raise InvalidInput(f'It is not a COCO instances file: it has no list "{key}".')
    read = ReadFile()
    class_names = dict(_entries(document["categories"], "category", _read_category, read))
    images = dict(_entries(document["images"], "image", _read_image, read))
    read.images = list(images.values())
    for name, color in class_names.values():
        read.classes.setdefault(name, color)
    for number, entry in enumerate(document["annotations"], 1):
        place = _place("annotation", entry, number)
        try:
            image, class_name = _references(entry, images, class_names)
            image.objects.append(ReadObject(f"{image.file_name}: {place}", class_name, entry))
        except InvalidInput as error:
            read.problems.append(Problem(place, str(error)))
    return read


def _entries(entries: list[Any], kind: str, convert: Any, read: ReadFile) -> Iterator[tuple[Any, Any]]:
    """(id, converted) of each usable entry."""
    seen: set[Any] = set()
    for number, entry in enumerate(entries, 1):
        place = _place(kind, entry, number)
        try:
            if not isinstance(entry, dict) or not _is_id(entry.get("id")):
                raise Unusable("it has no id")
            if entry["id"] in seen:
                raise Unusable("its id is taken by an earlier one")
            converted = convert(entry)
        except InvalidInput as error:
            read.problems.append(Problem(place, str(error)))
        else:
            seen.add(entry["id"])
            yield entry["id"], converted


def _read_category(entry: Document) -> tuple[str, str | None]:
    name, color = entry.get("name"), entry.get("maa_color")
    if not isinstance(name, str) or not name.strip():
        raise Unusable("it has no name")
    return name, color if isinstance(color, str) and re.fullmatch("#[0-9a-fA-F]{6}", color) else None


def _read_image(entry: Document) -> ReadImage:
    name, width, height = entry.get("file_name"), entry.get("width"), entry.get("height")
    pixel_hash = entry.get("maa_pixel_hash")
    if not isinstance(name, str) or not name:
        raise Unusable("it has no file_name")
    if type(width) is not int or type(height) is not int or width < 1 or height < 1:
        raise Unusable("its width and height are not whole numbers of pixels")
    return ReadImage(
        file_name=name,
        width=width,
        height=height,
        pixel_hash=pixel_hash if isinstance(pixel_hash, str) else None,
        approved=entry.get("maa_approved") is True,
    )


def _references(
    entry: object, images: dict[Any, ReadImage], class_names: dict[Any, tuple[str, str | None]]
) -> tuple[ReadImage, str]:
    if not isinstance(entry, dict):
        raise Unusable("it is not an object")
    image_id, category_id = entry.get("image_id"), entry.get("category_id")
    if not _is_id(image_id) or image_id not in images:
        raise Unusable(f"there is no usable image with id {image_id!r}")
    if not _is_id(category_id) or category_id not in class_names:
        raise Unusable(f"there is no usable category with id {category_id!r}")
    if entry.get("iscrowd"):
        raise Unusable("it is a crowd region, which marks many objects at once; MAA outlines single objects")
    return images[image_id], class_names[category_id][0]


def _is_sound(outline: MultiPolygon, width: int, height: int) -> bool:
    """Whether MAA itself may have written it: such an outline must come back without the least change."""
    if not outline.is_valid or not outline.area > 0:
        return False
    left, top, right, bottom = outline.bounds
    # A cut along the image's edge is rounded; that far outside is inside.
    return min(left, top, width - right, height - bottom) > -1e-6


def _place(kind: str, entry: object, number: int) -> str:
    if isinstance(entry, dict) and _is_id(entry.get("id")):
        return f"{kind} {entry['id']}"
    return f"{kind} number {number} of the file"


def _is_id(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)
