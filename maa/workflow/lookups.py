"""Answers of the database that are remembered until anything is written."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from maa.store.connection import Transaction
from maa.workflow.workspace import Workspace

Answer = TypeVar("Answer")

_known: weakref.WeakKeyDictionary[Workspace, tuple[int, dict[Hashable, Any]]] = weakref.WeakKeyDictionary()


def remembered(ws: Workspace, question: Hashable, read: Callable[[Transaction], Answer]) -> Answer:
    """What `read` finds, remembered until anything at all is written.

    A screen full of tiles asks the same forty times; each time the database would take as long as the tile.
    """
    changes = ws.store.changes
    since, answers = _known.get(ws, (-1, {}))
    if since != changes:
        answers = {}
        _known[ws] = (changes, answers)
    if question not in answers:
        with ws.store.read() as tx:
            answers[question] = read(tx)
    found: Answer = answers[question]
    return found
