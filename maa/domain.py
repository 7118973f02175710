"""The words of MAA as plain types (see docs/glossary.md). No I/O; imports nothing else of maa.

Coordinates are image pixels as floats: the origin is the top-left *corner* of the top-left pixel, x to the
right, y down; pixel (row i, column j) covers [j, j+1] x [i, i+1]. Images are upright (EXIF applied) before
anything is measured on them. An object's outline is a valid, non-empty `shapely.MultiPolygon` inside the
image.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon

FloatArray = NDArray[np.float32]


class MaaError(Exception):
    """An error whose message is written for the person who meets it: what is wrong and what to do."""


class InvalidInput(MaaError):
    """What was given cannot be used (a prompt, a file, a name)."""


class NotFound(MaaError):
    """The thing named does not exist (any more)."""


class Conflict(MaaError):
    """Somebody or something else changed it first; reload and try again."""


class NotAllowed(MaaError):
    """This person may not do this."""


class Role(StrEnum):
    """What a person may do in a project. Each role includes the ones before it."""

    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    MANAGER = "manager"

    def includes(self, other: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(other)


class TaskState(StrEnum):
    READY = "ready"
    LEASED = "leased"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    SKIPPED = "skipped"


class TaskPurpose(StrEnum):
    WORK = "work"
    DUPLICATE = "duplicate"
    GOLD = "gold"


class Origin(StrEnum):
    """How an annotation's outline came to be."""

    ASSISTED = "assisted"
    MANUAL = "manual"
    PRELABEL = "prelabel"
    IMPORTED = "imported"


class PointKind(StrEnum):
    BOUNDARY = "boundary"
    INSIDE = "inside"
    OUTSIDE = "outside"


class Arm(StrEnum):
    """How a task is labeled while the project compares the model with handwork."""

    ASSISTED = "assisted"
    MANUAL = "manual"


class Feedback(StrEnum):
    """When people see how they did on gold images."""

    AT_ONCE = "at_once"
    NEXT_DAY = "next_day"
    NEVER = "never"


class SplitBy(StrEnum):
    """What stays together when a share of the images is held back from every training."""

    IMAGE = "image"
    SEQUENCE = "sequence"


class PrelabelOrder(StrEnum):
    """Which images come first once a model has proposed objects on them."""

    AS_THEY_CAME = "as they came"
    LEARN_MOST = "what the model would learn most from"
    DISAGREEMENT = "what two models disagree on"
    NEARLY_DONE = "what is nearly done"


class CommentKind(StrEnum):
    """What a comment does to its thread."""

    SAID = "said"
    RESOLVED = "resolved"
    REOPENED = "reopened"


class Verdict(StrEnum):
    APPROVE = "approve"
    SEND_BACK = "send_back"


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned box in image pixels; may reach past the image's edge."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Point:
    """One click of a prompt, in image pixels."""

    x: float
    y: float
    kind: PointKind = PointKind.BOUNDARY


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the annotator gave the model.

    Valid with four or more boundary points in any order, or a box, or a prior polygon; `crop` fixes the crop
    of the first answer so that further points on the same object are seen by the network at the same scale.
    """

    points: tuple[Point, ...] = ()
    box: Box | None = None
    prior: MultiPolygon | None = None
    crop: Box | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The model's answer.

    `probabilities`: float32 (H, W) in 0..1; its grid covers `crop` evenly, sample (i, j) lies at the *centre*
    of its cell: image x = crop.left + (j + 0.5) * crop.width / W, y likewise.
    """

    probabilities: FloatArray
    crop: Box
    image_size: tuple[int, int]
    """(width, height) in pixels of the image it was made on."""
    confidence: float
    """0..1: the model's own guess of its quality."""
    model_id: str
    """NAME@first 12 hex digits of the weights' sha256."""
    milliseconds: float
    threshold: float = 0.5
    """Inside 0..1: the probability above which a pixel is the object's, by the model's own card."""


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    active: bool = True
    admin: bool = False
    """Whether they look after the installation: its people and its secrets. It gives no role in a project."""


