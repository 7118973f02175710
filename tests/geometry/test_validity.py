import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon

from maa.domain import InvalidInput
from maa.geometry import repair

from .blobs import box, star_polygons


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(-30, 130), st.floats(-30, 130)), min_size=3, max_size=15))
def test_whatever_is_drawn_becomes_a_valid_outline_inside_the_image(
    points: list[tuple[float, float]],
) -> None:
    drawn = Polygon(points)
    # A ring that runs over its own edges and back encloses nothing by this rule, and is refused in words.
    covered = shapely.make_valid(drawn, method="structure", keep_collapsed=False)
    if covered.intersection(shapely.box(0, 0, 100, 80)).area < 1e-3:
        return
    outline = repair(drawn, (100, 80))
    assert outline.is_valid
    assert outline.area > 0
    left, top, right, bottom = outline.bounds
    assert left >= 0
    assert top >= 0
    assert right <= 100
    assert bottom <= 80


@settings(max_examples=30, deadline=None)
@given(star_polygons())
def test_what_is_in_order_comes_back_as_it_is(outline: MultiPolygon) -> None:
    assert repair(outline, (100, 100)).equals_exact(outline)


def test_both_lobes_of_a_bow_tie_are_kept() -> None:
    outline = repair(Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]), (20, 20))
    assert len(outline.geoms) == 2
    assert outline.area == pytest.approx(50)


def test_overlapping_parts_are_united_and_a_loop_is_not_made_a_hole() -> None:
    assert repair(MultiPolygon([box(0, 0, 10, 10), box(5, 0, 15, 10)]), (20, 20)).area == pytest.approx(150)
    star = Polygon([(5, 0), (8, 10), (0, 4), (10, 4), (2, 10)])
    assert repair(star, (20, 20)).covers(Point(5, 5))


def test_lines_and_points_beside_an_area_are_dropped_and_the_image_s_edge_cuts() -> None:
    mixed = GeometryCollection([LineString([(0, 0), (5, 5)]), Point(1, 1), box(-5, -5, 5, 5)])
    outline = repair(mixed, (20, 20))
    assert len(outline.geoms) == 1
    assert outline.bounds == (0, 0, 5, 5)


def test_a_third_coordinate_is_dropped() -> None:
    assert not repair(Polygon([(0, 0, 1), (5, 0, 2), (5, 5, 3)]), (20, 20)).has_z


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        (LineString([(0, 0), (5, 5)]), "no area"),
        (Polygon([(0, 0), (5, 5), (10, 10)]), "no area"),
        (Polygon(), "no area"),
        (box(30, 30, 40, 40), "outside the image"),
        (shapely.polygons(np.array([(0, 0), (5, np.inf), (5, 5), (0, 0)])), "finite"),
    ],
)
def test_what_has_no_area_in_the_image_is_refused(geometry: Polygon, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        repair(geometry, (20, 20))
