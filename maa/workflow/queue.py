"""Handing out work: claims, leases, skips.

A lease is not lost when its time is up but when somebody else takes the task: until then the holder may go
on, and every save renews it. What people have set aside is not taken while they label something else.

Sent-back work waits for its author as long as they work in the project; a manager may take it, or `reopen`
it for anybody.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from maa.domain import (
    Conflict,
    Image,
    InvalidInput,
    Member,
    NewImage,
    NotAllowed,
    Project,
    Role,
    Task,
    TaskPurpose,
    TaskState,
)
from maa.store import drafts, events, images, people, tasks, trials
from maa.store.connection import Transaction
from maa.workflow import access, approval, arms, gold, holding, pseudonyms, states
from maa.workflow.names import clean_name
from maa.workflow.workspace import Workspace

SKIP_REASONS: tuple[str, ...] = (
    "unusable image",
    "not part of this project",
    "duplicate image",
    "too difficult",
    "other",
)
"""What the page offers; `skip` takes any short text."""

_CAN_BE_TAKEN = (TaskState.READY, TaskState.LEASED, TaskState.RETURNED)


def add_image(
    tx: Transaction, project_id: int, new: NewImage, *, priority: int = 0, by: int | None = None
) -> Image:
    """Record an image and its task (ready, accepted) in the caller's transaction (`ws.store.write()`).

    `by`: the manager who imports it; None is the operator. Raises `Conflict` naming the earlier image when
    the project has the same pixels already.
    """
    access.require_manager(tx, by, project_id)
    access.open_project(tx, project_id)
    earlier = images.by_pixel_hash(tx, project_id, new.pixel_hash)
    if earlier is not None:
        raise Conflict(f"The same picture is already in the project, as {earlier.file_name!r}.")
    image = images.add(tx, project_id, new)
    check_priority(priority)
    task = tasks.add(tx, project_id, image.id, priority=priority)
    events.add(tx, "imported", project_id=project_id, task_id=task.id, person_id=by)
    return image


def claim_next(ws: Workspace, project_id: int, person_id: int) -> Task | None:
    """Lease the next task to this person; None when there is nothing for them.

    In this order: what they hold already (the latest claim first); what was sent back to them; then, by
    priority and then oldest first, what is ready, what somebody's run-out lease left behind, and sent-back
    work whose author works here no longer. Before any of that a gold trial, when one is due; among it the
    duplicates of others' images. `NotAllowed` while the project is paused and they hold nothing, and when
    they have to pass trials before the real work and there are none left.
    """
    with ws.store.write() as tx:
        person = access.require(tx, person_id, Role.ANNOTATOR, project_id)
        project = access.open_project(tx, project_id)
        leased = tasks.leased(tx, project_id)
        task = next((task for task in leased if task.holder_id == person_id), None)
        if task is None:
            access.refuse_while_paused(project)
            task = _next(tx, project, person, leased)
        return _lease(tx, task, person, project) if task else None


def claim(ws: Workspace, task_id: int, person_id: int) -> Task:
    """Lease one particular task.

    `Conflict` when somebody else holds it or it is past labeling. `NotAllowed`: an annotator may take what
    they hold and what was sent back to them, and any other only where the project lets people choose; nobody
    but a manager takes what was sent back to somebody else who works here; and nothing new while the project
    is paused.
    """
    with ws.store.write() as tx:
        task = holding.existing(tx, task_id)
        person = access.require(tx, person_id, Role.ANNOTATOR, task.project_id)
        project = access.open_project(tx, task.project_id)
        left_behind = (other.id for other in _left_behind(tx, tasks.leased(tx, task.project_id)))
        if task.state is TaskState.LEASED and task.holder_id != person_id and task.id not in left_behind:
            raise Conflict(f"{holding.holder_name(tx, task)} has this image now. Take another one.")
        for_author = task.state in (TaskState.LEASED, TaskState.RETURNED) and task.sent_back_by is not None
        if for_author and task.author_id not in (None, person_id) and task.holder_id != person_id:
            author = access.person(tx, task.author_id or 0)
            if author.id not in people.away(tx, project.id) and not person.role.includes(Role.MANAGER):
                name = pseudonyms.called(project, author)
                raise NotAllowed(f"This image was sent back to {name}. A manager can reopen it for others.")
        if task.holder_id != person_id and task.purpose is not TaskPurpose.WORK:
            raise NotAllowed("This image cannot be chosen. Take the next one.")
        if task.holder_id != person_id and task.state in _CAN_BE_TAKEN:
            access.refuse_while_paused(project)
            theirs = for_author and task.author_id == person_id
            if not theirs and not may_choose(project, person):
                raise NotAllowed(
                    "Images are handed out one after the other in this project. Take the next one."
                )
        return _lease(tx, task, person, project)


def may_choose(project: Project, person: Member) -> bool:
    """Whether this person may `claim` an image that nobody has, in place of the next one.

    No annotator may while people are compared: trials and duplicates are what cannot be chosen, so whoever
    sees the choice can tell them.
    """
    settings = project.settings
    return person.role.includes(Role.REVIEWER) or (settings.pick_any and not settings.compares_people)


def left_to_label(ws: Workspace, project: Project) -> tuple[int, bool]:
    """How many images wait to be labeled, and whether that is exact. While people are compared it is rounded
    up to the next ten, and never 0: an exact one would fall after every image but trials and duplicates.
    """
    with ws.store.read() as tx:
        left = tasks.count_ready_work(tx, project.id)
    if not project.settings.compares_people:
        return left, True
    return max(1, math.ceil(left / _ROUNDED_TO)) * _ROUNDED_TO, False


_ROUNDED_TO = 10


def ready_images(ws: Workspace, project_id: int, text: str = "", *, limit: int = 50) -> list[tuple[int, str]]:
    """(task id, image's name) of what waits to be labeled, those first that would be handed out first.

    `text`: a part of the name, in any case.
    """
    with ws.store.read() as tx:
        access.project(tx, project_id)
        return tasks.ready_by_image_name(tx, project_id, text.strip(), limit)


def set_priority(ws: Workspace, task_ids: Collection[int], priority: int, *, by: int | None = None) -> int:
    """A manager has tasks handed out earlier (higher) or later; returns how many changed.

    `priority`: -100 to 100; images begin with 0.
    """
    check_priority(priority)
    with ws.store.write() as tx:
        found = {task.id: task for task in tasks.by_ids(tx, set(task_ids))}
        for task_id in task_ids:
            if task_id not in found:
                holding.existing(tx, task_id)  # says that there is none
        changed = 0
        for project_id in {task.project_id for task in found.values()}:
            access.require_manager(tx, by, project_id)
            access.open_project(tx, project_id)
            before = {
                task.id: task.priority
                for task in found.values()
                if task.project_id == project_id and task.priority != priority
            }
            tasks.set_priorities(tx, dict.fromkeys(before, priority))
            told = {task_id: {"from": was, "to": priority} for task_id, was in before.items()}
            events.add_to_tasks(tx, "priority_changed", told, project_id=project_id, person_id=by)
            changed += len(before)
    return changed


def check_priority(priority: int) -> None:
    """`InvalidInput` unless it is one that people can give."""
    if isinstance(priority, bool) or not isinstance(priority, int) or not -100 <= priority <= 100:
        raise InvalidInput("A priority must be a whole number from -100 to 100.")


def get_task(ws: Workspace, task_id: int) -> Task:
    """One task; `NotFound` if there is none."""
    with ws.store.read() as tx:
        return holding.existing(tx, task_id)


def held_by(ws: Workspace, person_id: int, project_id: int) -> list[Task]:
    """What this person has in hand in the project, to label or to review."""
    with ws.store.read() as tx:
        return [task for task in tasks.held_by(tx, person_id) if task.project_id == project_id]


def renew_lease(ws: Workspace, task_id: int, person_id: int) -> Task:
    """Push the end of the holder's lease back, of labeling or review.

    `Conflict` names who has the task when it was lost.
    """
    with ws.store.write() as tx:
        task = holding.existing(tx, task_id)
        in_review = task.state is TaskState.IN_REVIEW
        person, task, project = holding.held(
            tx, task_id, person_id, TaskState.IN_REVIEW if in_review else TaskState.LEASED
        )
        return states.lease(tx, task, task.state, person, project)


RENEWALS = 5
"""How often a lease is renewed within its time, as long as the person is active."""


def renew_if_due(ws: Workspace, task_id: int, person_id: int, state: TaskState) -> Task:
    """`renew_lease` once a part of the lease's time is over; errors as of `holding.held`."""
    at = holding.look_held(ws, task_id, person_id, state)
    until = at.task.lease_expires_at
    whole = timedelta(minutes=at.project.lease_minutes)
    if until is not None and until - ws.clock() > whole * (1 - 1 / RENEWALS):
        return at.task
    return renew_lease(ws, task_id, person_id)


def release(ws: Workspace, task_id: int, person_id: int) -> Task:
    """Give a leased task back: to the queue, or to its author when it was sent back."""
    with ws.store.write() as tx:
        _, task, _ = holding.held(tx, task_id, person_id, TaskState.LEASED)
        task = states.move(tx, task, states.queue_state(task))
        holding.note(tx, "released", task, person_id)
        return task


def skip(ws: Workspace, task_id: int, person_id: int, reason: str) -> Task:
    """Put a leased task aside with a reason; what was saved on it stays."""
    reason = clean_name(reason, "reason for skipping")
    with ws.store.write() as tx:
        person, task, project = holding.held(tx, task_id, person_id, TaskState.LEASED)
        task = states.move(tx, task, TaskState.SKIPPED)
        drafts.remove(tx, task_id)
        holding.note(tx, "skipped", task, person_id, reason=reason)
        holding.renew_set_aside(tx, person, project)
        if task.purpose is TaskPurpose.DUPLICATE:
            approval.after_skip(tx, project, task)
        return task


def reopen(ws: Workspace, task_id: int, *, by: int) -> Task:
    """A manager puts a skipped, approved or sent-back task back to ready, for anybody; its history stays."""
    with ws.store.write() as tx:
        task = holding.existing(tx, task_id)
        access.require(tx, by, Role.MANAGER, task.project_id)
        access.open_project(tx, task.project_id)
        if task.purpose is not TaskPurpose.WORK:
            raise Conflict("This one was made for a comparison; there is nothing to reopen.")
        if task.state not in (TaskState.SKIPPED, TaskState.APPROVED, TaskState.RETURNED):
            raise Conflict(f"This image is {states.WORDS[task.state]}; there is nothing to reopen.")
        before = task.state
        # what may change is not to be trusted any more
        task = states.move(tx, replace(task, sent_back_by=None, gold=False, stage=1), TaskState.READY)
        holding.note(tx, "reopened", task, by, before=before.value)
        return task


def upcoming_image(ws: Workspace, project_id: int, state: TaskState) -> Image | None:
    """The image that is likely to be handed out next of those ready or submitted: a guess, to prepare it."""
    with ws.store.read() as tx:
        waiting = tasks.first_ready if state is TaskState.READY else tasks.first_submitted
        task = waiting(tx, project_id)
        return None if task is None else images.get(tx, task.image_id)


def list_tasks(ws: Workspace, project_id: int, *, states: Collection[TaskState] | None = None) -> list[Task]:
    """The project's tasks, oldest first."""
    with ws.store.read() as tx:
        access.project(tx, project_id)
        return tasks.of_project(tx, project_id, states=states)


def _lease(tx: Transaction, task: Task, person: Member, project: Project) -> Task:
    if task.state not in _CAN_BE_TAKEN:
        raise states.refusal(task, TaskState.LEASED)
    mine = task.state is TaskState.LEASED and task.holder_id == person.id
    before = task.holder_id
    task = states.lease(tx, arms.assign(project, task), TaskState.LEASED, person, project)
    if not mine:
        holding.note(tx, "claimed", task, person.id, **({"from": before} if before else {}))
    return task


def _next(tx: Transaction, project: Project, person: Member, leased: list[Task]) -> Task | None:
    """The next task for somebody who holds none; `leased`: what everybody holds in the project."""
    away = people.away(tx, project.id)
    left = [task for task in _left_behind(tx, leased) if _fits(tx, task, person)]
    mine = [task for task in left if task.sent_back_by is not None and task.author_id == person.id]
    own = _first(tasks.first_returned(tx, project.id, [person.id]), *mine)
    if own is not None:
        return own
    return gold.next_trial(tx, project, person) or _first(
        *(task for task in left if task.sent_back_by is None or task.author_id in (None, *away)),
        tasks.first_returned(tx, project.id, away) if away else None,
        trials.first_duplicate(tx, project.id, person.id) if project.settings.duplicate_rate else None,
        tasks.first_ready(tx, project.id),
    )


def _left_behind(tx: Transaction, leased: list[Task]) -> list[Task]:
    """Of what people hold, that whose time is up. Who labels something else in the project has only set it
    aside: it comes again afterwards."""
    at_work = {task.holder_id for task in leased if not holding.run_out(tx, task)}
    return [task for task in leased if holding.run_out(tx, task) and task.holder_id not in at_work]


def _fits(tx: Transaction, task: Task, person: Member) -> bool:
    """Whether a task may go to this person: trials are for one, and nobody labels an image twice."""
    if task.purpose is TaskPurpose.GOLD:
        return task.for_person_id == person.id
    return task.purpose is TaskPurpose.WORK or not trials.worked_on(tx, task.image_id, person.id, but=task.id)


def _first(*candidates: Task | None) -> Task | None:
    """The one with the highest priority, then the oldest."""
    there = [task for task in candidates if task is not None]
    return min(there, key=lambda task: (-task.priority, task.image_id, task.id), default=None)
