import numpy as np
import pytest
import shapely
from shapely import MultiPolygon

from maa.dextr.crop import (
    MINIMUM_ASPECT,
    crop_box,
    grid_to_image,
    probabilities_in_image,
    resample,
    take_crop,
    to_grid,
)
from maa.domain import Box, InvalidInput, Point, PointKind, Prompt
from maa.geometry import trace

FOUR = (Point(40, 100), Point(100, 60), Point(160, 110), Point(90, 140))


def disc(width, height, x, y, radius):
    """Coverage of a disc, uint8 (height, width, 3), its edge a pixel wide."""
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    cover = np.clip(radius - np.hypot(columns - x, rows - y) + 0.5, 0, 1)
    return np.repeat(np.round(255 * cover).astype(np.uint8)[..., None], 3, axis=2)


def centre_of(mass):
    rows, columns = np.indices(mass.shape) + 0.5
    return float((columns * mass).sum() / mass.sum()), float((rows * mass).sum() / mass.sum())


@pytest.mark.parametrize("radius", [8, 30, 120, 900])
@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (0.37, 0.81)])
def test_the_way_into_the_crop_and_back_shifts_nothing(radius, dx, dy):
    width, height = int(3 * radius) + 20, int(3.4 * radius) + 20
    x, y = 1.45 * radius + 8 + dx, 1.6 * radius + 9 + dy
    image = disc(width, height, x, y, radius)
    points = [(x - radius, y), (x, y - radius), (x + radius, y), (x, y + radius)]
    box = crop_box(Prompt(points=tuple(Point(*point) for point in points)), (width, height))
    seen = take_crop(image, box, 256)[..., 0].astype(np.float32) / 255

    in_crop = np.array([centre_of(seen)])
    placed = in_crop * [box.width / 256, box.height / 256] + [box.left, box.top]
    tolerance = max(
        0.05, 0.05 * box.width / 256
    )  # of a pixel, or of a cell where cells are larger than pixels
    assert placed[0] == pytest.approx((x, y), abs=tolerance)

    back = probabilities_in_image(seen, box, (width, height))
    assert centre_of(back) == pytest.approx((x, y), abs=tolerance)
    assert back.sum() == pytest.approx(np.pi * radius**2, rel=0.01)

    outline = trace(seen, box, (width, height))
    assert (outline.centroid.x, outline.centroid.y) == pytest.approx((x, y), abs=tolerance)


def test_a_grid_of_the_crop_s_own_pixels_is_put_back_exactly():
    probabilities = np.random.default_rng(0).random((70, 41), dtype=np.float32)
    back = probabilities_in_image(probabilities, Box(-10, 5, 31, 75), (60, 50))
    assert np.array_equal(back[5:50, :31], probabilities[:45, 10:])
    assert back[:5].max() == back[:, 31:].max() == 0


def test_a_crop_past_the_edge_is_black_there_and_aligned_elsewhere():
    image = np.full((100, 80, 3), 255, dtype=np.uint8)
    seen = take_crop(image, Box(-40, -50, 120, 110), 160)
    assert (seen[:49, :] == 0).all()
    assert (seen[:, :39] == 0).all()
    assert (seen[52:148, 42:118] == 255).all()
    assert (seen[:, 121:] == 0).all()


