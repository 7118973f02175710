"""The dashboard's headline figures, and whether there is enough work to compare help with handwork."""

from __future__ import annotations

from dataclasses import dataclass

from maa.store import metrics as numbers
from maa.store import metrics_model
from maa.workflow import metrics
from maa.workflow.metrics import Filter
from maa.workflow.workspace import Workspace

ENOUGH = 10
"""Objects of each kind from which a comparison of their medians says something."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long objects of one kind took."""

    objects: int
    median_seconds: float | None
    """Active seconds an object; None with no objects."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything of the filter together; what counts as what is said in `metrics`."""

    objects: int
    images_submitted: int
    images_approved: int
    approval_rate: float | None
    """Approvals of all verdicts; None without any."""
    verdicts: int
    """Of reviewers on images."""
    given: int
    """Reviews by the people in the filter: verdicts on images, and objects corrected."""
    rework_rate: float | None
    """Approved images that had been sent back before; None without approvals."""
    assisted: Pace
    manual: Pace
    speedup: float | None
    """Median seconds by hand / assisted; None with fewer than `ENOUGH` of either."""
    compared: int
    """Approved objects that a model proposed."""
    agreement: float | None
    """Median IoU of the model's outline and the approved one."""
    accepted_as_is: float | None
    """Share of `compared` whose outline stayed as the model proposed it."""

    @property
    def labeled(self) -> bool:
        """Whether anything was labeled, or came back from a review."""
        return any((self.objects, self.images_submitted, self.images_approved, self.verdicts))

    @property
    def nothing(self) -> bool:
        """Whether nothing at all was labeled or reviewed."""
        return not self.labeled and not self.given


def summarize(ws: Workspace, f: Filter) -> Summary:
    """The figures of everybody in the filter together."""
    totals = metrics.read(ws, numbers.totals, f)
    assisted = Pace(totals["assisted_objects"], totals["assisted_seconds"])
    manual = Pace(totals["manual_objects"], totals["manual_seconds"])
    reviewed = metrics.reviewing(ws, f)
    compared = metrics.read(ws, metrics_model.agreement_totals, f)
    return Summary(
        objects=totals["objects"],
        images_submitted=totals["images_submitted"],
        images_approved=totals["images_approved"],
        approval_rate=totals["approval_rate"],
        verdicts=totals["verdicts"],
        given=int(reviewed[["approved", "returned", "objects_corrected"]].to_numpy().sum()),
        rework_rate=totals["rework_rate"],
        assisted=assisted,
        manual=manual,
        speedup=_speedup(assisted, manual),
        compared=int(compared["compared"] or 0),
        agreement=compared["median_iou"],
        accepted_as_is=compared["as_is"],
    )


def _speedup(assisted: Pace, manual: Pace) -> float | None:
    if min(assisted.objects, manual.objects) < ENOUGH or not assisted.median_seconds:
        return None
    return (manual.median_seconds or 0.0) / assisted.median_seconds
