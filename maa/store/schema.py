"""The numbered migrations, migrations/NNNN_name.sql: each is applied once, in a transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maa.store.connection import Transaction

TABLE = "schema_migration"


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str


@cache
def known() -> tuple[Migration, ...]:
    """The migrations of this program, oldest first."""
    found = []
    for file in (resources.files("maa.store") / "migrations").iterdir():
        if match := re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name):
            found.append(Migration(int(match[1]), match[2], file.read_text(encoding="utf-8")))
    return tuple(sorted(found, key=lambda migration: migration.version))


def prepare(tx: Transaction) -> None:
    """Make the table that remembers what was applied."""
    tx.run(
        f"CREATE TABLE {TABLE}"
        " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMP NOT NULL)"
    )


def applied(tx: Transaction) -> int:
    """The newest version that was applied; 0 for a new database."""
    return tx.value(f"SELECT coalesce(max(version), 0) FROM {TABLE}")


def pending(tx: Transaction) -> list[Migration]:
    """The migrations that this database lacks, oldest first.

    Not only those after the newest: numbers are given out before the work on them is done, so a lower one
    may come later.
    """
    done = {row["version"] for row in tx.rows(f"SELECT version FROM {TABLE}")}
    return [migration for migration in known() if migration.version not in done]


def apply(tx: Transaction, migration: Migration) -> None:
    """Run one migration and remember it."""
    tx.run(migration.sql)
    tx.run(f"INSERT INTO {TABLE} VALUES ($1, $2, $3)", migration.version, migration.name, tx.now)
