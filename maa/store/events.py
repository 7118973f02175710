"""Rows of events: inserted, never changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from maa.domain import Event, EventKind
from maa.store.connection import Transaction


def add(
    tx: Transaction,
    kind: EventKind,
    *,
    project_id: int | None = None,
    task_id: int | None = None,
    annotation_id: int | None = None,
    person_id: int | None = None,
    data: Mapping[str, object] | None = None,
) -> None:
    """`data`: anything JSON can hold; `ValueError` for numbers that it cannot (infinite, not a number)."""
    tx.run(
        "INSERT INTO event (kind, created_at, project_id, task_id, annotation_id, person_id, data)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        kind,
        tx.now,
        project_id,
        task_id,
        annotation_id,
        person_id,
        json.dumps(dict(data or {}), allow_nan=False),
    )


def add_to_tasks(
    tx: Transaction,
    kind: EventKind,
    data: Mapping[int, Mapping[str, object]],
    *,
    project_id: int,
    person_id: int | None = None,
) -> None:
    """One event on each of many tasks of a project, by task id, in one statement."""
    if data:
        tx.run(
            "INSERT INTO event (kind, created_at, project_id, task_id, person_id, data)"
            " SELECT $1, $2, $3, unnest($4), $5, unnest($6)",
            kind,
            tx.now,
            project_id,
            list(data),
            person_id,
            [json.dumps(dict(each), allow_nan=False) for each in data.values()],
        )


def newest(
    tx: Transaction,
    *,
    project_id: int | None,
    task_id: int | None,
    kinds: Collection[EventKind] | None,
    limit: int,
) -> list[Event]:
    """Newest first; None takes any."""
    conditions: list[str] = []
    values: list[object] = []
    for column, value in (("project_id =", project_id), ("task_id =", task_id)):
        if value is not None:
            values.append(value)
            conditions.append(f"{column} ${len(values)}")
    if kinds is not None:
        values.append(list(kinds))
        conditions.append(f"kind = ANY(${len(values)})")
    where = " AND ".join(conditions) or "TRUE"
    rows = tx.rows(
        f"SELECT * FROM event WHERE {where} ORDER BY id DESC LIMIT ${len(values) + 1}", *values, limit
    )
    return [Event(**{**row, "data": json.loads(row["data"])}) for row in rows]


def happened(tx: Transaction, task_id: int, kinds: Collection[EventKind]) -> bool:
    """Whether a task has any event of these kinds."""
    return tx.value(
        "SELECT count(*) > 0 FROM event WHERE task_id = $1 AND kind = ANY($2)", task_id, list(kinds)
    )


def happened_on(tx: Transaction, project_id: int, kinds: Collection[EventKind]) -> set[int]:
    """The tasks of a project that have an event of one of these kinds."""
    rows = tx.rows(
        "SELECT DISTINCT task_id FROM event WHERE project_id = $1 AND kind = ANY($2) AND task_id IS NOT NULL",
        project_id,
        list(kinds),
    )
    return {row["task_id"] for row in rows}
