"""Rows of annotations and their revisions. Revisions are inserted, never changed."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from shapely import MultiPolygon

from maa.domain import Annotation, Box, Effort, Origin, Point, PointKind, Prompt, Revision
from maa.geometry import from_rings, to_rings
from maa.store.connection import Row, Transaction


def add(tx: Transaction, task_id: int) -> int:
    """A new annotation, to be given its first revision in the same transaction; returns its id."""
    return tx.value(
        "INSERT INTO annotation (task_id, created_at) VALUES ($1, $2) RETURNING id", task_id, tx.now
    )


def add_revision(
    tx: Transaction, revision: Revision, *, model_iou: float | None = None, key: str | None = None
) -> None:
    """Append a revision as it is.

    `model_iou`: how well its outline agrees with its model's, 0..1. `key`: names the request that made it;
    taken keys are refused by the table.
    """
    tx.run(
        "INSERT INTO revision (annotation_id, number, class_id, outline, origin, author_id, created_at,"
        " deleted, prompt, model_id, model_outline, model_iou, confidence, active_seconds, clicks, "
        " extra_points, vertices_moved, request_key, correction)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
        revision.annotation_id,
        revision.number,
        revision.class_id,
        outline_to_text(revision.outline),
        revision.origin.value,
        revision.author_id,
        revision.created_at,
        revision.deleted,
        prompt_to_text(revision.prompt),
        revision.model_id,
        outline_to_text(revision.model_outline),
        model_iou,
        revision.confidence,
        revision.effort.active_seconds,
        revision.effort.clicks,
        revision.effort.extra_points,
        revision.effort.vertices_moved,
        key,
        revision.correction,
    )


# One task is read by its annotations' ids and without joins: so the table is searched, not scanned, and the
# answer stays as fast as the task is small.


def of_task(tx: Transaction, task_id: int) -> list[Annotation]:
    """The task's present annotations by id, each with its present class."""
    ids = [row["id"] for row in tx.rows("SELECT id FROM annotation WHERE task_id = $1", task_id)]
    rows = tx.rows("SELECT * FROM revision WHERE annotation_id = ANY($1) ORDER BY number", ids)
    newest = {row["annotation_id"]: row for row in rows}
    shown_as = _present_classes(tx)
    return [_annotation(row, task_id, shown_as) for _, row in sorted(newest.items()) if not row["deleted"]]


def ids_of_task(tx: Transaction, task_id: int) -> list[int]:
    """Of every object, the deleted ones too, in the order they were begun."""
    return [row["id"] for row in tx.rows("SELECT id FROM annotation WHERE task_id = $1 ORDER BY id", task_id)]


def of_task_at(tx: Transaction, task_id: int, moment: datetime) -> list[Annotation]:
    """`of_task` as it was at a moment, with classes as they show now."""
    ids = [row["id"] for row in tx.rows("SELECT id FROM annotation WHERE task_id = $1", task_id)]
    rows = tx.rows(
        "SELECT * FROM revision WHERE annotation_id = ANY($1) AND created_at <= $2 ORDER BY number",
        ids,
        moment,
    )
    newest = {row["annotation_id"]: row for row in rows}
    shown_as = _present_classes(tx)
    return [_annotation(row, task_id, shown_as) for _, row in sorted(newest.items()) if not row["deleted"]]


def of_project(tx: Transaction, project_id: int) -> list[Annotation]:
    """The present annotations of the project's accepted tasks by id, each with its present class."""
    rows = tx.rows(
        """
        SELECT annotation.task_id, revision.*
        FROM revision
        JOIN annotation ON annotation.id = revision.annotation_id
        JOIN task ON task.id = annotation.task_id
        WHERE task.project_id = $1 AND task.accepted AND NOT revision.deleted AND revision.number = (
            SELECT max(newest.number) FROM revision newest WHERE newest.annotation_id = revision.annotation_id
        )
        ORDER BY annotation.id
        """,
        project_id,
    )
    shown_as = _present_classes(tx)
    return [_annotation(row, row["task_id"], shown_as) for row in rows]


def began_prelabeled(tx: Transaction, task_ids: Collection[int]) -> set[int]:
    """Those of the tasks with an object that began as a pre-label, of a class that is in use."""
    rows = tx.rows(
        "SELECT DISTINCT annotation.task_id FROM annotation"
        " JOIN revision ON revision.annotation_id = annotation.id"
        " JOIN present_class ON present_class.id = revision.class_id"
        " JOIN label_class ON label_class.id = present_class.present_id AND NOT label_class.retired"
        " WHERE annotation.task_id = ANY($1) AND revision.number = 1 AND revision.origin = 'prelabel'"
        " AND revision.author_id IS NULL",
        list(task_ids),
    )
    return {row["task_id"] for row in rows}