@dataclass(frozen=True, slots=True)
class Member(Person):
    """A person with the role that they have in one project."""

    role: Role = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Account:
    """How a person signs in to this installation."""

    person_id: int
    email: str | None = None
    """The address by which single sign-on knows them, in small letters."""
    subject: str | None = None
    """Who they are there ("issuer subject"), once they came from there."""
    password_hash: str | None = field(default=None, repr=False)
    one_time_until: datetime | None = None
    """While set, the password was given to them, holds until then, and has to be replaced first."""
    demo: bool = False
    """Whether the password is the demo's, which everybody knows."""
    failures: int = 0
    """Failed sign-ins since the last one that worked."""
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A person's signed-in browser."""

    id: int
    person_id: int
    way: str
    """How they signed in: password, or single sign-on."""
    device: str
    """Which browser it says it is."""
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LabelClass:
    id: int
    project_id: int
    name: str
    color: str
    """#rrggbb"""
    position: int
    """Order in the list; the first nine answer to keys 1-9."""
    retired: bool = False
    merged_into: int | None = None


RETURN_REASONS: tuple[str, ...] = (
    "wrong class",
    "loose outline",
    "missing object",
    "extra object",
    "merged objects",
    "other",
)
"""The reasons for sending work back that a project begins with."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project decides about its work. Shares and scores are 0..1."""

    paused: bool = False
    """While paused nothing is handed out; what somebody holds they can finish."""
    pick_any: bool = False
    """Whether annotators may take a particular image instead of the next one."""
    salt: str = ""
    """Makes this project's draws its own."""
    review_share: float = 1.0
    """Share of the handed-in images that a reviewer looks at; the others are approved unseen."""
    review_newcomers: int = 20
    """People with fewer approved images have all of theirs reviewed."""
    review_below_confidence: float = 0.0
    """An image with an object that the model was less sure of is reviewed."""
    review_stages: int = 1
    """1, or 2: then a second reviewer looks at what the first one passed."""
    reasons: tuple[str, ...] = RETURN_REASONS
    """The reasons for sending work back."""
    time_zone: str = ""
    """Whose days the numbers are about, an IANA name; empty: those of whoever looks."""
    gold_rate: float = 0.0
    """Share of gold trials in what is handed out."""
    gold_feedback: str = Feedback.NEXT_DAY.value
    qualification_images: int = 0
    """How many gold images a person has to pass before they get real work; 0 asks for none."""
    qualification_score: float = 0.8
    """The score from which on a gold image is passed."""
    duplicate_rate: float = 0.0
    """Share of the images that a second person labels too."""
    duplicate_agreement: float = 0.8
    """The score from which on two people agree; below it a reviewer decides."""
    pseudonyms: bool = False
    """Whether people are called by pseudonyms instead of their names, in all but the list of members."""
    manual_share: float = 0.0
    """Share of the images labeled by hand to compare the model with; 0 compares nothing."""
    held_back_by: str = SplitBy.IMAGE.value
    """What stays together in the share that no training sees; fixed once a model was trained."""
    prelabel_order: str = PrelabelOrder.AS_THEY_CAME.value
    """Which images come first once a model has proposed objects on them."""


