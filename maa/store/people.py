"""Rows of people."""

from __future__ import annotations

from maa.domain import Person, Role
from maa.store.connection import Row, Transaction


def add(tx: Transaction, name: str, name_key: str, role: Role) -> Person:
    row = tx.row(
        "INSERT INTO person (name, name_key, role, created_at) VALUES ($1, $2, $3, $4) RETURNING *",
        name,
        name_key,
        role.value,
        tx.now,
    )
    assert row is not None
    return _person(row)


def get(tx: Transaction, person_id: int) -> Person | None:
    row = tx.row("SELECT * FROM person WHERE id = $1", person_id)
    return _person(row) if row else None


def by_key(tx: Transaction, name_key: str) -> Person | None:
    row = tx.row("SELECT * FROM person WHERE name_key = $1", name_key)
    return _person(row) if row else None


def everybody(tx: Transaction, *, include_inactive: bool) -> list[Person]:
    rows = tx.rows("SELECT * FROM person WHERE active OR $1 ORDER BY name_key", include_inactive)
    return [_person(row) for row in rows]


def set_role(tx: Transaction, person_id: int, role: Role) -> None:
    tx.run("UPDATE person SET role = $2 WHERE id = $1", person_id, role.value)


def set_active(tx: Transaction, person_id: int, active: bool) -> None:
    tx.run("UPDATE person SET active = $2 WHERE id = $1", person_id, active)


def count_active(tx: Transaction, role: Role) -> int:
    return tx.value("SELECT count(*) FROM person WHERE active AND role = $1", role.value)


def inactive(tx: Transaction) -> list[int]:
    """The ids of those who are switched off."""
    return [row["id"] for row in tx.rows("SELECT id FROM person WHERE NOT active")]


def _person(row: Row) -> Person:
    return Person(id=row["id"], name=row["name"], role=Role(row["role"]), active=row["active"])
