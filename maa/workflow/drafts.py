"""What somebody has begun on a task and not saved yet: kept for a reload, a crash, or another machine.

Opaque to everything but the canvas that made it. It ends with the work: submit, skip and a verdict clear it.
"""

from __future__ import annotations

import json
from typing import Any

from maa.domain import InvalidInput, TaskState
from maa.store import drafts
from maa.workflow import holding
from maa.workflow.workspace import Workspace

MAX_BYTES = 1_000_000


def put_draft(
    ws: Workspace, task_id: int, person_id: int, state: TaskState, content: dict[str, Any] | None
) -> None:
    """Keep the draft of a person on a task they hold in `state`, in place of the one before; None drops it.

    Raises:
        InvalidInput: it is larger than `MAX_BYTES` as JSON.
        NotAllowed, Conflict: as of `holding.held`.
    """
    text = None if content is None else _as_text(content)
    with ws.store.write() as tx:
        holding.held(tx, task_id, person_id, state)
        if text is None:
            drafts.remove(tx, task_id, person_id)
        else:
            drafts.put(tx, task_id, person_id, text)


def get_draft(ws: Workspace, task_id: int, person_id: int) -> dict[str, Any] | None:
    """The person's draft on the task."""
    with ws.store.read() as tx:
        text = drafts.get(tx, task_id, person_id)
    return None if text is None else json.loads(text)


def written_by_others(ws: Workspace, task_id: int, person_id: int) -> int:
    """How often others than this person have written on a task. It only grows: a draft that was kept at a
    smaller number is about objects and verdicts that may be others now."""
    with ws.store.read() as tx:
        return drafts.written_by_others(tx, task_id, person_id)


def _as_text(content: dict[str, Any]) -> str:
    try:
        text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("The open drawing cannot be kept for a reload: it is not plain data.") from error
    if len(text) > MAX_BYTES:
        raise InvalidInput("The open drawing is too large to be kept for a reload. Accept it soon.")
    return text
