"""Videos taken apart into images of a project: a numbered sequence, each frame with its time."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image as Pillow

from maa.domain import Conflict, Image, InvalidInput, Unusable, Video
from maa.domain.wording import count
from maa.store import images
from maa.store import videos as stored
from maa.store.connection import Transaction
from maa.workflow import access, arrivals, videos
from maa.workflow.arrivals import ImportReport, Into
from maa.workflow.decoding import Pixels, decode
from maa.workflow.intake import MAX_NAME, Candidate, Skipped
from maa.workflow.videos import Frame, Step

_QUALITY = 95
_MAX_VIDEO_NAME = MAX_NAME - 20
"""Of a video: its frames are called NAME/000123.jpg."""


def bring(into: Into, candidate: Candidate, step: Step, report: ImportReport) -> Iterator[tuple[int, int]]:
    """Import the chosen frames of a video, one after the other; yields (images taken, images expected).

    What was taken stays when it ends early. The same video once more, with the same step or another one,
    goes on with the same sequence. `report` says in the end what was left out.

    Raises:
        InvalidInput: nothing of it can be taken.
    """
    if len(candidate.name) > _MAX_VIDEO_NAME:
        raise Unusable(f"its name has {len(candidate.name)} characters; up to {_MAX_VIDEO_NAME} are kept")
    with candidate.file() as file, videos.opened(file) as reader:
        expected = reader.expected(step)
        file_hash, video = _hash(file), None
        taken = repeated = 0
        for frame in reader.frames(step):
            video = video or _video_row(into, candidate.name, file_hash)
            try:
                report.imported.append(_bring_frame(into, video, frame, reader))
            except Conflict:
                repeated += 1
            taken += 1
            yield taken, expected
    if not taken:
        raise InvalidInput(reader.problem)
    if repeated:
        why = f"frames that the project already has: {repeated}"
        report.skipped.append(Skipped(candidate.place, why))
    if reader.problem:
        report.skipped.append(Skipped(candidate.place, f"after {count(taken, 'image')}: {reader.problem}"))


def _bring_frame(into: Into, video: Video, frame: Frame, reader: videos.VideoReader) -> Image:
    data = _as_jpeg(frame.pixels)

    def also(tx: Transaction, image: Image) -> None:
        stored.add_frame(tx, video.id, image.id, frame.seconds)

    return arrivals.bring(
        into,
        f"{video.sequence}{frame.number:06d}.jpg",
        data,
        decode(data),
        sequence=video.sequence,
        frame=frame.number,
        captured_at=videos.moment(reader.recorded_at, frame),
        also=also,
    )


def _video_row(into: Into, name: str, file_hash: str) -> Video:
    """The row of a video, a new one unless the project has this file already."""
    with into.ws.store.write() as tx:
        access.require_manager(tx, into.by, into.project_id)
        access.open_project(tx, into.project_id)
        known = stored.by_hash(tx, into.project_id, file_hash)
        if known is not None:
            return known
        sequence, number = f"{name}/", 1
        while any(rows.has_sequence(tx, into.project_id, sequence) for rows in (images, stored)):
            number += 1
            sequence = f"{name} ({number})/"
        return stored.add(tx, into.project_id, name=name, sequence=sequence, file_hash=file_hash)


def _hash(file: BinaryIO) -> str:
    """sha256 of a file from its beginning to its end; leaves it where it was."""
    place = file.tell()
    file.seek(0)
    digest = hashlib.sha256()
    while part := file.read(1024**2):
        digest.update(part)
    file.seek(place)
    return digest.hexdigest()


def _as_jpeg(pixels: Pixels) -> bytes:
    """Nearly without loss: the video has lost far more, and its colours are coarser than these."""
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return buffer.getvalue()
