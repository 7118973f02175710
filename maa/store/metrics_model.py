"""What became of the model's outlines; `maa.workflow.metrics` says what the numbers mean.

Everything is about the objects of tasks that are approved now, dated by the approval.
"""

from __future__ import annotations

import pandas as pd

from maa.store.connection import Transaction
from maa.store.metrics import IN_PROJECT, Scope, scope_values

AS_IS = 0.999999
"""IoU from which on an outline is the proposed one, where no vertex was moved by hand."""

# A row an approved object: its present revision, and what its revisions cost and tried. It counts for who
# wrote it last as an annotator, also when a reviewer has corrected it since; what a reviewer drew, for them.
_AUTHOR = "CASE WHEN written.handed_in IS NULL THEN revision.author_id ELSE worked.author_id END"
# A click on an edited outline is answered with that outline in it: the proposal then has what the hand did.
# What was made of a pre-label is compared with the pre-label: a click that repairs it gets another answer.
_AS_IS = f"""(
    CASE WHEN written.prelabel IS NULL
        THEN revision.model_iou >= {AS_IS} AND written.vertices_moved = 0
        ELSE revision.outline = written.prelabel
    END
)"""
_APPROVED = f"""
    last_approval AS (
        SELECT approval.task_id, max(approval.id) AS id
        FROM approval JOIN task ON task.id = approval.task_id
        WHERE task.state = 'approved' AND task.accepted AND {IN_PROJECT}
        GROUP BY approval.task_id
    ),
    approved AS (
        SELECT approval.id, approval.task_id, approval.created_at
        FROM last_approval JOIN approval ON approval.id = last_approval.id
        WHERE approval.created_at >= $2 AND approval.created_at < $3
    ),
    written AS (
        SELECT annotation.id AS annotation_id, approved.id AS approval_id, approved.task_id,
            approved.created_at,
            max(revision.number) AS number,
            max(CASE WHEN revision.correction THEN NULL ELSE revision.number END) AS handed_in,
            arg_max(revision.model_id, revision.number) FILTER (WHERE revision.model_id IS NOT NULL)
                AS model_id,
            max(CASE WHEN revision.model_iou IS NULL THEN 0 ELSE 1 END) AS proposed,
            arg_max(revision.outline, revision.number) FILTER (
                WHERE revision.origin = 'prelabel' AND revision.author_id IS NULL AND NOT revision.deleted
            ) AS prelabel,
            sum(revision.active_seconds) AS seconds,
            sum(revision.clicks) AS clicks,
            sum(revision.extra_points) AS extra_points,
            sum(revision.vertices_moved) AS vertices_moved
        FROM approved
        JOIN annotation ON annotation.task_id = approved.task_id
        JOIN revision ON revision.annotation_id = annotation.id
        GROUP BY annotation.id, approved.id, approved.task_id, approved.created_at
    ),
    final AS (
        SELECT written.*, revision.class_id, {_AUTHOR} AS author_id,
            revision.origin, revision.model_iou,
            CASE
                WHEN written.proposed = 0 THEN 'no model'
                WHEN revision.model_iou IS NULL THEN 'redrawn'
                WHEN {_AS_IS} THEN 'as is'
                ELSE 'edited'
            END AS outcome,
            {_AS_IS} AS as_is
        FROM written JOIN revision ON revision.annotation_id = written.annotation_id
            AND revision.number = written.number
        LEFT JOIN revision worked ON worked.annotation_id = written.annotation_id
            AND worked.number = written.handed_in
        WHERE NOT revision.deleted AND ($4 OR {_AUTHOR} = ANY($5))
    )
"""


def agreement_totals(tx: Transaction, scope: Scope) -> dict[str, float | None]:
    """compared, median_iou, as_is (a share): all that has a proposal together."""
    row = tx.row(
        f"""
        WITH {_APPROVED}
        SELECT count(*) AS compared,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY model_iou) AS median_iou,
            avg(CASE WHEN as_is THEN 1.0 ELSE 0.0 END) AS as_is
        FROM final WHERE model_iou IS NOT NULL
        """,
        *scope_values(scope),
    )
    assert row is not None
    return row


def agreement_histogram(tx: Transaction, scope: Scope) -> pd.DataFrame:
    """from_iou (in steps of 0.05), accepted_as_is, objects."""
    return tx.frame(
        f"""
        WITH {_APPROVED}
        SELECT least(floor(model_iou * 20), 19) / 20 AS from_iou, as_is AS accepted_as_is,
            count(*) AS objects
        FROM final WHERE model_iou IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
        """,
        *scope_values(scope),
    )


def model_outcomes(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {_APPROVED}
        SELECT label_class.name AS class, final.model_id,
            count(*) AS objects,
            avg(CASE WHEN outcome = 'as is' THEN 1.0 ELSE 0.0 END) AS as_is,
            avg(CASE WHEN outcome = 'edited' THEN 1.0 ELSE 0.0 END) AS edited,
            avg(CASE WHEN outcome = 'redrawn' THEN 1.0 ELSE 0.0 END) AS redrawn,
            avg(final.vertices_moved) AS vertices_moved,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY final.model_iou) AS median_iou
        FROM final
        JOIN present_class ON present_class.id = final.class_id
        JOIN label_class ON label_class.id = present_class.present_id
        WHERE final.proposed = 1
        GROUP BY label_class.name, final.model_id
        ORDER BY label_class.name, final.model_id
        """,
        *scope_values(scope),
    )


def approved_objects(
    tx: Transaction,
    scope: Scope,
    *,
    class_name: str | None,
    model_id: str | None,
    outcome: str | None,
    from_iou: float | None,
    limit: int,
) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {_APPROVED}
        SELECT final.annotation_id AS object, final.task_id AS task, image.file_name AS image,
            label_class.name AS class, person.name AS person, final.outcome, final.model_id,
            final.model_iou, approved_object.kept_iou, final.seconds, final.clicks, final.extra_points,
            final.vertices_moved
        FROM final
        JOIN task ON task.id = final.task_id
        JOIN image ON image.id = task.image_id
        JOIN present_class ON present_class.id = final.class_id
        JOIN label_class ON label_class.id = present_class.present_id
        LEFT JOIN person ON person.id = final.author_id
        LEFT JOIN approved_object ON approved_object.approval_id = final.approval_id
            AND approved_object.annotation_id = final.annotation_id
        WHERE ($6 IS NULL OR label_class.name = $6) AND ($7 IS NULL OR final.model_id = $7)
            AND ($8 IS NULL OR final.outcome = $8)
            AND ($9 IS NULL OR least(floor(final.model_iou * 20), 19) = round($9 * 20))
        ORDER BY final.annotation_id DESC LIMIT $10
        """,
        *scope_values(scope),
        class_name,
        model_id,
        outcome,
        from_iou,
        limit,
    )
