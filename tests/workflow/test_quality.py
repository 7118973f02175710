"""Gold scores and agreement on a handful of objects that can be counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from shapely import MultiPolygon, box

from maa.domain import LabelClass, TaskPurpose
from maa.workflow import gold, labeling, quality
from maa.workflow.settings import update_settings

from .office import Office, square
from .test_metrics import days, rows

Drawn = tuple[MultiPolygon, LabelClass]


def draw(office: Office, who: str, *objects: Drawn) -> int:
    """The person's next task with these objects, handed in; returns its id."""
    person = getattr(office, who)
    task = office.claim(person)
    for outline, label in objects:
        office.save(task, person, office.new_revision(outline, label=label))
    labeling.submit(office.ws, task.id, person.id)
    return task.id


def part(left: float, width: float) -> MultiPolygon:
    """`width` of ten columns of a square of 10 x 10."""
    return MultiPolygon([box(left, 10, left + width, 20)])


def test_gold_scores_by_person_and_class(office: Office) -> None:
    office.add_images(1)
    task_id = draw(
        office, "ben", (square(10), office.cat), (square(30), office.cat), (square(50), office.dog)
    )
    office.approve_next(office.rita)
    gold.mark(office.ws, task_id, by=office.max.id)
    update_settings(office.ws, office.project.id, qualification_images=1)
    # one cat with IoU 0.8; the other cat called a dog; no dog; and a dog where nothing is
    draw(office, "ana", (part(10, 8), office.cat), (square(30), office.dog), (square(80), office.dog))
    table = quality.gold_scores(office.ws, days(office))
    assert list(table) == [
        "person", "class", "matched", "wrong_class", "missed", "extra", "iou", "boundary_f",
    ]  # fmt: skip
    cat, dog = rows(table)
    assert cat == ("Ana", "cat", 1, 1, 0, 0, pytest.approx(0.8), pytest.approx(1.0, abs=0.2))
    assert dog[:6] == ("Ana", "dog", 0, 0, 1, 1)
    assert pd.isna(dog[6])
    # 0.8 over one matched, one of the wrong class, half a missed and half an extra
    assert rows(quality.gold_people(office.ws, days(office))) == [
        ("Ana", 1, pytest.approx(0.8 / 3), pytest.approx(0.8 / 3))
    ]
    behind = quality.compared_objects(office.ws, days(office), TaskPurpose.GOLD)
    assert sorted(behind["outcome"]) == ["extra", "matched", "missed", "wrong_class"]
    assert quality.agreement(office.ws, days(office)).empty


def test_agreement_of_two_by_class(office: Office) -> None:
    update_settings(office.ws, office.project.id, duplicate_rate=1.0)
    office.add_images(2)
    # Ana's and Ben's: cat cat (0.8), cat dog, dog dog (1.0), dog dog (0.9); Ana has one cat alone
    draw(office, "ana", (square(10), office.cat), (square(30), office.cat), (square(80), office.cat))
    draw(office, "ana", (square(10), office.dog), (square(30), office.dog))
    draw(office, "ben", (part(10, 8), office.cat), (square(30), office.dog))
    draw(office, "ben", (square(10), office.dog), (part(30, 9), office.dog))
    table = quality.agreement(office.ws, days(office))
    everything, cat, dog = rows(table)
    # observed 3/4; by chance (cat 1/4 * 2/4 + dog 3/4 * 2/4) = 1/2
    assert everything == (quality.ALL_CLASSES, 4, 3, 1, pytest.approx(0.9), pytest.approx(0.5))
    assert cat == ("cat", 2, 1, 1, pytest.approx(0.8), pytest.approx(0.5))
    assert dog == ("dog", 3, 2, 0, pytest.approx(0.95), pytest.approx(0.5))
    assert quality.gold_scores(office.ws, days(office)).empty
