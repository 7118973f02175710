"""Images, and the work that is done on each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from maa.domain.projects import Arm


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
class NewImage:
    """An `Image` that is still to be recorded."""

    file_name: str
    width: int
    height: int
    file_hash: str
    pixel_hash: str
    sequence: str | None = None
    frame: int | None = None
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Video:
    """A video whose frames are images of a project; its file is not kept."""

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
