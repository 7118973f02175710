"""What reviewers said, counted for whose work it was, and what they did; see `maa.workflow.metrics`."""

from __future__ import annotations

import pandas as pd

from maa.store.connection import Transaction
from maa.store.metrics import APPROVALS, IN_PROJECT, SUBMITTED, VERDICTS, Scope, scope_values


def review_outcomes(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {SUBMITTED}, {VERDICTS}, {APPROVALS},
        judged AS (
            SELECT person_id,
                count(*) FILTER (WHERE verdict = 'approve') AS approved,
                count(*) FILTER (WHERE verdict = 'send_back') AS returned
            FROM verdicts GROUP BY person_id
        ),
        done AS (
            SELECT person_id,
                count(*) FILTER (WHERE reviewer_id IS NULL) AS unseen,
                count(DISTINCT task_id) AS tasks,
                count(DISTINCT task_id) FILTER (WHERE reworked) AS reworked
            FROM approvals GROUP BY person_id
        ),
        handed_in AS (SELECT person_id, count(*) AS submitted FROM submitted GROUP BY person_id)
        SELECT
            person.name AS person,
            coalesce(handed_in.submitted, 0) AS submitted,
            coalesce(judged.approved, 0) AS approved,
            coalesce(judged.returned, 0) AS returned,
            coalesce(done.unseen, 0) AS unseen,
            CAST(judged.approved AS DOUBLE PRECISION)
                / nullif(judged.approved + judged.returned, 0) AS approval_rate,
            CAST(done.reworked AS DOUBLE PRECISION) / nullif(done.tasks, 0) AS rework_rate
        FROM person
        LEFT JOIN handed_in ON handed_in.person_id = person.id
        LEFT JOIN judged ON judged.person_id = person.id
        LEFT JOIN done ON done.person_id = person.id
        WHERE coalesce(handed_in.person_id, judged.person_id, done.person_id) IS NOT NULL
        ORDER BY person.name
        """,
        *scope_values(scope),
    )


def reviewing(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH given AS (
            SELECT review.reviewer_id AS person_id,
                count(DISTINCT task.image_id) FILTER (WHERE annotation_id IS NULL AND verdict = 'approve')
                    AS approved,
                count(DISTINCT task.image_id) FILTER (WHERE annotation_id IS NULL AND verdict = 'send_back')
                    AS returned,
                count(DISTINCT annotation_id) FILTER (WHERE verdict = 'send_back') AS objects_returned
            FROM standing_review review JOIN task ON task.id = review.task_id
            WHERE review.x IS NULL AND {IN_PROJECT} AND review.created_at >= $2 AND review.created_at < $3
                AND ($4 OR review.reviewer_id = ANY($5))
            GROUP BY review.reviewer_id
        ),
        fixed AS (
            SELECT revision.author_id AS person_id,
                count(DISTINCT revision.annotation_id) AS objects_corrected
            FROM revision
            JOIN annotation ON annotation.id = revision.annotation_id
            JOIN task ON task.id = annotation.task_id
            WHERE revision.correction AND {IN_PROJECT}
                AND revision.created_at >= $2 AND revision.created_at < $3
                AND ($4 OR revision.author_id = ANY($5))
            GROUP BY revision.author_id
        )
        SELECT
            person.name AS person,
            coalesce(given.approved, 0) AS approved,
            coalesce(given.returned, 0) AS returned,
            coalesce(given.objects_returned, 0) AS objects_returned,
            coalesce(fixed.objects_corrected, 0) AS objects_corrected
        FROM person
        LEFT JOIN given ON given.person_id = person.id
        LEFT JOIN fixed ON fixed.person_id = person.id
        WHERE coalesce(given.person_id, fixed.person_id) IS NOT NULL
        ORDER BY person.name
        """,
        *scope_values(scope),
    )


def return_reasons(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        SELECT review.reason, count(*) AS count
        FROM standing_review review JOIN task ON task.id = review.task_id
        WHERE review.verdict = 'send_back' AND review.x IS NULL AND review.reason <> '' AND {IN_PROJECT}
            AND review.created_at >= $2 AND review.created_at < $3 AND ($4 OR review.author_id = ANY($5))
        GROUP BY review.reason
        ORDER BY count(*) DESC, review.reason
        """,
        *scope_values(scope),
    )


def sent_back(tx: Transaction, scope: Scope) -> pd.DataFrame:
    """at, image, class, reason, comment, task, object: each verdict that sent something back,
    without pins.
    """
    return _said(tx, scope, praise=False).drop(columns="verdict")


def said(tx: Transaction, scope: Scope) -> pd.DataFrame:
    """The same with the verdict, and with those that approved with a comment."""
    return _said(tx, scope, praise=True)


def _said(tx: Transaction, scope: Scope, *, praise: bool) -> pd.DataFrame:
    return tx.frame(
        f"""
        SELECT review.created_at AS "at", review.verdict, image.file_name AS image, label_class.name AS class,
            review.reason, review.comment, review.task_id AS task, review.annotation_id AS object
        FROM standing_review review
        JOIN task ON task.id = review.task_id
        JOIN image ON image.id = task.image_id
        LEFT JOIN revision ON revision.annotation_id = review.annotation_id
            AND revision.number = review.revision_number
        LEFT JOIN present_class ON present_class.id = revision.class_id
        LEFT JOIN label_class ON label_class.id = present_class.present_id
        WHERE (review.verdict = 'send_back' OR $6 AND review.comment <> '') AND review.x IS NULL
            AND {IN_PROJECT} AND review.created_at >= $2 AND review.created_at < $3
            AND ($4 OR review.author_id = ANY($5))
        ORDER BY review.id DESC LIMIT 1000
        """,
        *scope_values(scope),
        praise,
    )
