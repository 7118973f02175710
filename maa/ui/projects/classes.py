"""A project's classes: names, colours and order can change at any time; no object is ever rewritten."""

from __future__ import annotations

import streamlit as st

from maa.domain import LabelClass, Member, Project, Role
from maa.domain.wording import count
from maa.ui import session
from maa.ui.text import plain, swatch
from maa.ui.words import CLASS_KEYS
from maa.workflow import projects

_COLUMNS = [1, 1, 5, 2, 1, 1, 2, 2]


def section(project: Project, who: Member) -> None:
    """The editor of the classes in use, the way to add one, and the retired ones."""
    everything = projects.list_classes(session.workspace(), project.id, include_retired=True)
    used = [c for c in everything if not c.retired]
    objects = projects.count_by_class(session.workspace(), project.id)
    st.caption(
        "Changes show everywhere at once, including on objects drawn before. Retiring keeps a class's "
        "objects but stops new ones. Merging shows its objects as another class. Both can be undone."
    )
    with st.container(key="class_editor"):
        for position, label in enumerate(used):
            _row(label, position, used, objects.get(label.id, 0))
    with st.form("add_class", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("New class", key=f"new_class_name_{project.id}", max_chars=100, width=320)
        st.form_submit_button(
            "Add class", key="new_class_add", icon=":material/add:", on_click=_add, args=(project.id,)
        )
    retired = [c for c in everything if c.retired]
    if retired:
        st.markdown("**Out of use**")
        names = {c.id: c.name for c in everything}
        for label in retired:
            _retired_row(label, names, objects.get(label.id, 0))


def _row(label: LabelClass, position: int, used: list[LabelClass], objects: int) -> None:
    key, color, name, counted, up, down, retire, merge = st.columns(_COLUMNS, vertical_alignment="center")
    key.markdown(
        f":gray-badge[{position + 1}]" if position < CLASS_KEYS else "",
        help="The number that chooses it; two digits in quick succession",
    )
    name_key, color_key = f"class_name_{label.id}", f"class_color_{label.id}"
    st.session_state[name_key], st.session_state[color_key] = label.name, label.color
    color.color_picker(
        f"Colour of {plain(label.name)}",
        key=color_key,
        label_visibility="collapsed",
        on_change=_recolor,
        args=(label.id,),
    )
    name.text_input(
        f"Name of {plain(label.name)}",
        key=name_key,
        max_chars=100,
        label_visibility="collapsed",
        on_change=_rename,
        args=(label.id,),
    )
    counted.markdown(f":gray[{count(objects, 'object')}]")
    for column, icon, target, tip in (
        (up, ":material/arrow_upward:", position - 1, "Move up"),
        (down, ":material/arrow_downward:", position + 1, "Move down"),
    ):
        column.button(
            "",
            key=f"class_{'up' if target < position else 'down'}_{label.id}",
            icon=icon,
            help=tip,
            type="tertiary",
            disabled=not 0 <= target < len(used),
            on_click=_move,
            args=(label.id, target),
        )
    retire.button(
        "Retire",
        key=f"class_retire_{label.id}",
        icon=":material/block:",
        disabled=len(used) == 1,
        help=f"Its objects stay as they are: {objects:,}" if objects else None,
        on_click=_retire,
        args=(label.id,),
    )
    with merge.popover(
        "Merge", icon=":material/merge:", disabled=len(used) == 1, key=f"class_merge_{label.id}"
    ):
        others = {c.name: c for c in used if c.id != label.id}
        into_key = f"class_merge_into_{label.id}"
        st.selectbox(f"Show its {count(objects, 'object')} as", list(others), key=into_key)
        st.button(
            "Merge",
            key=f"class_merge_do_{label.id}",
            type="primary",
            on_click=_merge,
            args=(label.id, {name: c.id for name, c in others.items()}, into_key),
        )


def _retired_row(label: LabelClass, names: dict[int, str], objects: int) -> None:
    fate = f"merged into {plain(names[label.merged_into])}" if label.merged_into is not None else "retired"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{swatch(label.color)} {plain(label.name)} :gray[{fate}, {count(objects, 'object')}]", width=360
        )
        st.button(
            "Restore",
            key=f"class_restore_{label.id}",
            icon=":material/undo:",
            on_click=_restore,
            args=(label.id,),
        )


@session.guarded(Role.MANAGER)
def _add(manager: Member, project_id: int) -> None:
    key = f"new_class_name_{project_id}"
    projects.add_class(session.workspace(), project_id, st.session_state[key], by=manager.id)
    st.session_state[key] = ""


@session.guarded(Role.MANAGER)
def _rename(manager: Member, class_id: int) -> None:
    name = st.session_state[f"class_name_{class_id}"]
    renamed = projects.rename_class(session.workspace(), class_id, name, by=manager.id)
    session.say("toast", f"Now called {plain(renamed.name)}, including on objects drawn before.")


@session.guarded(Role.MANAGER)
def _recolor(manager: Member, class_id: int) -> None:
    color = st.session_state[f"class_color_{class_id}"]
    projects.recolor_class(session.workspace(), class_id, color, by=manager.id)


@session.guarded(Role.MANAGER)
def _move(manager: Member, class_id: int, position: int) -> None:
    projects.move_class(session.workspace(), class_id, position, by=manager.id)


@session.guarded(Role.MANAGER)
def _retire(manager: Member, class_id: int) -> None:
    retired = projects.retire_class(session.workspace(), class_id, by=manager.id)
    session.say("toast", f"{plain(retired.name)} is out of use; its objects keep it.")


@session.guarded(Role.MANAGER)
def _merge(manager: Member, class_id: int, ids: dict[str, int], into_key: str) -> None:
    into = projects.merge_class(session.workspace(), class_id, ids[st.session_state[into_key]], by=manager.id)
    session.say("toast", f"Its objects now show as {plain(into.name)}. Restore undoes it.")


@session.guarded(Role.MANAGER)
def _restore(manager: Member, class_id: int) -> None:
    restored = projects.restore_class(session.workspace(), class_id, by=manager.id)
    session.say("toast", f"{plain(restored.name)} is in use again.")
