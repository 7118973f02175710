"""The dashboard's numbers, in SQL over the append-only tables; `maa.workflow.metrics` says what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from maa.store.connection import Transaction


@dataclass(frozen=True, slots=True)
class Scope:
    """What to count: from `since` until before `until`; every project with None, everybody with no ids."""

    project_ids: list[int] | None
    since: datetime
    until: datetime
    person_ids: tuple[int, ...]
    timezone: str
    """Whose days; an IANA name."""


# $1 projects, $2 and $3 the time, $4 whether everybody, $5 people
IN_PROJECT = "($1 IS NULL OR task.project_id = ANY($1))"

# The present objects that a person made or decided about: who, how and when by the first revision that a
# person wrote, with the effort of that person on all their revisions. What began as a pre-label stays one.
OBJECTS = f"""
    newest AS (SELECT annotation_id, max(number) AS number FROM revision GROUP BY annotation_id),
    owned AS (
        SELECT annotation_id, min(number) AS number FROM revision WHERE author_id IS NOT NULL
        GROUP BY annotation_id
    ),
    objects AS (
        SELECT
            annotation.id,
            first.author_id AS person_id,
            CASE WHEN begun.origin = 'prelabel' THEN begun.origin ELSE first.origin END AS origin,
            first.created_at,
            sum(written.active_seconds) AS seconds,
            sum(written.clicks) AS clicks,
            sum(written.extra_points) AS extra_points,
            sum(written.vertices_moved) AS vertices_moved
        FROM annotation
        JOIN task ON task.id = annotation.task_id
        JOIN newest ON newest.annotation_id = annotation.id
        JOIN revision present ON present.annotation_id = annotation.id AND present.number = newest.number
            AND NOT present.deleted
        JOIN revision begun ON begun.annotation_id = annotation.id AND begun.number = 1
        JOIN owned ON owned.annotation_id = annotation.id
        JOIN revision first ON first.annotation_id = annotation.id AND first.number = owned.number
        JOIN revision written ON written.annotation_id = annotation.id AND written.author_id = first.author_id
        WHERE {IN_PROJECT}
            AND first.created_at >= $2 AND first.created_at < $3
            AND ($4 OR first.author_id = ANY($5))
            AND begun.origin <> 'imported'
        GROUP BY annotation.id, first.author_id, begun.origin, first.origin, first.created_at
    )
"""

# Times that work was handed in, and not taken back by its author before anybody looked at it.
SUBMITTED = f"""
    taken_back AS (
        SELECT max(earlier.id) AS id
        FROM event back JOIN event earlier ON earlier.task_id = back.task_id AND earlier.id < back.id
        WHERE back.kind = 'taken_back' AND earlier.kind = 'submitted'
        GROUP BY back.id
    ),
    submitted AS (
        SELECT event.task_id, task.image_id, event.person_id, event.created_at
        FROM event JOIN task ON task.id = event.task_id
        WHERE event.kind = 'submitted' AND event.id NOT IN (SELECT id FROM taken_back) AND {IN_PROJECT}
            AND event.created_at >= $2 AND event.created_at < $3 AND ($4 OR event.person_id = ANY($5))
    )
"""

# Verdicts that stand on whole tasks (not on objects, nor pins), counted for whose work it was.
VERDICTS = f"""
    verdicts AS (
        SELECT review.id, review.task_id, task.image_id, review.author_id AS person_id, review.verdict,
            review.created_at
        FROM standing_review review JOIN task ON task.id = review.task_id
        WHERE review.annotation_id IS NULL AND review.x IS NULL AND {IN_PROJECT}
            AND review.created_at >= $2 AND review.created_at < $3 AND ($4 OR review.author_id = ANY($5))
    )
