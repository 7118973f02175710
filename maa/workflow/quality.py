"""How good people are: scores on gold, and the agreement of two people who labeled the same image.

Every table answers for a `metrics.Filter`; comparisons are dated by when they were made and belong to who
did the trial or the duplicate.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from maa.domain import TaskPurpose
from maa.geometry.matching import cohen_kappa
from maa.store import metrics_quality as numbers
from maa.workflow.metrics import MAX_ROWS, Filter, read
from maa.workflow.workspace import Workspace

ALL_CLASSES = "all classes"
_CLASSES = ["class", "reference_class"]


def gold_scores(ws: Workspace, f: Filter) -> pd.DataFrame:
    """person, class, matched, wrong_class, missed, extra, iou, boundary_f: of gold trials.

    An object counts for the class that gold gives it, an extra one for its own. iou, boundary_f: means of
    the matched objects, 0..1, NaN with none.
    """
    return read(ws, numbers.scores_by_class, f)


def gold_people(ws: Workspace, f: Filter) -> pd.DataFrame:
    """person, trials, score (mean panoptic quality, 0..1), worst: a row per person with trials."""
    return read(ws, numbers.scores_by_person, f)


def agreement(ws: Workspace, f: Filter) -> pd.DataFrame:
    """class, pairs, same_class, alone, iou, kappa: of duplicates; the first row is of all classes.

    pairs: objects that both people drew, to which at least one gave the class; same_class: both did.
    alone: objects of the class that only one of them drew. iou: mean of the pairs with the same class.
    kappa: Cohen's, of the pairs of all classes; for one class, of "this class or another one". NaN when it
    cannot be told.
    """
    pairs = read(ws, numbers.class_pairs, f)
    given = _given(pairs)
    names = sorted({str(name) for column in _CLASSES for name in pairs[column].dropna()})
    rows = [_agreed(ALL_CLASSES, pairs, given)] if names else []
    for name in names:
        either = pairs[(pairs["class"] == name) | (pairs["reference_class"] == name)]
        is_it: Counter[tuple[bool, bool]] = Counter()
        for (one, other), objects in given.items():
            is_it[one == name, other == name] += objects
        rows.append(_agreed(name, either, is_it))
    frame = pd.DataFrame(rows, columns=["class", "pairs", "same_class", "alone", "iou", "kappa"])
    return frame.astype({"iou": float, "kappa": float})


def _given(pairs: pd.DataFrame) -> Counter[tuple[str, str]]:
    """How many objects that both drew got which two classes."""
    given: Counter[tuple[str, str]] = Counter()
    for one, other, objects in pairs.dropna(subset=_CLASSES)[[*_CLASSES, "objects"]].itertuples(index=False):
        given[str(one), str(other)] += int(objects)
    return given


def _agreed(name: str, pairs: pd.DataFrame, given: Counter[Any]) -> dict[str, Any]:
    """A row of `agreement`. `given`: the classes that kappa is of."""
    both = pairs.dropna(subset=_CLASSES)
    same = both[both["class"] == both["reference_class"]]
    return {
        "class": name,
        "pairs": int(both["objects"].sum()),
        "same_class": int(same["objects"].sum()),
        "alone": int(pairs["objects"].sum() - both["objects"].sum()),
        "iou": (same["iou"] * same["objects"]).sum() / same["objects"].sum() if len(same) else None,
        "kappa": cohen_kappa(given),
    }


def compared_objects(ws: Workspace, f: Filter, purpose: TaskPurpose) -> pd.DataFrame:
    """at, person, image, outcome, class, reference_class, iou, boundary_f, task, object, reference_object:
    the objects behind the scores (gold) or the agreement (duplicate), newest first, at most `MAX_ROWS`.
    """
    return read(ws, lambda tx, scope: numbers.compared_objects(tx, scope, purpose.value, MAX_ROWS), f)
