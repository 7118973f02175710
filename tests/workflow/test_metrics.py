"""The dashboard's numbers for a few days of work that can be counted by hand.

In Berlin, an hour ahead of UTC, in March 2026:

- Monday 2nd. Ana labels image 1: two objects with the model (10 s and 20 s; she edits the second for 6 s
  more), one by hand (40 s), and one that she deletes. She submits it, Rita approves it. She skips image 3 and
  holds image 4.
- Tuesday 3rd, half past midnight (still Monday in UTC). Ben draws one object on image 2 by hand in 30 s and
  submits. In the morning Rita sends it back; Ben corrects it for 10 s and submits again.
- Wednesday 4th. Rita approves image 2. Image 5 waits in the queue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from shapely import MultiPolygon, box

from maa.domain import Effort, InvalidInput, Origin, TaskState, Verdict
from maa.workflow import labeling, metrics, queue
from maa.workflow.metrics import Filter
from maa.workflow.review import ObjectVerdict

from .office import Office, open_office, square

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = open_office(tmp_path_factory.mktemp("metrics"))
    _work_three_days(office)
    yield office
    office.ws.close()


def _work_three_days(office: Office) -> None:
    ws, clock = office.ws, office.clock
    office.add_images(5)
    first, second = office.claim(office.ana), office.claim(office.ben)
    exact, corrected = square(), MultiPolygon([box(10, 10, 20, 18)])
    office.save(
        first,
        office.ana,
        office.new_revision(exact, origin=Origin.ASSISTED, model=exact, effort=Effort(10, 4, 0, 0)),
    )
    proposed = office.new_revision(
        corrected, origin=Origin.ASSISTED, model=corrected, effort=Effort(20, 5, 1, 0)
    )
    edited = office.save(first, office.ana, proposed)
    labeling.save_annotation(
        ws,
        first.id,
        office.ana.id,
        office.new_revision(exact, origin=Origin.ASSISTED, label=office.dog, effort=Effort(6, 0, 0, 3)),
        annotation_id=edited.id,
    )
    office.save(first, office.ana, office.new_revision(effort=Effort(40, 12, 0, 0)))
    mistake = office.save(first, office.ana, office.new_revision(effort=Effort(8, 6, 0, 0)))
    labeling.delete_annotation(ws, first.id, office.ana.id, mistake.id)
    labeling.submit(ws, first.id, office.ana.id)
    office.approve_next(office.rita)
    queue.skip(ws, office.claim(office.ana).id, office.ana.id, "other")
    office.claim(office.ana)

    clock.now = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    second = office.claim(office.ben)
    drawn = office.save(second, office.ben, office.new_revision(effort=Effort(30, 9, 0, 0)))
    labeling.submit(ws, second.id, office.ben.id)
    clock.now = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    office.send_back_next(office.rita, {drawn.id: ObjectVerdict(Verdict.SEND_BACK, "wrong class")})
    assert office.claim(office.ben).id == second.id
    labeling.save_annotation(
        ws, second.id, office.ben.id, office.new_revision(effort=Effort(10, 1, 0, 2)), annotation_id=drawn.id
    )
    labeling.submit(ws, second.id, office.ben.id)
    clock.now = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
    office.approve_next(office.rita)


def days(
    office: Office, start: date = MONDAY, end: date = WEDNESDAY, *people: int, zone: str = "Europe/Berlin"
) -> Filter:
    return Filter(office.project.id, start, end, people, zone)


def rows(table: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(table.itertuples(index=False, name=None))


def test_throughput_counts_per_day_and_person(worked: Office) -> None:
    table = metrics.throughput(worked.ws, days(worked))
    assert list(table) == ["day", "person", "objects", "images_submitted", "images_approved"]
    assert rows(table) == [
        (MONDAY, "Ana", 3, 1, 1),
        (TUESDAY, "Ben", 1, 1, 0),
        (WEDNESDAY, "Ben", 0, 0, 1),
    ]


def test_a_day_is_one_of_the_time_zone(worked: Office) -> None:
    assert rows(metrics.throughput(worked.ws, days(worked, zone="UTC"))) == [
        (MONDAY, "Ana", 3, 1, 1),
        (MONDAY, "Ben", 1, 1, 0),
        (TUESDAY, "Ben", 0, 1, 0),
        (WEDNESDAY, "Ben", 0, 0, 1),
    ]
    monday = metrics.throughput(worked.ws, days(worked, MONDAY, MONDAY))
    assert rows(monday) == [(MONDAY, "Ana", 3, 1, 1)]
    with pytest.raises(InvalidInput, match="time zone"):
        metrics.throughput(worked.ws, days(worked, zone="Nowhere/At all"))


def test_numbers_are_narrowed_to_people_and_a_project(worked: Office) -> None:
    ben = days(worked, MONDAY, WEDNESDAY, worked.ben.id)
    assert {row[1] for row in rows(metrics.throughput(worked.ws, ben))} == {"Ben"}
    assert rows(metrics.model_outcomes(worked.ws, ben)) == []
    everything = Filter(None, MONDAY, WEDNESDAY, (), "Europe/Berlin")
    assert len(metrics.throughput(worked.ws, everything)) == 3
    other = Filter(worked.project.id + 1, MONDAY, WEDNESDAY)
    for table in (metrics.throughput, metrics.seconds_per_object, metrics.review_outcomes):
        assert table(worked.ws, other).empty


def test_seconds_per_object_compares_the_model_with_handwork(worked: Office) -> None:
    table = metrics.seconds_per_object(worked.ws, days(worked))
    assert list(table) == [
        "person",
        "origin",
        "objects",
        "median_seconds",
        "mean_seconds",
        "clicks",
        "extra_points",
        "vertices_moved",
    ]
    assert rows(table) == [
        # 10 s, and 20 s with 6 s of editing
        ("Ana", "assisted", 2, 18.0, 18.0, 4.5, 0.5, 1.5),
        ("Ana", "manual", 1, 40.0, 40.0, 12.0, 0.0, 0.0),
        # 30 s, and 10 s of correction after it was sent back
        ("Ben", "manual", 1, 40.0, 40.0, 10.0, 0.0, 2.0),
    ]


def test_what_became_of_the_models_outlines_by_class_and_model(worked: Office) -> None:
    table = metrics.model_outcomes(worked.ws, days(worked))
    assert list(table) == [
        "class", "model_id", "objects", "as_is", "edited", "redrawn", "vertices_moved", "median_iou",
    ]  # fmt: skip
    model = "first@0123456789ab"
    assert rows(table) == [
        ("cat", model, 1, 1.0, 0.0, 0.0, 0.0, 1.0),
        ("dog", model, 1, 0.0, 1.0, 0.0, 3.0, pytest.approx(0.8)),
    ]
    assert rows(metrics.model_outcomes(worked.ws, days(worked, TUESDAY, TUESDAY))) == []
    histogram = metrics.model_histogram(worked.ws, days(worked))
    assert rows(histogram) == [(pytest.approx(0.8), False, 1), (0.95, True, 1)]


def test_the_objects_behind_a_number_are_listed(worked: Office) -> None:
    everything = metrics.approved_objects(worked.ws, days(worked))
    assert list(everything) == [
        "object", "task", "image", "class", "person", "outcome", "model_id", "model_iou", "kept_iou",
        "seconds", "clicks", "extra_points", "vertices_moved",
    ]  # fmt: skip
    shown = everything[["image", "class", "person", "outcome", "kept_iou", "seconds", "clicks"]]
    assert rows(shown) == [
        # drawn in 30 s and corrected for 10 s after it was sent back: the outline stayed
        ("photo 1.png", "cat", "Ben", "no model", 1.0, 40.0, 10),
        ("photo 0.png", "cat", "Ana", "no model", 1.0, 40.0, 12),
        ("photo 0.png", "dog", "Ana", "edited", 1.0, 26.0, 5),
        ("photo 0.png", "cat", "Ana", "as is", 1.0, 10.0, 4),
    ]
    edited = metrics.approved_objects(worked.ws, days(worked), class_name="dog", outcome="edited")
    assert len(edited) == 1
    assert metrics.approved_objects(worked.ws, days(worked), model_id="another").empty


def test_every_bar_of_the_charts_has_as_many_objects_behind_it_as_it_says(worked: Office) -> None:
    ws, chosen = worked.ws, days(worked)
    ids = {person.name: person.id for person in (worked.ana, worked.ben, worked.rita)}
    done = metrics.throughput(ws, chosen)
    assert done["objects"].sum() > 0
    for row in done.itertuples():
        of_day = replace(chosen, start=row.day, end=row.day, person_ids=(ids[row.person],))
        assert len(metrics.objects(ws, of_day)) == row.objects
    for row in metrics.seconds_per_object(ws, chosen).itertuples():
        theirs = replace(chosen, person_ids=(ids[row.person],))
        found = metrics.objects(ws, theirs, origin=row.origin)
        assert (len(found), found["seconds"].median()) == (row.objects, row.median_seconds)
        assert set(found["person"]) == {row.person}
    histogram = metrics.model_histogram(ws, chosen)
    assert not histogram.empty
    for row in histogram.itertuples():
        outcome = "as is" if row.accepted_as_is else "edited"
        found = metrics.approved_objects(ws, chosen, outcome=outcome, from_iou=row.from_iou)
        assert len(found) == row.objects


def test_what_was_sent_back_is_listed_with_its_reason(worked: Office) -> None:
    table = metrics.sent_back(worked.ws, days(worked))
    assert list(table) == ["at", "image", "class", "reason", "comment", "task", "object"]
    assert [(row[1], row[3]) for row in rows(table)] == [
        ("photo 1.png", "wrong class"),
        ("photo 1.png", "loose outline"),
    ]
    ana = days(worked, MONDAY, WEDNESDAY, worked.ana.id)
    assert rows(metrics.sent_back(worked.ws, ana)) == []


def test_review_outcomes_count_for_whose_work_it_was(worked: Office) -> None:
    table = metrics.review_outcomes(worked.ws, days(worked))
    assert list(table) == [
        "person", "submitted", "approved", "returned", "unseen", "approval_rate", "rework_rate",
    ]  # fmt: skip
    assert rows(table) == [("Ana", 1, 1, 0, 0, 1.0, 0.0), ("Ben", 2, 1, 1, 0, 0.5, 1.0)]


def test_what_reviewers_did_is_counted_for_themselves(worked: Office) -> None:
    assert rows(metrics.reviewing(worked.ws, days(worked))) == [("Rita", 2, 1, 1, 0)]
    assert rows(metrics.reviewing(worked.ws, days(worked, TUESDAY, TUESDAY))) == [("Rita", 0, 1, 1, 0)]
    assert rows(metrics.reviewing(worked.ws, days(worked, MONDAY, WEDNESDAY, worked.ana.id))) == []


def test_rates_with_nothing_to_divide_by_are_missing(worked: Office) -> None:
    table = metrics.review_outcomes(worked.ws, days(worked, TUESDAY, TUESDAY))
    (ben,) = rows(table)
    assert ben[:6] == ("Ben", 2, 0, 1, 0, 0.0)
    assert pd.isna(ben[6])


def test_return_reasons_are_those_of_images_and_objects(worked: Office) -> None:
    assert rows(metrics.return_reasons(worked.ws, days(worked))) == [("loose outline", 1), ("wrong class", 1)]
    assert rows(metrics.return_reasons(worked.ws, days(worked, WEDNESDAY, WEDNESDAY))) == []


def test_backlog_has_every_state_in_order(worked: Office) -> None:
    expected = [
        ("ready", 1),
        ("leased", 1),
        ("submitted", 0),
        ("in_review", 0),
        ("returned", 0),
        ("approved", 2),
        ("skipped", 1),
    ]
    assert rows(metrics.backlog(worked.ws, days(worked))) == expected
    assert rows(metrics.backlog(worked.ws, Filter(None, MONDAY, MONDAY, (999,)))) == expected


def test_the_images_behind_a_state_and_behind_what_was_handed_in(worked: Office) -> None:
    everything = days(worked)
    for state, tasks in rows(metrics.backlog(worked.ws, everything)):
        listed = metrics.images_in(worked.ws, everything, TaskState(state))
        assert list(listed.columns) == ["task", "image", "person", "at"]
        assert len(listed) == tasks, state
        assert listed["at"].is_monotonic_decreasing
    (leased,) = rows(metrics.images_in(worked.ws, everything, TaskState.LEASED))
    assert leased[2] in ("Ana", "Ben")
    (ready,) = rows(metrics.images_in(worked.ws, everything, TaskState.READY))
    assert pd.isna(ready[2])

    per_day = metrics.throughput(worked.ws, everything)
    for day, person, count in per_day[["day", "person", "images_submitted"]].itertuples(index=False):
        ids = {"Ana": worked.ana.id, "Ben": worked.ben.id}
        on = pd.Timestamp(day).date()
        there = days(worked, on, on, ids[person])
        assert len(metrics.submissions(worked.ws, there)) == count, (day, person)


def test_a_forecast_says_when_there_is_too_little_to_tell(worked: Office) -> None:
    forecast = metrics.forecast(worked.ws, days(worked))
    assert (forecast.remaining, forecast.per_day, forecast.days_left) == (2, 0.0, None)
    assert "Too little to tell" in forecast.basis
