"""Objects on images, and what was made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shapely import MultiPolygon

from maa.domain.prompts import Prompt


class Origin(StrEnum):
    """How an annotation's outline came to be."""

    ASSISTED = "assisted"
    MANUAL = "manual"
    PRELABEL = "prelabel"
    IMPORTED = "imported"


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
