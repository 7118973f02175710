"""Drags and clicks on an outline's vertices and edges."""

import pytest
from shapely import MultiPolygon, Polygon, box

from maa.canvas.vertices import apply_stroke
from maa.domain import InvalidInput

SQUARE = MultiPolygon([box(10, 10, 50, 50)])
RING = MultiPolygon([Polygon(box(0, 0, 90, 90).exterior.coords, [box(30, 30, 60, 60).exterior.coords])])
SIZE = (100, 100)


def stroke(
    outline: MultiPolygon, start: tuple[float, float], end: tuple[float, float]
) -> MultiPolygon | None:
    return apply_stroke(outline, start, end, reach=4, click=2, image_size=SIZE)


def corners(outline: MultiPolygon | None) -> set[tuple[float, float]]:
    assert outline is not None
    return {xy for part in outline.geoms for ring in (part.exterior, *part.interiors) for xy in ring.coords}


def test_dragging_a_vertex_moves_it() -> None:
    moved = corners(stroke(SQUARE, (51, 49), (70, 72)))
    assert (70, 72) in moved
    assert (50, 50) not in moved
    assert len(moved) == 4


def test_clicking_a_vertex_deletes_it() -> None:
    assert corners(stroke(SQUARE, (50, 50), (50.5, 50))) == {(10, 10), (50, 10), (10, 50)}


def test_clicking_an_edge_adds_a_vertex_there() -> None:
    added = stroke(SQUARE, (30, 11), (30, 11))
    assert (30, 11) in corners(added)
    assert len(corners(added)) == 5


def test_dragging_an_edge_adds_a_vertex_and_takes_it_along() -> None:
    pulled = stroke(SQUARE, (30, 10), (30, 2))
    assert (30, 2) in corners(pulled)
    assert pulled is not None
    assert pulled.area == pytest.approx(SQUARE.area + 40 * 8 / 2)


def test_a_stroke_that_begins_on_nothing_changes_nothing() -> None:
    assert stroke(SQUARE, (30, 30), (60, 60)) is None


def test_vertices_of_holes_can_be_edited() -> None:
    moved = stroke(RING, (30, 30), (20, 20))
    assert moved is not None
    assert (20, 20) in set(moved.geoms[0].interiors[0].coords)


def test_a_vertex_never_leaves_the_image() -> None:
    assert (100, 0) in corners(stroke(SQUARE, (50, 50), (130, -20)))


def test_a_triangle_keeps_its_three_vertices() -> None:
    triangle = MultiPolygon([Polygon([(10, 10), (50, 10), (30, 50)])])
    with pytest.raises(InvalidInput, match="three points"):
        stroke(triangle, (10, 10), (10, 10))
