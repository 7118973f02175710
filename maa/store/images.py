"""Rows of images."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maa.domain import Image
from maa.store.connection import Transaction


def add(
    tx: Transaction,
    project_id: int,
    *,
    file_name: str,
    width: int,
    height: int,
    file_hash: str,
    pixel_hash: str,
    sequence: str | None = None,
    frame: int | None = None,
    captured_at: datetime | None = None,
) -> Image:
    """Record an image. The project must not have one with the same `pixel_hash` (see `by_pixel_hash`)."""
    row = tx.row(
        "INSERT INTO image (project_id, file_name, width, height, file_hash, pixel_hash, created_at,"
        " sequence, frame, captured_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *",
        project_id,
        file_name,
        width,
        height,
        file_hash,
        pixel_hash,
        tx.now,
        sequence,
        frame,
        captured_at,
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


def around(tx: Transaction, image: Image, reach: int) -> list[Placed]:
    """The images of its sequence from `reach` places before it to as many after it, itself among them, by
    their frame numbers. Only those of its size: others are no frames of the same film.
    """
    rows = tx.rows(
        "WITH film AS (SELECT *, row_number() OVER (ORDER BY frame, id) AS place, count(*) OVER () AS of"
        "  FROM image WHERE project_id = $1 AND sequence = $2 AND width = $3 AND height = $4)"
        " SELECT film.* FROM film, (SELECT place FROM film WHERE id = $5) here"
        " WHERE film.place BETWEEN here.place - $6 AND here.place + $6 ORDER BY film.place",
        image.project_id,
        image.sequence,
        image.width,
        image.height,
        image.id,
        reach,
    )
    placed = []
    for row in rows:
        place, of = row.pop("place"), row.pop("of")
        placed.append(Placed(Image(**row), place, of))
    return placed


def has_sequence(tx: Transaction, project_id: int, sequence: str) -> bool:
    return tx.value(
        "SELECT count(*) > 0 FROM image WHERE project_id = $1 AND sequence = $2", project_id, sequence
    )


def pixel_hashes(tx: Transaction) -> set[str]:
    """Of the images of every project: the files that must be kept."""
    return {row["pixel_hash"] for row in tx.rows("SELECT DISTINCT pixel_hash FROM image")}
