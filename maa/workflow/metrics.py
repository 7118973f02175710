"""The numbers of the dashboard. Every function answers with a pandas DataFrame of the columns it names.

Days are those of `Filter.timezone`. A person is whoever did the work, also when a reviewer's act dates it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

import pandas as pd

from maa.domain import TaskState
from maa.store import metrics as numbers
from maa.store import metrics_model, metrics_review, people
from maa.store.connection import Transaction
from maa.store.metrics import Scope
from maa.workflow import pseudonyms
from maa.workflow.settings import zone_of
from maa.workflow.workspace import Workspace

Answer = TypeVar("Answer")

MAX_ROWS = 1000
"""Of the tables that list single objects."""
FORECAST_DAYS = 14
FORECAST_MIN_DAYS = 2
FORECAST_MIN_IMAGES = 5
"""With approvals on fewer days, or of fewer images, a pace would be a guess."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What to count: days `start` to `end`, both included; one project, several, or all with None;
    all people when empty.
    """

    project_id: int | tuple[int, ...] | None
    start: date
    end: date
    person_ids: tuple[int, ...] = ()
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the work will be done, if that can be told."""

    remaining: int
    """Images neither approved nor skipped."""
    per_day: float
    """Images approved per calendar day lately; 0 when it cannot be told."""
    days_left: float | None
    """None when there is too little to tell."""
    basis: str
    """What this rests on, or why it cannot be told; a sentence for the page."""


def throughput(ws: Workspace, f: Filter) -> pd.DataFrame:
    """day (date), person, objects, images_submitted, images_approved: one row per day and person with any.

    objects: present objects that the person made, on the day of their first revision (imported ones are
    nobody's). images_submitted: distinct images handed in that day. images_approved: distinct images of
    theirs that were approved that day.
    """
    table = read(ws, numbers.throughput, f)
    table["day"] = table["day"].dt.date
    return table


def seconds_per_object(ws: Workspace, f: Filter) -> pd.DataFrame:
    """person, origin, objects, median_seconds, mean_seconds, clicks, extra_points, vertices_moved.

    The objects of `throughput`, by how they came to be (their first revision's origin). Effort is what their
    maker spent on all revisions of the object; clicks, extra_points and vertices_moved are means per object.
    Pieces that were cut off another object and took no effort of their own are left out.
    """
    return read(ws, numbers.seconds_per_object, f)


def objects(ws: Workspace, f: Filter, *, origin: str | None = None) -> pd.DataFrame:
    """object, task, image, class, person, origin, at (UTC), seconds, clicks, extra_points, vertices_moved.

    The objects that `throughput` and `seconds_per_object` count, newest first, at most `MAX_ROWS`.
    """
    return read(ws, lambda tx, scope: numbers.objects(tx, scope, origin=origin, limit=MAX_ROWS), f)


def review_outcomes(ws: Workspace, f: Filter) -> pd.DataFrame:
    """person, submitted, approved, returned, unseen, approval_rate, rework_rate: one row per author.

    submitted: times work was handed in; approved, returned: verdicts on it; unseen: approved with no verdict.
    approval_rate: approved of all verdicts. rework_rate: approved images that had been sent back before, of
    all approved images, unseen ones too. Rates are NaN with nothing to divide by.
    """
    return read(ws, metrics_review.review_outcomes, f)


def reviewing(ws: Workspace, f: Filter) -> pd.DataFrame:
    """person, approved, returned, objects_returned, objects_corrected: one row per reviewer.

    All are different ones. approved, returned: images, by verdicts that stand; objects_returned: objects they
    sent back with one; objects_corrected: objects that they changed, added or took away themselves.
    """
    return read(ws, metrics_review.reviewing, f)


def return_reasons(ws: Workspace, f: Filter) -> pd.DataFrame:
    """reason, count: of verdicts that sent a task or an object back, most frequent first."""
    return read(ws, metrics_review.return_reasons, f)


def sent_back(ws: Workspace, f: Filter) -> pd.DataFrame:
    """at (UTC), image, class, reason, comment, task, object: every verdict that sent something back, newest
    first, at most `MAX_ROWS`; class and object are empty for the image as a whole.
    """
    return read(ws, metrics_review.sent_back, f)


def said(ws: Workspace, f: Filter) -> pd.DataFrame:
    """The same with the verdict, and with what was approved with a comment."""
    return read(ws, metrics_review.said, f)


def model_outcomes(ws: Workspace, f: Filter) -> pd.DataFrame:
    """class, model_id, objects, as_is, edited, redrawn, vertices_moved, median_iou: by class and model.

    Approved objects that a model had proposed an outline for. as_is, edited, redrawn: shares, 0..1, of those
    whose approved outline is the proposed one (with no vertex moved by hand on the way), one edited from it,
    or one drawn anew. vertices_moved: mean
    over all revisions; median_iou: of the proposed and the approved outline, without the redrawn ones.
    """
    return read(ws, metrics_model.model_outcomes, f)


