"""The pieces of the People page: adding somebody, and the list with the roles in one project."""

from __future__ import annotations

import streamlit as st

from maa.domain import Person, Project, Role
from maa.ui import person_account, session
from maa.ui.text import plain
from maa.workflow import accounts, people, projects

MAY = {
    Role.ANNOTATOR: "annotates images",
    Role.REVIEWER: "annotates, and reviews the work of others",
    Role.MANAGER: "does everything in the project: images, rules, roles, all numbers",
}
_COLUMNS = [4, 3, 1, 2, 2]
_PROJECT_KEY = "people_project"
_FOLLOWED_KEY = "people_followed_project"


def may_open(who: Person) -> bool:
    """Admins, and whoever manages a project: they give its roles."""
    return who.admin or Role.MANAGER in people.roles_of(session.workspace(), who.id).values()


def add_form(project: Project | None) -> None:
    """A row for admins to add a person, with a role in the project shown."""
    with (
        st.form("add_person", clear_on_submit=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("Name", key="new_person_name", max_chars=100, placeholder="As others know them")
        st.selectbox(
            "Role" if project is None else f"Role in {plain(project.name)}",
            [None] if project is None else [*Role, None],
            key="new_person_role",
            format_func=_role_with_duty,
        )
        st.form_submit_button(
            "Add",
            key="new_person_add",
            icon=":material/person_add:",
            on_click=_add,
            args=(project.id if project else None,),
        )


def choose_project(who: Person) -> Project | None:
    """The project whose roles are shown: admins see all, others those that they manage."""
    workspace = session.workspace()
    mine = people.roles_of(workspace, who.id)
    found = [p for p in projects.list_projects(workspace) if who.admin or mine.get(p.id) is Role.MANAGER]
    if not found:
        return None
    names = [p.name for p in found]
    chosen = session.project()
    here = chosen.name if chosen and chosen.name in names else names[0]
    followed = st.session_state.get(_FOLLOWED_KEY) == here
    if not followed or st.session_state.get(_PROJECT_KEY) not in names:
        # Another project was chosen in the sidebar: roles given now are meant for that one.
        st.session_state[_PROJECT_KEY] = st.session_state[_FOLLOWED_KEY] = here
    name = st.selectbox("Roles in", names, key=_PROJECT_KEY, icon=":material/folder:", width=420)
    return next(p for p in found if p.name == name)


def roster(who: Person, project: Project | None) -> None:
    """Everybody by name, each with a role in the project and a switch. Who is switched off keeps the place:
    the rows must not move under the mouse."""
    workspace = session.workspace()
    known = people.list_people(workspace, include_inactive=True)
    members = people.list_members(workspace, project.id, include_inactive=True) if project else []
    roles = {member.id: member.role for member in members}
    with st.container(key="people_roster"):
        for column, title in zip(st.columns(_COLUMNS), ("Name", "Role", "Active", "", ""), strict=True):
            column.caption(title)
        for someone in known:
            _row(someone, who, project, roles.get(someone.id))
    st.caption(
        "Nobody is deleted: switching somebody off keeps their work and returns what they held to the "
        "queue. Nobody reviews their own work, whatever their role."
    )


def _row(someone: Person, who: Person, project: Project | None, held: Role | None) -> None:
    name, role, active, account, remove = st.columns(_COLUMNS, vertical_alignment="center")
    name.text(someone.name + (" (you)" if someone.id == who.id else ""))
    role_key, active_key = f"person_role_{someone.id}", f"person_active_{someone.id}"
    # What is stored wins over what the widget still holds: another manager may have changed it.
    if project is not None:
        st.session_state[role_key] = held
        role.selectbox(
            f"Role of {plain(someone.name)}",
            [None, *Role],
            key=role_key,
            format_func=lambda role: role.value if role else "no role",
            placeholder="no role",
            label_visibility="collapsed",
            disabled=not someone.active,
            on_change=_set_role,
            args=(someone.id, project.id),
        )
    st.session_state[active_key] = someone.active
    is_oneself = someone.id == who.id
    active.toggle(
        f"{plain(someone.name)} is active",
        key=active_key,
        label_visibility="collapsed",
        disabled=is_oneself or not who.admin,
        help="You cannot switch yourself off." if is_oneself else None,
        on_change=_set_active,
        args=(someone.id,),
    )
    if who.admin:
        with account:
            person_account.button(someone)
    if who.admin and not is_oneself and not someone.name.startswith(f"Person {someone.id}"):
        remove.button(
            "Remove name",
            key=f"person_unname_{someone.id}",
            type="tertiary",
            icon=":material/person_off:",
            on_click=_ask_remove,
            args=(someone,),
        )


def _role_with_duty(role: Role | None) -> str:
    return f"{role.value}: {MAY[role]}" if role else "none yet"


@session.signed_in
def _add(who: Person, project_id: int | None) -> None:
    role = st.session_state["new_person_role"]
    roles = {project_id: role} if project_id is not None and role is not None else {}
    added = people.add_person(session.workspace(), st.session_state["new_person_name"], roles, by=who.id)
    st.session_state["new_person_name"] = ""
    person_account.show_of(added.id, accounts.give_one_time(session.workspace(), added.id, by=who.id))
    session.say("toast", f"{plain(added.name)} can start now.")


@session.signed_in
def _set_role(who: Person, person_id: int, project_id: int) -> None:
    role = st.session_state[f"person_role_{person_id}"]
    changed = people.set_role(session.workspace(), person_id, project_id, role, by=who.id)
    session.say("toast", f"{plain(changed.name)} is now {role.value if role else 'out of the project'}.")


@st.dialog("Remove a name for good?")
def _ask_remove(someone: Person) -> None:
    st.markdown(
        f"**{plain(someone.name)}** will be called “Person {someone.id}” everywhere: in the history, the "
        "numbers, comments and backups made from now on. Their work stays. They are switched off. "
        "**This cannot be undone.** Backups made before keep the name; delete them yourself."
    )
    typed = st.text_input("Type the name to continue", key="person_unname_typed")
    if st.button(
        "Remove the name",
        key="person_unname_do",
        type="primary",
        disabled=typed.strip() != someone.name,
        on_click=_remove_name,
        args=(someone.id,),
    ):
        st.rerun()


@session.signed_in
def _remove_name(who: Person, person_id: int) -> None:
    now = people.remove_name(session.workspace(), person_id, by=who.id)
    session.say("toast", f"The name is gone; they are {plain(now.name)} now.")


@session.signed_in
def _set_active(who: Person, person_id: int) -> None:
    active = st.session_state[f"person_active_{person_id}"]
    changed = people.set_active(session.workspace(), person_id, active, by=who.id)
    session.say("toast", f"{plain(changed.name)} is {'active again' if active else 'switched off'}.")
