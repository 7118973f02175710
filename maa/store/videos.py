"""Rows of videos, and of the images that are frames of one."""

from __future__ import annotations

from maa.domain import Video
from maa.store.connection import Transaction

_COLUMNS = "id, project_id, name, sequence, file_hash, created_at"


def add(tx: Transaction, project_id: int, *, name: str, sequence: str, file_hash: str) -> Video:
    row = tx.row(
        "INSERT INTO video (project_id, name, sequence, file_hash, created_at)"
        f" VALUES ($1, $2, $3, $4, $5) RETURNING {_COLUMNS}",
        project_id,
        name,
        sequence,
        file_hash,
        tx.now,
    )
    assert row is not None
    return Video(**row)


def by_hash(tx: Transaction, project_id: int, file_hash: str) -> Video | None:
    """The video of a project with this sha256 of its file."""
    row = tx.row(
        f"SELECT {_COLUMNS} FROM video WHERE project_id = $1 AND file_hash = $2 ORDER BY id LIMIT 1",
        project_id,
        file_hash,
    )
    return Video(**row) if row else None


def has_sequence(tx: Transaction, project_id: int, sequence: str) -> bool:
    """Whether a video of a project has this sequence, with frames or (yet) without."""
    return tx.value(
        "SELECT count(*) > 0 FROM video WHERE project_id = $1 AND sequence = $2", project_id, sequence
    )


def add_frame(tx: Transaction, video_id: int, image_id: int, seconds: float) -> None:
    tx.run(
        "INSERT INTO video_frame (image_id, video_id, seconds) VALUES ($1, $2, $3)",
        image_id,
        video_id,
        seconds,
    )


def of_image(tx: Transaction, image_id: int) -> tuple[Video, float] | None:
    """The video that an image is a frame of, and the frame's time in seconds; None for a photo."""
    row = tx.row(
        f"SELECT {_COLUMNS}, (SELECT seconds FROM video_frame WHERE image_id = $1) AS seconds FROM video"
        " WHERE id = (SELECT video_id FROM video_frame WHERE image_id = $1)",
        image_id,
    )
    if row is None:
        return None
    seconds = row.pop("seconds")
    return Video(**row), seconds