"""


# Times that work was approved for good, by a reviewer or unseen, counted for whose work it was.
APPROVALS = f"""
    approvals AS (
        SELECT approval.id, approval.task_id, task.image_id, approval.author_id AS person_id,
            approval.reviewer_id, approval.created_at,
            EXISTS (
                SELECT 1 FROM standing_review review
                WHERE review.task_id = approval.task_id AND review.annotation_id IS NULL
                    AND review.x IS NULL AND review.verdict = 'send_back'
                    AND review.created_at < approval.created_at
            ) AS reworked
        FROM standing_approval approval JOIN task ON task.id = approval.task_id
        WHERE {IN_PROJECT}
            AND approval.created_at >= $2 AND approval.created_at < $3
            AND ($4 OR approval.author_id = ANY($5))
    )
"""


# Whose effort tells a pace: a piece that was cut off another object took none of its own.
PACED = "(origin = 'prelabel' OR seconds + clicks + vertices_moved > 0)"


def _day(timezone: str) -> str:
    return f"CAST((created_at AT TIME ZONE 'UTC') AT TIME ZONE {timezone} AS DATE)"


def throughput(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {OBJECTS}, {SUBMITTED}, {APPROVALS},
        done AS (
            SELECT {_day("$6")} AS day, person_id, 'object' AS what, id FROM objects
            UNION
            SELECT {_day("$6")}, person_id, 'submitted', image_id FROM submitted
            UNION
            SELECT {_day("$6")}, person_id, 'approved', image_id FROM approvals
        )
        SELECT
            done.day,
            person.name AS person,
            count(*) FILTER (WHERE done.what = 'object') AS objects,
            count(*) FILTER (WHERE done.what = 'submitted') AS images_submitted,
            count(*) FILTER (WHERE done.what = 'approved') AS images_approved
        FROM done JOIN person ON person.id = done.person_id
        GROUP BY done.day, person.name
        ORDER BY done.day, person.name
        """,
        *scope_values(scope),
        scope.timezone,
    )


def seconds_per_object(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {OBJECTS}
        SELECT
            person.name AS person,
            objects.origin,
            count(*) AS objects,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY objects.seconds) AS median_seconds,
            avg(objects.seconds) AS mean_seconds,
            avg(objects.clicks) AS clicks,
            avg(objects.extra_points) AS extra_points,
            avg(objects.vertices_moved) AS vertices_moved
        FROM objects JOIN person ON person.id = objects.person_id
        WHERE {PACED}
        GROUP BY person.name, objects.origin
        ORDER BY person.name, objects.origin
        """,
        *scope_values(scope),
    )


def objects(tx: Transaction, scope: Scope, *, origin: str | None, limit: int) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {OBJECTS}
        SELECT objects.id AS object, task.id AS task, image.file_name AS image, label_class.name AS class,
            person.name AS person, objects.origin, objects.created_at AS at, objects.seconds, objects.clicks,
            objects.extra_points, objects.vertices_moved
        FROM objects
        JOIN newest ON newest.annotation_id = objects.id
        JOIN revision present ON present.annotation_id = objects.id AND present.number = newest.number
        JOIN annotation ON annotation.id = objects.id
        JOIN task ON task.id = annotation.task_id
        JOIN image ON image.id = task.image_id
        JOIN present_class ON present_class.id = present.class_id
        JOIN label_class ON label_class.id = present_class.present_id
        JOIN person ON person.id = objects.person_id
        WHERE $6 IS NULL OR objects.origin = $6
        ORDER BY objects.id DESC LIMIT $7
        """,
        *scope_values(scope),
        origin,
        limit,
    )


