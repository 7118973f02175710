"""Signing in: by name and password, by single sign-on, and what happens to who guesses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from maa.domain import InvalidInput, NotAllowed
from maa.workflow import accounts, history, passwords, people, sessions
from maa.workflow.accounts import FREE_TRIES, ONE_TIME_HOLDS, SignInRefused

from .office import Office

OWN = "a horse in a battery"


def with_password(office: Office) -> str:
    """Ana's own password, chosen after a first one; her session goes on."""
    given = accounts.give_one_time(office.ws, office.ana.id)
    _, session = sessions.begin(office.ws, office.ana.id)
    accounts.change_password(office.ws, office.ana.id, given, OWN, keep=session.id)
    return OWN


def test_the_name_and_the_password_sign_in_whatever_the_letter_case_of_the_name(office: Office) -> None:
    password = with_password(office)
    assert accounts.sign_in(office.ws, "  aNa ", password) == office.ana


@pytest.mark.parametrize("name", ["Ana", "Nobody", ""])
def test_a_wrong_password_and_an_unknown_name_are_answered_alike(office: Office, name: str) -> None:
    with_password(office)
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused, match=r"^The name or the password is wrong\.$"):
            accounts.sign_in(office.ws, name, "not it")
    with pytest.raises(SignInRefused, match="Wait 30 seconds"):
        accounts.sign_in(office.ws, name, "not it")


def test_who_keeps_guessing_waits_longer_and_longer(office: Office) -> None:
    password = with_password(office)
    waits = []
    for _ in range(FREE_TRIES + 7):
        with pytest.raises(SignInRefused):
            accounts.sign_in(office.ws, "Ana", "not it")
        until = accounts.get_account(office.ws, office.ana.id).locked_until
        if until is not None:
            waits.append((until - office.clock.now).total_seconds())
            with pytest.raises(SignInRefused, match="Too many failed attempts"):
                accounts.sign_in(office.ws, "Ana", password)
            office.clock.now = until
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    assert accounts.sign_in(office.ws, "Ana", password) == office.ana
    assert accounts.get_account(office.ws, office.ana.id).failures == 0


def test_an_admin_takes_the_wait_away(office: Office) -> None:
    password = with_password(office)
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused):
            accounts.sign_in(office.ws, "Ana", "not it")
    with pytest.raises(NotAllowed):
        accounts.unlock(office.ws, office.ana.id, by=office.ana.id)
    accounts.unlock(office.ws, office.ana.id, by=office.max.id)
    assert accounts.sign_in(office.ws, "Ana", password) == office.ana


def test_without_a_password_or_switched_off_nobody_gets_in(office: Office) -> None:
    with pytest.raises(SignInRefused, match="is wrong"):
        accounts.sign_in(office.ws, "Ben", "")
    password = with_password(office)
    people.set_active(office.ws, office.ana.id, False)
    with pytest.raises(SignInRefused, match="switched off"):
        accounts.sign_in(office.ws, "Ana", password)


def test_a_one_time_password_is_good_for_a_while_and_for_choosing_another(office: Office) -> None:
    given = accounts.give_one_time(office.ws, office.ana.id, by=office.max.id)
    token, session = sessions.begin(office.ws, accounts.sign_in(office.ws, "Ana", given).id)
    assert sessions.find(office.ws, token).must_change
    accounts.change_password(office.ws, office.ana.id, given, OWN, keep=session.id)
    assert not sessions.find(office.ws, token).must_change
    with pytest.raises(SignInRefused):
        accounts.sign_in(office.ws, "Ana", given)
    given = accounts.give_one_time(office.ws, office.ana.id, by=office.max.id)
    office.clock.now += ONE_TIME_HOLDS
    with pytest.raises(SignInRefused, match="has expired"):
        accounts.sign_in(office.ws, "Ana", given)


def test_another_password_ends_the_other_sessions(office: Office) -> None:
    password = with_password(office)
    here, elsewhere = (sessions.begin(office.ws, office.ana.id) for _ in range(2))
    accounts.change_password(office.ws, office.ana.id, password, "two lamps and a river", keep=here[1].id)
    assert [one.id for one in sessions.list_open(office.ws, office.ana.id)] == [here[1].id]
    accounts.give_one_time(office.ws, office.ana.id, by=office.max.id)
    assert sessions.list_open(office.ws, office.ana.id) == []
    with pytest.raises(sessions.SignedOut):
        sessions.find(office.ws, elsewhere[0])


def test_who_does_not_know_the_present_password_counts_as_guessing(
    office: Office,
) -> None:
    password = with_password(office)
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused, match="current password is wrong"):
            accounts.change_password(office.ws, office.ana.id, "not it", "two lamps and a river", keep=0)
    with pytest.raises(SignInRefused, match="Too many"):
        accounts.sign_in(office.ws, "Ana", password)


@pytest.mark.parametrize(
    ("password", "because"),
    [
        ("short", "it needs 15 or more"),
        ("password12345678", "easy to guess"),
        ("qwertyuiopasdfgh", "easy to guess"),
        ("aaaaaaaaaaaaaaaaaaaa", "easy to guess"),
        ("AnaAnaAnaAnaAnaAna", "easy to guess"),
        ("x" * 201, "at most 200"),
    ],
)
def test_passwords_that_are_tried_first_are_refused(password: str, because: str) -> None:
    with pytest.raises(InvalidInput, match=because):
        passwords.check_new(password, "Ana")


