"""What people say of work: reviews, comments, comparisons; and the history of everything."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from maa.domain.event_kinds import EventKind
from maa.domain.tasks import TaskPurpose


class CommentKind(StrEnum):
    """What a comment does to its thread."""

    SAID = "said"
    RESOLVED = "resolved"
    REOPENED = "reopened"


class Verdict(StrEnum):
    APPROVE = "approve"
    SEND_BACK = "send_back"


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


class Outcome(StrEnum):
    """What became of an object in a comparison."""

    MATCHED = "matched"
    WRONG_CLASS = "wrong_class"
    MISSED = "missed"
    """The reference has it, the other one does not."""
    EXTRA = "extra"
    """The other way round."""


@dataclass(frozen=True, slots=True)
class ComparedObject:
    """An object of a comparison: a pair, or one of either side that has no partner."""

    outcome: Outcome
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
    kind: EventKind
    created_at: datetime
    project_id: int | None = None
    task_id: int | None = None
    annotation_id: int | None = None
    person_id: int | None = None
    data: dict[str, object] = field(default_factory=dict)
