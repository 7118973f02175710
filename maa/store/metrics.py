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

    project_id: int | None
    since: datetime
    until: datetime
    person_ids: tuple[int, ...]
    timezone: str
    """Whose days; an IANA name."""


# $1 project, $2 and $3 the time, $4 whether everybody, $5 people
_IN_PROJECT = "($1 IS NULL OR task.project_id = $1)"

# The present objects that a person made: who, how and when by their first revision, with the effort of that
# person on all their revisions.
_OBJECTS = f"""
    objects AS (
        SELECT
            annotation.id,
            first.author_id AS person_id,
            first.origin,
            first.created_at,
            sum(written.active_seconds) AS seconds,
            sum(written.clicks) AS clicks,
            sum(written.extra_points) AS extra_points,
            sum(written.vertices_moved) AS vertices_moved
        FROM annotation
        JOIN task ON task.id = annotation.task_id
        JOIN revision first ON first.annotation_id = annotation.id AND first.number = 1
        JOIN revision written ON written.annotation_id = annotation.id AND written.author_id = first.author_id
        WHERE {_IN_PROJECT}
            AND first.created_at >= $2 AND first.created_at < $3
            AND ($4 OR first.author_id = ANY($5))
            AND first.origin <> 'imported'
            AND NOT EXISTS (
                SELECT 1 FROM revision gone
                WHERE gone.annotation_id = annotation.id AND gone.deleted AND gone.number = (
                    SELECT max(newest.number) FROM revision newest WHERE newest.annotation_id = annotation.id
                )
            )
        GROUP BY annotation.id, first.author_id, first.origin, first.created_at
    )
"""

# Times that work was handed in.
_SUBMITTED = f"""
    submitted AS (
        SELECT event.task_id, task.image_id, event.person_id, event.created_at
        FROM event JOIN task ON task.id = event.task_id
        WHERE event.kind = 'submitted' AND {_IN_PROJECT}
            AND event.created_at >= $2 AND event.created_at < $3 AND ($4 OR event.person_id = ANY($5))
    )
"""

# Verdicts on whole tasks (not those on objects, nor pins), counted for whose work it was.
_VERDICTS = f"""
    verdicts AS (
        SELECT review.id, review.task_id, task.image_id, review.author_id AS person_id, review.verdict,
            review.created_at
        FROM review JOIN task ON task.id = review.task_id
        WHERE review.annotation_id IS NULL AND review.x IS NULL AND {_IN_PROJECT}
            AND review.created_at >= $2 AND review.created_at < $3 AND ($4 OR review.author_id = ANY($5))
    )
"""


def _day(timezone: str) -> str:
    return f"CAST((created_at AT TIME ZONE 'UTC') AT TIME ZONE {timezone} AS DATE)"


