"""The library: a card for each model, with what may be done with it."""

from __future__ import annotations

import streamlit as st

from maa.dextr.shelves import damaged
from maa.domain import MaaError, Member, Project, Role
from maa.domain.library import ModelState
from maa.domain.wording import count
from maa.ui import session
from maa.ui.models.present import works_with
from maa.ui.text import plain
from maa.ui.uploads import on_disk
from maa.workflow import library, promotion, training
from maa.workflow.library import Entry

_BADGES = {
    ModelState.CANDIDATE: ":orange-badge[candidate]",
    ModelState.ACTIVE: ":green-badge[active]",
    ModelState.RETIRED: ":gray-badge[retired]",
}


def section(project: Project, who: Member) -> None:
    """All models: those that fit the project's classes first, retired ones last."""
    workspace = session.workspace()
    covers = {offer.model.id: offer.covers for offer in library.offers(workspace, project.id)}
    entries = library.entries(workspace)
    entries.sort(key=lambda one: (one.state is ModelState.RETIRED, -len(covers.get(one.model.id, ()))))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("Library", width="stretch")
        _bring_in(who)
    for problem in damaged().values():
        st.warning(plain(problem), icon=":material/broken_image:")
    try:
        present = {promotion.present_model(workspace, project.id).id}
        if (detector := promotion.present_detector(workspace, project.id)) is not None:
            present.add(detector.id)
    except MaaError:
        present = set()
    columns = st.columns(2)
    for number, entry in enumerate(entries):
        with columns[number % 2].container(border=True, key=f"model_{entry.model.name}"):
            _card(project, entry, covers.get(entry.model.id), entry.model.id in present)


def _card(project: Project, entry: Entry, covers: tuple[str, ...] | None, present: bool) -> None:
    card = entry.model.card
    marks = [_BADGES[entry.state]]
    if entry.model.detects:
        marks.append(":violet-badge[detector]")
    if covers:
        marks.append(f":blue-badge[fits: {plain(', '.join(covers))}]")
    if entry.default:
        marks.append(":gray-badge[default]")
    st.markdown(f"**{plain(entry.model.name)}** {' '.join(marks)}")
    st.caption(plain(card.get("use_case") or "Use case not stated"))
    facts = {
        "id": entry.model.id,
        "architecture": f"{entry.model.architecture}, {entry.model.input_size} px",
        "parent": card.get("parent") or "none",
        "trained on": _trained_on(card.get("training_data")),
        "licence": card.get("licence") or "not stated",
        "used by": _used_by(project, entry),
    }
    measured = entry.detector_measurements if entry.model.detects else entry.measurements
    if not any(one.project_id == project.id for one in measured):
        facts["measured on this project"] = "not yet"
    st.markdown("  \n".join(f"{name}: {plain(value)}" for name, value in facts.items()))
    for one in [one for one in entry.measurements if one.project_id == project.id][-2:]:
        st.markdown(
            f"{plain(one.measured_on)}: IoU **{one.iou_mean:.3f}** on {one.objects} objects, "
            f"{one.iou_over_085:.0%} above 0.85"
        )
    for item in [item for item in entry.detector_measurements if item.project_id == project.id][-2:]:
        st.markdown(
            f"held back: finds **{item.recall:.0%}** of {item.objects} objects, {item.precision:.0%} of what "
            f"it finds is right; {item.opened_08:.0%} open with an outline of IoU 0.8"
        )
    with st.expander("Card"):
        st.json(dict(card), expanded=False)
    _deeds(project, entry, present)


def _deeds(project: Project, entry: Entry, present: bool) -> None:
    name = entry.model.name
    with st.container(horizontal=True):
        if entry.state is ModelState.ACTIVE and not present:
            st.button("Use here", key=f"use_{name}", on_click=_use, args=(project.id, name))
        if entry.state is not ModelState.RETIRED and not present:
            st.button(
                "Compare",
                key=f"compare_{name}",
                help="With the model that the project works with, on its held-back objects.",
                on_click=_compare,
                args=(project.id, name),
            )
        if entry.state is not ModelState.RETIRED and not entry.default and not entry.projects:
            st.button(
                "Retire",
                key=f"retire_{name}",
                help="It is not offered any more; its files stay, and it can be brought back.",
                on_click=_retire,
                args=(name,),
            )
        if entry.state is ModelState.RETIRED:
            st.button("Bring back", key=f"bring_back_{name}", on_click=_bring_back, args=(name,))


def _used_by(project: Project, entry: Entry) -> str:
    """This project, and how many others: their names are for those who work there."""
    others = len([one for one in entry.projects if one.id != project.id])
    said = ["this project"] if len(entry.projects) > others else []
    said += [count(others, "other project")] if others else []
    return " and ".join(said) or ("whoever chose no other" if entry.default else "no project has chosen it")


def _trained_on(data: object) -> str:
    """The training data of a card in a few words: projects with their objects, sets by name."""
    if not isinstance(data, list):
        return str(data or "not stated")[:200]
    named = []
    for one in data:
        if isinstance(one, dict) and "project" in one:
            named.append(f"{one['project']} ({one.get('objects')} objects of {one.get('images')} images)")
        elif isinstance(one, dict):
            named.append(str(one.get("name", "?")))
    return ", ".join(named) or "not stated"


def _bring_in(who: Member) -> None:
    with st.popover("Import a model", icon=":material/upload:"):
        file = st.file_uploader(
            "A file that maa models export wrote, or a DEXTR checkpoint",
            type=["zip", "pth"],
            key="model_file",
        )
        name = st.text_input("Name", key="model_name", placeholder="keep its name")
        if st.button("Import", key="model_import", disabled=file is None) and file is not None:
            session.require(Role.MANAGER)
            try:
                known = {entry.model.id for entry in library.entries(session.workspace())}
                with on_disk(file) as (copy,):
                    model = library.import_model(session.workspace(), copy, name.strip() or None, by=who.id)
                state = library.entry(session.workspace(), model.id).state
            except MaaError as error:
                st.error(plain(error))
                return
            there = f"was here already, {state.value}" if model.id in known else "is a candidate now"
            session.say("success", f"{plain(model.id)} {there}.")
            st.rerun()


@session.guarded(Role.MANAGER)
def _use(manager: Member, project_id: int, name: str) -> None:
    if works_with(project_id, library.find_model(name)):
        return  # pressed twice
    promotion.promote(session.workspace(), project_id, name, by=manager.id)
    session.say("success", f"The project now works with {plain(name)}.")


@session.guarded(Role.MANAGER)
def _compare(manager: Member, project_id: int, name: str) -> None:
    training.compare(session.workspace(), project_id, name, by=manager.id)
    session.say("toast", f"{plain(name)} is being compared: see the top of the page.")


@session.guarded(Role.MANAGER)
def _retire(manager: Member, name: str) -> None:
    library.retire(session.workspace(), name, by=manager.id)
    session.say("toast", f"{plain(name)} is retired.")


@session.guarded(Role.MANAGER)
def _bring_back(manager: Member, name: str) -> None:
    state = library.bring_back(session.workspace(), name, by=manager.id)
    session.say("toast", f"{plain(name)} is {state.value} again.")
