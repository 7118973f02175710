"""The pieces of the People page: adding somebody, and the list with roles."""

from __future__ import annotations

import streamlit as st

from maa.domain import Person, Role
from maa.ui import session
from maa.ui.text import plain
from maa.workflow import people

MAY = {
    Role.ANNOTATOR: "annotates images",
    Role.REVIEWER: "annotates, and reviews the work of others",
    Role.MANAGER: "does everything: projects, people, all numbers",
}
_COLUMNS = [4, 3, 2]


def add_form() -> None:
    """A row to add a person."""
    with (
        st.form("add_person", clear_on_submit=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("Name", key="new_person_name", max_chars=100, placeholder="As the others know them")
        st.selectbox("Role", list(Role), key="new_person_role", format_func=_role_with_duty)
        st.form_submit_button("Add", key="new_person_add", icon=":material/person_add:", on_click=_add)


def roster(manager: Person) -> None:
    """Everybody, the active ones first, each with a role and a switch."""
    known = people.list_people(session.workspace(), include_inactive=True)
    known.sort(key=lambda p: not p.active)
    with st.container(key="people_roster"):
        for column, title in zip(st.columns(_COLUMNS), ("Name", "Role", "Active"), strict=True):
            column.caption(title)
        for someone in known:
            _row(someone, is_oneself=someone.id == manager.id)
    st.caption(
        "Nobody is deleted: switching somebody off keeps their work and hands what they held back to the "
        "queue. Nobody reviews their own work, whatever their role."
    )


def _row(someone: Person, *, is_oneself: bool) -> None:
    name, role, active = st.columns(_COLUMNS, vertical_alignment="center")
    name.text(someone.name + (" (you)" if is_oneself else ""))
    role_key, active_key = f"person_role_{someone.id}", f"person_active_{someone.id}"
    # What is stored wins over what the widget still holds: another manager may have changed it.
    st.session_state[role_key] = someone.role
    st.session_state[active_key] = someone.active
    role.selectbox(
        f"Role of {plain(someone.name)}",
        list(Role),
        key=role_key,
        format_func=lambda role: role.value,
        label_visibility="collapsed",
        disabled=not someone.active,
        on_change=_set_role,
        args=(someone.id,),
    )
    active.toggle(
        f"{plain(someone.name)} is active",
        key=active_key,
        label_visibility="collapsed",
        disabled=is_oneself,
        help="You cannot switch yourself off." if is_oneself else None,
        on_change=_set_active,
        args=(someone.id,),
    )


def _role_with_duty(role: Role) -> str:
    return f"{role.value}: {MAY[role]}"


@session.guarded(Role.MANAGER)
def _add(manager: Person) -> None:
    added = people.add_person(
        session.workspace(), st.session_state["new_person_name"], st.session_state["new_person_role"]
    )
    st.session_state["new_person_name"] = ""
    session.say("toast", f"{plain(added.name)} can start now: {added.role.value}.")


@session.guarded(Role.MANAGER)
def _set_role(manager: Person, person_id: int) -> None:
    role = st.session_state[f"person_role_{person_id}"]
    changed = people.set_role(session.workspace(), person_id, role, by=manager.id)
    session.say("toast", f"{plain(changed.name)} is now {changed.role.value}.")


@session.guarded(Role.MANAGER)
def _set_active(manager: Person, person_id: int) -> None:
    active = st.session_state[f"person_active_{person_id}"]
    changed = people.set_active(session.workspace(), person_id, active, by=manager.id)
    session.say("toast", f"{plain(changed.name)} is {'active again' if active else 'switched off'}.")