def get(tx: Transaction, annotation_id: int) -> Annotation | None:
    """One annotation with its newest revision, a deleted one too, with its present class."""
    row = tx.row(
        "SELECT * FROM revision WHERE annotation_id = $1 ORDER BY number DESC LIMIT 1", annotation_id
    )
    return _annotation(row, _task_id(tx, annotation_id), _present_classes(tx)) if row else None


def written_class_id(tx: Transaction, annotation_id: int) -> int | None:
    """The class that the newest revision was written with, whatever it shows as now; None without one."""
    row = tx.row(
        "SELECT class_id FROM revision WHERE annotation_id = $1 ORDER BY number DESC LIMIT 1", annotation_id
    )
    return row["class_id"] if row else None


def by_key(tx: Transaction, key: str) -> Annotation | None:
    """The annotation with the revision that was saved under `key`."""
    row = tx.row("SELECT * FROM revision WHERE request_key = $1", key)
    return _annotation(row, _task_id(tx, row["annotation_id"]), _present_classes(tx)) if row else None


def revisions(tx: Transaction, annotation_id: int) -> list[Revision]:
    """Oldest first, each with the class it was written with."""
    rows = tx.rows("SELECT * FROM revision WHERE annotation_id = $1 ORDER BY number", annotation_id)
    return [_revision(row) for row in rows]


def every_revision(tx: Transaction, project_id: int) -> list[tuple[int, Revision]]:
    """(task id, revision) of all there is in the project, deleted ones and those of every task included."""
    rows = tx.rows(
        """
        SELECT annotation.task_id, revision.*
        FROM revision
        JOIN annotation ON annotation.id = revision.annotation_id
        JOIN task ON task.id = annotation.task_id
        WHERE task.project_id = $1 ORDER BY revision.annotation_id, revision.number
        """,
        project_id,
    )
    return [(row["task_id"], _revision(row)) for row in rows]


def was_written_by(tx: Transaction, task_id: int, person_id: int) -> bool:
    """Whether this person wrote any revision of the task's annotations, other than as its reviewer."""
    return tx.value(
        "SELECT count(*) > 0 FROM revision JOIN annotation ON annotation.id = revision.annotation_id"
        " WHERE annotation.task_id = $1 AND revision.author_id = $2 AND NOT revision.correction",
        task_id,
        person_id,
    )


def outline_to_text(outline: MultiPolygon | None) -> str | None:
    return None if outline is None else json.dumps(to_rings(outline), separators=(",", ":"))


def outline_from_text(text: str | None) -> MultiPolygon | None:
    return None if text is None else from_rings(json.loads(text))


def prompt_to_text(prompt: Prompt | None) -> str | None:
    if prompt is None:
        return None
    return json.dumps(
        {
            "points": [[point.x, point.y, point.kind.value] for point in prompt.points],
            "box": asdict(prompt.box) if prompt.box else None,
            "prior": to_rings(prompt.prior) if prompt.prior else None,
            "crop": asdict(prompt.crop) if prompt.crop else None,
        },
        separators=(",", ":"),
    )


def prompt_from_text(text: str | None) -> Prompt | None:
    if text is None:
        return None
    value: dict[str, Any] = json.loads(text)
    return Prompt(
        points=tuple(Point(x, y, PointKind(kind)) for x, y, kind in value["points"]),
        box=Box(**value["box"]) if value["box"] else None,
        prior=from_rings(value["prior"]) if value["prior"] else None,
        crop=Box(**value["crop"]) if value["crop"] else None,
    )


def _task_id(tx: Transaction, annotation_id: int) -> int:
    return tx.value("SELECT task_id FROM annotation WHERE id = $1", annotation_id)


def _present_classes(tx: Transaction) -> dict[int, int]:
    return {row["id"]: row["present_id"] for row in tx.rows("SELECT id, present_id FROM present_class")}


def _annotation(row: Row, task_id: int, shown_as: dict[int, int]) -> Annotation:
    revision = _revision({**row, "class_id": shown_as[row["class_id"]]})
    return Annotation(id=row["annotation_id"], task_id=task_id, revision=revision)


def _revision(row: Row) -> Revision:
    return Revision(
        annotation_id=row["annotation_id"],
        number=row["number"],
        class_id=row["class_id"],
        outline=outline_from_text(row["outline"]),
        origin=Origin(row["origin"]),
        author_id=row["author_id"],
        created_at=row["created_at"],
        deleted=row["deleted"],
        prompt=prompt_from_text(row["prompt"]),
        model_id=row["model_id"],
        model_outline=outline_from_text(row["model_outline"]),
        confidence=row["confidence"],
        effort=Effort(
            active_seconds=row["active_seconds"],
            clicks=row["clicks"],
            extra_points=row["extra_points"],
            vertices_moved=row["vertices_moved"],
        ),
        correction=row["correction"],
    )
