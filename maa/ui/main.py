"""What every visit passes through: who is there, what they may open, and which project they look at.

All pages are registered for everybody, so that a refusal is a sentence and not "page not found"; those that a
role may not open are left out of the menu and refused here, and once more by the page itself.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from maa import logo
from maa.domain import Person, Role
from maa.ui import address, people, session, sign_in

_PAGES_DIR = Path(__file__).resolve().parents[2] / "pages"
# file in pages/ -> title, icon, the least role in the chosen project that may open it; None: it says itself
_PAGES = {
    "annotate": ("Annotate", ":material/draw:", Role.ANNOTATOR),
    "review": ("Review", ":material/rate_review:", Role.REVIEWER),
    "history": ("History", ":material/history:", Role.REVIEWER),
    "dashboard": ("Dashboard", ":material/monitoring:", Role.ANNOTATOR),
    "projects": ("Projects", ":material/folder:", None),
    "models": ("Models", ":material/model_training:", Role.MANAGER),
    "people": ("People", ":material/group:", None),
}
# Streamlit leaves a tenth of the screen free on every side; the work needs it.
_ROOM = """<style>
.stMainBlockContainer { padding: 4.2rem 2.4rem 3rem 2.4rem }
:has(> .st-key-notices:empty) { display: none }
</style>"""
_NEVER_SCROLLED = ("annotate", "review")
_FIRST_PAGE = {Role.ANNOTATOR: "annotate", Role.REVIEWER: "review", Role.MANAGER: "projects"}


def main() -> None:
    st.set_page_config(page_title="MAA", page_icon=logo.ICON, layout="wide")
    st.html(_ROOM)
    st.logo(logo.LOGO, size="large", icon_image=logo.ICON)
    who = session.person()
    if who is not None:
        with st.sidebar:
            session.project_picker()
            sign_in.who_is_there(who)
    listed = _listed(who)
    pages = {
        name: st.Page(
            _PAGES_DIR / f"{name}.py",
            title=title,
            icon=icon,
            url_path=name,
            visibility="visible" if name in listed else "hidden",
        )
        for name, (title, icon, _) in _PAGES.items()
    }
    home = st.Page(_nothing, title="Home", url_path="home", default=True, visibility="hidden")
    chosen = st.navigation([home, *pages.values()])

    st.session_state[address.BEFORE_KEY] = st.session_state.get(address.PAGE_KEY)
    st.session_state[address.PAGE_KEY] = chosen.url_path
    # A container that stays: what comes and goes outside of one mounts everything below it anew.
    with st.container(key="notices"):
        session.show_notices(in_sight=chosen.url_path in _NEVER_SCROLLED)
    if who is None:
        sign_in.lead_to_it()
    elif chosen == home:
        member = session.member()
        st.switch_page(pages[_FIRST_PAGE[member.role] if member else "projects"])
    else:
        least = _PAGES[chosen.url_path][2]
        if least is not None:
            session.require(least)
        chosen.run()


def _listed(who: Person | None) -> set[str]:
    """The pages in the menu."""
    if who is None:
        return set()
    member = session.member()
    return {
        name
        for name, (_, _, least) in _PAGES.items()
        if (name != "people" if least is None else member is not None and member.role.includes(least))
    } | ({"people"} if people.may_open(who) else set())


def _nothing() -> None:
    """The root address has no page of its own: it passes everybody on to where their work is."""


main()
