"""Bringing pictures into a project, and their pixels back out."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from maa.domain import Conflict, Image, InvalidInput, NotFound
from maa.store import images
from maa.workflow import access, arrivals, intake, queue, video_import, videos
from maa.workflow.arrivals import ImportReport, Into
from maa.workflow.decoding import Pixels, decode
from maa.workflow.image_files import ImageFiles
from maa.workflow.intake import Candidate, Found, Skipped
from maa.workflow.videos import DEFAULT_STEP, Step
from maa.workflow.workspace import Workspace

Progress = Callable[[int, int, str], None]
"""Called with (files done, files in all, the file that is next)."""


def import_paths(
    ws: Workspace,
    project_id: int,
    paths: Iterable[Path],
    *,
    step: Step = DEFAULT_STEP,
    priority: int = 0,
    by: int | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Import files, folders (with all below them) and zips; `intake`, `decoding` and `videos` say what is
    taken.

    What cannot be imported is skipped with a reason and the rest goes on. Each image is in the project
    wholly (its file, its row, its task) or not at all, and stays there if the batch is stopped.

    Args:
        step: which frames of a video become images.
        priority: of the images' tasks; higher ones are labeled first.
        by: the manager who does it; None is the operator of the machine.

    Raises:
        MaaError: nothing can be imported at all (no such project, it is archived, `by` may not).
    """
    with ExitStack() as resources:
        _check_may_import(ws, project_id, priority, by)
        found = intake.from_paths(paths, resources)
        return _import(Into(ws, project_id, priority, by), found, step, on_progress)


def import_uploads(
    ws: Workspace,
    project_id: int,
    uploads: Iterable[tuple[str, BinaryIO]],
    *,
    step: Step = DEFAULT_STEP,
    priority: int = 0,
    by: int | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Import (name, open file) pairs, pictures, videos or zips; otherwise like `import_paths`."""
    with ExitStack() as resources:
        _check_may_import(ws, project_id, priority, by)
        found = intake.from_uploads(uploads, resources)
        return _import(Into(ws, project_id, priority, by), found, step, on_progress)


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


def _check_may_import(ws: Workspace, project_id: int, priority: int, by: int | None) -> None:
    with ws.store.read() as tx:
        access.require_manager(tx, by, project_id)
        access.open_project(tx, project_id)
    queue.check_priority(priority)


def _import(into: Into, found: Found, step: Step, on_progress: Progress | None) -> ImportReport:
    report = ImportReport(skipped=found.skipped)
    say = on_progress or (lambda done, total, name: None)
    total = len(found.candidates)
    for done, candidate in enumerate(found.candidates):
        say(done, total, candidate.place)
        try:
            if videos.is_video(candidate.name):
                # A video is as many steps of the bar as images are expected of it.
                for taken, expected in video_import.bring(into, candidate, step, report):
                    say(done + taken, total - 1 + max(expected, taken + 1), candidate.place)
            else:
                report.imported.append(_import_one(into, candidate))
        except (InvalidInput, Conflict) as error:
            report.skipped.append(Skipped(candidate.place, str(error)))
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
                raise InvalidInput(
                    f"The server's disk cannot take any more ({error.strerror}); {len(report.imported)} "
                    "images were added before that. Make room and import the same again: images already "
                    "there are not added twice."
                ) from error
            report.skipped.append(Skipped(candidate.place, f"it cannot be read ({error.strerror})"))
    say(total, total, "")
    return report


def _import_one(into: Into, candidate: Candidate) -> Image:
    data = candidate.read()
    sequence, frame = intake.parse_numbered(candidate.name) or (None, None)
    return arrivals.bring(into, candidate.name, data, decode(data), sequence=sequence, frame=frame)
