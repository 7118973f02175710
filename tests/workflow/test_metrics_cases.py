"""The dashboard's numbers in single cases: what counts, for whom, and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
from shapely import MultiPolygon, box

from maa.domain import Effort, Origin, Revision, Verdict
from maa.store import annotations
from maa.workflow import labeling, metrics, prelabels, projects, queue, review
from maa.workflow.prelabels import Proposed
from maa.workflow.settings import update_settings
from maa.workflow.summary import summarize

from .office import Office, square
from .test_metrics import MONDAY, days, rows


def test_an_outline_that_was_drawn_anew_counts_as_redrawn(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    poor = office.save(task, office.ana, office.new_revision(model=square(), origin=Origin.ASSISTED))
    labeling.save_annotation(office.ws, task.id, office.ana.id, office.new_revision(), annotation_id=poor.id)
    labeling.submit(office.ws, task.id, office.ana.id)
    office.approve_next(office.rita)
    ((_, _, objects, as_is, edited, redrawn, *_),) = rows(metrics.model_outcomes(office.ws, days(office)))
    assert (objects, as_is, edited, redrawn) == (1, 0.0, 0.0, 1.0)


def test_images_approved_unseen_are_approved_but_no_verdict(office: Office) -> None:
    update_settings(office.ws, office.project.id, review_share=0.0, review_newcomers=0)
    office.add_images(1)
    office.submitted(office.ana)
    assert rows(metrics.throughput(office.ws, days(office))) == [(MONDAY, "Ana", 1, 1, 1)]
    ((person, submitted, approved, returned, unseen, rate, rework),) = rows(
        metrics.review_outcomes(office.ws, days(office))
    )
    assert (person, submitted, approved, returned, unseen, rework) == ("Ana", 1, 0, 0, 1, 0.0)
    assert pd.isna(rate)


def test_what_a_click_repairs_after_the_hand_does_not_count_as_the_model_s_alone(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    model = square()
    first = office.new_revision(model, origin=Origin.ASSISTED, model=model, effort=Effort(5, 4, 0, 0))
    saved = office.save(task, office.ana, first)
    # A hole by hand, then a click whose answer holds it.
    cut = MultiPolygon([box(10, 10, 20, 18)])
    repaired = office.new_revision(cut, origin=Origin.ASSISTED, model=cut, effort=Effort(4, 1, 1, 4))
    labeling.save_annotation(office.ws, task.id, office.ana.id, repaired, annotation_id=saved.id)
    labeling.submit(office.ws, task.id, office.ana.id)
    office.approve_next(office.rita)
    (row,) = metrics.approved_objects(office.ws, days(office)).itertuples()
    assert (row.model_iou, row.outcome) == (1.0, "edited")
    (found,) = metrics.model_outcomes(office.ws, days(office)).itertuples()
    assert (found.as_is, found.edited) == (0.0, 1.0)
    assert list(metrics.model_histogram(office.ws, days(office))["accepted_as_is"]) == [False]


def test_a_pre_label_counts_as_kept_only_where_it_was(office: Office) -> None:
    (task,) = office.add_images(1)
    lefts = (10, 30, 50)
    proposed = [Proposed(office.cat.id, square(left), None, "own@0123456789ab", 0.9) for left in lefts]
    with office.ws.store.write() as tx:
        kept, repaired, moved = prelabels.put(tx, task, proposed)
    office.claim(office.ana)
    labeling.accept_prelabel(office.ws, task.id, office.ana.id, kept.id)
    better = square(30, 10, 12)  # what the model answers to a click on the pre-label
    for one, new in (
        (repaired, office.new_revision(better, origin=Origin.ASSISTED, model=better)),
        (moved, office.new_revision(square(50, 10, 9), origin=Origin.PRELABEL, model=square(50))),
    ):
        labeling.save_annotation(office.ws, task.id, office.ana.id, new, annotation_id=one.id)
    labeling.submit(office.ws, task.id, office.ana.id)
    office.approve_next(office.rita)
    found = {
        row.object: row.outcome for row in metrics.approved_objects(office.ws, days(office)).itertuples()
    }
    assert found == {kept.id: "as is", repaired.id: "edited", moved.id: "edited"}


def test_an_outcome_counts_for_the_model_that_was_asked_last(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    poor = office.new_revision(MultiPolygon([box(10, 10, 12, 12)]), origin=Origin.ASSISTED, model=square())
    saved = office.save(task, office.ana, replace(poor, model_id="z-first@0123456789ab"))
    good = replace(
        office.new_revision(origin=Origin.ASSISTED, model=square()), model_id="a-second@0123456789ab"
    )
    labeling.save_annotation(office.ws, task.id, office.ana.id, good, annotation_id=saved.id)
    labeling.submit(office.ws, task.id, office.ana.id)
    office.approve_next(office.rita)
    (row,) = metrics.model_outcomes(office.ws, days(office)).itertuples()
    assert (row.model_id, row.as_is) == ("a-second@0123456789ab", 1.0)


def test_pieces_that_took_no_effort_tell_no_pace(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    office.save(task, office.ana, office.new_revision(effort=Effort(12, 5, 0, 0)))
    office.save(task, office.ana, office.new_revision(effort=Effort(0, 0, 0, 0)))
    (row,) = metrics.seconds_per_object(office.ws, days(office)).itertuples()
    assert (row.objects, row.median_seconds) == (1, 12)
    assert summarize(office.ws, days(office)).objects == 2


def test_what_reviewers_said_has_the_praise_as_well(office: Office) -> None:
    office.add_images(2)
    office.submitted(office.ana)
    held = review.claim_next_review(office.ws, office.project.id, office.rita.id)
    assert held is not None
    review.decide(office.ws, held.id, office.rita.id, Verdict.APPROVE, comment="nice, but sloppy")
    (row,) = metrics.said(office.ws, days(office)).itertuples()
    assert (row.verdict, row.comment) == ("approve", "nice, but sloppy")
    assert metrics.sent_back(office.ws, days(office)).empty


def test_what_was_taken_back_was_not_handed_in(office: Office) -> None:
    office.add_images(2)
    kept, back = office.submitted(office.ana), office.submitted(office.ana)
    labeling.take_back(office.ws, back.id, office.ana.id)
    assert [row.task for row in metrics.submissions(office.ws, days(office)).itertuples()] == [kept.id]
    labeling.submit(office.ws, back.id, office.ana.id)
    listed = metrics.submissions(office.ws, days(office))
    assert sorted(listed["task"]) == sorted([kept.id, back.id])
    (row,) = metrics.throughput(office.ws, days(office)).itertuples()
    assert row.images_submitted == 2


def test_a_forecast_goes_by_the_pace_of_the_last_days(office: Office) -> None:
    office.add_images(12)
    for _ in range(3):
        for person in (office.ana, office.ben):
            office.submitted(person)
            office.approve_next(office.rita)
        office.clock.advance(days=2)
    # six approved on the 2nd, 4th and 6th: five days with the first and the last
    forecast = metrics.forecast(office.ws, days(office, end=date(2026, 3, 6)))
    assert (forecast.remaining, forecast.per_day, forecast.days_left) == (6, 6 / 5, 5.0)
    assert forecast.basis == "6 images approved in the 5 days up to 2026-03-06, weekends included."
    late = metrics.forecast(office.ws, days(office, end=date(2026, 4, 6)))
    assert late.days_left is None, "a month without approvals is no pace"


def test_a_finished_project_needs_no_more_days(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    office.approve_next(office.rita)
    forecast = metrics.forecast(office.ws, days(office))
    assert (forecast.remaining, forecast.days_left) == (0, 0.0)
    assert "Nothing is left" in forecast.basis


def test_a_forecast_tells_of_second_labelings_that_are_open(office: Office) -> None:
    update_settings(office.ws, office.project.id, duplicate_rate=1.0)
    office.add_images(1)
    office.submitted(office.ana)
    office.approve_next(office.rita)
    said = metrics.forecast(office.ws, days(office)).basis
    assert said.endswith("A second person is still to label 1 of them.")


def test_an_empty_workspace_has_empty_tables_with_their_columns(office: Office) -> None:
    assert list(metrics.throughput(office.ws, days(office))) == [
        "day",
        "person",
        "objects",
        "images_submitted",
        "images_approved",
    ]
    for table in (metrics.seconds_per_object, metrics.model_outcomes, metrics.return_reasons):
        assert table(office.ws, days(office)).empty
    assert metrics.forecast(office.ws, days(office)).remaining == 0


def test_imported_objects_are_nobodys_work(office: Office) -> None:
    (task,) = office.add_images(1)
    with office.ws.store.write() as tx:
        imported = Revision(
            annotation_id=annotations.add(tx, task.id),
            number=1,
            class_id=office.cat.id,
            outline=square(),
            origin=Origin.IMPORTED,
            author_id=office.max.id,
            created_at=tx.now,
        )
        annotations.add_revision(tx, imported)
    assert metrics.throughput(office.ws, days(office)).empty


def test_merged_classes_are_counted_under_their_present_name(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    office.save(task, office.ana, office.new_revision(origin=Origin.ASSISTED, model=square()))
    labeling.submit(office.ws, task.id, office.ana.id)
    office.approve_next(office.rita)
    projects.merge_class(office.ws, office.cat.id, office.dog.id)
    assert list(metrics.model_outcomes(office.ws, days(office))["class"]) == ["dog"]


def test_work_that_was_reopened_does_not_count_as_approved_any_more(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    office.save(task, office.ana, office.new_revision(origin=Origin.ASSISTED, model=square()))
    labeling.submit(office.ws, task.id, office.ana.id)
    office.approve_next(office.rita)
    queue.reopen(office.ws, task.id, by=office.max.id)
    assert metrics.model_outcomes(office.ws, days(office)).empty
    assert review.list_reviews(office.ws, task.id), "its history stays"
