"""Who sits at a task: one tab of the browser at a time may write on it.

The lease says which person has a task; a seat says which of their tabs. It lives in memory only: after a
restart of the server the tab that is open takes its seat again with its next word.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maa.domain import Conflict, Person
from maa.workflow.workspace import Workspace

FREE_AFTER = timedelta(seconds=15)
"""A tab that has not been heard of for so long was closed, or its machine sleeps."""

_MAX_KEPT = 10_000


class SeatTaken(Conflict):
    """Another tab of this person has the task."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(
            "This image is open in another tab or window of yours. Go on there, or take it over here."
        )
        self.seat = seat


@dataclass(frozen=True, slots=True)
class Seat:
    """A task's seat as one tab sees it."""

    mine: bool
    since: datetime | None
    """Since when its tab has had it; None when nobody has it."""
    who: str
    """The name of the person whose tab has it; empty when nobody has it."""
    free: bool = False
    """It is another tab's of this person that is not heard of any more: `take` gives it."""


@dataclass(frozen=True, slots=True)
class _Taken:
    person: Person
    tab: str
    since: datetime
    heard: datetime

    def seen_by(self, person: Person, tab: str) -> Seat:
        return Seat((self.person.id, self.tab) == (person.id, tab), self.since, self.person.name)


class Seats:
    """The seats of one workspace. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[int, _Taken] = {}

    def take(self, task_id: int, person: Person, tab: str, now: datetime, *, force: bool = False) -> Seat:
        """Sit down if the seat is free, or with `force` in any case.

        Free means that no tab is heard of any more, or that it belongs to somebody else: who sits down holds
        the task, so the other one lost it.
        """
        with self._lock:
            taken = self._taken.get(task_id)
            mine = taken is not None and taken.seen_by(person, tab).mine
            if taken is None or not mine:
                free = taken is None or taken.person.id != person.id or now - taken.heard >= FREE_AFTER
                if not (free or force):
                    assert taken is not None
                    return taken.seen_by(person, tab)
                taken = _Taken(person, tab, now, now)
            return self._keep(task_id, replace(taken, heard=now)).seen_by(person, tab)

    def touch(self, task_id: int, person: Person, tab: str, now: datetime) -> Seat:
        """Say that the tab is there.

        It never moves the seat from one tab to another, not even when that one is gone: what a tab shows that
        had lost its seat may be old, so it has to open the task again. Only a seat that nobody has had
        since the server started is taken.
        """
        with self._lock:
            taken = self._taken.get(task_id)
            if taken is None or taken.person.id != person.id:
                taken = _Taken(person, tab, now, now)
            elif taken.tab == tab:
                taken = replace(taken, heard=now)
            elif now - taken.heard >= FREE_AFTER:
                return replace(taken.seen_by(person, tab), free=True)
            return self._keep(task_id, taken).seen_by(person, tab)

    def require(self, task_id: int, person: Person, tab: str, now: datetime) -> None:
        """The check before every change.

        Raises:
            SeatTaken: the seat is another tab's.
        """
        seat = self.touch(task_id, person, tab, now)
        if not seat.mine:
            raise SeatTaken(seat)

    def leave(self, task_id: int) -> None:
        """The work on the task is over."""
        with self._lock:
            self._taken.pop(task_id, None)

    def _keep(self, task_id: int, taken: _Taken) -> _Taken:
        self._taken.pop(task_id, None)
        self._taken[task_id] = taken  # now the last in order: who leaves first was heard of first
        while len(self._taken) > _MAX_KEPT:
            del self._taken[next(iter(self._taken))]
        return taken


def of(ws: Workspace) -> Seats:
    """The workspace's seats."""
    with _lock:
        return _seats.setdefault(ws, Seats())


_seats: weakref.WeakKeyDictionary[Workspace, Seats] = weakref.WeakKeyDictionary()
_lock = threading.Lock()
