"""Projects: their classes, and what they decide about their work."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class LabelClass:
    id: int
    project_id: int
    name: str
    color: str
    """#rrggbb"""
    position: int
    """Order in the list; they answer to their number."""
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
    numbered_are_frames: bool = True
    """Whether images of one size with numbered names are frames of a sequence; those of videos always are."""
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

    @property
    def compares_people(self) -> bool:
        """Whether some of the images that people get are gold trials or duplicates, and nobody is to learn
        which."""
        return bool(self.gold_rate or self.qualification_images or self.duplicate_rate)


@dataclass(frozen=True, slots=True)
class Project:
    id: int
    name: str
    guidelines: str
    created_at: datetime
    archived_at: datetime | None = None
    lease_minutes: int = 30
    settings: Settings = field(default_factory=Settings)
