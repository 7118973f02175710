"""Where a person's name stands in the tables, and taking it out: the one exception from adding only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from maa.store import rebuild
from maa.store.connection import Transaction

_TEXTS = (
    ("event", "id", "data"),
    ("comment", "id", "text"),
    ("review", "id", "comment"),
    ("project", "id", "guidelines"),
    ("draft", "task_id", "content"),
    ("model_choice", "id", "reason"),
)
"""(table, what tells its rows apart, column) of everything that people or rules write about people."""


def replace(tx: Transaction, person_id: int, name: str, instead: str, instead_key: str) -> None:
    """Call a person `instead`, in their own row and wherever their name stands as words of its own."""
    word = _as_word(name)
    for table, number, column in _TEXTS:
        in_json = column in ("data", "content")
        rows = tx.rows(
            f"SELECT {number} AS number, CAST({column} AS VARCHAR) AS text FROM {table}"
            f" WHERE contains(CAST({column} AS VARCHAR), $1) OR contains(CAST({column} AS VARCHAR), $2)",
            name,
            json.dumps(name)[1:-1],
        )
        for row in rows:
            told = row["text"]
            now = _in_json(told, lambda s: word.sub(instead, s)) if in_json else word.sub(instead, told)
            if now != told:
                tx.run(
                    f"UPDATE {table} SET {column} = $3 WHERE {number} = $1"
                    f" AND CAST({column} AS VARCHAR) = $2",
                    row["number"],
                    told,
                    now,
                )
    # the key is indexed, and nearly everything refers to people
    rebuild.rewrite(
        tx,
        "person",
        "name = CASE WHEN id = $1 THEN $2 ELSE name END,"
        " name_key = CASE WHEN id = $1 THEN $3 ELSE name_key END",
        person_id,
        instead,
        instead_key,
    )


def _as_word(name: str) -> re.Pattern[str]:
    """Finds the name, but not inside longer words, in scripts that have spaces between words."""
    before, after = (r"(?<!\w)" if _is_cased(name[0]) else "", r"(?!\w)" if _is_cased(name[-1]) else "")
    return re.compile(before + re.escape(name) + after)


def _is_cased(letter: str) -> bool:
    return letter.lower() != letter.upper()


def _in_json(text: str, change: Callable[[str], str]) -> str:
    def walk(value: object) -> object:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, list):
            return [walk(one) for one in value]
        if isinstance(value, dict):
            return {change(key): walk(one) for key, one in value.items()}
        return value

    return json.dumps(walk(json.loads(text)), allow_nan=False)
