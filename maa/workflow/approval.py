"""What happens to work that was handed in: a review, or approval unseen; and what an approval records."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maa.domain import Annotation, Member, Project, Revision, Task, TaskPurpose, TaskState
from maa.geometry import iou
from maa.store import annotations as stored
from maa.store import approvals, reviews
from maa.store.connection import Transaction
from maa.workflow import agreement, comments, gold, holding, states
from maa.workflow.sampling import draw


def after_submit(tx: Transaction, project: Project, task: Task) -> Task:
    """What follows when a task was handed in: work waits for the reviewers, or is approved unseen where that
    is the project's choice. Gold trials and duplicates are compared, and wait as long as such work.
    """
    # Work in the place of a trial or a duplicate might be doubled, and would wait for that.
    waits = bool(why_review(tx, project, task)) or agreement.is_drawn(project, task)
    if task.purpose is TaskPurpose.GOLD:
        return gold.score(tx, task, waits=waits)
    if task.purpose is TaskPurpose.DUPLICATE:
        task, first = agreement.settle(tx, project, task, waits=waits)
        if _untouched(first) and not why_review(tx, project, first):
            approve(tx, first, None)  # it had only waited for this
        return task
    agreement.ask_second(tx, project, task)
    return task if why_review(tx, project, task) else approve(tx, task, None)


def after_skip(tx: Transaction, project: Project, duplicate: Task) -> None:
    """What follows when a duplicate was skipped: nobody labels the image a second time, so work that had only
    waited for that is approved.
    """
    assert duplicate.reference_task_id is not None
    first = holding.existing(tx, duplicate.reference_task_id)
    if _untouched(first) and not why_review(tx, project, first):
        approve(tx, first, None)


def nothing_came_of(tx: Transaction, project: Project, task: Task, person: Member) -> bool:
    """Whether a trial or a duplicate that was compared may be done again: its author knows nothing of the
    result, and no reviewer had it before them. A refusal would tell its author what it is.
    """
    if task.purpose is TaskPurpose.GOLD:
        return not gold.is_known(tx, project, task, person)
    assert task.reference_task_id is not None
    first = holding.existing(tx, task.reference_task_id)
    with_its_author = first.state in (TaskState.LEASED, TaskState.READY) and first.sent_back_by is None
    return _untouched(first) or with_its_author


def _untouched(task: Task) -> bool:
    """Whether it waits for its first review."""
    return task.state is TaskState.SUBMITTED and task.stage == 1 and task.sent_back_by is None


def why_review(tx: Transaction, project: Project, task: Task) -> str:
    """Why a submitted task is to be reviewed, in words; empty when it need not be.

    A share is drawn. On top of it: work that was sent back or has an open comment, everything of people
    with few approved tasks, images with an object that the model was unsure of, and images on which two
    people disagree.
    """
    settings = project.settings
    if settings.review_share >= 1:
        return "every image is reviewed"
    if task.sent_back_by is not None:
        return "it was sent back before"
    if approvals.count_of(tx, project.id, task.author_id or 0) < settings.review_newcomers:
        return "its author has few approved images yet"
    if any(
        annotation.revision.confidence is not None
        and annotation.revision.confidence < settings.review_below_confidence
        for annotation in stored.of_task(tx, task.id)
    ):
        return "the model was unsure of an object"
    if any(not thread.resolved for thread in comments.of_task(tx, task.id)):
        return "it has an open comment"
    if because := agreement.why_review(tx, project, task):
        return because
    if draw(project, "review", task.id) < settings.review_share:
        return "it was drawn"
    return ""


def approve(tx: Transaction, task: Task, reviewer_id: int | None) -> Task:
    """Approve a task and record what was approved; `reviewer_id` None: nobody looked.

    Each object is recorded with the IoU of what was first handed in and what is approved now, which is what
    reviewers made of it.
    """
    approval_id = approvals.add(tx, task.id, author_id=task.author_id, reviewer_id=reviewer_id)
    verdict_times = [
        review.created_at
        for review in reviews.of_task(tx, task.id)
        if review.annotation_id is None and review.place is None
    ]
    for annotation in stored.of_task(tx, task.id):
        final = annotation.revision
        first = _handed_in_first(tx, annotation, verdict_times)
        kept = 0.0 if first is None else _kept(first, final)
        approvals.add_object(tx, approval_id, annotation.id, final.number, kept)
    task = states.move(tx, replace(task, sent_back_by=None, stage=1), TaskState.APPROVED)
    if reviewer_id is None:
        holding.note(tx, "approved_unseen", task, None, author=task.author_id)
    else:
        holding.note(tx, "approved", task, reviewer_id)
    return task


def _handed_in_first(
    tx: Transaction, annotation: Annotation, verdict_times: list[datetime]
) -> Revision | None:
    """The revision that the first verdict after the object was begun was about; None: a reviewer drew it."""
    final = annotation.revision
    if final.number == 1:
        return None if final.correction else final
    every = stored.revisions(tx, annotation.id)
    until = next((at for at in verdict_times if at >= every[0].created_at), final.created_at)
    theirs = [one for one in every if not one.correction and one.created_at <= until]
    return theirs[-1] if theirs else None


def _kept(first: Revision, final: Revision) -> float:
    if first.outline is None or final.outline is None:
        return 0.0
    return 1.0 if first.number == final.number else iou(first.outline, final.outline)
