import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from maa.domain import Box, InvalidInput
from maa.geometry import iou, rasterize, trace, trace_mask

from .blobs import masks, probability_maps, smooth_noise, within


@settings(max_examples=150, deadline=None)
@given(masks())
def test_a_traced_mask_is_valid_and_rasterises_to_the_same_mask(mask: np.ndarray) -> None:
    outline = trace_mask(mask)
    height, width = mask.shape
    assert outline.is_valid
    assert within(outline, (width, height))
    np.testing.assert_array_equal(rasterize(outline, mask.shape), mask)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(12.0, 40.0))
def test_a_traced_mask_of_ten_thousand_pixels_has_its_area_and_place(seed: int, sigma: float) -> None:
    mask = smooth_noise(seed, 200, 240, sigma) > 0.5
    if mask.sum() < 10_000:
        mask = ~mask
    outline = trace_mask(mask)
    assert outline.area == pytest.approx(mask.sum(), rel=0.005)
    rows, columns = np.nonzero(mask)
    assert outline.centroid.x == pytest.approx(columns.mean() + 0.5, abs=0.05)
    assert outline.centroid.y == pytest.approx(rows.mean() + 0.5, abs=0.05)


def test_a_disk_made_into_a_mask_and_back_is_the_same_disk() -> None:
    disk = Point(100.3, 90.8).buffer(60)
    back = trace_mask(rasterize(disk, (200, 200)))
    assert back.area == pytest.approx(disk.area, rel=0.005)
    assert back.centroid.distance(disk.centroid) < 0.05


def test_a_mask_of_nothing_has_an_empty_outline_and_a_full_one_reaches_the_edges() -> None:
    assert trace_mask(np.zeros((5, 6), dtype=bool)).is_empty
    full = trace_mask(np.ones((5, 6), dtype=bool))
    assert full.bounds == (0, 0, 6, 5)
    assert full.area == pytest.approx(30 - 0.5)


def test_holes_and_parts_of_a_mask_are_kept() -> None:
    mask = np.zeros((40, 60), dtype=bool)
    mask[5:35, 5:35] = True
    mask[15:25, 15:25] = False
    mask[19, 19] = True
    mask[10:20, 45:55] = True
    outline = trace_mask(mask)
    assert sorted(len(part.interiors) for part in outline.geoms) == [0, 0, 1]


@settings(max_examples=100, deadline=None)
@given(
    probability_maps(),
    st.floats(-60, 60),
    st.floats(-60, 60),
    st.floats(5, 300),
    st.floats(5, 300),
    st.floats(0.2, 0.8),
)
def test_a_traced_map_is_valid_and_inside_the_image(
    probabilities: np.ndarray, left: float, top: float, width: float, height: float, threshold: float
) -> None:
    crop = Box(left, top, left + width, top + height)
    outline = trace(probabilities, crop, (120, 100), threshold=threshold)
    assert outline.is_valid
    if not outline.is_empty:
        first_x, first_y, last_x, last_y = outline.bounds
        assert first_x >= max(0, left - 1e-6)
        assert first_y >= max(0, top - 1e-6)
        assert last_x <= min(120, left + width + 1e-6)
        assert last_y <= min(100, top + height + 1e-6)


@settings(max_examples=50, deadline=None)
@given(probability_maps())
def test_a_map_at_the_image_s_own_scale_has_the_samples_above_the_threshold_inside(
    probabilities: np.ndarray,
) -> None:
    height, width = probabilities.shape
    crop = Box(0, 0, width, height)
    outline = trace(probabilities, crop, (width, height), min_area=0, min_share=0)
    differing = rasterize(outline, (height, width)) != (probabilities > 0.5)
    assert np.abs(probabilities[differing] - 0.5).max(initial=0) < 1e-6


