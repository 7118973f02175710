import json
from typing import Any

import pytest
from hypothesis import given, settings
from shapely import LinearRing, MultiPolygon, Polygon

from maa.domain import InvalidInput
from maa.geometry import from_rings, to_one_ring, to_rings

from .blobs import box, star_polygons


@settings(max_examples=50, deadline=None)
@given(star_polygons())
def test_the_way_through_json_keeps_every_bit(outline: MultiPolygon) -> None:
    back = from_rings(json.loads(json.dumps(to_rings(outline))))
    assert back.equals_exact(outline, tolerance=0)
    assert to_rings(back) == to_rings(outline)


def test_parts_and_holes_come_in_order_and_rings_are_open() -> None:
    outline = MultiPolygon([box(0, 0, 1, 1), box(2, 2, 9, 9).difference(box(4, 4, 5, 5))])
    rings = to_rings(outline)
    assert [len(part) for part in rings] == [1, 2]
    assert rings[0] == [[[0, 0], [1, 0], [1, 1], [0, 1]]]


def test_one_ring_walks_along_every_ring_once_and_along_each_cut_twice() -> None:
    outline = MultiPolygon([box(0, 0, 10, 10).difference(box(2, 2, 4, 4)), box(11, 11, 12, 12)])
    line = to_one_ring(outline)
    assert len(line) == 4 + (4 + 2) + (4 + 2)
    closed = LinearRing(line)
    cuts = 2 * (8**0.5 + 2**0.5)
    assert closed.length == pytest.approx(40 + 8 + 4 + cuts)


def test_one_ring_of_a_plain_outline_is_its_ring() -> None:
    line = to_one_ring(MultiPolygon([box(0, 0, 3, 2)]))
    assert len(line) == 4
    assert Polygon(line).equals(box(0, 0, 3, 2))


def test_closed_rings_are_read_as_well() -> None:
    assert to_rings(from_rings([[[[0, 0], [4, 0], [4, 4], [0, 0]]]])) == [[[[0, 0], [4, 0], [4, 4]]]]


@pytest.mark.parametrize(
    ("rings", "message"),
    [
        (None, "outline is not a list"),
        ("[]", "outline is not a list"),
        ([[]], "part 1 has no ring"),
        ([[[[0, 0], [1, 1]]]], "part 1, ring 1 has 2 points"),
        ([[[[0, 0], [1, 1], [0, 0]]]], "part 1, ring 1 has 2 points"),
        ([[[[0, 0], [1, 1], [1]]]], "point 3 is not a pair"),
        ([[[[0, 0], [1, 1], [1, "2"]]]], "point 3 is not a pair"),
        ([[[[0, 0], [1, 1], [1, True]]]], "point 3 is not a pair"),
        ([[[[0, 0], [1, 1], [1, float("nan")]]]], "point 3 is not a pair"),
        ([[[0, 0], [1, 1], [1, 2]]], "part 1, ring 1, point 1 is not a list"),
    ],
)
def test_what_is_not_an_outline_is_named(rings: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        from_rings(rings)
