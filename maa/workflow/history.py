"""What happened, append-only; what can happen: `maa.domain.EventKind`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from maa.domain import Event, EventKind, Review, Role, Task, TaskPurpose, Verdict
from maa.store import comments, images, reviews, tasks
from maa.store import events as rows
from maa.store.connection import Transaction
from maa.workflow import access, event_texts, holding, pseudonyms
from maa.workflow.review import VERDICT_EVENTS
from maa.workflow.workspace import Workspace


def record(
    ws: Workspace,
    kind: EventKind,
    *,
    project_id: int | None = None,
    task_id: int | None = None,
    annotation_id: int | None = None,
    person_id: int | None = None,
    data: Mapping[str, object] | None = None,
) -> None:
    """Note something that changes nothing else.

    `data`: anything JSON can hold.
    """
    with ws.store.write() as tx:
        rows.add(
            tx,
            kind,
            project_id=project_id,
            task_id=task_id,
            annotation_id=annotation_id,
            person_id=person_id,
            data=data,
        )


def events(
    ws: Workspace,
    *,
    project_id: int | None = None,
    task_id: int | None = None,
    kinds: Collection[EventKind] | None = None,
    limit: int = 1000,
) -> list[Event]:
    """The newest `limit` events, newest first."""
    with ws.store.read() as tx:
        return rows.newest(tx, project_id=project_id, task_id=task_id, kinds=kinds, limit=limit)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happened to a task."""

    at: datetime
    who: str
    """A name; empty for the operator of the machine and for what the rules did by themselves."""
    what: str
    """The kind of the event, or `object_sent_back`, `object_approved` and `pinned`."""
    why: str
    """The reason and the comment that were given, or what the event says of itself; may be empty."""
    annotation_id: int | None
    revision: int | None


def of_task(ws: Workspace, task_id: int) -> list[Row]:
    """The whole history of a task and its objects, oldest first: who did what when, and why."""
    with ws.store.read() as tx:
        task = holding.existing(tx, task_id)
        happened = rows.newest(tx, project_id=None, task_id=task_id, kinds=None, limit=2**31)[::-1]
        verdicts = reviews.ever_of_task(tx, task_id)
        said = {one.id: one.text for one in comments.of_task(tx, task_id)}
        names = pseudonyms.shown(tx, [task.project_id])
    history = []
    for event in happened:
        who = names.get(event.person_id or 0, "")
        given = [
            review
            for review in verdicts
            if event.kind in VERDICT_EVENTS
            and (review.created_at, review.reviewer_id) == (event.created_at, event.person_id)
        ]
        why = next(
            (_given(review) for review in given if review.annotation_id is None and review.place is None), ""
        )
        revision = event.data.get("revision")
        history.append(
            Row(
                event.created_at,
                who,
                event.kind,
                why or said.get(_number(event.data.get("comment")), "") or event_texts.told(event, names),
                event.annotation_id,
                revision if isinstance(revision, int) else None,
            )
        )
        history += [
            Row(
                event.created_at,
                who,
                _what(review),
                _given(review),
                review.annotation_id,
                review.revision_number,
            )
            for review in given
            if review.annotation_id is not None or review.place is not None
        ]
    return history


@dataclass(frozen=True, slots=True)
class Found:
    """A task, and the name of its image."""

    task: Task
    file_name: str


def find(
    ws: Workspace, project_id: int, text: str = "", *, by: int | None = None, limit: int = 50
) -> list[Found]:
    """The tasks of images whose name contains `text` (in any case), what changed last first.

    Gold trials are left out. And nobody but a manager finds the image on which they have a duplicate in hand:
    it has what theirs will be compared with.
    """
    with ws.store.read() as tx:
        access.project(tx, project_id)
        hidden = _compared_on(tx, project_id, by)
        rows = tasks.by_image_name(tx, project_id, text.strip(), limit)
    return [Found(task, name) for task, name in rows if task.image_id not in hidden]


def get(ws: Workspace, project_id: int, task_id: int, *, by: int | None = None) -> Found | None:
    """One task of the project, if `by` may look at it: trials are for managers, and see `find`."""
    with ws.store.read() as tx:
        task = tasks.get(tx, task_id)
        image = None if task is None else images.get(tx, task.image_id)
        if task is None or image is None or task.project_id != project_id:
            return None
        trial = task.purpose is TaskPurpose.GOLD and not _manages(tx, project_id, by)
        hidden = trial or task.image_id in _compared_on(tx, project_id, by)
    return None if hidden else Found(task, image.file_name)


def _compared_on(tx: Transaction, project_id: int, by: int | None) -> set[int]:
    """The images on which somebody who is no manager has a duplicate in hand."""
    if by is None or _manages(tx, project_id, by):
        return set()
    return {task.image_id for task in tasks.held_by(tx, by) if task.purpose is not TaskPurpose.WORK}


def _manages(tx: Transaction, project_id: int, by: int | None) -> bool:
    return by is None or access.require(tx, by, Role.ANNOTATOR, project_id).role.includes(Role.MANAGER)


def _what(review: Review) -> str:
    if review.place is not None:
        return "pinned"
    return "object_sent_back" if review.verdict is Verdict.SEND_BACK else "object_approved"


def _given(review: Review) -> str:
    return ": ".join(part for part in (review.reason, review.comment) if part)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
