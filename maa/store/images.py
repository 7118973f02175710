"""Rows of images."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from maa.domain import Image, NewImage, TaskState
from maa.store.connection import Transaction


def add(tx: Transaction, project_id: int, new: NewImage) -> Image:
    """Record an image. The project must not have one with the same `pixel_hash` (see `by_pixel_hash`)."""
    row = tx.row(
        "INSERT INTO image (project_id, file_name, width, height, file_hash, pixel_hash, created_at,"
        " sequence, frame, captured_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *",
        project_id,
        new.file_name,
        new.width,
        new.height,
        new.file_hash,
        new.pixel_hash,
        tx.now,
        new.sequence,
        new.frame,
        new.captured_at,
    )
    assert row is not None
    return Image(**row)


def get(tx: Transaction, image_id: int) -> Image | None:
    row = tx.row("SELECT * FROM image WHERE id = $1", image_id)
    return Image(**row) if row else None


def by_pixel_hash(tx: Transaction, project_id: int, pixel_hash: str) -> Image | None:
    row = tx.row("SELECT * FROM image WHERE project_id = $1 AND pixel_hash = $2", project_id, pixel_hash)
    return Image(**row) if row else None


def of_project(tx: Transaction, project_id: int) -> list[Image]:
    """The project's images in the order they were added."""
    rows = tx.rows("SELECT * FROM image WHERE project_id = $1 ORDER BY id", project_id)
    return [Image(**row) for row in rows]


def by_name(tx: Transaction, project_id: int, file_name: str) -> Image | None:
    row = tx.row(
        "SELECT * FROM image WHERE project_id = $1 AND file_name = $2 LIMIT 1", project_id, file_name
    )
    return Image(**row) if row else None


@dataclass(frozen=True, slots=True)
class Placed:
    """An image of a sequence and where in it it is."""

    image: Image
    place: int
    """From 1 on, among the images of the sequence that are as large."""
    of: int
    """How many these are."""


# The frames that belong together: images of one sequence that are equally large, by their numbers.
_FRAMES = "FROM image WHERE project_id = $1 AND sequence = $2 AND width = $3 AND height = $4"


def around(tx: Transaction, image: Image, reach: int) -> list[Placed]:
    """The frames from `reach` places before an image to as many after it, itself among them."""
    place = (image.project_id, image.sequence, image.width, image.height)
    counted = tx.row(
        f"SELECT count(*) AS of, count(*) FILTER (WHERE (frame, id) < ($5, $6)) AS before {_FRAMES}",
        *place,
        image.frame,
        image.id,
    )
    assert counted is not None
    rows = tx.rows(
        f"(SELECT * {_FRAMES} AND (frame, id) < ($5, $6) ORDER BY frame DESC, id DESC LIMIT $7)"
        f" UNION ALL (SELECT * {_FRAMES} AND (frame, id) >= ($5, $6) ORDER BY frame, id LIMIT $7 + 1)"
        " ORDER BY frame, id",
        *place,
        image.frame,
        image.id,
        reach,
    )
    first = max(0, counted["before"] - reach) + 1
    return [Placed(Image(**row), first + n, counted["of"]) for n, row in enumerate(rows)]


def is_alone(tx: Transaction, image: Image) -> bool:
    """Whether there is no other frame of its sequence."""
    found = tx.row(
        f"SELECT id {_FRAMES} AND id <> $5 LIMIT 1",
        image.project_id,
        image.sequence,
        image.width,
        image.height,
        image.id,
    )
    return found is None


def has_sequence(tx: Transaction, project_id: int, sequence: str) -> bool:
    return tx.value(
        "SELECT count(*) > 0 FROM image WHERE project_id = $1 AND sequence = $2", project_id, sequence
    )


def sequences(tx: Transaction, project_id: int) -> list[str]:
    """The names of a project's sequences, in their order."""
    rows = tx.rows(
        "SELECT DISTINCT sequence FROM image WHERE project_id = $1 AND sequence IS NOT NULL"
        " ORDER BY sequence",
        project_id,
    )
    return [row["sequence"] for row in rows]


_OF_A_VIDEO = "id IN (SELECT image_id FROM video_frame)"


def has_sequences(tx: Transaction, project_id: int, *, of_videos: bool = False) -> bool:
    """Whether any image of a project has a numbered name or is of a video; with `of_videos` only of one."""
    return tx.value(
        "SELECT count(*) > 0 FROM image WHERE project_id = $1 AND sequence IS NOT NULL"
        f" AND (NOT $2 OR {_OF_A_VIDEO})",
        project_id,
        of_videos,
    )


def of_sequences_with(
    tx: Transaction, project_id: int, states: Collection[TaskState], *, of_videos: bool = False
) -> list[Image]:
    """The images of sequences in which an accepted task is in one of the states, by sequence and frame; with
    `of_videos` frames of videos alone."""
    rows = tx.rows(
        "SELECT * FROM image WHERE project_id = $1 AND sequence IN"
        " (SELECT sequence FROM image JOIN task ON task.image_id = image.id"
        "  WHERE image.project_id = $1 AND task.accepted AND task.state = ANY($2))"
        f" AND (NOT $3 OR {_OF_A_VIDEO}) ORDER BY sequence, frame, id",
        project_id,
        [state.value for state in states],
        of_videos,
    )
    return [Image(**row) for row in rows]


def pixel_hashes(tx: Transaction) -> set[str]:
    """Of the images of every project: the files that must be kept."""
    return {row["pixel_hash"] for row in tx.rows("SELECT DISTINCT pixel_hash FROM image")}
