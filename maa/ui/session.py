"""Who is at the page, which project they chose, and messages that outlive a rerun.

Who somebody is says their session, which the cookie names; it is looked up anew on each call, because it can
end while the page is open. The project stands in the address (`?project=…`), so a reload or a bookmark keeps
it.

The entry script's gate does not run for fragments and callbacks: every page, fragment and callback asks for
its role itself, by `require`, `guarded` or `signed_in`. What they refuse is an event.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from typing import Concatenate, Literal, NoReturn, ParamSpec
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from maa.api import cookie
from maa.domain import (
    Conflict,
    MaaError,
    Member,
    NotAllowed,
    NotFound,
    Person,
    Project,
    Role,
    Session,
    refused_by_system,
)
from maa.ui import address
from maa.ui.text import plain
from maa.workflow import people, projects, refusals, sessions
from maa.workflow.sessions import SignedIn
from maa.workflow.settings import zone_of
from maa.workflow.workspace import Workspace, current

PROJECT_KEY = "project"
_NEXT_PROJECT_KEY = "_next_project"
_ASKED_KEY = "_asked_project"
"""(name, id) of the project that was asked for last: it stays chosen under another name."""
_NOTICES_KEY = "_notices"
_LEFT_KEY = "_left"
NONE_YET = "You have no project yet. A manager can give you a role in one."
_NOBODY = "You are signed out. Sign in first."

Parameters = ParamSpec("Parameters")
NoticeKind = Literal["toast", "success", "info", "warning", "error"]

_log = logging.getLogger(__name__)


def workspace() -> Workspace:
    """The open workspace of this process."""
    return current()


def person() -> Person | None:
    """Who is at the page: an active person, looked up anew on each call, or None when nobody is signed in."""
    found = _signed_in()
    return None if found is None else found.person


def member() -> Member | None:
    """Who is at the page, with their role in the chosen project; None without one."""
    who, chosen = person(), project()
    return None if who is None or chosen is None else people.find_member(workspace(), chosen.id, who.id)


def sign_out() -> None:
    """End the session; for a callback. The page that follows leads to the sign-in."""
    found = _signed_in()
    if found is not None:
        sessions.end(workspace(), found.session.id, by=found.person.id)
        st.session_state[_LEFT_KEY] = True


def note_if_ended() -> None:
    """Write down that somebody is turned away whose session was ended by other than themselves."""
    if sessions.whose(workspace(), _token()) is not None and not st.session_state.get(_LEFT_KEY):
        note_refusal(_page(), _NOBODY)


def refuse(because: str) -> NoReturn:
    """Say why the person may not see the page, and end the run."""
    note_refusal(_page(), because)
    st.warning(because, icon=":material/lock:")
    st.stop()


def require_session() -> Session:
    """The session of the browser; with nobody there the run ends."""
    found = _signed_in()
    return refuse(_NOBODY) if found is None else found.session


def require_person() -> Person:
    """The person at the page, whatever they may do; with nobody there the run ends."""
    return person() or refuse(_NOBODY)


def require(role: Role) -> Member:
    """The person at the page, who has at least `role` in the chosen project; otherwise says what is missing
    and ends the run.
    """
    who = require_person()
    require_project()
    found = member()
    if found is None or not found.role.includes(role):
        refuse(_refusal(who, found, role))
    return found


def guarded(
    role: Role,
) -> Callable[[Callable[Concatenate[Member, Parameters], None]], Callable[Parameters, None]]:
    """Make `function(member, …)` a widget callback `function(…)`.

    It runs only for a person with `role` in the chosen project; a refusal or a `MaaError` becomes a message
    on the next page.
    """

    def wrap(function: Callable[Concatenate[Member, Parameters], None]) -> Callable[Parameters, None]:
        @functools.wraps(function)
        def callback(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
            who, found = person(), member()
            if who is None or found is None or not found.role.includes(role):
                gone = not_open() if who is not None and project() is None else ""
                _refuse_callback(function, gone or _refusal(who, found, role))
            else:
                _run(function, found, *args, **kwargs)

        return callback

    return wrap


def signed_in(
    function: Callable[Concatenate[Person, Parameters], None],
) -> Callable[Parameters, None]:
    """`guarded` for what needs no role in the chosen project: the workflow says who may."""

    @functools.wraps(function)
    def callback(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        who = person()
        if who is None:
            _refuse_callback(function, _NOBODY)
        else:
            _run(function, who, *args, **kwargs)

    return callback


def name_of(function: Callable[..., object]) -> str:
    """What a callback is called in the history, as in `ui.projects.rules._save`."""
    return f"{function.__module__.removeprefix('maa.')}.{function.__qualname__}"


def note_refusal(call: str, because: str) -> None:
    """Write down what was refused: who asked, by which page or callback, and why not."""
    chosen = project()
    refusals.note(
        workspace(),
        call,
        "not_allowed",
        because,
        person_id=sessions.whose(workspace(), _token()),
        project_id=chosen.id if chosen else None,
    )


def _run(function: Callable[..., None], who: Person, *args: object, **kwargs: object) -> None:
    try:
        function(who, *args, **kwargs)
    except (NotAllowed, NotFound, Conflict) as error:
        note_refusal(name_of(function), str(error))
        say("error", plain(error))
    except MaaError as error:
        say("error", plain(error))


def _refuse_callback(function: Callable[..., None], because: str) -> None:
    note_refusal(name_of(function), because)
    say("warning", because)


def _page() -> str:
    return f"page {st.session_state.get(address.PAGE_KEY, '')}".strip()


def _signed_in() -> SignedIn | None:
    """The session of the browser, while it holds and its person has a password of their own."""
    try:
        found = sessions.find(workspace(), _token())
    except NotAllowed:
        return None
    return None if found.must_change else found


def _token() -> str:
    return st.context.cookies.get(cookie.NAME, "")


def say(kind: NoticeKind, markdown: str) -> None:
    """Keep a message for the next run; text from people in it goes through `plain` first."""
    st.session_state.setdefault(_NOTICES_KEY, []).append((kind, markdown))


def show_notices(*, in_sight: bool = False) -> None:
    """Show and forget the messages kept by `say`. `in_sight`: the top of the page always is."""
    for kind, markdown in st.session_state.pop(_NOTICES_KEY, []):
        getattr(st, kind)(markdown)
        if kind in ("error", "warning") and not in_sight:
            # The message stands at the top; who pressed a button further down would not see it.
            st.toast(markdown, icon=":material/error:", duration="long")


def show_error(error: Exception) -> bool:
    """Show what went wrong as a sentence: the app's handler of errors that no page caught.

    Returns True: Streamlit need not show it again.
    """
    if isinstance(error, MaaError):
        st.error(plain(error), icon=":material/error:")
    else:
        _log.exception("A page failed", exc_info=error)
        sentence = refused_by_system(error) or (
            "Something went wrong on our side; the details are in the server's log. "
            "What was saved is safe. Reload the page to go on."
        )
        st.error(plain(sentence), icon=":material/error:")
    return True


def project_picker() -> Project | None:
    """The sidebar's choice of project; drawn once a run by the entry script. Pages call `project`."""
    ids = {p.name: p.id for p in _open_projects()}
    if _NEXT_PROJECT_KEY in st.session_state:
        st.session_state[PROJECT_KEY] = st.session_state.pop(_NEXT_PROJECT_KEY)
    if address.went_back() and address.said(PROJECT_KEY) in ids:
        st.session_state.pop(PROJECT_KEY, None)
    if not ids:
        st.query_params.pop(PROJECT_KEY, None)
        return None
    asked, found = _asked_for(ids)
    st.session_state[PROJECT_KEY] = found
    st.selectbox(
        "Project", list(ids), index=0 if found else None, key=PROJECT_KEY,
        icon=":material/folder:", placeholder="Choose a project",
    )  # fmt: skip
    chosen = st.session_state[PROJECT_KEY]
    name = chosen or asked
    st.session_state[_ASKED_KEY] = (name, ids.get(name))
    address.show(PROJECT_KEY, name)
    return project()


