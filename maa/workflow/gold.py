"""Gold: images with trusted annotations, slipped into the queue to score the people who label them.

A trial is a task of its own on such an image, for one person; they cannot tell it from other work. It is
compared when it is handed in and never becomes the image's result, so it is neither exported nor trained on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from maa.domain import (
    Arm,
    Comparison,
    Conflict,
    Feedback,
    Member,
    NotAllowed,
    Project,
    Role,
    Task,
    TaskPurpose,
    TaskState,
)
from maa.store import annotations as stored
from maa.store import comparisons, people, tasks, trials
from maa.store.connection import Transaction
from maa.workflow import access, arms, comparing, holding, prelabels
from maa.workflow.sampling import draw
from maa.workflow.workspace import Workspace


def mark(ws: Workspace, task_id: int, gold: bool = True, *, by: int) -> Task:
    """A manager trusts an approved task's annotations from now on, or no longer.

    `Conflict`: it is not approved. What was scored against it stays.
    """
    with ws.store.write() as tx:
        task = holding.existing(tx, task_id)
        access.require(tx, by, Role.MANAGER, task.project_id)
        access.open_project(tx, task.project_id)
        if task.purpose is not TaskPurpose.WORK or (gold and task.state is not TaskState.APPROVED):
            raise Conflict("Only an approved image can be gold. Have it approved first.")
        if task.gold is gold:
            return task
        task = tasks.save(tx, replace(task, gold=gold))
        holding.note(tx, "gold_marked" if gold else "gold_unmarked", task, by)
        return task


def trials_left(ws: Workspace, project_id: int, person_id: int) -> int:
    """How many more trials this person has to pass before they get real work; 0 with no such rule."""
    with ws.store.read() as tx:
        project = access.project(tx, project_id)
        return left_to_pass(tx, project, access.require(tx, person_id, Role.ANNOTATOR, project_id))


@dataclass(frozen=True, slots=True)
class Qualifying:
    """Somebody who has to pass more trials before they get real work."""

    person_id: int
    passed: int
    needed: int
    stuck: bool
    """No gold image is left that they could be tried on."""


def qualifying(ws: Workspace, project_id: int) -> list[Qualifying]:
    """Those who work in the project and still have to pass trials, by name; none without such a rule."""
    with ws.store.read() as tx:
        project = access.project(tx, project_id)
        needed = project.settings.qualification_images
        return [
            Qualifying(person.id, needed - left, needed, trials.is_stuck(tx, project.id, person.id))
            for person in people.members(tx, project_id, include_inactive=False)
            if (left := left_to_pass(tx, project, person))
        ]


def feedback(ws: Workspace, project_id: int, person_id: int) -> list[Comparison]:
    """The results of this person's trials that they may see by now, oldest first, each with its objects.

    At once, from the next day of the project's time zone on, or never: as the project says.
    """
    with ws.store.read() as tx:
        project = access.project(tx, project_id)
        found = comparisons.of_person(tx, project_id, person_id, TaskPurpose.GOLD)
    return [one for one in found if _may_see(project, one.created_at, ws.clock())]


def next_trial(tx: Transaction, project: Project, person: Member) -> Task | None:
    """The trial that this person gets now instead of other work, a new one or one they gave back, if one is
    due.

    `NotAllowed`: they have to pass more trials first and there are none left.
    """
    settings = project.settings
    if not (settings.gold_rate or settings.qualification_images) or _may_look_up(person):
        return None
    begun = trials.ready_trial(tx, project.id, person.id)
    if begun is not None:
        return begun
    left = left_to_pass(tx, project, person)
    if not left and not _due(tx, project, person):
        return None
    candidates = trials.gold_unseen_by(tx, project.id, person.id)
    if not candidates:
        if left:
            raise NotAllowed(
                f"You still have to label {left} of the first images well before the real work begins, but "
                "there are no more of them. A manager can give you more."
            )
        return None
    prelabeled = _prelabeled_now(tx, project)
    if prelabeled:
        with_some = stored.began_prelabeled(tx, [task.id for task in candidates])
        candidates = [task for task in candidates if task.id in with_some] or candidates
    chosen = min(candidates, key=lambda task: draw(project, "which gold", person.id, task.id))
    trial = tasks.add(
        tx,
        project.id,
        chosen.image_id,
        purpose=TaskPurpose.GOLD,
        accepted=False,
        for_person_id=person.id,
        reference_task_id=chosen.id,
        reference_at=tx.now,
    )
    if prelabeled and arms.drawn(project, trial.id) is Arm.ASSISTED:
        prelabels.copy(tx, chosen, trial)
    return trial


def is_known(tx: Transaction, project: Project, trial: Task, person: Member) -> bool:
    """Whether the person of a trial that was scored can know by now that it was one: its result is shown to
    them, or it was one of those that they had to pass before any other work."""
    result = comparisons.of_task(tx, trial.id)
    if result is None or _may_see(project, result.created_at, tx.now):
        return True
    least = project.settings.qualification_score
    others = comparisons.count_passed(tx, project.id, person.id, least) - (result.score >= least)
    return others < project.settings.qualification_images


def score(tx: Transaction, task: Task, *, waits: bool) -> Task:
    """Compare a trial that was handed in. `waits`: see `comparing.close`."""
    task, comparison = comparing.close(tx, task, waits=waits)
    holding.note(tx, "gold_scored", task, None, score=round(comparison.score, 4))
    return task


def _may_look_up(person: Member) -> bool:
    """Who reviews or manages sees every outline in the history: a trial would prove nothing."""
    return person.role.includes(Role.REVIEWER)


def _prelabeled_now(tx: Transaction, project: Project) -> bool:
    """Whether a trial has to come with pre-labels to look like the work around it: the image has some whose
    turn it would be. While the model is compared with handwork, the arm says which images have them."""
    following = tasks.first_ready(tx, project.id)
    if following is None or project.settings.manual_share:
        return True
    return any(one.revision.prelabel for one in stored.of_task(tx, following.id))


def _due(tx: Transaction, project: Project, person: Member) -> bool:
    """One in so many, at a place within each stretch that nobody can foresee."""
    if not project.settings.gold_rate:
        return False
    work, had = trials.count_done(tx, project.id, person.id)
    place = int((had + draw(project, "gold", person.id, had)) / project.settings.gold_rate)
    return work + had >= place


def left_to_pass(tx: Transaction, project: Project, person: Member) -> int:
    """`trials_left`, in the caller's transaction."""
    settings = project.settings
    if not settings.qualification_images or _may_look_up(person):
        return 0
    passed = comparisons.count_passed(tx, project.id, person.id, settings.qualification_score)
    return max(0, settings.qualification_images - passed)


def _may_see(project: Project, scored_at: datetime, now: datetime) -> bool:
    when = project.settings.gold_feedback
    if when == Feedback.NEXT_DAY:
        zone = ZoneInfo(project.settings.time_zone or "UTC")
        return now.astimezone(zone).date() > scored_at.astimezone(zone).date()
    return when == Feedback.AT_ONCE