def totals(tx: Transaction, scope: Scope) -> dict[str, Any]:
    """objects, images_submitted, images_approved, approval_rate, verdicts, rework_rate, and for both ways
    ORIGIN_objects, ORIGIN_seconds (median): everybody together; None with nothing to divide by.
    """
    row = tx.row(
        f"""
        WITH {OBJECTS}, {SUBMITTED}, {VERDICTS}, {APPROVALS}
        SELECT
            (SELECT count(*) FROM objects) AS objects,
            (SELECT count(DISTINCT image_id) FROM submitted) AS images_submitted,
            (SELECT count(DISTINCT image_id) FROM approvals) AS images_approved,
            (SELECT CAST(count(*) FILTER (WHERE verdict = 'approve') AS DOUBLE PRECISION)
                / nullif(count(*), 0) FROM verdicts) AS approval_rate,
            (SELECT count(*) FROM verdicts) AS verdicts,
            (SELECT CAST(count(DISTINCT task_id) FILTER (WHERE reworked) AS DOUBLE PRECISION)
                / nullif(count(DISTINCT task_id), 0) FROM approvals) AS rework_rate,
            (SELECT count(*) FROM objects WHERE origin = 'assisted' AND {PACED}) AS assisted_objects,
            (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
                FROM objects WHERE origin = 'assisted' AND {PACED}) AS assisted_seconds,
            (SELECT count(*) FROM objects WHERE origin = 'manual' AND {PACED}) AS manual_objects,
            (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
                FROM objects WHERE origin = 'manual' AND {PACED}) AS manual_seconds
        """,
        *scope_values(scope),
    )
    assert row is not None
    return row


def backlog(tx: Transaction, scope: Scope) -> pd.DataFrame:
    """state, tasks: accepted tasks of projects that are not archived, and of the one asked for."""
    return tx.frame(
        f"""
        SELECT task.state, count(*) AS tasks
        FROM task JOIN project ON project.id = task.project_id
        WHERE task.accepted AND {IN_PROJECT} AND ($1 IS NOT NULL OR project.archived_at IS NULL)
        GROUP BY task.state
        """,
        scope.project_ids,
    )


def open_duplicates(tx: Transaction, scope: Scope) -> int:
    """The duplicates that are not handed in, where they can still be labeled."""
    return tx.value(
        f"""
        SELECT count(*)
        FROM task JOIN project ON project.id = task.project_id
        WHERE task.purpose = 'duplicate' AND task.state IN ('ready', 'leased') AND {IN_PROJECT}
            AND project.archived_at IS NULL
        """,
        scope.project_ids,
    )


def images_in(tx: Transaction, scope: Scope, *, state: str, limit: int) -> pd.DataFrame:
    return tx.frame(
        f"""
        SELECT task.id AS task, image.file_name AS image, person.name AS person, task.updated_at AS at
        FROM task
        JOIN project ON project.id = task.project_id
        JOIN image ON image.id = task.image_id
        LEFT JOIN person ON person.id = coalesce(task.holder_id, task.author_id)
        WHERE task.accepted AND {IN_PROJECT} AND ($1 IS NOT NULL OR project.archived_at IS NULL)
            AND task.state = $2
        ORDER BY task.updated_at DESC, task.id DESC LIMIT $3
        """,
        scope.project_ids,
        state,
        limit,
    )


def submissions(tx: Transaction, scope: Scope, *, limit: int) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {SUBMITTED}
        SELECT submitted.task_id AS task, image.file_name AS image, person.name AS person,
            max(submitted.created_at) AS at
        FROM submitted
        JOIN image ON image.id = submitted.image_id
        JOIN person ON person.id = submitted.person_id
        GROUP BY submitted.task_id, image.file_name, person.name
        ORDER BY max(submitted.created_at) DESC, submitted.task_id DESC LIMIT $6
        """,
        *scope_values(scope),
        limit,
    )


def approvals_by_day(tx: Transaction, scope: Scope) -> pd.DataFrame:
    """day, images: distinct images approved on each day that had any."""
    return tx.frame(
        f"""
        WITH {APPROVALS}
        SELECT {_day("$6")} AS day, count(DISTINCT image_id) AS images
        FROM approvals GROUP BY 1 ORDER BY 1
        """,
        *scope_values(scope),
        scope.timezone,
    )


def scope_values(scope: Scope) -> tuple[object, ...]:
    """$1 to $5: projects, since, until, whether everybody, people."""
    return scope.project_ids, scope.since, scope.until, not scope.person_ids, list(scope.person_ids)
