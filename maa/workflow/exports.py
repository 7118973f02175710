"""A project's annotations as files for other tools, and the pictures beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from maa import files as maa_files
from maa.domain import Image, InvalidInput, MaaError, SplitBy, refused_by_system
from maa.interchange import coco, yolo
from maa.interchange.file_names import below
from maa.interchange.snapshot import Snapshot
from maa.store import events
from maa.workflow import access
from maa.workflow.atomic import replacing
from maa.workflow.held_back import is_held_back
from maa.workflow.image_files import ImageFiles
from maa.workflow.images import Progress
from maa.workflow.intake import Skipped
from maa.workflow.snapshots import snapshot
from maa.workflow.workspace import Workspace

Status = Literal["approved", "all"]
"""Which images an export has: the approved ones, or every one with what is on it now."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that an export can be."""

    name: str
    """For people."""
    ending: str
    media_type: str
    write: Callable[[Snapshot, Callable[[Image], bool]], bytes]
    """Takes a snapshot, and what says of an image whether it is held back to measure on."""
    bare_is_background: bool
    """An image without objects counts as one that shows none: until it is submitted, it is left out."""
    picture: Callable[[Image], PurePosixPath] = lambda image: below(image.file_name)
    """Where an image's picture belongs, below the folder of the pictures."""


def _coco_file(taken: Snapshot, _: Callable[[Image], bool]) -> bytes:
    document = json.dumps(coco.to_coco(taken), sort_keys=True, allow_nan=False, separators=(",", ":"))
    return document.encode("ascii") + b"\n"


FORMATS = {
    "coco": Format("COCO", ".coco.json", "application/json", _coco_file, False),
    "yolo": Format("YOLO", ".yolo.zip", "application/zip", yolo.to_yolo, True, yolo.picture),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds."""

    content: bytes
    images: int
    objects: int
    left_out: int = 0
    """Images without objects that nobody has submitted yet, where the format has no place for them."""
    skipped: tuple[Skipped, ...] = ()
    """Pictures that could not be written beside it, and why."""


def export(
    ws: Workspace,
    project_id: int,
    format: str = "coco",
    *,
    status: Status = "approved",
    by: int | None = None,
) -> Exported:
    """The project's annotations as the bytes of a file, e.g. for a download.

    Equal work gives equal bytes, in any project. Only each image's accepted task counts.
    """
    _check(format, status)
    _, exported = _export(ws, project_id, format, status, by)
    return exported


def _export(
    ws: Workspace, project_id: int, format: str, status: Status, by: int | None
) -> tuple[Snapshot, Exported]:
    with ws.store.read() as tx:
        access.require_manager(tx, by, project_id)
        taken = snapshot(tx, project_id, approved_only=status == "approved")
        split = SplitBy(access.project(tx, project_id).settings.held_back_by)
    every = len(taken.images)
    if FORMATS[format].bare_is_background:
        taken = replace(taken, images=tuple(one for one in taken.images if one.submitted or one.annotations))
    content = FORMATS[format].write(taken, lambda image: is_held_back(image, split))
    objects = sum(len(labeled.annotations) for labeled in taken.images)
    with ws.store.write() as tx:
        data = {"format": format, "status": status, "images": len(taken.images), "objects": objects}
        events.add(tx, "exported", project_id=project_id, person_id=by, data=data)
    return taken, Exported(content, len(taken.images), objects, every - len(taken.images))


def export_project(
    ws: Workspace,
    project_id: int,
    format: str = "coco",
    *,
    out: Path,
    status: Status = "approved",
    images: Path | None = None,
    by: int | None = None,
    on_progress: Progress | None = None,
) -> Exported:
    """Write `export` to a file, which is there wholly or not at all.

    Args:
        images: a folder to write the pictures to as well, under the names that the file has, upright and as
            they were labeled: what MAA had to convert is a PNG inside, whatever its name ends with. A
            picture that is there already stays; so does another file of its name, and that is reported.
    """
    _check(format, status)
    with replacing(out) as unfinished:
        taken, exported = _export(ws, project_id, format, status, by)
        unfinished.write_bytes(exported.content)
    if images is None:
        return exported
    return replace(exported, skipped=tuple(_write_images(ws, taken, FORMATS[format], images, on_progress)))


def _check(format: str, status: str) -> None:
    if format not in FORMATS:
        raise InvalidInput(f"There is no format {format!r}. Use one of: {', '.join(FORMATS)}.")
    if status not in ("approved", "all"):
        raise InvalidInput(f"There is no status {status!r}. Use approved or all.")


def _write_images(
    ws: Workspace, taken: Snapshot, format: Format, folder: Path, on_progress: Progress | None
) -> Iterator[Skipped]:
    files = ImageFiles(ws.images_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be written ({error.strerror or error}).") from error
    for done, labeled in enumerate(taken.images):
        if on_progress is not None:
            on_progress(done, len(taken.images), labeled.image.file_name)
        path = folder / format.picture(labeled.image)
        try:
            if not _write(path, files.upright(labeled.image.pixel_hash)):
                yield Skipped(labeled.image.file_name, f"{path} is there already and is another file")
        except OSError as error:
            if said := refused_by_system(error):  # nor would it take any of the others
                raise InvalidInput(said) from error
            yield Skipped(labeled.image.file_name, f"{path} cannot be written ({error.strerror or error})")
        except MaaError as error:
            yield Skipped(labeled.image.file_name, str(error))
    if on_progress is not None:
        on_progress(len(taken.images), len(taken.images), "")


def _write(path: Path, data: bytes) -> bool:
    """Write a file that is not there yet; False where another one is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        return path.read_bytes() == data
    with maa_files.replacing(path) as unfinished:
        unfinished.write_bytes(data)
    return True