@pytest.mark.parametrize("size", [64, 128, 256])
@pytest.mark.parametrize(
    "crop", [Box(0, 0, 128, 128), Box(20.25, 10.5, 120.25, 110.5), Box(-30, -20, 130, 140)]
)
def test_the_map_s_size_and_the_crop_s_place_do_not_shift_the_outline(size: int, crop: Box) -> None:
    x = crop.left + (np.arange(size) + 0.5) * crop.width / size
    y = crop.top + (np.arange(size) + 0.5) * crop.height / size
    from_centre = np.hypot(x[None, :] - 70.0, y[:, None] - 60.0)
    probabilities = (1 / (1 + np.exp((from_centre - 31.0) / 2))).astype(np.float32)
    outline = trace(probabilities, crop, (128, 128))
    assert outline.area == pytest.approx(np.pi * 31**2, rel=0.005)
    assert outline.centroid.distance(Point(70, 60)) < 0.01


def test_an_object_that_runs_on_past_the_crop_is_cut_exactly_at_its_border() -> None:
    probabilities = np.full((20, 20), 0.7, dtype=np.float32)
    outline = trace(probabilities, Box(10, 10, 50, 50), (100, 100))
    assert outline.bounds == pytest.approx((10, 10, 50, 50))
    assert outline.area == pytest.approx(1600, rel=0.002)


def test_specks_and_small_holes_are_dropped_and_larger_ones_kept() -> None:
    mask = np.zeros((100, 100), dtype=np.float32)
    cv2.circle(mask, (40, 40), 30, 1.0, -1)
    cv2.circle(mask, (40, 40), 8, 0.0, -1)
    mask[20:22, 40:42] = 0
    mask[85:95, 85:95] = 1
    mask[90, 10:12] = 1
    outline = trace(mask, Box(0, 0, 100, 100), (100, 100))
    assert len(outline.geoms) == 2
    assert sorted(len(part.interiors) for part in outline.geoms) == [0, 1]


def test_a_part_inside_a_dropped_hole_does_not_overlap_its_host() -> None:
    probabilities = np.ones((60, 60), dtype=np.float32)
    probabilities[20:40, 20:40] = 0
    probabilities[22:38, 22:38] = 1
    outline = trace(probabilities, Box(0, 0, 60, 60), (60, 60), min_area=250, min_share=0)
    assert outline.is_valid
    outline = trace(probabilities, Box(0, 0, 60, 60), (60, 60), min_area=450, min_share=0)
    assert outline.is_valid
    assert outline.area == pytest.approx(3600, rel=0.001)


def test_a_map_without_an_object_gives_an_empty_outline() -> None:
    nothing = np.full((8, 8), 0.2, dtype=np.float32)
    assert trace(nothing, Box(0, 0, 10, 10), (10, 10)).is_empty
    assert trace(1 - nothing, Box(20, 20, 30, 30), (10, 10)).is_empty


def test_samples_equal_to_the_threshold_do_no_harm() -> None:
    random = np.random.default_rng(3)
    for _ in range(50):
        probabilities = random.choice([0.0, 0.5, 1.0], size=(12, 12)).astype(np.float32)
        assert trace(probabilities, Box(0, 0, 12, 12), (12, 12), min_area=0, min_share=0).is_valid


def test_wrong_input_is_named() -> None:
    with pytest.raises(InvalidInput, match="two dimensions"):
        trace(np.zeros((1, 4, 4), dtype=np.float32), Box(0, 0, 4, 4), (4, 4))
    with pytest.raises(InvalidInput, match="threshold"):
        trace(np.zeros((4, 4), dtype=np.float32), Box(0, 0, 4, 4), (4, 4), threshold=1.0)
    with pytest.raises(InvalidInput, match="two dimensions"):
        trace_mask(np.zeros((4, 4, 3), dtype=bool))


def test_a_smooth_map_traced_at_a_coarse_grid_keeps_the_shape() -> None:
    disk = Point(60, 60).buffer(40)
    fine = rasterize(disk, (128, 128)).astype(np.float32)
    coarse = cv2.resize(fine, (64, 64), interpolation=cv2.INTER_AREA)
    assert iou(trace(coarse, Box(0, 0, 128, 128), (128, 128)), disk) > 0.99
