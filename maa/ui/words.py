"""How states and origins are called on the pages."""

from maa.domain import Origin, TaskState

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
