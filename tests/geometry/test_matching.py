"""Comparisons whose numbers can be worked out by hand: squares on a grid."""

from __future__ import annotations

import pytest
from shapely import MultiPolygon, box

from maa.domain import Outcome
from maa.geometry.matching import (
    Compared,
    Shape,
    cohen_kappa,
    compare,
    match,
    outlines_boundary_f,
    panoptic_quality,
)

CAT, DOG = 1, 2


def rectangle(left: float, top: float, width: float, height: float) -> MultiPolygon:
    return MultiPolygon([box(left, top, left + width, top + height)])


def test_pairs_are_those_with_the_largest_sum_not_the_greedy_ones() -> None:
    # Reference 0 fits given 0 best (0.8), but giving it to given 1 (0.6) lets given 0 have reference 1 (0.7).
    reference = [rectangle(0, 0, 10, 10), rectangle(0, 0, 10, 56 / 10)]
    given = [rectangle(0, 0, 10, 8), rectangle(4, 0, 6, 10)]
    assert match(given, reference) == [(0, 1, pytest.approx(0.7)), (1, 0, pytest.approx(0.6))]


def test_objects_that_overlap_by_less_than_half_are_not_the_same() -> None:
    square = [rectangle(0, 0, 10, 10)]
    assert match([rectangle(0, 0, 10, 4.99)], square) == []
    assert match([rectangle(0, 0, 10, 5)], square) == [(0, 0, pytest.approx(0.5))]
    assert match([rectangle(50, 50, 10, 10)], square) == []
    assert match([], square) == match(square, []) == []


def test_every_object_of_both_has_an_outcome() -> None:
    reference = [
        Shape(CAT, rectangle(0, 0, 10, 10)),
        Shape(CAT, rectangle(20, 0, 10, 10)),
        Shape(DOG, rectangle(40, 0, 10, 10)),
    ]
    given = [
        Shape(DOG, rectangle(60, 0, 10, 10)),
        Shape(CAT, rectangle(0, 0, 10, 8)),
        Shape(CAT, rectangle(40, 0, 10, 10)),
    ]
    found = compare(given, reference, (100, 100))
    assert [(one.outcome, one.given, one.reference) for one in found] == [
        (Outcome.MATCHED, 1, 0),
        (Outcome.WRONG_CLASS, 2, 2),
        (Outcome.MISSED, None, 1),
        (Outcome.EXTRA, 0, None),
    ]
    assert found[0].iou == pytest.approx(0.8)
    assert (found[1].iou, found[1].boundary_f) == (pytest.approx(1.0), 1.0)
    # 0.8 over one matched, one wrong class, half a missed and half an extra
    assert panoptic_quality(found) == pytest.approx(0.8 / 3)


def test_an_image_without_objects_is_right_when_it_is_left_empty() -> None:
    assert compare([], [], (10, 10)) == []
    assert panoptic_quality([]) == 1.0
    assert panoptic_quality([Compared(Outcome.EXTRA, 0, None)]) == 0.0


def test_the_boundary_measure_does_not_depend_on_where_the_objects_lie() -> None:
    def pair(x: float) -> tuple[MultiPolygon, MultiPolygon]:
        return rectangle(x, x, 40, 40), rectangle(x, x, 40, 36)

    # the bottom edge is 4 pixels off: within 4 it is the same, within 2 a good part of it is not
    assert outlines_boundary_f(*pair(0), 4) == 1.0
    assert outlines_boundary_f(*pair(0), 2) == outlines_boundary_f(*pair(7000), 2)
    assert 0.7 < outlines_boundary_f(*pair(0), 2) < 0.95


def test_kappa_is_agreement_beyond_chance() -> None:
    # Cohen's kind of table: both cat 20, both dog 15, cat/dog 5, dog/cat 10, of 50.
    # observed 35/50 = 0.7; by chance (25 * 30 + 25 * 20) / 2500 = 0.5
    pairs = {(CAT, CAT): 20, (CAT, DOG): 5, (DOG, CAT): 10, (DOG, DOG): 15}
    assert cohen_kappa(pairs) == pytest.approx(0.4)
    assert cohen_kappa({(CAT, CAT): 1, (DOG, DOG): 1}) == 1.0
    assert cohen_kappa({(CAT, DOG): 1, (DOG, CAT): 1}) == -1.0
    assert cohen_kappa({(CAT, CAT): 5}) is None
    assert cohen_kappa({}) is None
