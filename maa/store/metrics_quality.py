"""Scores on gold and agreement of two people; `maa.workflow.quality` says what the numbers mean."""

from __future__ import annotations

import pandas as pd

from maa.store.connection import Transaction
from maa.store.metrics import Scope, scope_values

# $6 the purpose. An object counts for the class that the reference gives it, an extra one for its own.
_OBJECTS = """
    compared AS (
        SELECT comparison.id, comparison.task_id, comparison.person_id, comparison.created_at,
            comparison.score, task.image_id
        FROM standing_comparison comparison JOIN task ON task.id = comparison.task_id
        WHERE comparison.purpose = $6 AND ($1 IS NULL OR task.project_id = ANY($1))
            AND comparison.created_at >= $2 AND comparison.created_at < $3
            AND ($4 OR comparison.person_id = ANY($5))
    ),
    objects AS (
        SELECT compared.*, compared_object.outcome, compared_object.annotation_id,
            compared_object.reference_annotation_id, compared_object.iou, compared_object.boundary_f,
            mine.present_id AS class_id, reference.present_id AS reference_class_id,
            coalesce(reference.present_id, mine.present_id) AS counted_class_id
        FROM compared
        JOIN compared_object ON compared_object.comparison_id = compared.id
        LEFT JOIN present_class mine ON mine.id = compared_object.class_id
        LEFT JOIN present_class reference ON reference.id = compared_object.reference_class_id
    )
"""


def scores_by_class(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {_OBJECTS}
        SELECT person.name AS person, label_class.name AS class,
            count(*) FILTER (WHERE objects.outcome = 'matched') AS matched,
            count(*) FILTER (WHERE objects.outcome = 'wrong_class') AS wrong_class,
            count(*) FILTER (WHERE objects.outcome = 'missed') AS missed,
            count(*) FILTER (WHERE objects.outcome = 'extra') AS extra,
            avg(objects.iou) FILTER (WHERE objects.outcome = 'matched') AS iou,
            avg(objects.boundary_f) FILTER (WHERE objects.outcome = 'matched') AS boundary_f
        FROM objects
        JOIN person ON person.id = objects.person_id
        JOIN label_class ON label_class.id = objects.counted_class_id
        GROUP BY person.name, label_class.name
        ORDER BY person.name, label_class.name
        """,
        *scope_values(scope),
        "gold",
    )


def scores_by_person(tx: Transaction, scope: Scope) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {_OBJECTS}
        SELECT person.name AS person, count(*) AS trials, avg(compared.score) AS score,
            min(compared.score) AS worst
        FROM compared JOIN person ON person.id = compared.person_id
        GROUP BY person.name ORDER BY person.name
        """,
        *scope_values(scope),
        "gold",
    )


def class_pairs(tx: Transaction, scope: Scope) -> pd.DataFrame:
    """class, reference_class (names, None without a partner), objects, iou (mean): of duplicates."""
    return tx.frame(
        f"""
        WITH {_OBJECTS}
        SELECT mine.name AS class, reference.name AS reference_class, count(*) AS objects,
            avg(objects.iou) AS iou
        FROM objects
        LEFT JOIN label_class mine ON mine.id = objects.class_id
        LEFT JOIN label_class reference ON reference.id = objects.reference_class_id
        GROUP BY mine.name, reference.name
        ORDER BY mine.name, reference.name
        """,
        *scope_values(scope),
        "duplicate",
    )


def compared_objects(tx: Transaction, scope: Scope, purpose: str, limit: int) -> pd.DataFrame:
    return tx.frame(
        f"""
        WITH {_OBJECTS}
        SELECT objects.created_at AS "at", person.name AS person, image.file_name AS image, objects.outcome,
            mine.name AS class, reference.name AS reference_class, objects.iou, objects.boundary_f,
            objects.task_id AS task, objects.annotation_id AS object,
            objects.reference_annotation_id AS reference_object
        FROM objects
        JOIN person ON person.id = objects.person_id
        JOIN image ON image.id = objects.image_id
        LEFT JOIN label_class mine ON mine.id = objects.class_id
        LEFT JOIN label_class reference ON reference.id = objects.reference_class_id
        ORDER BY objects.id DESC, objects.outcome LIMIT $7
        """,
        *scope_values(scope),
        purpose,
        limit,
    )
