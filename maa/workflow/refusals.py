"""What was refused, in the history: who it was, what they called, and why not."""

from __future__ import annotations

import logging
import threading
import time

from maa.domain import NotFound
from maa.workflow import history, queue
from maa.workflow.workspace import Workspace

NOTED_A_MINUTE = 120
"""Refusals that are written down. Who is nobody can cause them, and must not be able to fill the disk."""

_log = logging.getLogger(__name__)


def note(
    ws: Workspace | None,
    call: str,
    kind: str,
    why: str,
    *,
    person_id: int | None = None,
    project_id: int | None = None,
    task_id: int | None = None,
) -> None:
    """Write the event 'refused'; never raises, for the answer is on its way.

    `call`: the route, page or callback. `kind`: a word for the program. `why`: the sentence that the person
    was told. `ws`: None when the database could not be opened.
    """
    if ws is None or not _limit.allows():
        _log.warning("refused %s (%s): %s", call, kind, why)
        return
    try:
        if task_id is not None and project_id is None:
            project_id = _project_of(ws, task_id)
        history.record(
            ws,
            "refused",
            project_id=project_id,
            task_id=task_id,
            person_id=person_id,
            data={"call": call, "kind": kind, "why": why[:500]},
        )
    except Exception as error:
        # Whatever is wrong with the database is said to who needs it.
        _log.warning("a refusal could not be noted: %r", error)


def _project_of(ws: Workspace, task_id: int) -> int | None:
    try:
        return queue.get_task(ws, task_id).project_id
    except NotFound:
        return None


class Limit:
    """So many a minute, and after a pause as many at once."""

    def __init__(self, a_minute: int) -> None:
        self._rate, self._most = a_minute / 60, float(a_minute)
        self._left, self._at = self._most, time.monotonic()
        self._lock = threading.Lock()

    def allows(self) -> bool:
        with self._lock:
            now = time.monotonic()
            self._left = min(self._most, self._left + (now - self._at) * self._rate)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


_limit = Limit(NOTED_A_MINUTE)
