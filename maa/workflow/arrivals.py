"""A picture on its way into a project: its file, its row and its task, together or not at all."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from maa.domain import Image, NewImage
from maa.store import images
from maa.store.connection import Transaction
from maa.workflow import queue
from maa.workflow.decoding import Decoded
from maa.workflow.image_files import ImageFiles
from maa.workflow.intake import Skipped
from maa.workflow.workspace import Workspace


@dataclass(slots=True)
class ImportReport:
    """What became of a batch, in its order."""

    imported: list[Image] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Into:
    """Where the pictures of a batch go."""

    ws: Workspace
    project_id: int
    priority: int
    by: int | None
    """The manager who imports; None is the operator."""


def bring(
    into: Into,
    name: str,
    data: bytes,
    picture: Decoded,
    *,
    sequence: str | None,
    frame: int | None,
    captured_at: datetime | None = None,
    also: Callable[[Transaction, Image], None] = lambda tx, image: None,
) -> Image:
    """Put one picture into the project; on disk when this returns.

    Args:
        data: the bytes that `picture` was decoded from.
        captured_at: when it was taken, where the picture itself does not say.
        also: what else is written with its row.

    Raises:
        Conflict: the project has the same pixels already.
    """
    recorded: list[Image] = []

    def record() -> None:
        with into.ws.store.write() as tx:
            image = queue.add_image(
                tx,
                into.project_id,
                NewImage(
                    file_name=_free_name(tx, into.project_id, name),
                    width=picture.pixels.shape[1],
                    height=picture.pixels.shape[0],
                    file_hash=hashlib.sha256(data).hexdigest(),
                    pixel_hash=picture.pixel_hash,
                    sequence=sequence,
                    frame=frame,
                    captured_at=picture.captured_at or captured_at,
                ),
                priority=into.priority,
                by=into.by,
            )
            also(tx, image)
        recorded.append(image)

    store_files(into.ws, [(picture, data)], record)
    return recorded[0]


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
