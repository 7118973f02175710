"""What every visit passes through: who is there, what they may open, and which project they look at.

All pages are registered for everybody, so that a link to one survives the choice of a name; those that a role
may not open are left out of the menu and refused here, and once more by the page itself.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from maa.domain import Role
from maa.ui import logo, session, welcome

_PAGES_DIR = Path(__file__).resolve().parents[2] / "pages"
# file in pages/ -> title, icon, the least role that may open it
_PAGES = {
    "annotate": ("Annotate", ":material/draw:", Role.ANNOTATOR),
    "review": ("Review", ":material/rate_review:", Role.REVIEWER),
    "dashboard": ("Dashboard", ":material/monitoring:", Role.ANNOTATOR),
    "projects": ("Projects", ":material/folder:", Role.ANNOTATOR),
    "models": ("Models", ":material/model_training:", Role.MANAGER),
    "people": ("People", ":material/group:", Role.MANAGER),
}
# Streamlit leaves a tenth of the screen free on every side; the work needs it.
_ROOM = """<style>
.stMainBlockContainer { padding: 4.2rem 2.4rem 3rem 2.4rem }
:has(> .st-key-notices:empty) { display: none }
</style>"""
_FIRST_PAGE = {Role.ANNOTATOR: "annotate", Role.REVIEWER: "review", Role.MANAGER: "projects"}


def main() -> None:
    st.set_page_config(page_title="MAA", page_icon=logo.ICON, layout="wide")
    st.html(_ROOM)
    st.logo(logo.LOGO, size="large", icon_image=logo.ICON)
    with st.sidebar:
        who = session.person_picker()
        if who is not None:
            session.project_picker()
    pages = {
        name: st.Page(
            _PAGES_DIR / f"{name}.py",
            title=title,
            icon=icon,
            url_path=name,
            visibility="visible" if who is not None and who.role.includes(role) else "hidden",
        )
        for name, (title, icon, role) in _PAGES.items()
    }
    home = st.Page(_nothing, title="Home", url_path="home", default=True, visibility="hidden")
    chosen = st.navigation([home, *pages.values()])

    # A container that stays: what comes and goes outside of one mounts everything below it anew.
    with st.container(key="notices"):
        session.show_notices()
    if who is None:
        welcome.choose_person()
    elif chosen == home:
        st.switch_page(pages[_FIRST_PAGE[who.role]])
    else:
        session.require(_PAGES[chosen.url_path][2])
        chosen.run()


def _nothing() -> None:
    """The root address has no page of its own: it passes everybody on to where their work is."""


main()
