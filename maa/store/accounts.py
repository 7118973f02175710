"""Rows of accounts: how people sign in."""

from __future__ import annotations

from maa.domain import Account
from maa.store.connection import Row, Transaction

_COLUMNS = "person_id, email, subject, password_hash, one_time_until, demo, failures, locked_until"


def get(tx: Transaction, person_id: int) -> Account:
    """The account of a person; an empty one where there is none."""
    row = tx.row(f"SELECT {_COLUMNS} FROM account WHERE person_id = $1", person_id)
    return Account(**row) if row else Account(person_id)


def save(tx: Transaction, account: Account) -> None:
    """Write everything but whether they are an admin."""
    values = {name: getattr(account, name) for name in _COLUMNS.split(", ")}
    columns, places = _COLUMNS, ", ".join(f"${n}" for n in range(1, len(values) + 1))
    changed = ", ".join(f"{name} = excluded.{name}" for name in values if name != "person_id")
    tx.run(
        f"INSERT INTO account ({columns}) VALUES ({places}) ON CONFLICT (person_id) DO UPDATE SET {changed}",
        *values.values(),
    )


def by_subject(tx: Transaction, subject: str) -> Account | None:
    return _first(tx, "subject = $1", subject)


def by_email(tx: Transaction, email: str) -> Account | None:
    """`email`: in small letters, as it is kept."""
    return _first(tx, "email = $1", email)


def demo_names(tx: Transaction) -> list[str]:
    """Who is active and signs in with the password that everybody knows."""
    rows = tx.rows(
        "SELECT name FROM person JOIN account ON account.person_id = person.id WHERE demo AND active"
        " ORDER BY person.id"
    )
    return [row["name"] for row in rows]


def count_real(tx: Transaction) -> int:
    """How many people there are besides those of the demo, active or not."""
    return tx.value(
        "SELECT count(*) FROM person LEFT JOIN account ON account.person_id = person.id"
        " WHERE NOT coalesce(demo, FALSE)"
    )


def _first(tx: Transaction, condition: str, value: str) -> Account | None:
    row: Row | None = tx.row(f"SELECT {_COLUMNS} FROM account WHERE {condition}", value)
    return Account(**row) if row else None