def throughput(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {_OBJECTS}, {_SUBMITTED}, {_VERDICTS},
        done AS (
            SELECT {_day("$6")} AS day, person_id, 'object' AS what, id FROM objects
            UNION
            SELECT {_day("$6")}, person_id, 'submitted', image_id FROM submitted
            UNION
            SELECT {_day("$6")}, person_id, 'approved', image_id FROM verdicts WHERE verdict = 'approve'
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
        *_values(scope),
        scope.timezone,
    )


def seconds_per_object(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {_OBJECTS}
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
        GROUP BY person.name, objects.origin
        ORDER BY person.name, objects.origin
        """,
        *_values(scope),
    )


def model_agreement(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH approved AS (
            SELECT task.id, max(review.created_at) AS created_at
            FROM task JOIN review ON review.task_id = task.id
            WHERE task.state = 'approved' AND {_IN_PROJECT}
                AND review.annotation_id IS NULL AND review.x IS NULL AND review.verdict = 'approve'
            GROUP BY task.id
        )
        SELECT
            annotation.id AS annotation_id,
            label_class.name AS class,
            person.name AS person,
            revision.model_id,
            revision.model_iou AS iou,
            revision.model_iou >= 0.999999 AS accepted_as_is
        FROM approved
        JOIN annotation ON annotation.task_id = approved.id
        JOIN revision ON revision.annotation_id = annotation.id AND revision.number = (
            SELECT max(newest.number) FROM revision newest WHERE newest.annotation_id = annotation.id
        )
        JOIN present_class ON present_class.id = revision.class_id
        JOIN label_class ON label_class.id = present_class.present_id
        JOIN person ON person.id = revision.author_id
        WHERE approved.created_at >= $2 AND approved.created_at < $3 AND ($4 OR person.id = ANY($5))
            AND revision.model_iou IS NOT NULL AND NOT revision.deleted
        ORDER BY annotation.id
        """,
        *_values(scope),
    )


def review_outcomes(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {_SUBMITTED}, {_VERDICTS},
        judged AS (
            SELECT
                person_id,
                count(*) FILTER (WHERE verdict = 'approve') AS approved,
                count(*) FILTER (WHERE verdict = 'send_back') AS returned,
                count(DISTINCT task_id) FILTER (WHERE verdict = 'approve') AS tasks,
                count(DISTINCT task_id) FILTER (
                    WHERE verdict = 'approve' AND task_id IN (
                        SELECT earlier.task_id FROM review earlier
                        WHERE earlier.task_id = verdicts.task_id AND earlier.id < verdicts.id
                            AND earlier.annotation_id IS NULL AND earlier.x IS NULL
                            AND earlier.verdict = 'send_back'
                    )
                ) AS reworked
            FROM verdicts GROUP BY person_id
        ),
        handed_in AS (SELECT person_id, count(*) AS submitted FROM submitted GROUP BY person_id)
        SELECT
            person.name AS person,
            coalesce(handed_in.submitted, 0) AS submitted,
            coalesce(judged.approved, 0) AS approved,
            coalesce(judged.returned, 0) AS returned,
            CAST(judged.approved AS DOUBLE PRECISION)
                / nullif(judged.approved + judged.returned, 0) AS approval_rate,
            CAST(judged.reworked AS DOUBLE PRECISION) / nullif(judged.tasks, 0) AS rework_rate
        FROM person
        LEFT JOIN handed_in ON handed_in.person_id = person.id
        LEFT JOIN judged ON judged.person_id = person.id
        WHERE handed_in.person_id IS NOT NULL OR judged.person_id IS NOT NULL
        ORDER BY person.name
        """,
        *_values(scope),
    )


def return_reasons(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        SELECT review.reason, count(*) AS count
        FROM review JOIN task ON task.id = review.task_id
        WHERE review.verdict = 'send_back' AND review.reason <> '' AND {_IN_PROJECT}
            AND review.created_at >= $2 AND review.created_at < $3 AND ($4 OR review.author_id = ANY($5))
        GROUP BY review.reason
        ORDER BY count(*) DESC, review.reason
        """,
        *_values(scope),
    )


def totals(tx: Transaction, scope: Scope) -> dict[str, Any]:
    """objects, images_submitted, images_approved, approval_rate, rework_rate, and for assisted and manual
    ORIGIN_objects, ORIGIN_seconds (median): everybody together; None with nothing to divide by.
    """
    row = tx.row(
        f"""
        WITH {_OBJECTS}, {_SUBMITTED}, {_VERDICTS},
        judged AS (
            SELECT task_id, min(image_id) AS image_id,
                count(*) FILTER (WHERE verdict = 'approve') AS approved,
                count(*) FILTER (WHERE verdict = 'send_back') AS returned,
                bool_or(verdict = 'approve' AND EXISTS (
                    SELECT 1 FROM review earlier
                    WHERE earlier.task_id = verdicts.task_id AND earlier.id < verdicts.id
                        AND earlier.annotation_id IS NULL AND earlier.x IS NULL
                        AND earlier.verdict = 'send_back'
                )) AS reworked
            FROM verdicts GROUP BY task_id
        )
        SELECT
            (SELECT count(*) FROM objects) AS objects,
            (SELECT count(DISTINCT image_id) FROM submitted) AS images_submitted,
            (SELECT count(DISTINCT image_id) FROM judged WHERE approved > 0) AS images_approved,
            (SELECT CAST(sum(approved) AS DOUBLE PRECISION) / nullif(sum(approved) + sum(returned), 0)
                FROM judged) AS approval_rate,
            (SELECT CAST(count(*) FILTER (WHERE reworked) AS DOUBLE PRECISION)
                / nullif(count(*) FILTER (WHERE approved > 0), 0) FROM judged) AS rework_rate,
            (SELECT count(*) FROM objects WHERE origin = 'assisted') AS assisted_objects,
            (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
                FROM objects WHERE origin = 'assisted') AS assisted_seconds,
            (SELECT count(*) FROM objects WHERE origin = 'manual') AS manual_objects,
            (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
                FROM objects WHERE origin = 'manual') AS manual_seconds
        """,
        *_values(scope),
    )
    assert row is not None
    return row


def backlog(tx: Transaction, scope: Scope) -> pd.DataFrame:
    """state, tasks: accepted tasks of projects that are not archived, and of the one asked for."""
    return tx.frame(
        f"""
        SELECT task.state, count(*) AS tasks
        FROM task JOIN project ON project.id = task.project_id
        WHERE task.accepted AND {_IN_PROJECT} AND ($1 IS NOT NULL OR project.archived_at IS NULL)
        GROUP BY task.state
        """,
        scope.project_id,
    )


def approvals_by_day(tx: Transaction, scope: Scope) -> pd.DataFrame:
    """day, images: distinct images approved on each day that had any."""
    return tx.frame(
        f"""
        WITH {_VERDICTS}
        SELECT {_day("$6")} AS day, count(DISTINCT image_id) AS images
        FROM verdicts WHERE verdict = 'approve' GROUP BY 1 ORDER BY 1
        """,
        *_values(scope),
        scope.timezone,
    )


def _values(scope: Scope) -> tuple[object, ...]:
    return scope.project_id, scope.since, scope.until, not scope.person_ids, list(scope.person_ids)
