import pytest
from shapely import MultiPolygon

from maa.domain import InvalidInput
from maa.geometry import (
    Edge,
    count_vertices,
    delete_vertex,
    insert_vertex,
    move_vertex,
    nearest_edge,
)

from .blobs import box

FRAME = MultiPolygon([box(0, 0, 10, 10), box(20, 0, 50, 30).difference(box(30, 10, 40, 20))])


def test_the_nearest_edge_is_found_on_any_part_and_ring() -> None:
    assert nearest_edge(FRAME, 5, -1) == Edge(part=0, ring=0, index=0, distance=1)
    hit = nearest_edge(FRAME, 35, 11)
    assert (hit.part, hit.ring, hit.distance) == (1, 1, 1)
    assert nearest_edge(FRAME, 0, 5).index == 3
    with pytest.raises(InvalidInput):
        nearest_edge(MultiPolygon(), 0, 0)


def test_a_vertex_inserted_on_the_nearest_edge_changes_no_area() -> None:
    for x, y in ((5, 0), (0, 5), (35, 10), (50, 12)):
        hit = nearest_edge(FRAME, x, y)
        edited = insert_vertex(FRAME, hit.part, hit.ring, hit.index, x, y)
        assert edited.is_valid
        assert edited.area == FRAME.area
        assert count_vertices(edited) == count_vertices(FRAME) + 1


def test_moving_and_deleting_touch_one_vertex_only() -> None:
    moved = move_vertex(FRAME, 0, 0, 2, 12, 13)
    assert list(moved.geoms[0].exterior.coords)[:4] == [(0, 0), (10, 0), (12, 13), (0, 10)]
    assert moved.geoms[1].equals_exact(FRAME.geoms[1])
    first = move_vertex(FRAME, 0, 0, 0, 1, 1).geoms[0].exterior
    assert first.coords[0] == first.coords[-1] == (1, 1)
    fewer = delete_vertex(FRAME, 0, 0, 2)
    assert fewer.geoms[0].area == 50
    assert count_vertices(FRAME) == 12


def test_a_triangle_loses_no_vertex_and_unknown_vertices_are_refused() -> None:
    triangle = delete_vertex(FRAME, 0, 0, 2)
    with pytest.raises(InvalidInput, match="three points"):
        delete_vertex(triangle, 0, 0, 0)
    for part, ring, index in ((2, 0, 0), (0, 1, 0), (0, 0, 4), (0, 0, -1)):
        with pytest.raises(InvalidInput, match="no longer"):
            move_vertex(FRAME, part, ring, index, 0, 0)
