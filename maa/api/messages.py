"""What the canvas and the server tell each other: JSON to the words of the domain, and back.

Nothing that arrives is trusted: every value is checked for its kind, its size and its being finite, and what
is wrong is said in a sentence. Keys that are not known are ignored.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from shapely import MultiPolygon

from maa.domain import Annotation, Box, Effort, InvalidInput, LabelClass, Point, PointKind, Prompt, Review
from maa.geometry import Rings, from_rings, repair, to_rings
from maa.workflow.agreement import Difference
from maa.workflow.comments import Thread
from maa.workflow.seats import Seat

MAX_BYTES = 8 * 1024**2
MAX_POINTS = 500
"""Clicks of one prompt."""
MAX_VERTICES = 20_000
"""Of one outline."""
MAX_OUTLINES = 2_000
FARTHEST = 1e6
"""Pixels; no image is that large, and what is computed with such numbers stays finite."""
_MAX_NUMBER_LENGTH = 32

Size = tuple[int, int]
"""(width, height) in pixels."""


def parse(body: bytes) -> Message:
    """The one JSON object that a body holds.

    Raises:
        InvalidInput: it is not JSON in the strict sense (NaN, Infinity, numbers beyond all measure and halves
            of characters included), or not an object.
    """
    try:
        found = json.loads(body, parse_constant=_no_number, parse_int=_whole, parse_float=_finite)
        if b"\\u" in body:
            # A half of a character pair is legal in JSON and in Python, but no text that can be stored.
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidInput("The request is not JSON as it should be.") from error
    if not isinstance(found, dict):
        raise InvalidInput("The request is not a JSON object.")
    return Message(found)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _whole(text: str) -> int:
    if len(text) > _MAX_NUMBER_LENGTH:
        raise ValueError("a number of many digits")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond all measure")
    return number


class Message:
    """A JSON object, read value by value. Every method raises `InvalidInput`, naming the key."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, key: str, *, most: int, empty: bool = False) -> str:
        value = self._values.get(key, "" if empty else None)
        if not isinstance(value, str) or len(value) > most or not (value or empty):
            raise InvalidInput(f"{key!r} has to be a text of up to {most} characters.")
        if "\0" in value:
            raise InvalidInput(f"{key!r} has characters that cannot be kept.")
        return value

    def choice(self, key: str, among: Iterable[str]) -> str:
        value, known = self._values.get(key), sorted(among)
        if not isinstance(value, str) or value not in known:
            raise InvalidInput(f"{key!r} has to be one of: {', '.join(known)}.")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false when it is missing."""
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            raise InvalidInput(f"{key!r} has to be true or false.")
        return value

    def integer(self, key: str, *, most: int = 2**31 - 1, default: int | None = None) -> int:
        """A whole number from 0 to `most`."""
        value = self._values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise InvalidInput(f"{key!r} has to be a whole number from 0 to {most}.")
        return value

    def integer_or_none(self, key: str) -> int | None:
        return None if self._values.get(key) is None else self.integer(key)

    def integers(self, key: str, *, most: int) -> list[int]:
        """A list of up to `most` whole numbers."""
        found = _list(self._values.get(key), repr(key), most)
        return [Message({key: value}).integer(key) for value in found]

    def integers_or_none(self, key: str, *, most: int) -> list[int] | None:
        return None if self._values.get(key) is None else self.integers(key, most=most)

    def number(self, key: str, least: float, most: float, *, default: float | None = None) -> float:
        return _number(self._values.get(key, default), f"{key!r}", least, most)

    def number_or_none(self, key: str, least: float, most: float) -> float | None:
        return None if self._values.get(key) is None else self.number(key, least, most)

    def message(self, key: str) -> Message:
        return _message(self._values.get(key), repr(key))

    def message_or_none(self, key: str) -> Message | None:
        return None if self._values.get(key) is None else self.message(key)

    def messages(self, key: str, *, most: int) -> list[Message]:
        """A list of objects; empty when it is missing."""
        return [_message(value, repr(key)) for value in _list(self._values.get(key, []), repr(key), most)]

    def numbered(self, key: str, *, most: int) -> dict[int, Message]:
        """An object whose keys are ids; empty when it is missing."""
        found = self._values.get(key, {})
        if not isinstance(found, dict) or len(found) > most:
            raise InvalidInput(f"{key!r} has to be an object of up to {most} entries.")
        if not all(name.isascii() and name.isdecimal() and len(name) < 10 for name in found):
            raise InvalidInput(f"The keys of {key!r} have to be the numbers of objects.")
        return {int(name): _message(value, repr(key)) for name, value in found.items()}

    def plain(self) -> dict[str, Any]:
        """Everything, as it came."""
        return dict(self._values)

    def outline(self, key: str) -> MultiPolygon:
        """An outline that may cross itself or leave the image."""
        return _outline(self._values.get(key))

    def outline_or_none(self, key: str) -> MultiPolygon | None:
        return None if self._values.get(key) is None else self.outline(key)

    def outlines(self, key: str) -> list[MultiPolygon]:
        """Several outlines; together they may have ten times the vertices of one."""
        found = [_outline(value) for value in _list(self._values.get(key), repr(key), MAX_OUTLINES)]
        if sum(_count(to_rings(outline)) for outline in found) > 10 * MAX_VERTICES:
            raise InvalidInput("These outlines have too many points to be worked on together.")
        return found

    def line(self, key: str) -> list[tuple[float, float]]:
        """Points [x, y] in image pixels, two or more."""
        points = [_xy(value) for value in _list(self._values.get(key), repr(key), MAX_VERTICES)]
        if len(points) < 2:
            raise InvalidInput(f"{key!r} has to have at least two points.")
        return points

    def prompt(self, size: Size) -> Prompt:
        """`points`, `prior` and `crop` as what the model is asked on an image of this size."""
        prior = self.outline_or_none("prior")
        return Prompt(
            points=tuple(
                _click(value) for value in _list(self._values.get("points"), "'points'", MAX_POINTS)
            ),
            prior=None if prior is None else repair(prior, size),
            crop=_crop(self._values.get("crop"), size),
        )

    def effort(self) -> Effort:
        return Effort(
            active_seconds=self.number("active_seconds", 0, 1e6, default=0),
            clicks=self.integer("clicks", default=0),
            extra_points=self.integer("extra_points", default=0),
            vertices_moved=self.integer("vertices_moved", default=0),
        )


def _message(value: Any, what: str) -> Message:
    if not isinstance(value, dict):
        raise InvalidInput(f"{what} has to be a JSON object.")
    return Message(value)


def _list(value: Any, what: str, most: int) -> Sequence[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise InvalidInput(f"{what} has to be a list of up to {most} entries.")
    return value


def _number(value: Any, what: str, least: float, most: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidInput(f"{what} has to be a number from {least:g} to {most:g}.")
    return float(value)


def _xy(value: Any) -> tuple[float, float]:
    pair = _list(value, "A point", 2)
    if len(pair) != 2:
        raise InvalidInput("A point has to be [x, y].")
    x, y = (_number(coordinate, "A coordinate", -FARTHEST, FARTHEST) for coordinate in pair)
    return x, y


def _click(value: Any) -> Point:
    triple = _list(value, "A point of the prompt", 3)
    kinds = [kind.value for kind in PointKind]
    if len(triple) != 3 or triple[2] not in kinds:
        raise InvalidInput(
            f"A point of the prompt has to be [x, y, kind], the kind one of: {', '.join(kinds)}."
        )
    x, y = _xy(triple[:2])
    return Point(x, y, PointKind(triple[2]))


def _crop(value: Any, size: Size) -> Box | None:
    if value is None:
        return None
    corners = _list(value, "'crop'", 4)
    if len(corners) != 4:
        raise InvalidInput("'crop' has to be [left, top, right, bottom].")
    # The surroundings of a large object reach past the image's edge, but not without end.
    reach = 4 * max(size)
    left, top, right, bottom = (_number(corner, "A side of 'crop'", -reach, reach) for corner in corners)
    return Box(left, top, right, bottom)


def _outline(value: Any) -> MultiPolygon:
    if _count(value) > MAX_VERTICES:
        raise InvalidInput(f"The outline has more than {MAX_VERTICES} points. Simplify it.")
    outline = from_rings(value)
    if not outline.is_empty and max(map(abs, outline.bounds)) > FARTHEST:
        raise InvalidInput("The outline lies far outside the image.")
    return outline


def _count(rings: Any) -> int:
    """The points in the lists of an outline, whatever else they hold."""
    if not isinstance(rings, list):
        return 0
    return sum(
        len(ring) for part in rings if isinstance(part, list) for ring in part if isinstance(ring, list)
    )


# --- what is told ---


def crop_json(crop: Box | None) -> list[float] | None:
    return None if crop is None else [crop.left, crop.top, crop.right, crop.bottom]


def outline_json(outline: MultiPolygon | None) -> Rings | None:
    return None if outline is None else to_rings(outline)


def prompt_json(prompt: Prompt | None) -> dict[str, Any] | None:
    if prompt is None:
        return None
    return {
        "points": [[point.x, point.y, point.kind.value] for point in prompt.points],
        "prior": outline_json(prompt.prior),
        "crop": crop_json(prompt.crop),
    }


def seat_json(seat: Seat) -> dict[str, Any]:
    since = seat.since.isoformat() if seat.since else None
    return {"mine": seat.mine, "since": since, "who": seat.who, "free": seat.free}


def classes_json(classes: Sequence[LabelClass]) -> list[dict[str, Any]]:
    """A project's classes, the retired ones too; `becomes`: what a merged one shows as."""
    by_id = {label.id: label for label in classes}

    def becomes(label: LabelClass) -> int | None:
        while label.merged_into in by_id:
            label = by_id[label.merged_into]
        return label.id

    return [
        {
            "id": label.id,
            "name": label.name,
            "color": label.color,
            "retired": label.retired,
            "becomes": None if label.merged_into is None else becomes(label),
        }
        for label in classes
    ]


