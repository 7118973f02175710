"""Bringing pictures into a project, and their pixels back out."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from maa.domain import Conflict, Image, InvalidInput, NotFound
from maa.store import images
from maa.store.connection import Transaction
from maa.workflow import access, intake, queue
from maa.workflow.decoding import Decoded, Pixels, decode
from maa.workflow.image_files import ImageFiles
from maa.workflow.intake import Candidate, Found, Skipped
from maa.workflow.workspace import Workspace

Progress = Callable[[int, int, str], None]
"""Called with (files done, files in all, the file that is next)."""


@dataclass(slots=True)
class ImportReport:
    """What became of a batch, in its order."""

    imported: list[Image] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def import_paths(
    ws: Workspace,
    project_id: int,
    paths: Iterable[Path],
    *,
    priority: int = 0,
    by: int | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Import files, folders (with all below them) and zips; `intake` and `decoding` say what is taken.

    What cannot be imported is skipped with a reason and the rest goes on. Each image is in the project
    wholly (its file, its row, its task) or not at all, and stays there if the batch is stopped.

    Args:
        priority: of the images' tasks; higher ones are labeled first.
        by: the manager who does it; None is the operator of the machine.

    Raises:
        MaaError: nothing can be imported at all (no such project, it is archived, `by` may not).
    """
    with ExitStack() as resources:
        _check_may_import(ws, project_id, priority, by)
        return _import(ws, project_id, intake.from_paths(paths, resources), priority, by, on_progress)


def import_uploads(
    ws: Workspace,
    project_id: int,
    uploads: Iterable[tuple[str, BinaryIO]],
    *,
    priority: int = 0,
    by: int | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Import (name, open file) pairs, pictures or zips; otherwise like `import_paths`."""
    with ExitStack() as resources:
        _check_may_import(ws, project_id, priority, by)
        return _import(ws, project_id, intake.from_uploads(uploads, resources), priority, by, on_progress)


def list_images(ws: Workspace, project_id: int) -> list[Image]:
    """The project's images in the order they were added."""
    with ws.store.read() as tx:
        access.project(tx, project_id)
        return images.of_project(tx, project_id)


def get_image(ws: Workspace, image_id: int) -> Image:
    """One image; `NotFound` if there is none."""
    with ws.store.read() as tx:
        image = images.get(tx, image_id)
    if image is None:
        raise NotFound("This image does not exist.")
    return image


def load_pixels(ws: Workspace, image_id: int) -> Pixels:
    """The image's upright pixels: uint8 (H, W, 3) RGB, read-only. The ones used last are kept in memory."""
    return ImageFiles(ws.images_dir).load(get_image(ws, image_id).pixel_hash)


# Between a file's arrival in the folder and its row in the database it belongs to nobody.
_arriving = threading.Lock()
_tidied: set[Path] = set()


def store_files(ws: Workspace, pictures: Iterable[tuple[Decoded, bytes]], record: Callable[[], None]) -> None:
    """Put pictures (with the bytes they came in) into the folder, then call `record` to commit their rows.

    When that raises, the files that were not there before are taken out again.
    """
    files = ImageFiles(ws.images_dir)
    added: list[str] = []
    with _arriving:
        _remove_orphans(ws, files)
        try:
            for picture, data in pictures:
                if files.add(picture, data):
                    added.append(picture.pixel_hash)
            record()
        except BaseException:
            for pixel_hash in added:
                files.path(pixel_hash).unlink(missing_ok=True)
            raise


def _remove_orphans(ws: Workspace, files: ImageFiles) -> None:
    """Only a killed process leaves any, so once in a process's life is enough."""
    if ws.images_dir not in _tidied:
        with ws.store.read() as tx:
            known = images.pixel_hashes(tx)
        files.remove_orphans(known)
        _tidied.add(ws.images_dir)


def _check_may_import(ws: Workspace, project_id: int, priority: int, by: int | None) -> None:
    with ws.store.read() as tx:
        access.require_manager(tx, by, project_id)
        access.open_project(tx, project_id)
    queue.check_priority(priority)


def _import(
    ws: Workspace,
    project_id: int,
    found: Found,
    priority: int,
    by: int | None,
    on_progress: Progress | None,
) -> ImportReport:
    report = ImportReport(skipped=found.skipped)
    total = len(found.candidates)
    for done, candidate in enumerate(found.candidates):
        if on_progress:
            on_progress(done, total, candidate.place)
        try:
            report.imported.append(_import_one(ws, project_id, candidate, priority, by))
        except (InvalidInput, Conflict) as error:
            report.skipped.append(Skipped(candidate.place, str(error)))
        except OSError as error:
            report.skipped.append(Skipped(candidate.place, f"it cannot be read ({error.strerror})"))
    if on_progress:
        on_progress(total, total, "")
    return report


def _import_one(ws: Workspace, project_id: int, candidate: Candidate, priority: int, by: int | None) -> Image:
    data = candidate.read()
    picture = decode(data)
    sequence, frame = intake.parse_numbered(candidate.name) or (None, None)
    recorded: list[Image] = []

    def record() -> None:
        with ws.store.write() as tx:
            image = queue.add_image(
                tx,
                project_id,
                file_name=_free_name(tx, project_id, candidate.name),
                width=picture.pixels.shape[1],
                height=picture.pixels.shape[0],
                file_hash=hashlib.sha256(data).hexdigest(),
                pixel_hash=picture.pixel_hash,
                sequence=sequence,
                frame=frame,
                captured_at=picture.captured_at,
                priority=priority,
                by=by,
            )
        recorded.append(image)

    store_files(ws, [(picture, data)], record)
    return recorded[0]


def _free_name(tx: Transaction, project_id: int, name: str) -> str:
    """The name, numbered when another picture of the project has it: exports and imports tell images by
    name.
    """
    stem, dot, suffix = name.rpartition(".")
    if not stem or "/" in suffix:
        stem, dot, suffix = name, "", ""
    free, number = name, 1
    while images.by_name(tx, project_id, free):
        number += 1
        free = f"{stem} ({number}){dot}{suffix}"
    return free
