"""Rows of people, and of the roles that they have in projects."""

from __future__ import annotations

from maa.domain import Member, Person, Role
from maa.store.connection import Row, Transaction
from maa.store.keys import CLOSEST_FIRST, HAS_KEY

_COLUMNS = "person.id, person.name, person.active, coalesce(account.admin, FALSE) AS admin"
_ACCOUNT = "LEFT JOIN account ON account.person_id = person.id"
_PERSON = f"SELECT {_COLUMNS} FROM person {_ACCOUNT}"
_MEMBER = f"SELECT {_COLUMNS}, member.role FROM member JOIN person ON person.id = member.person_id {_ACCOUNT}"


def add(tx: Transaction, name: str, name_key: str, *, admin: bool = False) -> Person:
    person_id = tx.value(
        "INSERT INTO person (name, name_key, role, created_at) VALUES ($1, $2, '', $3) RETURNING id",
        name,
        name_key,
        tx.now,
    )
    tx.run("INSERT INTO account (person_id, admin) VALUES ($1, $2)", person_id, admin)
    return Person(person_id, name, admin=admin)


def get(tx: Transaction, person_id: int) -> Person | None:
    def read() -> Person | None:
        row = tx.row(f"{_PERSON} WHERE person.id = $1", person_id)
        return Person(**row) if row else None

    return tx.known(("person", person_id), read)


def by_key(tx: Transaction, name_key: str) -> Person | None:
    row = tx.row(f"{_PERSON} WHERE {HAS_KEY} {CLOSEST_FIRST}", name_key)
    return Person(**row) if row else None


def everybody(tx: Transaction, *, include_inactive: bool) -> list[Person]:
    rows = tx.rows(f"{_PERSON} WHERE active OR $1 ORDER BY name_key", include_inactive)
    return [Person(**row) for row in rows]


def set_active(tx: Transaction, person_id: int, active: bool) -> None:
    tx.run("UPDATE person SET active = $2 WHERE id = $1", person_id, active)


def set_admin(tx: Transaction, person_id: int, admin: bool) -> None:
    tx.run(
        "INSERT INTO account (person_id, admin) VALUES ($1, $2)"
        " ON CONFLICT (person_id) DO UPDATE SET admin = excluded.admin",
        person_id,
        admin,
    )


def count_admins(tx: Transaction) -> int:
    """How many active people look after the installation."""
    return tx.value(f"SELECT count(*) FROM ({_PERSON}) WHERE active AND admin")


# --- roles in projects ---


def member(tx: Transaction, project_id: int, person_id: int) -> Member | None:
    """The person with their role in the project; None when they have none there."""

    def read() -> Member | None:
        sql = f"{_MEMBER} WHERE member.project_id = $1 AND member.person_id = $2"
        row = tx.row(sql, project_id, person_id)
        return _member(row) if row else None

    return tx.known(("member", project_id, person_id), read)


def members(tx: Transaction, project_id: int, *, include_inactive: bool) -> list[Member]:
    """Who has a role in the project, by name."""
    rows = tx.rows(
        f"{_MEMBER} WHERE member.project_id = $1 AND (active OR $2) ORDER BY name_key",
        project_id,
        include_inactive,
    )
    return [_member(row) for row in rows]


def roles(tx: Transaction, person_id: int) -> dict[int, Role]:
    """Project id -> the person's role there."""
    rows = tx.rows("SELECT project_id, role FROM member WHERE person_id = $1 ORDER BY project_id", person_id)
    return {row["project_id"]: Role(row["role"]) for row in rows}


def set_role(tx: Transaction, project_id: int, person_id: int, role: Role | None) -> None:
    """None takes the person out of the project."""
    if role is None:
        tx.run("DELETE FROM member WHERE project_id = $1 AND person_id = $2", project_id, person_id)
    else:
        tx.run(
            "INSERT INTO member VALUES ($1, $2, $3)"
            " ON CONFLICT (project_id, person_id) DO UPDATE SET role = excluded.role",
            project_id,
            person_id,
            role.value,
        )


def away(tx: Transaction, project_id: int) -> frozenset[int]:
    """The ids of those who cannot work in the project now: switched off, or without a role in it."""

    def read() -> frozenset[int]:
        rows = tx.rows(
            "SELECT id FROM person WHERE NOT active"
            " OR id NOT IN (SELECT person_id FROM member WHERE project_id = $1)",
            project_id,
        )
        return frozenset(row["id"] for row in rows)

    return tx.known(("away", project_id), read)


def _member(row: Row) -> Member:
    return Member(**{**row, "role": Role(row["role"])})