def annotation_json(annotation: Annotation, author: str, remark: Review | None) -> dict[str, Any]:
    """`author`: the name of who wrote the newest revision. `remark`: what the last send-back said of it."""
    revision = annotation.revision
    return {
        "id": annotation.id,
        "revision": revision.number,
        "class": revision.class_id,
        "outline": outline_json(revision.outline),
        "origin": revision.origin.value,
        "prelabel": revision.prelabel,
        "prompt": prompt_json(revision.prompt),
        "model_outline": outline_json(revision.model_outline),
        "model": revision.model_id,
        "confidence": revision.confidence,
        "author": author,
        "written": revision.created_at.isoformat(),
        "correction": revision.correction,
        "remark": None
        if remark is None
        else {
            "reason": remark.reason,
            "comment": remark.comment,
            "changed": revision.number > (remark.revision_number or 0),
        },
    }


def pin_json(review: Review) -> dict[str, Any]:
    assert review.place is not None
    x, y = review.place
    return {"x": x, "y": y, "comment": review.comment, "annotation": review.annotation_id}


def thread_json(thread: Thread, names: Mapping[int, str]) -> dict[str, Any]:
    """`names`: of everybody, by person id."""
    return {
        "id": thread.id,
        "annotation": thread.annotation_id,
        "place": None if thread.place is None else list(thread.place),
        "resolved": thread.resolved,
        "turns": [
            {
                "who": names.get(turn.person_id, ""),
                "when": turn.created_at.isoformat(),
                "kind": turn.kind.value,
                "text": turn.text,
            }
            for turn in thread.comments
        ],
    }


def difference_json(found: Difference, who: str) -> dict[str, Any]:
    """`who`: the second annotator. `annotation`: the object under review; None where there is none."""
    other = found.other.revision if found.other else None
    return {
        "who": who,
        "outcome": found.compared.outcome,
        "iou": found.compared.iou,
        "annotation": found.mine.id if found.mine else None,
        "class": other.class_id if other else None,
        "outline": outline_json(other.outline) if other else None,
        "taken": found.taken,
    }


def review_json(review: Review, who: str) -> dict[str, Any]:
    return {
        "who": who,
        "when": review.created_at.isoformat(),
        "verdict": review.verdict.value,
        "reason": review.reason,
        "comment": review.comment,
        "annotation": review.annotation_id,
        "pin": None if review.place is None else list(review.place),
    }