@dataclass(frozen=True, slots=True)
class Project:
    id: int
    name: str
    guidelines: str
    created_at: datetime
    archived_at: datetime | None = None
    lease_minutes: int = 30
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class Image:
    id: int
    project_id: int
    file_name: str
    """The name it was imported under, as text: shown, exported, never opened as a path."""
    width: int
    height: int
    file_hash: str
    """sha256 of the imported file's bytes."""
    pixel_hash: str
    """sha256 of the upright RGB pixels and their shape: the cache key of everything computed from them."""
    created_at: datetime
    sequence: str | None = None
    frame: int | None = None
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Video:
    """A film whose frames are images of a project; the film itself is not kept."""

    id: int
    project_id: int
    name: str
    """As it was imported, as text."""
    sequence: str
    """`Image.sequence` of its frames."""
    file_hash: str
    """sha256 of the imported file's bytes."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Task:
    id: int
    project_id: int
    image_id: int
    purpose: TaskPurpose
    state: TaskState
    version: int
    """Counts up with every change of the row; a writer that saw an older one gets `Conflict`."""
    holder_id: int | None = None
    lease_expires_at: datetime | None = None
    author_id: int | None = None
    """Who submitted it last: sent-back work goes to them first, and they never review it."""
    accepted: bool = False
    """Whether this task's annotations are the image's result (exactly one task per image)."""
    submitted_at: datetime | None = None
    updated_at: datetime | None = None
    sent_back_by: int | None = None
    """The reviewer who sent it back last, until it is approved: the corrected work goes to them first."""
    priority: int = 0
    """Higher ones are handed out first, equal ones by age."""
    stage: int = 1
    """Which review a submitted task waits for or is in, 1 or 2."""
    gold: bool = False
    """Whether its annotations are trusted: people are scored against them."""
    for_person_id: int | None = None
    """Of a gold trial: whose it is."""
    reference_task_id: int | None = None
    """Of a gold trial or a duplicate: what it is compared with."""
    reference_at: datetime | None = None
    """The moment whose state of the reference counts."""
    arm: Arm | None = None
    """How it is to be labeled, fixed when it was first taken; None: as the annotator likes."""

    @property
    def waits_for_labels(self) -> bool:
        """Whether somebody has yet to hand it in."""
        return self.state in (TaskState.READY, TaskState.LEASED, TaskState.RETURNED)


@dataclass(frozen=True, slots=True)
class Effort:
    """What it took a person to make one revision."""

    active_seconds: float = 0.0
    clicks: int = 0
    extra_points: int = 0
    vertices_moved: int = 0


@dataclass(frozen=True, slots=True)
class Revision:
    """One saved version of an annotation; never changed after it is written.

    The newest revision of an annotation is its present; `deleted` revisions hide it.
    """

    annotation_id: int
    number: int
    """1, 2, ... within the annotation."""
    class_id: int
    outline: MultiPolygon | None
    """None only when `deleted`."""
    origin: Origin
    author_id: int | None
    created_at: datetime
    deleted: bool = False
    prompt: Prompt | None = None
    model_id: str | None = None
    model_outline: MultiPolygon | None = None
    """What the model proposed, before any hand edit."""
    confidence: float | None = None
    effort: Effort = field(default_factory=Effort)
    correction: bool = False
    """Whether its author wrote it as the reviewer of the task, not as its annotator."""

    @property
    def prelabel(self) -> bool:
        """Whether a model proposed it and nobody has decided about it yet."""
        return self.origin is Origin.PRELABEL and self.author_id is None and not self.deleted


@dataclass(frozen=True, slots=True)
class Annotation:
    """One object of a task, with its newest revision."""

    id: int
    task_id: int
    revision: Revision


@dataclass(frozen=True, slots=True)
class Review:
    """A verdict on a task, or on one of its annotations when `annotation_id` is set."""

    id: int
    task_id: int
    reviewer_id: int
    verdict: Verdict
    reason: str
    comment: str
    created_at: datetime
    annotation_id: int | None = None
    revision_number: int | None = None
    """The annotation's revision that the verdict is about."""
    place: tuple[float, float] | None = None
    """Of a pin: where on the image the remark belongs (x, y). It repeats the verdict of its decision."""
    stage: int = 1
    """Of which review it is the verdict."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One turn of a thread on a task, or on one of its annotations when `annotation_id` is set."""

    id: int
    task_id: int
    person_id: int
    kind: CommentKind
    text: str
    created_at: datetime
    annotation_id: int | None = None
    thread_id: int | None = None
    """The first comment of the thread; None for that one."""
    place: tuple[float, float] | None = None
    """Of a thread's first comment: the image point (x, y) that it is about, if it is about one."""


@dataclass(frozen=True, slots=True)
class ComparedObject:
    """An object of a comparison: a pair, or one of either side that has no partner."""

    outcome: str
    """A value of `maa.geometry.matching.Outcome`."""
    annotation_id: int | None
    class_id: int | None
    reference_annotation_id: int | None
    reference_class_id: int | None
    iou: float | None
    boundary_f: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A gold trial or a duplicate, compared with its reference."""

    id: int
    task_id: int
    reference_task_id: int
    purpose: TaskPurpose
    person_id: int | None
    reference_person_id: int | None
    score: float
    """Panoptic quality, 0..1."""
    created_at: datetime
    objects: tuple[ComparedObject, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, append-only: what the dashboards and the history are made from."""

    id: int
    kind: str
    created_at: datetime
    project_id: int | None = None
    task_id: int | None = None
    annotation_id: int | None = None
    person_id: int | None = None
    data: dict[str, object] = field(default_factory=dict)
