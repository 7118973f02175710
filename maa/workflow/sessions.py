"""Sessions: the signed-in browsers of people.

The browser has a random token in a cookie; the database has its hash, so that who reads the database cannot
sign in. Each look-up asks the database anew (or remembers while nothing was written), so that an ended
session and a person who was switched off are out at once.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from maa.domain import NotAllowed, NotFound, Person, Session
from maa.store import accounts, events, people, sessions
from maa.store.connection import Transaction
from maa.workflow import access
from maa.workflow.lookups import remembered
from maa.workflow.workspace import Workspace

MAX_AGE = timedelta(days=7)
IDLE = timedelta(hours=12)
"""Unused for this long, a session is over."""
_NOTED_EVERY = timedelta(minutes=10)
_DEVICE_LENGTH = 200


class SignedOut(NotAllowed):
    """There is no such session (any more)."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that holds, and whose it is."""

    session: Session
    person: Person
    must_change: bool
    """Whether a new password has to be chosen before anything else."""


def begin(ws: Workspace, person_id: int, *, way: str = "password", device: str = "") -> tuple[str, Session]:
    """Sign a person in whose identity was checked; returns the token for the cookie and the session."""
    token = secrets.token_urlsafe(32)
    with ws.store.write() as tx:
        access.active(tx, person_id)
        session = sessions.add(
            tx,
            person_id,
            _hash(token),
            way=way,
            device="".join(c for c in device if c.isprintable())[:_DEVICE_LENGTH],
            expires_at=tx.now + MAX_AGE,
        )
        events.add(tx, "signed_in", person_id=person_id, data={"session": session.id, "way": way})
        return token, session


def find(ws: Workspace, token: str) -> SignedIn:
    """Whose session the token names.

    Raises:
        SignedOut: there is none, or it is over.
        NotAllowed: the person was switched off.
    """
    return _holding(
        ws,
        remembered(
            ws, ("token", hashed := _hash(token)), lambda tx: _look(tx, sessions.by_token(tx, hashed))
        ),
    )


def present(ws: Workspace, session_id: int) -> SignedIn:
    """The session of this number; errors as of `find`."""
    return _holding(
        ws, remembered(ws, ("session", session_id), lambda tx: _look(tx, sessions.get(tx, session_id)))
    )


def whose(ws: Workspace, token: str) -> int | None:
    """The id of the person whose session the token names or named; None when it never was one."""
    found = remembered(
        ws, ("token", hashed := _hash(token)), lambda tx: _look(tx, sessions.by_token(tx, hashed))
    )
    return None if found is None else found.person.id


def list_open(ws: Workspace, person_id: int) -> list[Session]:
    """The person's sessions that hold, the latest first."""
    with ws.store.read() as tx:
        return [s for s in sessions.of_person(tx, person_id) if not _is_over(ws, s)]


def end(ws: Workspace, session_id: int, *, by: int | None = None) -> None:
    """Sign a browser out: its person, an admin, or the operator. Ending an ended one does nothing."""
    with ws.store.write() as tx:
        session = sessions.get(tx, session_id)
        if session is None:
            raise NotFound(f"There is no session number {session_id}.")
        if by != session.person_id:
            access.require_admin(tx, by)
        if session.ended_at is None:
            sessions.end(tx, session_id)
            data = {"session": session_id, "person_id": session.person_id}
            events.add(tx, "signed_out", person_id=by, data=data)


def end_all(ws: Workspace, person_id: int, *, but: int | None = None, by: int | None = None) -> int:
    """Sign all of a person's browsers out, but the session `but`; returns how many."""
    with ws.store.write() as tx:
        access.person(tx, person_id)
        if by != person_id:
            access.require_admin(tx, by)
        return end_in(tx, person_id, but=but, by=by)


def end_in(tx: Transaction, person_id: int, *, but: int | None = None, by: int | None) -> int:
    """`end_all` in the caller's transaction."""
    ended = sessions.end_all(tx, person_id, but=but)
    if ended:
        events.add(tx, "signed_out", person_id=by, data={"sessions": ended, "person_id": person_id})
    return ended


def _look(tx: Transaction, session: Session | None) -> SignedIn | None:
    if session is None:
        return None
    person = people.get(tx, session.person_id)
    assert person is not None
    return SignedIn(session, person, accounts.get(tx, person.id).one_time_until is not None)


def _holding(ws: Workspace, found: SignedIn | None) -> SignedIn:
    if found is not None and not found.person.active:
        raise NotAllowed(
            f"{found.person.name} is not active any more. An admin can change that on the People page."
        )
    if found is None or _is_over(ws, found.session):
        raise SignedOut("You are signed out. Reload the page to sign in again.")
    if ws.clock() - found.session.last_seen_at > _NOTED_EVERY:
        with ws.store.write() as tx:
            sessions.seen(tx, found.session.id)
    return found


def _is_over(ws: Workspace, session: Session) -> bool:
    now = ws.clock()
    return session.ended_at is not None or now >= session.expires_at or now - session.last_seen_at > IDLE


def _hash(token: str) -> str:
    # The token is 256 random bits: nothing slower is needed.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
