"""Accounts: signing in by name and password or by single sign-on, and looking after passwords."""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from maa.domain import Account, InvalidInput, MaaError, Person, Role
from maa.store import accounts, events, people
from maa.store.connection import Transaction
from maa.workflow import access, passwords, sessions
from maa.workflow.names import NAME_LENGTH, clean_name, name_key
from maa.workflow.workspace import Workspace

FREE_TRIES = 5
"""Failed sign-ins before there is a wait."""
FIRST_WAIT = timedelta(seconds=30)
MAX_WAIT = timedelta(minutes=15)
ONE_TIME_HOLDS = timedelta(days=7)
_WRONG = "The name or the password is wrong."


class SignInRefused(MaaError):
    """Who tried is not signed in."""

    def __init__(self, message: str, person_id: int | None) -> None:
        super().__init__(message)
        self.person_id = person_id
        """Whose account it was, if there is one."""


def sign_in(ws: Workspace, name: str, password: str) -> Person:
    """The person of this name, if it is their password. Somebody unknown is answered alike and as slowly.

    After `FREE_TRIES` failures in a row each further one makes the account wait, twice as long every time, up
    to `MAX_WAIT`: guessing gets nowhere, and nobody is locked out for long by a stranger.

    Raises:
        SignInRefused: they are not signed in; the event is for the caller to write.
    """
    key = name_key(" ".join(name.split()))
    with ws.store.read() as tx:
        person = people.by_key(tx, key)
        account = accounts.get(tx, person.id) if person else _stranger(ws, key)
    whose = person.id if person else None
    _refuse_while_locked(account, ws.clock(), whose)
    is_right = passwords.fits(account.password_hash, password)
    if not is_right:
        _note_failure(ws, key, whose)
        raise SignInRefused(_WRONG, whose)
    assert person is not None
    assert account.password_hash is not None
    if not person.active:
        raise SignInRefused("This account is switched off. An admin can change that.", whose)
    if account.one_time_until is not None and ws.clock() >= account.one_time_until:
        raise SignInRefused("This one-time password has expired. Ask an admin for another one.", whose)
    renewed = passwords.hash_of(password) if passwords.is_old(account.password_hash) else None
    if account.failures or renewed:
        with ws.store.write() as tx:
            now = accounts.get(tx, person.id)
            # whatever was tried in the meantime counts on
            _refuse_while_locked(now, tx.now, whose)
            kept = renewed if renewed and now.password_hash == account.password_hash else now.password_hash
            accounts.save(tx, replace(now, failures=0, locked_until=None, password_hash=kept))
    return person


def give_one_time(ws: Workspace, person_id: int, *, by: int | None = None) -> str:
    """Give a person a password to begin with, to be replaced at the first sign-in; returns it, once.

    Their sessions end, and a wait after failures too. `by`: an admin, or None for the operator.
    """
    password = passwords.one_time()
    hashed = passwords.hash_of(password)
    with ws.store.write() as tx:
        access.require_admin(tx, by)
        access.person(tx, person_id)
        account = accounts.get(tx, person_id)
        accounts.save(
            tx,
            replace(
                account,
                password_hash=hashed,
                one_time_until=tx.now + ONE_TIME_HOLDS,
                demo=False,
                failures=0,
                locked_until=None,
            ),
        )
        sessions.end_in(tx, person_id, by=by)
        events.add(tx, "password_reset", person_id=by, data={"person_id": person_id})
    return password


def change_password(ws: Workspace, person_id: int, old: str, new: str, *, keep: int) -> None:
    """Replace one's own password; all of one's sessions but `keep` end.

    Raises:
        SignInRefused: `old` is not the password; it counts as a failed sign-in.
        InvalidInput: `new` may not be chosen.
    """
    with ws.store.read() as tx:
        person, account = access.active(tx, person_id), accounts.get(tx, person_id)
    _refuse_while_locked(account, ws.clock(), person_id)
    if not passwords.fits(account.password_hash, old):
        _note_failure(ws, name_key(person.name), person_id)
        raise SignInRefused("The current password is wrong.", person_id)
    if new == old:
        raise InvalidInput("The new password is the same as the current one. Choose another one.")
    passwords.check_new(new, person.name, account.email or "")
    hashed = passwords.hash_of(new)
    with ws.store.write() as tx:
        account = accounts.get(tx, person_id)
        accounts.save(
            tx,
            replace(
                account,
                password_hash=hashed,
                one_time_until=None,
                demo=False,
                failures=0,
                locked_until=None,
            ),
        )
        sessions.end_in(tx, person_id, but=keep, by=person_id)
        events.add(tx, "password_changed", person_id=person_id)


def unlock(ws: Workspace, person_id: int, *, by: int | None = None) -> None:
    """Take a wait after failed sign-ins away. `by`: an admin, or None for the operator."""
    with ws.store.write() as tx:
        access.require_admin(tx, by)
        access.person(tx, person_id)
        accounts.save(tx, replace(accounts.get(tx, person_id), failures=0, locked_until=None))
        events.add(tx, "unlocked", person_id=by, data={"person_id": person_id})


def set_email(ws: Workspace, person_id: int, email: str, *, by: int | None = None) -> None:
    """Say by which address single sign-on knows a person; empty for none. Who came from there before is
    linked anew.
    """
    email = clean_email(email)
    with ws.store.write() as tx:
        access.require_admin(tx, by)
        access.person(tx, person_id)
        other = accounts.by_email(tx, email) if email else None
        if other is not None and other.person_id != person_id:
            raise InvalidInput(f"{access.person(tx, other.person_id).name} has this e-mail address already.")
        accounts.save(tx, replace(accounts.get(tx, person_id), email=email or None, subject=None))
        events.add(tx, "email_set", person_id=by, data={"person_id": person_id})


