from __future__ import annotations

import re
from pathlib import Path

import maa.store

SOURCES = Path(maa.store.__file__).parent
HISTORY = (
    "annotation",
    "revision",
    "review",
    "event",
    "approval",
    "approved_object",
    "comment",
    "comparison",
    "compared_object",
    "model_choice",
    "model_measurement",
    "prelabeled_image",
)


def test_no_statement_of_the_store_changes_or_deletes_history() -> None:
    for file in sorted([*SOURCES.glob("*.py"), *SOURCES.glob("migrations/*.sql")]):
        text = file.read_text(encoding="utf-8")
        for table in HISTORY:
            assert not re.search(rf"\b(UPDATE|DELETE FROM|TRUNCATE)\s+{table}\b", text), (file.name, table)


def test_only_the_store_speaks_sql() -> None:
    package = SOURCES.parent
    for file in package.rglob("*.py"):
        if SOURCES not in file.parents:
            text = file.read_text(encoding="utf-8")
            assert not re.search(r"\b(SELECT\s.+\sFROM|INSERT INTO|UPDATE \w+ SET)\b", text), file
            assert "import duckdb" not in text, file
