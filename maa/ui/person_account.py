"""The account of one person, for admins: password, single sign-on, sessions, and being an admin."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from maa.domain import Person
from maa.domain.wording import count
from maa.ui import session
from maa.ui.text import plain
from maa.workflow import accounts, people, sessions

_WHOSE_KEY = "account_of"
_ONE_TIME_KEY = "_one_time_password"


def button(someone: Person) -> None:
    """Opens the account of somebody."""
    st.button(
        "Account",
        key=f"person_account_{someone.id}",
        icon=":material/manage_accounts:",
        on_click=show_of,
        args=(someone.id,),
    )


def show_of(person_id: int | None, one_time: str | None = None) -> None:
    """Show somebody's account from the next run on, with a new `one_time` password; None closes it.

    A password is shown with the account until that is closed: a second person may be added before the first
    one has been told theirs.
    """
    passwords: dict[int | None, tuple[str, datetime | None]] = st.session_state.setdefault(_ONE_TIME_KEY, {})
    if person_id is None:
        passwords.pop(st.session_state.get(_WHOSE_KEY), None)
    elif one_time is not None:
        until = accounts.get_account(session.workspace(), person_id).one_time_until
        passwords[person_id] = (one_time, until)
    st.session_state[_WHOSE_KEY] = person_id


def panel(admin: Person) -> None:
    """The account that was opened, if one was."""
    whose = st.session_state.get(_WHOSE_KEY)
    if whose is None:
        return
    someone = people.get_person(session.workspace(), whose)
    account = accounts.get_account(session.workspace(), whose)
    with st.container(border=True, key="account"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Account of {plain(someone.name)}**", width="stretch")
            st.button("Close", key="account_close", icon=":material/close:", on_click=show_of, args=(None,))
        _one_time(someone, account.one_time_until)
        left, right = st.columns(2, gap="large")
        with left:
            has = "a one-time password" if account.one_time_until else "a password of their own"
            st.caption(f"Signs in with {has}." if account.password_hash else "Has no password.")
            st.button(
                "New one-time password",
                key="account_password",
                icon=":material/key:",
                help="They are signed out everywhere and choose their own at the next sign-in.",
                on_click=_give_one_time,
                args=(whose,),
            )
            if account.locked_until is not None and account.locked_until > session.workspace().clock():
                st.button(
                    f"Unlock after {count(account.failures, 'failed attempt')}",
                    key="account_unlock",
                    icon=":material/lock_open:",
                    on_click=_unlock,
                    args=(whose,),
                )
            _where(someone)
        with right:
            email_key = f"account_email_{whose}"
            st.session_state.setdefault(email_key, account.email or "")
            st.text_input(
                "E-mail address for single sign-on",
                key=email_key,
                max_chars=200,
                help="As verified by the provider. Whoever signs in with it is this person.",
                on_change=_set_email,
                args=(whose,),
            )
            admin_key = f"account_admin_{whose}"
            st.session_state[admin_key] = someone.admin
            st.toggle(
                "Admin: people and accounts of the installation",
                key=admin_key,
                on_change=_set_admin,
                args=(whose,),
            )


def _one_time(someone: Person, until: datetime | None) -> None:
    password, expected = st.session_state.get(_ONE_TIME_KEY, {}).get(someone.id, (None, None))
    if password and until == expected:  # else they have one of their own by now, or a newer one
        with st.container(key="one_time_password"):
            st.success(
                f"Tell {plain(someone.name)} this password. Once this is closed it cannot be seen again."
            )
            st.code(password, language=None)


def _where(someone: Person) -> None:
    found = sessions.list_open(session.workspace(), someone.id)
    if not found:
        st.caption("Not signed in anywhere.")
        return
    zone = session.zone()
    for one in found:
        st.text(f"{one.device}, last seen {one.last_seen_at.astimezone(zone):%Y-%m-%d %H:%M}")
    st.button(
        "Sign out everywhere",
        key="account_sign_out",
        icon=":material/logout:",
        on_click=_sign_out,
        args=(someone.id,),
    )


@session.signed_in
def _give_one_time(admin: Person, person_id: int) -> None:
    show_of(person_id, accounts.give_one_time(session.workspace(), person_id, by=admin.id))


@session.signed_in
def _unlock(admin: Person, person_id: int) -> None:
    accounts.unlock(session.workspace(), person_id, by=admin.id)


@session.signed_in
def _sign_out(admin: Person, person_id: int) -> None:
    ended = sessions.end_all(session.workspace(), person_id, by=admin.id)
    session.say("toast", f"Signed out of {count(ended, 'browser')}.")


@session.signed_in
def _set_email(admin: Person, person_id: int) -> None:
    accounts.set_email(
        session.workspace(), person_id, st.session_state[f"account_email_{person_id}"], by=admin.id
    )


@session.signed_in
def _set_admin(admin: Person, person_id: int) -> None:
    people.set_admin(
        session.workspace(), person_id, st.session_state[f"account_admin_{person_id}"], by=admin.id
    )
