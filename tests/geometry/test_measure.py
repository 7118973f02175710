import numpy as np
import pytest
from shapely import MultiPolygon, Point

from maa.domain import InvalidInput
from maa.geometry import boundary_f, iou, mask_iou, rasterize

from .blobs import box


def test_iou_of_overlapping_boxes_is_exact() -> None:
    assert iou(box(0, 0, 10, 10), box(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert iou(MultiPolygon([box(0, 0, 1, 1)]), box(5, 5, 6, 6)) == 0
    assert iou(MultiPolygon(), MultiPolygon()) == 1
    assert iou(MultiPolygon(), box(0, 0, 1, 1)) == 0


def test_mask_iou_agrees_with_the_outlines_and_leaves_ignored_pixels_out() -> None:
    a, b = rasterize(box(0, 0, 10, 10), (20, 20)), rasterize(box(5, 0, 15, 10), (20, 20))
    assert mask_iou(a, b) == pytest.approx(1 / 3)
    ignore = rasterize(box(10, 0, 20, 20), (20, 20))
    assert mask_iou(a, b, ignore) == pytest.approx(1 / 2)
    assert mask_iou(a & False, b & False) == 1
    with pytest.raises(InvalidInput, match="one size"):
        mask_iou(a, b[:10])


def test_boundary_f_falls_once_the_boundaries_are_further_apart_than_the_tolerance() -> None:
    disk = rasterize(Point(100, 100).buffer(50), (200, 200))
    assert boundary_f(disk, disk) == 1
    larger = rasterize(Point(100, 100).buffer(53), (200, 200))
    assert boundary_f(disk, larger, 5) == 1
    assert boundary_f(disk, larger, 1) < 0.1
    # 0.008 of the diagonal of 200 x 200 is 2.3, rounded up 3.
    assert boundary_f(disk, larger) == boundary_f(disk, larger, 3)


def test_boundary_f_is_the_mean_of_what_is_right_and_what_is_found() -> None:
    one = rasterize(box(20, 20, 40, 40), (200, 200))
    two = one | rasterize(box(120, 120, 140, 140), (200, 200))
    assert boundary_f(one, two, 1) == pytest.approx(2 * 1 * 0.5 / 1.5, abs=0.01)
    assert boundary_f(one, two, 1) == boundary_f(two, one, 1)
    ignore = np.zeros_like(one)
    ignore[110:150, 110:150] = True
    assert boundary_f(one, two, 1, ignore) == 1


def test_boundary_f_of_empty_masks() -> None:
    nothing, something = np.zeros((30, 30), dtype=bool), rasterize(box(5, 5, 9, 9), (30, 30))
    assert boundary_f(nothing, nothing) == 1
    assert boundary_f(nothing, something) == 0
    with pytest.raises(InvalidInput, match="tolerance"):
        boundary_f(something, something, -1)