def _asked_for(ids: Mapping[str, int]) -> tuple[str, str | None]:
    """The project's name that was asked for (chosen, else in the address, else the first), and its name now.

    None for one that is not open to the person: another one is nobody's choice, and on its pages an image
    would be handed out at once.
    """
    before, known = st.session_state.get(_ASKED_KEY, (None, None))
    asked = st.session_state.get(PROJECT_KEY) or st.query_params.get(PROJECT_KEY) or before or next(iter(ids))
    # What the page shows stays what it is, whatever it is called by now, and whatever has its name.
    same = next((name for name, id_ in ids.items() if id_ == known), None) if asked == before else None
    return asked, same or (asked if asked in ids else None)


def choose_project(name: str) -> None:
    """Make the project of this name the chosen one; for callbacks, which run before the picker is drawn."""
    st.session_state[PROJECT_KEY] = name


def choose_project_next(name: str) -> None:
    """The same for the body of a page, which runs after the picker: it holds from the next run on."""
    st.session_state[_NEXT_PROJECT_KEY] = name


def project() -> Project | None:
    """The chosen project, or None when there is none yet."""
    name = st.session_state.get(PROJECT_KEY)
    asked, known = st.session_state.get(_ASKED_KEY, (None, None))
    found = _open_projects()
    same = (p for p in found if name == asked and p.id == known)  # a callback comes before the picker
    return next(same, None) or next((p for p in found if p.name == name), None)


def require_project() -> Project:
    """The chosen project; otherwise says how to get one and ends the run."""
    chosen = project()
    if chosen is None:
        with st.container(key="empty_no_project"):
            st.info(_no_project(), icon=":material/folder_off:")
        st.stop()
    return chosen


def _open_projects() -> list[Project]:
    """Those that the person has a role in and that are not archived, oldest first, so that a new one never
    moves what a person looks at.
    """
    who = person()
    return [] if who is None else projects.list_projects(workspace(), of=who.id)


def _no_project() -> str:
    who = person()
    if because := not_open():
        return because
    if who is not None and projects.may_create(workspace(), who.id):
        return "You have no project yet. Create one under Projects."
    return NONE_YET


def not_open() -> str:
    """Why the project that was asked for is not shown, though there are others; "" when there are none."""
    if not _open_projects():
        return ""
    name, _ = st.session_state.get(_ASKED_KEY, ("", None))
    who = person()
    known = projects.list_projects(workspace(), include_archived=True, of=who.id) if who else []
    if any(project.name == name for project in known):
        return f"The project **{plain(name)}** is archived. Choose another one in the sidebar."
    return (
        f"The project **{plain(name)}** is not open to you: it was renamed, or you have no role in it. "
        "Choose a project in the sidebar."
    )


def zone(project: Project | None = None) -> ZoneInfo:
    """The time zone of the project's days, where it names one, else the visitor's."""
    if project is not None and project.settings.time_zone:
        return zone_of(project.settings.time_zone)
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):  # the browser says what it likes
        return ZoneInfo("UTC")


def _refusal(who: Person | None, found: Member | None, role: Role) -> str:
    if who is None:
        return _NOBODY
    if found is None:
        return f"{plain(who.name)} has no role in this project; its managers can change that under People."
    article = "an" if found.role is Role.ANNOTATOR else "a"
    return (
        f"This is for {role.value}s. {plain(found.name)} is {article} {found.role.value} in this project; "
        "its managers can change that under People."
    )