def model_histogram(ws: Workspace, f: Filter) -> pd.DataFrame:
    """from_iou, accepted_as_is, objects: the approved objects with a proposal, counted in steps of 0.05 IoU.

    The IoU is of the model's outline and the approved one.
    """
    return read(ws, metrics_model.agreement_histogram, f)


def approved_objects(
    ws: Workspace,
    f: Filter,
    *,
    class_name: str | None = None,
    model_id: str | None = None,
    outcome: str | None = None,
    from_iou: float | None = None,
) -> pd.DataFrame:
    """object, task, image, class, person, outcome, model_id, model_iou, kept_iou, seconds, clicks,
    extra_points, vertices_moved: the objects behind the numbers, newest first, at most `MAX_ROWS`.

    outcome: as is, edited, redrawn or no model. from_iou: a step of `model_histogram`.
    kept_iou: of what was handed in first and what was approved.
    """
    return read(
        ws,
        lambda tx, scope: metrics_model.approved_objects(
            tx,
            scope,
            class_name=class_name,
            model_id=model_id,
            outcome=outcome,
            from_iou=from_iou,
            limit=MAX_ROWS,
        ),
        f,
    )


def backlog(ws: Workspace, f: Filter) -> pd.DataFrame:
    """state, tasks: the images by their present state, in the order of `TaskState`; dates do not matter."""
    counts = dict(read(ws, numbers.backlog, f).itertuples(index=False))
    return pd.DataFrame(
        {
            "state": [state.value for state in TaskState],
            "tasks": [counts.get(state, 0) for state in TaskState],
        }
    )


def images_in(ws: Workspace, f: Filter, state: TaskState) -> pd.DataFrame:
    """task, image, person, at (UTC): the images behind a state of `backlog`, what changed last first, at most
    `MAX_ROWS`; person: who holds it or made it, None for nobody yet."""
    return read(ws, lambda tx, scope: numbers.images_in(tx, scope, state=state, limit=MAX_ROWS), f)


def submissions(ws: Workspace, f: Filter) -> pd.DataFrame:
    """task, image, person, at (UTC): the images that were handed in, by their last time, newest first, at
    most `MAX_ROWS`."""
    return read(ws, lambda tx, scope: numbers.submissions(tx, scope, limit=MAX_ROWS), f)


def forecast(ws: Workspace, f: Filter) -> Forecast:
    """When the images that remain will be approved, at the pace of the last 14 days up to `f.end`.

    The pace is everybody's, per calendar day since the first approval in those days.
    """
    counts = backlog(ws, f).set_index("state")["tasks"]
    remaining = int(counts.sum() - counts[TaskState.APPROVED] - counts[TaskState.SKIPPED])
    everybody = replace(f, start=f.end - timedelta(days=FORECAST_DAYS - 1), person_ids=())
    approvals = read(ws, numbers.approvals_by_day, everybody)
    images = int(approvals["images"].sum())
    if remaining == 0:
        doubles = read(ws, numbers.open_duplicates, f)
        more = f" A second person is still to label {doubles} of them." if doubles else ""
        return Forecast(0, 0.0, 0.0, f"Nothing is left to do: every image is approved or skipped.{more}")
    if len(approvals) < FORECAST_MIN_DAYS or images < FORECAST_MIN_IMAGES:
        return Forecast(
            remaining,
            0.0,
            None,
            f"Too little to tell yet. It takes {FORECAST_MIN_IMAGES} images, approved on {FORECAST_MIN_DAYS} "
            f"different days of the last {FORECAST_DAYS}; there are {images}, on {len(approvals)}.",
        )
    days = (f.end - approvals["day"].dt.date.min()).days + 1
    per_day = images / days
    basis = f"{images} images approved in the {days} days up to {f.end.isoformat()}, weekends included."
    return Forecast(remaining, per_day, remaining / per_day, basis)


def _ids(projects: int | tuple[int, ...] | None) -> list[int] | None:
    if projects is None:
        return None
    return [projects] if isinstance(projects, int) else list(projects)


def read(ws: Workspace, query: Callable[[Transaction, Scope], Answer], f: Filter) -> Answer:
    """Ask the store with the filter as times; `InvalidInput` for a time zone that does not exist."""
    zone = zone_of(f.timezone)
    scope = Scope(
        project_ids=_ids(f.project_id),
        since=datetime.combine(f.start, time(), zone).astimezone(UTC),
        until=datetime.combine(f.end + timedelta(days=1), time(), zone).astimezone(UTC),
        person_ids=f.person_ids,
        timezone=f.timezone,
    )
    with ws.store.read() as tx:
        answer = query(tx, scope)
        if isinstance(answer, pd.DataFrame) and "person" in answer:
            named = {one.name: one.id for one in people.everybody(tx, include_inactive=True)}
            shown = pseudonyms.shown(tx, scope.project_ids)
            answer["person"] = answer["person"].map(
                lambda name: shown[named[name]] if name in named else name
            )
        return answer
