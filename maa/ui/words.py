"""How states, origins and what happened to an image are called on the pages."""

from maa.domain import Origin, TaskState
from maa.domain.wording import count

CLASS_KEYS = 99
"""So many classes answer to their number; from 10 on it is two digits in quick succession."""

STATE_NAMES = {
    TaskState.READY: "to label",
    TaskState.LEASED: "being labeled",
    TaskState.SUBMITTED: "waiting for review",
    TaskState.IN_REVIEW: "in review",
    TaskState.RETURNED: "sent back",
    TaskState.APPROVED: "approved",
    TaskState.SKIPPED: "skipped",
}

ORIGIN_NAMES = {
    Origin.ASSISTED: "assisted",
    Origin.MANUAL: "by hand",
    Origin.PRELABEL: "pre-label",
    Origin.IMPORTED: "imported",
}

_HAPPENED = {
    "carried": "carried over",
    "claimed": "taken to label",
    "comment_said": "commented",
    "compared": "models compared",
    "corrected": "corrected in review",
    "duplicate_asked": "second labeling",
    "gold_marked": "made gold",
    "gold_scored": "compared with gold",
    "gold_unmarked": "not gold any more",
    "imported": "image imported",
    "passed": "stage approved",
    "predicted": "model answered",
    "prelabel_decided": "pre-label decided",
    "prelabeled": "pre-labeled",
    "prompt_undone": "click undone",
    "released": "given back",
    "review_claimed": "taken to review",
    "review_released": "review given back",
}


def more_to_label(left: int, exact: bool) -> str:
    """How many images wait to be labeled beside the one in hand; empty when none does."""
    if not left:
        return ""
    return count(left, "more image") if exact else f"up to {left:,} more"


def happened(what: str) -> str:
    """A row of an image's history in words; most kinds of event are words already."""
    return _HAPPENED.get(what, what.replace("_", " "))
