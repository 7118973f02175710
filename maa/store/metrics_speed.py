"""What the comparison of the model with handwork counts; `maa.workflow.speedup` says what it means."""

from __future__ import annotations

import pandas as pd

from maa.store.connection import Transaction
from maa.store.metrics import Scope, scope_values


def approved_tasks_by_arm(tx: Transaction, scope: Scope) -> pd.DataFrame:
    """task_id, person_id, arm, seconds, objects, kept, followed: a row per approved task that has an arm.

    seconds: all that its author spent on objects of it, those they deleted included. objects: approved ones
    that an annotator drew; kept: the sum of their IoU with what was handed in first; followed: how many were
    begun the arm's way. Dated by the approval; person: the author.
    """
    return tx.frame(
        """
        WITH newest AS (SELECT task_id, max(id) AS id FROM approval GROUP BY task_id),
        approved AS (
            SELECT approval.id, approval.task_id, approval.author_id, task.arm
            FROM newest
            JOIN approval ON approval.id = newest.id
            JOIN task ON task.id = approval.task_id
            WHERE task.arm IS NOT NULL AND task.state = 'approved'
                AND ($1 IS NULL OR task.project_id = ANY($1))
                AND approval.created_at >= $2 AND approval.created_at < $3
                AND ($4 OR approval.author_id = ANY($5))
        ),
        drawn AS (
            SELECT approved.task_id, count(*) AS objects, sum(approved_object.kept_iou) AS kept,
                count(*) FILTER (
                    WHERE begun.origin = approved.arm
                    OR begun.origin = 'prelabel' AND approved.arm = 'assisted'
                ) AS followed
            FROM approved
            JOIN approved_object ON approved_object.approval_id = approved.id
            JOIN revision begun ON begun.annotation_id = approved_object.annotation_id AND begun.number = 1
            WHERE begun.origin <> 'imported' AND NOT begun.correction
            GROUP BY approved.task_id
        ),
        spent AS (
            SELECT approved.task_id, sum(revision.active_seconds) AS seconds
            FROM approved
            JOIN annotation ON annotation.task_id = approved.task_id
            JOIN revision ON revision.annotation_id = annotation.id
                AND revision.author_id = approved.author_id
            GROUP BY approved.task_id
        )
        SELECT approved.task_id, approved.author_id AS person_id, approved.arm,
            coalesce(spent.seconds, 0) AS seconds,
            coalesce(drawn.objects, 0) AS objects,
            coalesce(drawn.kept, 0) AS kept,
            coalesce(drawn.followed, 0) AS followed
        FROM approved
        LEFT JOIN drawn ON drawn.task_id = approved.task_id
        LEFT JOIN spent ON spent.task_id = approved.task_id
        ORDER BY approved.task_id
        """,
        *scope_values(scope),
    )


def trials_by_arm(tx: Transaction, scope: Scope) -> pd.DataFrame:
    """arm, trials, score (mean): gold trials that had an arm, dated by when they were scored."""
    return tx.frame(
        """
        SELECT task.arm, count(*) AS trials, avg(comparison.score) AS score
        FROM standing_comparison comparison JOIN task ON task.id = comparison.task_id
        WHERE comparison.purpose = 'gold' AND task.arm IS NOT NULL
            AND ($1 IS NULL OR task.project_id = ANY($1))
            AND comparison.created_at >= $2 AND comparison.created_at < $3
            AND ($4 OR comparison.person_id = ANY($5))
        GROUP BY task.arm ORDER BY task.arm
        """,
        *scope_values(scope),
    )
