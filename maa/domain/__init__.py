"""The words of MAA as plain types (see docs/glossary.md). No I/O; imports nothing else of maa.

Coordinates are image pixels as floats: the origin is the top-left *corner* of the top-left pixel, x to the
right, y down; pixel (row i, column j) covers [j, j+1] x [i, i+1]. Images are upright (EXIF applied) before
anything is measured on them. An object's outline is a valid, non-empty `shapely.MultiPolygon` inside the
image.
"""

from maa.domain.annotations import (
    Annotation,
    Effort,
    Origin,
    Revision,
)
from maa.domain.errors import (
    Conflict,
    InvalidInput,
    MaaError,
    NotAllowed,
    NotFound,
    Unusable,
    refused_by_system,
)
from maa.domain.event_kinds import EventKind, event_kind
from maa.domain.judgements import (
    Comment,
    CommentKind,
    ComparedObject,
    Comparison,
    Event,
    Outcome,
    Review,
    Verdict,
)
from maa.domain.people import (
    Account,
    Member,
    Person,
    Role,
    Session,
)
from maa.domain.projects import (
    RETURN_REASONS,
    Arm,
    Feedback,
    LabelClass,
    PrelabelOrder,
    Project,
    Settings,
    SplitBy,
)
from maa.domain.prompts import (
    Box,
    FloatArray,
    Point,
    PointKind,
    Prediction,
    Prompt,
)
from maa.domain.tasks import (
    Image,
    NewImage,
    Task,
    TaskPurpose,
    TaskState,
    Video,
)

__all__ = [
    "RETURN_REASONS",
    "Account",
    "Annotation",
    "Arm",
    "Box",
    "Comment",
    "CommentKind",
    "ComparedObject",
    "Comparison",
    "Conflict",
    "Effort",
    "Event",
    "EventKind",
    "Feedback",
    "FloatArray",
    "Image",
    "InvalidInput",
    "LabelClass",
    "MaaError",
    "Member",
    "NewImage",
    "NotAllowed",
    "NotFound",
    "Origin",
    "Outcome",
    "Person",
    "Point",
    "PointKind",
    "Prediction",
    "PrelabelOrder",
    "Project",
    "Prompt",
    "Review",
    "Revision",
    "Role",
    "Session",
    "Settings",
    "SplitBy",
    "Task",
    "TaskPurpose",
    "TaskState",
    "Unusable",
    "Verdict",
    "Video",
    "event_kind",
    "refused_by_system",
]
