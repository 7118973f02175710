"""Rows of sessions: the signed-in browsers of people."""

from __future__ import annotations

from datetime import datetime

from maa.domain import Session
from maa.store.connection import Transaction

_COLUMNS = "id, person_id, way, device, created_at, last_seen_at, expires_at, ended_at"


def add(
    tx: Transaction, person_id: int, token_hash: str, *, way: str, device: str, expires_at: datetime
) -> Session:
    row = tx.row(
        "INSERT INTO session (person_id, token_hash, way, device, created_at, last_seen_at, expires_at)"
        f" VALUES ($1, $2, $3, $4, $5, $5, $6) RETURNING {_COLUMNS}",
        person_id,
        token_hash,
        way,
        device,
        tx.now,
        expires_at,
    )
    assert row is not None
    return Session(**row)


def get(tx: Transaction, session_id: int) -> Session | None:
    row = tx.row(f"SELECT {_COLUMNS} FROM session WHERE id = $1", session_id)
    return Session(**row) if row else None


def by_token(tx: Transaction, token_hash: str) -> Session | None:
    row = tx.row(f"SELECT {_COLUMNS} FROM session WHERE token_hash = $1", token_hash)
    return Session(**row) if row else None


def of_person(tx: Transaction, person_id: int) -> list[Session]:
    """Those that were not ended, run out or not, the latest first."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM session WHERE person_id = $1 AND ended_at IS NULL"
        " ORDER BY last_seen_at DESC",
        person_id,
    )
    return [Session(**row) for row in rows]


def seen(tx: Transaction, session_id: int) -> None:
    tx.run("UPDATE session SET last_seen_at = $2 WHERE id = $1 AND ended_at IS NULL", session_id, tx.now)


def end(tx: Transaction, session_id: int) -> None:
    tx.run("UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", session_id, tx.now)


def end_all(tx: Transaction, person_id: int, *, but: int | None = None) -> int:
    """End all of a person's sessions but one; returns how many."""
    return tx.change(
        "UPDATE session SET ended_at = $3"
        " WHERE person_id = $1 AND id IS DISTINCT FROM $2 AND ended_at IS NULL",
        person_id,
        but,
        tx.now,
    )