@pytest.mark.parametrize(
    "password", ["a horse in a battery", "дом река лампа ключ", "9f3kd02mx8s7qpzt", "  spaces  count  too "]
)
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    passwords.check_new(password, "Ana")


def test_a_password_fits_however_the_keyboard_composes_its_letters() -> None:
    assert passwords.fits(passwords.hash_of("Zoe\u0301 und der Kater"), "Zo\u00e9 und der Kater")


def test_the_password_is_nowhere_in_the_database(office: Office) -> None:
    with_password(office)
    with office.ws.store.read() as tx:
        kept = str(tx.rows("SELECT * FROM account")) + str(tx.rows("SELECT data FROM event"))
    assert OWN not in kept
    assert "$argon2id$" in kept


# --- single sign-on ---

ISSUER = "https://login.example.org"


def come(office: Office, email: str = "ana@example.org", *, subject: str = "s1", **more: object) -> object:
    given: dict[str, object] = {"verified": True, **more}
    return accounts.sign_in_single(office.ws, ISSUER, subject, email, **given)  # type: ignore[arg-type]


def test_who_was_added_by_address_is_linked_and_then_known_by_who_they_are(office: Office) -> None:
    accounts.set_email(office.ws, office.ana.id, " Ana@Example.org ", by=office.max.id)
    assert come(office) == office.ana
    assert come(office, "married@example.org") == office.ana, "known by who they are"
    with pytest.raises(SignInRefused, match="Nobody with your verified"):
        come(office, subject="s2")
    accounts.set_email(office.ws, office.ana.id, "ana@example.org", by=office.max.id)
    assert come(office, subject="s2") == office.ana, "an admin linked her anew"


@pytest.mark.parametrize(
    "arrival",
    [
        lambda office: come(office, verified=False),
        lambda office: come(office, "other@example.org"),
        lambda office: come(office, ""),
    ],
    ids=["not verified", "not added", "no address"],
)
def test_a_stranger_stays_one(office: Office, arrival: Callable[[Office], object]) -> None:
    accounts.set_email(office.ws, office.ana.id, "ana@example.org")
    with pytest.raises(SignInRefused, match="Nobody with your verified"):
        arrival(office)


def test_a_stranger_is_added_without_a_role_where_that_is_wanted(office: Office) -> None:
    made = come(office, "new@example.org", create_as="Ana")
    assert made != office.ana
    (found,) = [p for p in people.list_people(office.ws) if p.name == "Ana (new@example.org)"]
    assert people.roles_of(office.ws, found.id) == {}
    assert come(office, "new@example.org", create_as="Ana") == found
    with pytest.raises(SignInRefused):
        come(office, "mallory@example.org", subject="s9", verified=False, create_as="Mallory")


def test_a_disabled_person_does_not_come_back_by_single_sign_on(office: Office) -> None:
    accounts.set_email(office.ws, office.ana.id, "ana@example.org")
    come(office)
    people.set_active(office.ws, office.ana.id, False)
    with pytest.raises(SignInRefused, match="switched off"):
        come(office)


def test_an_address_belongs_to_one_person(office: Office) -> None:
    accounts.set_email(office.ws, office.ana.id, "ana@example.org")
    with pytest.raises(InvalidInput, match="Ana has this"):
        accounts.set_email(office.ws, office.ben.id, "ANA@example.org")
    with pytest.raises(InvalidInput, match="not an e-mail"):
        accounts.set_email(office.ws, office.ben.id, "ben")


# --- sessions ---


def test_a_session_ends_when_it_is_ended_unused_or_old(office: Office) -> None:
    ended, _ = sessions.begin(office.ws, office.ana.id)
    unused, _ = sessions.begin(office.ws, office.ana.id)
    used, _ = sessions.begin(office.ws, office.ana.id)
    sessions.end(office.ws, sessions.find(office.ws, ended).session.id, by=office.ana.id)
    with pytest.raises(sessions.SignedOut):
        sessions.find(office.ws, ended)
    for _ in range(int(sessions.MAX_AGE / timedelta(hours=8)) - 1):
        office.clock.advance(hours=8)
        sessions.find(office.ws, used)
    with pytest.raises(sessions.SignedOut):
        sessions.find(office.ws, unused)
    office.clock.advance(hours=8)
    with pytest.raises(sessions.SignedOut):
        sessions.find(office.ws, used)


def test_somebody_s_session_is_ended_by_them_or_an_admin(office: Office) -> None:
    _, session = sessions.begin(office.ws, office.ana.id)
    for stranger in (office.ben, office.rita):
        with pytest.raises(NotAllowed):
            sessions.end(office.ws, session.id, by=stranger.id)
        with pytest.raises(NotAllowed):
            sessions.end_all(office.ws, office.ana.id, by=stranger.id)
    assert sessions.end_all(office.ws, office.ana.id, by=office.max.id) == 1


def test_the_token_is_nowhere_in_the_database(office: Office) -> None:
    token, _ = sessions.begin(office.ws, office.ana.id, device="Firefox\non Linux")
    with office.ws.store.read() as tx:
        kept = str(tx.rows("SELECT * FROM session"))
    assert token not in kept
    assert sessions.list_open(office.ws, office.ana.id)[0].device == "Firefoxon Linux"
    assert [e.kind for e in history.events(office.ws, kinds=["signed_in"])] == ["signed_in"]
