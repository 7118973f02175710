"""Threads of comments on a task or one of its objects, until somebody resolves them.

A task is not approved while one of its threads is open. Anybody with a role in the project may comment,
answer and resolve; nothing is ever taken out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from textwrap import shorten

from maa.domain import Comment, CommentKind, InvalidInput, NotFound, Role, event_kind
from maa.store import annotations as stored
from maa.store import comments, events, images
from maa.store.connection import Transaction
from maa.workflow import access, holding, pseudonyms
from maa.workflow.names import clean_text
from maa.workflow.workspace import Workspace

AGAIN = timedelta(minutes=2)
"""The same words of the same person at the same place within this time are one comment."""


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said about one thing, oldest first."""

    comments: tuple[Comment, ...]

    @property
    def id(self) -> int:
        return self.comments[0].id

    @property
    def annotation_id(self) -> int | None:
        """The object it is about; None for the image as a whole."""
        return self.comments[0].annotation_id

    @property
    def place(self) -> tuple[float, float] | None:
        """The image point it is about; None where it is not about one."""
        return self.comments[0].place

    @property
    def resolved(self) -> bool:
        turns = [c.kind for c in self.comments if c.kind is not CommentKind.SAID]
        return bool(turns) and turns[-1] is CommentKind.RESOLVED


def comment(
    ws: Workspace,
    task_id: int,
    person_id: int,
    text: str,
    *,
    annotation_id: int | None = None,
    place: tuple[float, float] | None = None,
) -> Thread:
    """Begin a thread on a task, on one of its objects (a deleted one too), or on a place of its image.

    `place`: image pixels (x, y). `InvalidInput`: the comment is empty, or the place is not on the image.
    """
    text = _said(text)
    with ws.store.write() as tx:
        task = holding.existing(tx, task_id)
        access.require(tx, person_id, Role.ANNOTATOR, task.project_id)
        access.open_project(tx, task.project_id)
        if annotation_id is not None:
            found = stored.get(tx, annotation_id)
            if found is None or found.task_id != task_id:
                raise NotFound(f"There is no object number {annotation_id} on this image.")
        image = images.get(tx, task.image_id)
        assert image is not None
        if place is not None and not (0 <= place[0] <= image.width and 0 <= place[1] <= image.height):
            raise InvalidInput("The comment lies outside the image. Place it on the image.")
        for one in of_task(tx, task_id):
            first, *more = one.comments
            alike = not more and (first.annotation_id, first.place) == (annotation_id, place)
            if alike and _is_again(tx, first, person_id, text):
                return one
        return Thread((_add(tx, task_id, person_id, CommentKind.SAID, text, annotation_id, None, place),))


def answer(ws: Workspace, thread_id: int, person_id: int, text: str) -> Thread:
    """Say something in a thread; one that was resolved is open again."""
    return _join(ws, thread_id, person_id, CommentKind.SAID, _said(text))


def resolve(ws: Workspace, thread_id: int, person_id: int, text: str = "") -> Thread:
    """Close a thread, with or without a last word. Resolving a resolved one does nothing."""
    return _join(ws, thread_id, person_id, CommentKind.RESOLVED, clean_text(text, "comment"))


def threads(ws: Workspace, task_id: int) -> list[Thread]:
    """The task's threads in the order they were begun."""
    with ws.store.read() as tx:
        holding.existing(tx, task_id)
        return of_task(tx, task_id)


def of_task(tx: Transaction, task_id: int) -> list[Thread]:
    """`threads` in the caller's transaction."""
    found: dict[int, list[Comment]] = {}
    for one in comments.of_task(tx, task_id):
        found.setdefault(one.thread_id or one.id, []).append(one)
    return [Thread(tuple(said)) for said in found.values()]


def why_open(tx: Transaction, task_id: int) -> str:
    """Which comment keeps the task from being approved, in a sentence; empty when none does."""
    for number, thread in enumerate(of_task(tx, task_id), start=1):
        if not thread.resolved:
            first = thread.comments[0]
            text = shorten(first.text, 60, placeholder="…")
            project = access.project(tx, holding.existing(tx, task_id).project_id)
            who = pseudonyms.called(project, access.person(tx, first.person_id))
            return f"Comment C{number} on this image is still open ({who}: “{text}”)."
    return ""


def _join(ws: Workspace, thread_id: int, person_id: int, kind: CommentKind, text: str) -> Thread:
    with ws.store.write() as tx:
        first = comments.get(tx, thread_id)
        if first is None or first.thread_id is not None:
            raise NotFound(f"There is no thread number {thread_id}.")
        task = holding.existing(tx, first.task_id)
        access.require(tx, person_id, Role.ANNOTATOR, task.project_id)
        access.open_project(tx, task.project_id)
        thread = next(one for one in of_task(tx, task.id) if one.id == thread_id)
        if kind is CommentKind.RESOLVED and thread.resolved:
            return thread
        said = thread.comments
        if kind is CommentKind.SAID and _is_again(tx, said[-1], person_id, text):
            return thread
        if thread.resolved:
            again = _add(tx, task.id, person_id, CommentKind.REOPENED, "", first.annotation_id, thread_id)
            said = (*said, again)
        return Thread((*said, _add(tx, task.id, person_id, kind, text, first.annotation_id, thread_id)))


def _is_again(tx: Transaction, last: Comment, person_id: int, text: str) -> bool:
    """Whether this was said just now: the browser sends it once more when the answer was lost."""
    said = (last.kind, last.person_id, last.text) == (CommentKind.SAID, person_id, text)
    return said and tx.now - last.created_at < AGAIN


def _add(
    tx: Transaction,
    task_id: int,
    person_id: int,
    kind: CommentKind,
    text: str,
    annotation_id: int | None,
    thread_id: int | None,
    place: tuple[float, float] | None = None,
) -> Comment:
    added = comments.add(
        tx, task_id, person_id, kind, text, annotation_id=annotation_id, thread_id=thread_id, place=place
    )
    task = holding.existing(tx, task_id)
    events.add(
        tx,
        event_kind(f"comment_{kind.value}"),
        project_id=task.project_id,
        task_id=task_id,
        annotation_id=annotation_id,
        person_id=person_id,
        data={"comment": added.id},
    )
    return added


def _said(text: str) -> str:
    text = clean_text(text, "comment").strip()
    if not text:
        raise InvalidInput("The comment is empty.")
    return text
