"""Who is signed in, in the sidebar; and the way to the sign-in page (`maa.api.sign_in`) when nobody is."""

from __future__ import annotations

import streamlit as st

from maa.api.gate import ACCOUNT, SIGN_IN
from maa.domain import Person
from maa.ui import session
from maa.ui.text import plain

_LINK = '<a href="{address}" target="_self" style="color: inherit; font-size: 0.875rem">{words}</a>'

# A page that is open cannot be answered with another one: the browser has to go there.
_leave = st.components.v2.component(
    "maa_sign_in",
    html="<span></span>",
    js="""
export default function ({ data }) {
  const back = location.pathname + location.search;
  location.assign(data.address + "?next=" + encodeURIComponent(back));
}
""",
)


def who_is_there(who: Person) -> None:
    """The person's name, which leads to their account, and the button to sign out."""
    with st.container(key="who_is_there", horizontal=True, vertical_alignment="center", gap="small"):
        st.text(who.name, width="stretch")
        # Not a page of Streamlit's; in this tab, so that coming back from it shows what it changed.
        st.html(_LINK.format(address=ACCOUNT, words="Account"), width="content")
        st.button(
            "Sign out",
            key="sign_out",
            icon=":material/logout:",
            type="tertiary",
            help=f"Sign {plain(who.name)} out of this browser",
            on_click=session.sign_out,
        )


def lead_to_it() -> None:
    """Say that nobody is signed in (any more), and go to where that is done."""
    session.note_if_ended()
    with st.container(key="signed_out"):
        st.info("You are signed out.", icon=":material/lock:")
        st.html(_LINK.format(address=SIGN_IN, words="Sign in"))
        _leave(key="leave", data={"address": SIGN_IN})
