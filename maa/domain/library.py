"""The words of the library of micromodels, as plain types; see `maa.domain` for the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


def above_zero(low: float, digits: int = 3) -> bool:
    """Whether an interval that begins at `low` lies above 0 as it is shown to people, with so many digits."""
    return round(low, digits) > 0


class ModelState(StrEnum):
    """What may be done with a model."""

    CANDIDATE = "candidate"
    """New: a project may take it up once it was compared with what the project uses."""
    ACTIVE = "active"
    """Projects may use it."""
    RETIRED = "retired"
    """Kept, because work names it; not offered any more."""


class ModelPurpose(StrEnum):
    """What a project works with a model for; it names at most one for each."""

    OUTLINES = "outlines"
    """It answers prompts. Projects that name none use the library's default."""
    OBJECTS = "objects"
    """A detector: it finds objects by itself. Without one, pre-labels need prompts from elsewhere."""


class ChoiceHow(StrEnum):
    """How a project came to a model."""

    PROMOTED = "promoted"
    """A candidate that was better."""
    OVERRIDDEN = "overridden"
    """A candidate that was not, or that nobody had compared: somebody gave a reason."""
    CHOSEN = "chosen"
    """One that is active already."""
    ROLLED_BACK = "rolled back"
    RESTORED = "restored"
    """From a backup, where the library lacks the model that it had: the default in place of it."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A project names the model that it works with."""

    id: int
    project_id: int
    model_id: str | None
    """NAME@HASH; None: the library's default, or no detector."""
    replaced: str | None
    """The model that was named before."""
    how: ChoiceHow
    reason: str
    person_id: int | None
    created_at: datetime
    purpose: ModelPurpose = ModelPurpose.OUTLINES


class JobKind(StrEnum):
    FINETUNE = "finetune"
    DETECTOR = "detector"
    COMPARE = "compare"


class JobState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """A training of a project's candidate, or a comparison of two models on the project's objects."""

    id: int
    project_id: int
    kind: JobKind
    state: JobState
    parent: str
    """Id of the model that it starts from, and that the candidate is compared with; the one that lends its
    encoder to a detector."""
    candidate: str
    """Name of the model that comes out; id of the one that is compared."""
    minutes: float | None
    """The budget of the training."""
    images: int
    """Approved images that are trained on..."""
    objects: int
    """...with so many objects."""
    held_back: int
    """Objects of the held-back share."""
    starts: int
    """How often its process was started."""
    person_id: int | None
    created_at: datetime
    ended_at: datetime | None = None
    message: str = ""
    """Why it failed."""


HELD_BACK = "held back"
"""Measured on the project's held-back share."""
GENERAL = "general"
"""Measured on the general check set."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """How good a model was on a set of objects, and the difference to another one on the same questions."""

    model_id: str
    project_id: int
    measured_on: str
    """`HELD_BACK` or `GENERAL`."""
    images: int
    objects: int
    iou_mean: float
    iou_over_085: float
    """Share of the objects."""
    against: str | None = None
    difference: float | None = None
    """Of the means: this model's minus the other's..."""
    low: float | None = None
    high: float | None = None
    """...and its 95 % interval, resampled by image."""
    job_id: int = 0
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DetectorMeasurement:
    """How good a detector was on a project's held-back share, at its threshold."""

    model_id: str
    project_id: int
    images: int
    objects: int
    average_precision: float
    """At IoU 0.5."""
    threshold: float
    precision: float
    recall: float
    saved: float
    """Actions an object that annotators are spared, of four, what they have to delete taken off..."""
    low: float
    high: float
    """...and its 95 % interval, resampled by image."""
    opened_05: float
    """Share of the objects that open with an outline of IoU 0.5 or more..."""
    opened_08: float
    """...and 0.8."""
    against: str | None = None
    """The detector that the project had, where this one was compared with it on the same photos:"""
    difference: float | None = None
    """actions an object that this one saves beyond it..."""
    difference_low: float | None = None
    difference_high: float | None = None
    """...and the 95 % interval, resampled by image."""
    job_id: int = 0
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PrelabelRun:
    """A batch over the images of a project that nobody has opened: of pre-labels, or of two models' answers
    to the prompts of those that are there.
    """

    id: int
    project_id: int
    source: str
    """Where the prompts come from: "detections", "sequence" or "detector"; or "disagreement"."""
    name: str
    """What people know it by: the file's name, say."""
    model_id: str
    """The model that answers."""
    least_confidence: float
    """Answers that the model is less sure of are left out."""
    images: int
    """How many it was begun for."""
    finished: bool
    person_id: int | None
    created_at: datetime
    other_model: str | None
    """Id of the detector that finds the objects, or of the model that `model_id` is compared with."""
    least_score: float | None
    """What a detector is less sure of is left out."""
    looked_at: int
    """Images that it has dealt with."""
    objects: int
    """That it proposed, or compared."""
