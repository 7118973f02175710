"""What the dashboard counts: which project, which days, whose work."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

from maa.domain import Member, Project, Role
from maa.ui import address, session
from maa.workflow import people, projects, pseudonyms
from maa.workflow.metrics import Filter

_PRESETS = {"Today": 1, "7 days": 7, "30 days": 30, "90 days": 90}  # days, today included
_ALL_TIME, _CUSTOM = "All time", "Choose days"
_PERIOD_KEY = "dashboard_period"
_FIRST_DAY = date(2000, 1, 1)  # before anything this app recorded


def bar(who: Member, project: Project) -> Filter:
    """The row of filters. Only managers see other people's numbers; the others' own are fixed."""
    manages = who.role.includes(Role.MANAGER)
    zone = session.zone(project)
    today = session.workspace().clock().astimezone(zone).date()
    periods = [*_PRESETS, _ALL_TIME, _CUSTOM]
    period = address.Choice("period", _PERIOD_KEY, periods, "30 days")
    with st.container(horizontal=True, vertical_alignment="bottom", key="dashboard_filters"):
        preset = st.segmented_control("Period", periods, required=True, key=_PERIOD_KEY)
        period.show()
        start, end = _days(str(preset), today)
        everywhere = manages and st.segmented_control(
            "Project",
            ["This one", "All"],
            default="This one",
            required=True,
            key="dashboard_scope",
            persist_state="session",
        )
        scope = _managed(who) if everywhere == "All" else (project.id,)
        chosen = _people(scope) if manages else (who.id,)
    return Filter(
        project_id=_managed(who) if everywhere == "All" else project.id,
        start=start,
        end=end,
        person_ids=chosen,
        timezone=zone.key,
    )


def of_one(chosen: Filter, shown: str) -> Filter | None:
    """The same for the one of these people who is called `shown`; None when none of them is.

    What a browser says was clicked opens nobody's numbers but those that are shown.
    """
    ids = [number for number, name in _called(chosen).items() if name == shown]
    allowed = [number for number in ids if not chosen.person_ids or number in chosen.person_ids]
    return replace(chosen, person_ids=tuple(allowed)) if allowed else None


def heading(chosen: Filter, project: Project) -> str:
    """What the numbers are about, as text for paper."""
    where = project.name if isinstance(chosen.project_id, int) else "All projects"
    days = f"{chosen.start} to {chosen.end}" if chosen.start > _FIRST_DAY else f"up to {chosen.end}"
    names = _called(chosen)
    named = [names[number] for number in chosen.person_ids]
    return f"{where}, {days} ({chosen.timezone}), {', '.join(named) or 'everybody'}"


def _called(chosen: Filter) -> dict[int, str]:
    """Person id -> what they are called in these numbers."""
    scope = [chosen.project_id] if isinstance(chosen.project_id, int) else chosen.project_id or ()
    return pseudonyms.shown_names(session.workspace(), scope)


def _managed(who: Member) -> tuple[int, ...]:
    """The projects of which they may see everybody's numbers."""
    roles = people.roles_of(session.workspace(), who.id)
    mine = projects.list_projects(session.workspace(), of=who.id)
    return tuple(project.id for project in mine if roles[project.id].includes(Role.MANAGER))


def _days(preset: str, today: date) -> tuple[date, date]:
    if preset in _PRESETS:
        return today - timedelta(days=_PRESETS[preset] - 1), today
    if preset == _ALL_TIME:
        return _FIRST_DAY, today
    picked = st.date_input(
        "Days",
        (today - timedelta(days=6), today),
        max_value=today,
        key="dashboard_days",
        format="YYYY-MM-DD",
        width=260,
    )
    # Between the first click and the second there is only a start.
    days = [day for day in picked if isinstance(day, date)] if isinstance(picked, tuple) else [picked]
    return (days[0], days[-1]) if days else (today, today)


def _people(scope: tuple[int, ...]) -> tuple[int, ...]:
    """Whose work is counted, of those with a role in one of these projects; nobody chosen: everybody's."""
    workspace = session.workspace()
    called = pseudonyms.shown_names(workspace, scope)
    members = {
        m.id for number in scope for m in people.list_members(workspace, number, include_inactive=True)
    }
    ids = {called[number]: number for number in sorted(members, key=lambda number: called[number].casefold())}
    names = st.multiselect(
        "People",
        list(ids),
        key="dashboard_people",
        placeholder="Everybody",
        persist_state="session",
        width=250,  # one row with the others at 1280 pixels
    )
    return tuple(ids[name] for name in names)
