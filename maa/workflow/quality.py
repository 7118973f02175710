"""How good people are: scores on gold, and the agreement of two people who labeled the same image.

Every table answers for a `metrics.Filter`; comparisons are dated by when they were made and belong to who
did the trial or the duplicate.
"""

from __future__ import annotations

import pandas as pd

from maa.domain import TaskPurpose
from maa.geometry.matching import cohen_kappa
from maa.store import metrics_quality as numbers
from maa.workflow.metrics import MOST_ROWS, Filter, read
from maa.workflow.workspace import Workspace

ALL_CLASSES = "all classes"


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
    both = pairs.dropna(subset=["class", "reference_class"])
    counted = [
        (str(row["class"]), str(row["reference_class"]), int(row["objects"]))
        for row in both.to_dict("records")
    ]
    names = sorted({name for one, other, _ in counted for name in (one, other)} | _alone(pairs))
    index = {name: number for number, name in enumerate(names)}
    rows = []
    for name in ([ALL_CLASSES] if names else []) + names:
        whole = name == ALL_CLASSES and name not in index
        mine = both if whole else both[(both["class"] == name) | (both["reference_class"] == name)]
        same = mine[mine["class"] == mine["reference_class"]]
        lonely = pairs[pairs["class"].isna() | pairs["reference_class"].isna()]
        if not whole:
            lonely = lonely[(lonely["class"] == name) | (lonely["reference_class"] == name)]
        labels = [
            (index[one], index[other]) if whole else (int(one == name), int(other == name))
            for one, other, objects in counted
            for _ in range(objects)
        ]
        rows.append(
            {
                "class": name,
                "pairs": int(mine["objects"].sum()),
                "same_class": int(same["objects"].sum()),
                "alone": int(lonely["objects"].sum()),
                "iou": (same["iou"] * same["objects"]).sum() / same["objects"].sum() if len(same) else None,
                "kappa": cohen_kappa(labels),
            }
        )
    frame = pd.DataFrame(rows, columns=["class", "pairs", "same_class", "alone", "iou", "kappa"])
    return frame.astype({"iou": float, "kappa": float})


def compared_objects(ws: Workspace, f: Filter, purpose: TaskPurpose) -> pd.DataFrame:
    """at, person, image, outcome, class, reference_class, iou, boundary_f, task, object, reference_object:
    the objects behind the scores (gold) or the agreement (duplicate), newest first, at most `MOST_ROWS`.
    """
    return read(ws, lambda tx, scope: numbers.compared_objects(tx, scope, purpose.value, MOST_ROWS), f)


def _alone(pairs: pd.DataFrame) -> set[str]:
    return {str(name) for column in ("class", "reference_class") for name in pairs[column].dropna()}
