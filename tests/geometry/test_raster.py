import cv2
import numpy as np
import pycocotools.mask
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point

from maa.geometry import rasterize, trace_mask

from .blobs import box, smooth_noise, star_polygons


@settings(max_examples=60, deadline=None)
@given(star_polygons(), st.integers(-40, 40), st.integers(-40, 40))
def test_exactly_the_pixels_whose_centre_is_inside_are_in(outline: MultiPolygon, dx: int, dy: int) -> None:
    moved = shapely.transform(outline, lambda points: points + np.array([dx, dy]))
    rows, columns = np.mgrid[:80, :110]
    expected = shapely.contains_xy(moved, columns + 0.5, rows + 0.5)
    np.testing.assert_array_equal(rasterize(moved, (80, 110)), expected)


def test_outlines_that_share_an_edge_share_no_pixel_and_leave_none_out() -> None:
    left, right = box(2.5, 2.5, 10.5, 9.5), box(10.5, 2.5, 18.5, 9.5)
    both = rasterize(left, (12, 20)).astype(int) + rasterize(right, (12, 20))
    np.testing.assert_array_equal(both, rasterize(box(2.5, 2.5, 18.5, 9.5), (12, 20)))
    lower, upper = shapely.Polygon([(1, 1), (11, 1), (1, 11)]), shapely.Polygon([(11, 1), (11, 11), (1, 11)])
    both = rasterize(lower, (12, 12)).astype(int) + rasterize(upper, (12, 12))
    assert both.max() == 1
    assert both.sum() == 100


def test_whole_pixels_come_out_as_they_are() -> None:
    mask = rasterize(box(2, 3, 7, 5), (8, 10))
    assert mask.sum() == 10
    assert mask[3:5, 2:7].all()


def test_nothing_and_what_lies_outside_give_an_empty_mask() -> None:
    assert not rasterize(MultiPolygon(), (5, 5)).any()
    assert not rasterize(box(10, 10, 20, 20), (5, 5)).any()
    assert not rasterize(box(-10, -10, 0, 0), (5, 5)).any()
    assert rasterize(box(-10, -10, 20, 20), (5, 5)).all()


def test_the_area_is_unbiased_where_fillpoly_s_is_not() -> None:
    disk = Point(100.25, 99.6).buffer(60, quad_segs=64)
    painted = cv2.fillPoly(
        np.zeros((200, 200), np.uint8), [np.rint(disk.exterior.coords).astype(np.int32)], 1
    )
    ours = rasterize(disk, (200, 200)).sum()
    assert ours == pytest.approx(disk.area, rel=0.002)
    assert abs(ours - disk.area) < abs(float(painted.sum()) - disk.area)


@pytest.mark.parametrize("seed", range(5))
def test_the_coco_tools_see_nearly_the_same_area(seed: int) -> None:
    mask = smooth_noise(seed, 300, 300, 30.0) > 0.5
    outline = max(trace_mask(mask).geoms, key=lambda part: part.area)
    if outline.area < 10_000:
        pytest.skip("the largest part is too small")
    part = shapely.Polygon(outline.exterior)
    coordinates = shapely.get_coordinates(part.exterior)[:-1].ravel().tolist()
    coded = pycocotools.mask.frPyObjects([coordinates], 300, 300)
    assert float(pycocotools.mask.area(coded)[0]) == pytest.approx(part.area, rel=0.01)
