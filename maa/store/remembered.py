"""What writers remember of the tables from one transaction to the next.

They take turns, so nothing changes behind them: an answer holds until a statement changes a table that it
came from, or a transaction is undone. Readers, whose view may be an older one, remember nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Answer = TypeVar("Answer")

TABLES = ("person", "member", "account", "project", "task")
"""What answers may come from: who may do what, which every write asks, and the tasks."""

# A SELECT, or one statement that plainly changes one other table. All else counts as changing these.
_HARMLESS = re.compile(
    rf"\s*(SELECT\b|(INSERT INTO|UPDATE|DELETE FROM)\s+(?!({'|'.join(TABLES)})\b)\w+(?![\w.]))", re.IGNORECASE
)


def harmless(sql: str) -> bool:
    """Whether a single statement surely leaves every table of `TABLES` as it is."""
    return _HARMLESS.match(sql) is not None


class Remembered:
    """Answers by their question. For the holder of the write lock only."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, Any] = {}

    def answer(self, question: Hashable, read: Callable[[], Answer]) -> Answer:
        """What is remembered, else what `read` finds; that there is nothing (None) is not remembered."""
        found: Answer = self._answers[question] if question in self._answers else read()
        if found is not None:
            self._answers[question] = found
        return found

    def get(self, question: Hashable) -> Any | None:
        """What is remembered; None when nothing is."""
        return self._answers.get(question)

    def forget(self) -> None:
        self._answers.clear()
