"""What an event says of itself, in words: "4 points, confidence 0.93, by duo"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maa.domain import Event
from maa.domain.wording import count
from maa.workflow import states

_SAID_ELSEWHERE = ("revision", "comment", "run", "milliseconds")
"""Beside the text, or of use only to who looks for a fault."""


def told(event: Event, names: Mapping[int, str]) -> str:
    """The reason that was given, or else what was noted with the event; may be empty.

    `names`: person id -> what they are called in the project.
    """
    if isinstance(reason := event.data.get("reason"), str):
        return reason
    ways: Mapping[str, Callable[[Any], str]] = {
        **_WAYS,
        "from": lambda person_id: f"from {names.get(person_id, 'somebody')}",
        "author": lambda person_id: f"labeled by {names.get(person_id, 'somebody')}",
    }
    parts = [
        ways[key](value) if key in ways else f"{key.replace('_', ' ')} {value}"
        for key, value in event.data.items()
        if key not in _SAID_ELSEWHERE and value is not None and value is not False
    ]
    return ", ".join(parts)


def _count(word: str) -> Callable[[int], str]:
    return lambda number: count(number, word)


def _model(model_id: str) -> str:
    return f"by {model_id.partition('@')[0]}"


_WAYS: Mapping[str, Callable[[Any], str]] = {
    "active_seconds": lambda seconds: f"{seconds:.0f} s of work",
    "before": lambda state: f"was {states.WORDS.get(state, state)}",
    "choice": str,
    "confidence": lambda value: f"confidence {value:.2f}",
    "detector": _model,
    "disagreement": lambda value: f"disagreement {value:.2f}",
    "how": str,
    "model": _model,
    "models": lambda ids: " and ".join(_model(one).removeprefix("by ") for one in ids),
    "objects": _count("object"),
    "of": lambda number: f"revision {number}",
    "plays": _count("play"),
    "points": _count("point"),
    "score": lambda value: f"score {value:.2f}",
    "seconds": lambda seconds: f"{seconds:.0f} s",
    "stage": lambda number: f"stage {number}",
    "steps": _count("step"),
    "what": str,
    "with_image": lambda _: "with the image",
}