def test_a_large_reduction_averages_instead_of_aliasing():
    stripes = np.zeros((2000, 2000, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    seen = take_crop(stripes, Box(0, 0, 2000, 2000), 128)
    assert seen.std() < 4
    assert seen.mean() == pytest.approx(127.5, abs=2)


def test_a_rotated_view_is_read_where_it_should_be():
    image = disc(300, 200, 210.0, 60.0, 20)
    angle = np.deg2rad(30)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.concatenate([turn, [[100.0], [-60.0]]], axis=1)
    x, y = centre_of(resample(image, matrix, (300, 260))[..., 0].astype(float))
    assert matrix @ [x, y, 1] == pytest.approx([210, 60], abs=0.05)


def test_grid_coordinates_and_their_inverse_agree():
    box = Box(-3.5, 10, 96.5, 60)
    xy = np.array([[0.0, 20.0], [50.5, 33.25]])
    back = np.column_stack([to_grid(xy, box, 64), [1, 1]]) @ grid_to_image(box, 64).T
    assert back == pytest.approx(xy)


def test_the_crop_grows_with_the_object_and_holds_it():
    small = crop_box(Prompt(points=tuple(Point(p.x / 10, p.y / 10) for p in FOUR)), (200, 200))
    large = crop_box(Prompt(points=FOUR), (200, 200))
    assert large.width == pytest.approx(120 * 1.3)
    assert small.left <= 4 - 4
    assert small.right >= 16 + 4


def test_a_thin_object_is_stretched_by_no_more_than_the_limit():
    thin = (Point(100, 10), Point(99, 50), Point(101, 50), Point(100, 190))
    box = crop_box(Prompt(points=thin), (200, 200))
    assert box.width / box.height == pytest.approx(MINIMUM_ASPECT)


def test_the_order_of_the_clicks_does_not_matter():
    assert crop_box(Prompt(points=FOUR), (200, 200)) == crop_box(Prompt(points=FOUR[::-1]), (200, 200))


def test_a_fixed_crop_stays_until_a_point_leaves_it():
    first = crop_box(Prompt(points=FOUR), (400, 400))
    near = Prompt(points=(*FOUR, Point(165, 120)), crop=first)
    assert crop_box(near, (400, 400)) == first
    far = Prompt(points=(*FOUR, Point(300, 120)), crop=first)
    moved = crop_box(far, (400, 400))
    assert moved != first
    assert moved.right > 300


def test_an_outside_point_beyond_the_crop_widens_it_just_enough():
    prompt = Prompt(points=(*FOUR, Point(300, 120, PointKind.OUTSIDE)))
    assert crop_box(prompt, (400, 400)).right == pytest.approx(300)


def test_the_extremes_of_a_thin_slanted_pole_are_a_prompt():
    pole = (Point(10, 10), Point(10, 10), Point(120, 150), Point(120, 150))
    box = crop_box(Prompt(points=pole), (200, 200))
    assert box.left < 10
    assert box.bottom > 150


def test_a_box_or_a_prior_is_enough():
    square = MultiPolygon([shapely.box(40, 60, 160, 140)])
    by_box = crop_box(Prompt(box=Box(40, 60, 160, 140)), (200, 200))
    by_prior = crop_box(Prompt(prior=square), (200, 200))
    assert by_box == by_prior == crop_box(Prompt(points=FOUR), (200, 200))


def test_a_click_just_past_the_edge_counts_as_on_the_edge():
    points = (Point(-3, 100), *FOUR[1:])
    assert crop_box(Prompt(points=points), (200, 200)) == crop_box(
        Prompt(points=(Point(0, 100), *FOUR[1:])), (200, 200)
    )


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        (Prompt(), "got 0"),
        (Prompt(points=FOUR[:3]), "got 3"),
        (Prompt(points=(*FOUR[:3], Point(90, 140, PointKind.INSIDE))), "got 3"),
        (Prompt(points=(Point(float("nan"), 1), *FOUR[1:])), "not a finite number"),
        (Prompt(points=(Point(float("inf"), 1), *FOUR[1:])), "not a finite number"),
        (Prompt(points=(Point(900, 1), *FOUR[1:])), "outside the image"),
        (Prompt(points=(Point(50, 50),) * 4), "same spot"),
        (
            Prompt(points=(Point(10, 50), Point(50, 50.4), Point(90, 50), Point(120, 50))),
            "level or upright line",
        ),
        (
            Prompt(points=(Point(10, 10), Point(10, 50), Point(10, 80), Point(10, 20))),
            "level or upright line",
        ),
        (Prompt(box=Box(10, 10, 10.5, 40)), "less than one pixel"),
        (Prompt(box=Box(50, 50, 10, 90)), "less than one pixel"),
        (Prompt(box=Box(10, float("nan"), 50, 40)), "not a finite number"),
        (Prompt(box=Box(300, 10, 400, 50)), "outside the image"),
        (Prompt(points=FOUR, crop=Box(0, 0, 0, 0)), "crop is less than one pixel"),
        (Prompt(prior=MultiPolygon()), "prior outline is empty"),
    ],
)
def test_a_prompt_that_names_no_object_is_refused_with_a_reason(prompt, says):
    with pytest.raises(InvalidInput, match=says):
        crop_box(prompt, (200, 200))


def test_float_maps_keep_their_type_and_grey_images_their_shape():
    grey = np.zeros((50, 60), dtype=np.float32)
    assert resample(grey, np.array([[1.0, 0, 0], [0, 1.0, 0]]), (60, 50)).dtype == np.float32