def clean_email(email: str) -> str:
    """As it is kept, in small letters; may be empty. `InvalidInput` when it cannot be one."""
    email = email.strip().lower()
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise InvalidInput(f"{email[:50]!r} is not an e-mail address.")
    return email


def get_account(ws: Workspace, person_id: int) -> Account:
    """How a person signs in."""
    with ws.store.read() as tx:
        access.person(tx, person_id)
        return accounts.get(tx, person_id)


def add_demo_people(ws: Workspace, project_id: int, roles: Mapping[str, Role], password: str) -> None:
    """Add people with a password that everybody knows, managers as admins; not where other people are."""
    hashed = passwords.hash_of(password)
    with ws.store.write() as tx:
        if accounts.count_real(tx):
            return
        for name, role in roles.items():
            if people.by_key(tx, name_key(name)) is None:
                person = people.add(tx, name, name_key(name), admin=role is Role.MANAGER)
                people.set_role(tx, project_id, person.id, role)
                accounts.save(tx, replace(accounts.get(tx, person.id), password_hash=hashed, demo=True))
                events.add(
                    tx, "person_added", project_id=project_id, person_id=person.id, data={"demo": True}
                )


def demo_names(ws: Workspace) -> list[str]:
    """Who is active and has the demo's password."""
    with ws.store.read() as tx:
        return accounts.demo_names(tx)


def is_nobody_there(ws: Workspace) -> bool:
    """Whether this is a new installation, to which the first admin has to be added."""
    with ws.store.read() as tx:
        return not people.everybody(tx, include_inactive=True)


def sign_in_single(
    ws: Workspace,
    issuer: str,
    subject: str,
    email: str,
    *,
    verified: bool,
    create_as: str | None = None,
) -> Person:
    """The person whom a trusted provider names: by who they are there, or at first by their address.

    `verified`: whether the provider has checked the address. `create_as`: a name to add an unknown one under,
    with no role anywhere.

    Raises:
        SignInRefused: nobody was added with this address, the provider has not checked it, or the person is
            switched off.
    """
    known_as, email = f"{issuer} {subject}", email.strip().lower()
    with ws.store.write() as tx:
        account = accounts.by_subject(tx, known_as)
        if account is None and verified and email:
            account = accounts.by_email(tx, email)
            if account is not None and account.subject is None:
                account = replace(account, subject=known_as)
                accounts.save(tx, account)
                events.add(tx, "single_sign_on_linked", person_id=account.person_id)
        if account is None and verified and email and create_as is not None:
            account = _create(tx, create_as, email, known_as)
        if account is None or account.subject != known_as:
            raise SignInRefused(
                "Nobody with your verified e-mail address has been added here. Ask an admin to add you.", None
            )
        person = access.person(tx, account.person_id)
    if not person.active:
        raise SignInRefused("This account is switched off. An admin can change that.", person.id)
    return person


def _create(tx: Transaction, name: str, email: str, known_as: str) -> Account:
    try:
        name = clean_name(name, "name")
    except InvalidInput:
        name = email
    if people.by_key(tx, name_key(name)):
        name = clean_name(f"{name[: NAME_LENGTH // 2]} ({email[: NAME_LENGTH // 3]})", "name")
    if people.by_key(tx, name_key(name)):
        raise InvalidInput(f"There is somebody called {name!r} already. Ask an admin to add you.")
    person = people.add(tx, name, name_key(name))
    account = replace(accounts.get(tx, person.id), email=email, subject=known_as)
    accounts.save(tx, account)
    events.add(tx, "person_added", person_id=person.id, data={"by": None, "way": "single sign-on"})
    return account


# --- failures ---

# Names that nobody has wait like those that somebody has: so they are not to be told apart. In memory, and
# not too many of them, because anybody can invent names.
_MAX_STRANGERS = 10_000
_strangers: OrderedDict[tuple[str, str], Account] = OrderedDict()


def _stranger(ws: Workspace, key: str) -> Account:
    return _strangers.get((str(ws.data_dir), key), Account(0))


def _note_failure(ws: Workspace, key: str, person_id: int | None) -> None:
    if person_id is None:
        _strangers[str(ws.data_dir), key] = _failed(_stranger(ws, key), ws.clock())
        while len(_strangers) > _MAX_STRANGERS:
            _strangers.popitem(last=False)
        return
    with ws.store.write() as tx:
        _save_failed(tx, person_id)


def _save_failed(tx: Transaction, person_id: int) -> None:
    accounts.save(tx, _failed(accounts.get(tx, person_id), tx.now))


def _failed(account: Account, now: datetime) -> Account:
    failures = account.failures + 1
    wait = timedelta()
    if failures >= FREE_TRIES:
        wait = min(MAX_WAIT, FIRST_WAIT * 2 ** min(failures - FREE_TRIES, 20))
    return replace(account, failures=failures, locked_until=now + wait if wait else None)


def _refuse_while_locked(account: Account, now: datetime, whose: int | None) -> None:
    if account.locked_until is not None and now < account.locked_until:
        seconds = math.ceil((account.locked_until - now).total_seconds())
        wait = f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"
        raise SignInRefused(f"Too many failed attempts. Wait {wait}, then try again.", whose)
