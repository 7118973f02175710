"""Rows of projects and their classes."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from maa.domain import LabelClass, Project, Settings, TaskState
from maa.store.connection import Row, Transaction
from maa.store.keys import CLOSEST_FIRST, HAS_KEY

_CLASS_COLUMNS = "id, project_id, name, color, position, retired, merged_into"


def add(tx: Transaction, name: str, name_key: str, guidelines: str) -> Project:
    row = tx.row(
        "INSERT INTO project (name, name_key, guidelines, created_at) VALUES ($1, $2, $3, $4) RETURNING *",
        name,
        name_key,
        guidelines,
        tx.now,
    )
    assert row is not None
    return _project(row)


def get(tx: Transaction, project_id: int) -> Project | None:
    def read() -> Project | None:
        row = tx.row("SELECT * FROM project WHERE id = $1", project_id)
        return _project(row) if row else None

    return tx.known(("project", project_id), read)


def by_key(tx: Transaction, name_key: str) -> Project | None:
    row = tx.row(f"SELECT * FROM project WHERE {HAS_KEY} {CLOSEST_FIRST}", name_key)
    return _project(row) if row else None


def every(tx: Transaction, *, include_archived: bool) -> list[Project]:
    rows = tx.rows("SELECT * FROM project WHERE archived_at IS NULL OR $1 ORDER BY id", include_archived)
    return [_project(row) for row in rows]


def save(tx: Transaction, project: Project, name_key: str) -> None:
    """Write what can change about a project."""
    tx.run(
        "UPDATE project SET name = $2, name_key = $3, guidelines = $4, lease_minutes = $5, archived_at = $6,"
        " settings = $7 WHERE id = $1",
        project.id,
        project.name,
        name_key,
        project.guidelines,
        project.lease_minutes,
        project.archived_at,
        json.dumps(asdict(project.settings), allow_nan=False),
    )


def count_images(tx: Transaction, project_id: int) -> int:
    return tx.value("SELECT count(*) FROM image WHERE project_id = $1", project_id)


def count_states(tx: Transaction, project_id: int) -> dict[TaskState, int]:
    """How many images are in each state, by their accepted task; every state is there."""
    rows = tx.rows(
        "SELECT state, count(*) AS tasks FROM task WHERE project_id = $1 AND accepted GROUP BY state",
        project_id,
    )
    counts = {row["state"]: row["tasks"] for row in rows}
    return {state: counts.get(state.value, 0) for state in TaskState}


def count_objects(tx: Transaction, project_id: int) -> dict[int, int]:
    """How many present objects of each class (as it was written, by id) the accepted tasks have; pre-labels
    that nobody decided about are none yet."""
    rows = tx.rows(
        """
        SELECT revision.class_id, count(*) AS objects
        FROM revision
        JOIN annotation ON annotation.id = revision.annotation_id
        JOIN task ON task.id = annotation.task_id
        WHERE task.project_id = $1 AND task.accepted AND NOT revision.deleted
            AND (revision.origin <> 'prelabel' OR revision.author_id IS NOT NULL)
            AND revision.number = (
                SELECT max(newest.number) FROM revision newest
                WHERE newest.annotation_id = revision.annotation_id
            )
        GROUP BY revision.class_id
        """,
        project_id,
    )
    return {row["class_id"]: row["objects"] for row in rows}


def add_class(
    tx: Transaction, project_id: int, name: str, name_key: str, color: str, position: int
) -> LabelClass:
    row = tx.row(
        "INSERT INTO label_class (project_id, name, name_key, color, position)"
        f" VALUES ($1, $2, $3, $4, $5) RETURNING {_CLASS_COLUMNS}",
        project_id,
        name,
        name_key,
        color,
        position,
    )
    assert row is not None
    return LabelClass(**row)


def get_class(tx: Transaction, class_id: int) -> LabelClass | None:
    row = tx.row(f"SELECT {_CLASS_COLUMNS} FROM label_class WHERE id = $1", class_id)
    return LabelClass(**row) if row else None


def class_by_key(tx: Transaction, project_id: int, name_key: str) -> LabelClass | None:
    row = tx.row(
        f"SELECT {_CLASS_COLUMNS} FROM label_class WHERE project_id = $2 AND {HAS_KEY} {CLOSEST_FIRST}",
        name_key,
        project_id,
    )
    return LabelClass(**row) if row else None


def present_class_id(tx: Transaction, class_id: int) -> int:
    """The class that `class_id` shows as now, after every merge."""
    return tx.value("SELECT present_id FROM present_class WHERE id = $1", class_id)


def classes(tx: Transaction, project_id: int, *, include_retired: bool) -> list[LabelClass]:
    """By their order; retired ones last."""
    rows = tx.rows(
        f"SELECT {_CLASS_COLUMNS} FROM label_class WHERE project_id = $1 AND (NOT retired OR $2)"
        " ORDER BY retired, position, id",
        project_id,
        include_retired,
    )
    return [LabelClass(**row) for row in rows]


def save_class(tx: Transaction, label: LabelClass, name_key: str) -> None:
    """Write what can change about a class."""
    tx.run(
        "UPDATE label_class SET name = $2, name_key = $3, color = $4, position = $5, retired = $6,"
        " merged_into = $7 WHERE id = $1",
        label.id,
        label.name,
        name_key,
        label.color,
        label.position,
        label.retired,
        label.merged_into,
    )


def _project(row: Row) -> Project:
    return Project(
        id=row["id"],
        name=row["name"],
        guidelines=row["guidelines"],
        created_at=row["created_at"],
        archived_at=row["archived_at"],
        lease_minutes=row["lease_minutes"],
        settings=_settings(row["settings"]),
    )


def _settings(text: str) -> Settings:
    """What this program knows of what was saved; defaults for the rest."""
    saved: Any = json.loads(text)
    if not isinstance(saved, dict):
        raise ValueError("its settings are no JSON object")
    known = {field.name for field in fields(Settings)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in saved.items()
        if name in known
    }
    return Settings(**values)
