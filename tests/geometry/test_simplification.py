import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon

from maa.domain import Box, InvalidInput
from maa.geometry import (
    DEFAULT_DETAIL,
    count_vertices,
    distance_for,
    iou,
    rasterize,
    simplify,
    trace,
    trace_mask,
)

from .blobs import box, masks, probability_maps, smooth_noise, star_polygons, within


def rings(outline: MultiPolygon) -> list[shapely.LinearRing]:
    return [ring for part in outline.geoms for ring in (part.exterior, *part.interiors)]


def assert_promise(
    simple: MultiPolygon, outline: MultiPolygon, distance: float, size: tuple[int, int]
) -> None:
    assert simple.is_valid
    assert within(simple, size)
    assert count_vertices(simple) <= count_vertices(outline)
    assert [len(part.interiors) for part in simple.geoms] == [len(part.interiors) for part in outline.geoms]
    for after, before in zip(rings(simple), rings(outline), strict=True):
        # Points set close along both rings make the discrete distance the real one to within the spacing.
        dense = shapely.segmentize([after, before], max(distance / 5, 0.1))
        for here, there in ((dense[0], before), (dense[1], after)):
            assert (
                shapely.distance(shapely.points(shapely.get_coordinates(here)), there).max()
                <= distance + 1e-6
            )


@settings(max_examples=50, deadline=None)
@given(probability_maps(), st.floats(0.05, 12))
def test_every_ring_stays_within_the_distance_both_ways(probabilities: np.ndarray, distance: float) -> None:
    height, width = probabilities.shape
    outline = trace(probabilities, Box(0, 0, width, height), (width, height))
    assert_promise(simplify(outline, distance, (width, height)), outline, distance, (width, height))


@settings(max_examples=40, deadline=None)
@given(masks(), st.floats(0.05, 5))
def test_noise_and_pixel_stairs_keep_the_promise_too(mask: np.ndarray, distance: float) -> None:
    height, width = mask.shape
    outline = trace_mask(mask)
    assert_promise(simplify(outline, distance, (width, height)), outline, distance, (width, height))


@settings(max_examples=40, deadline=None)
@given(star_polygons(), st.floats(0.05, 30))
def test_spikes_and_few_vertices_keep_the_promise_too(outline: MultiPolygon, distance: float) -> None:
    assert_promise(simplify(outline, distance, (100, 100)), outline, distance, (100, 100))


def test_hairpins_thin_walls_and_close_neighbours_keep_the_promise_too() -> None:
    comb = Polygon(
        [(10, 90), (10, 10)] + [p for x in range(11, 81, 4) for p in ((x, 80), (x + 2, 10))] + [(90, 90)]
    )
    wall = box(10, 10, 90, 90).difference(box(11, 11, 89, 89))
    pair = MultiPolygon([box(10, 10, 50, 90), box(50.5, 10, 90, 90)])
    needle = Polygon([(5, 50), (95, 50.3), (5, 50.6)])
    for shape in (comb, wall, pair, needle):
        outline = MultiPolygon(list(shapely.get_parts(shape.segmentize(2.5))))
        for distance in (0.1, 1.0, 3.0, 10.0):
            assert_promise(simplify(outline, distance, (100, 100)), outline, distance, (100, 100))


def test_simplified_outlines_have_no_bias_in_area() -> None:
    errors = []
    for seed in range(40):
        hills = smooth_noise(seed, 200, 200, 25.0)
        outline = trace(hills, Box(0, 0, 200, 200), (200, 200), min_share=0.1)
        simple = simplify(outline, distance_for(DEFAULT_DETAIL, outline), (200, 200))
        errors.append(simple.area / outline.area - 1)
    assert abs(np.mean(errors)) < 0.001
    assert max(np.abs(errors)) < 0.02


@pytest.mark.parametrize("detail", [0.25, 0.5, 0.75])
def test_polygon_to_mask_and_back_keeps_area_and_place(detail: float) -> None:
    disk = MultiPolygon([Point(128.4, 120.7).buffer(80)])
    outline = trace_mask(rasterize(disk, (256, 256)))
    simple = simplify(outline, distance_for(detail, outline), (256, 256))
    again = rasterize(simple, (256, 256))
    assert again.sum() == pytest.approx(disk.area, rel=0.005)
    assert simple.centroid.distance(disk.centroid) < 0.3


def test_a_square_becomes_four_corners_and_a_circle_few_well_placed_ones() -> None:
    square = MultiPolygon([box(10, 10, 90, 90).segmentize(1.0)])
    simple = simplify(square, 1.0, (100, 100))
    assert count_vertices(simple) == 4
    assert iou(simple, square) > 0.999
    circle = MultiPolygon([Point(50, 50).buffer(40, quad_segs=64)])
    simple = simplify(circle, 1.0, (100, 100))
    # With vertices on the circle pi / acos(39 / 40) = 14.03 edges are needed; not all places may be used.
    assert 11 <= count_vertices(simple) <= 16
    assert iou(simple, circle) > 0.98


def test_an_object_at_the_image_s_edge_stays_on_it() -> None:
    outline = MultiPolygon([Point(0, 50).buffer(40).intersection(shapely.box(0, 0, 100, 100))])
    simple = simplify(outline, 2.0, (100, 100))
    assert simple.bounds[0] == 0
    assert_promise(simple, outline, 2.0, (100, 100))


def test_small_holes_and_parts_do_not_collapse_under_a_large_distance() -> None:
    ring = box(10, 10, 90, 90).difference(Point(50, 50).buffer(2))
    outline = MultiPolygon([ring, Point(95, 95).buffer(1.5)])
    simple = simplify(outline, 15.0, (100, 100))
    assert_promise(simple, outline, 15.0, (100, 100))


def test_where_one_starts_around_the_ring_hardly_matters() -> None:
    outline = trace(smooth_noise(5, 128, 128, 20.0), Box(0, 0, 128, 128), (128, 128), min_share=0.5)
    ring = shapely.get_coordinates(outline.geoms[0].exterior)[:-1]
    counts = [
        count_vertices(simplify(MultiPolygon([Polygon(np.roll(ring, shift, axis=0))]), 1.0, (128, 128)))
        for shift in range(0, len(ring), max(1, len(ring) // 12))
    ]
    assert max(counts) - min(counts) <= 2


def test_distance_zero_changes_nothing_and_nonsense_is_refused() -> None:
    square = MultiPolygon([box(1, 1, 5, 5)])
    assert simplify(square, 0, (10, 10)).equals_exact(square)
    assert simplify(MultiPolygon(), 1, (10, 10)).is_empty
    for distance in (-1.0, float("nan"), float("inf")):
        with pytest.raises(InvalidInput, match="distance"):
            simplify(square, distance, (10, 10))


def test_more_detail_means_a_smaller_distance_that_grows_with_the_object() -> None:
    small, large = MultiPolygon([box(0, 0, 100, 100)]), MultiPolygon([box(0, 0, 400, 400)])
    distances = [distance_for(detail, large) for detail in (0, 0.25, 0.5, 0.75, 1)]
    assert distances == sorted(distances, reverse=True)
    assert distance_for(0.5, large) == pytest.approx(4 * distance_for(0.5, small))
    assert distance_for(1, MultiPolygon([box(0, 0, 3, 3)])) >= 0.25
    with pytest.raises(InvalidInput, match="detail"):
        distance_for(1.5, small)
