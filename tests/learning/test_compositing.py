import dataclasses

import cv2
import numpy as np
import pytest

from maa.learning.augment import AugmentConfig, make_sample
from maa.learning.compositing import (
    MAX_VISIBLE,
    MIN_VISIBLE,
    Cutout,
    Scene,
    beside_another,
    can_be_pasted,
    compose,
    cut_out,
    elsewhere,
)
from maa.learning.datasets import Decoder, ObjectRef, objects_of, read_image
from maa.learning.feeding import batches


@pytest.fixture
def scene():
    """A blue disc on black, an ignored corner."""
    photo = np.zeros((120, 160, 3), np.uint8)
    truth = np.zeros((120, 160), np.uint8)
    cv2.circle(truth, (80, 60), 40, 1, -1)
    truth = truth.astype(bool)
    photo[truth] = (0, 0, 200)
    ignore = np.zeros_like(truth)
    ignore[:10, :10] = True
    return Scene(photo, truth, ignore)


@pytest.fixture
def red():
    """A red disc cut out of a green photo."""
    alpha = np.zeros((60, 60), np.float32)
    cv2.circle(alpha, (30, 30), 25, 1.0, -1)
    photo = np.full((60, 60, 3), (0, 200, 0), np.uint8)
    photo[alpha > 0] = (200, 0, 0)
    return Cutout(photo, alpha)


def test_an_object_in_front_takes_from_the_truth_what_it_hides(scene, red):
    changed = 0
    for seed in range(30):
        after = beside_another(scene, red, np.random.default_rng(seed), behind=False)
        if after is scene:
            continue
        changed += 1
        share = after.truth.sum() / scene.truth.sum()
        assert MIN_VISIBLE <= share <= MAX_VISIBLE
        assert not (after.truth & ~scene.truth).any()
        hidden = cv2.erode((scene.truth & ~after.truth).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        colours = after.photo.astype(int)
        assert (colours[hidden][:, 0] > colours[hidden][:, 2]).all()  # red there
        inside = cv2.erode(after.truth.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        assert np.array_equal(after.photo[inside], scene.photo[inside])
    assert changed > 15


def test_the_scene_it_was_made_from_is_not_written_to(scene, red):
    before = Scene(scene.photo.copy(), scene.truth.copy(), scene.ignore.copy())
    for seed in range(8):
        rng = np.random.default_rng(seed)
        beside_another(scene, red, rng, behind=bool(seed % 2))
        elsewhere(scene, red.photo, rng)
    for name in ("photo", "truth", "ignore"):
        assert np.array_equal(getattr(before, name), getattr(scene, name))


def test_an_object_behind_leaves_the_target_as_it_is(scene, red):
    inside = cv2.erode(scene.truth.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    seen = 0
    for seed in range(20):
        after = beside_another(scene, red, np.random.default_rng(seed), behind=True)
        assert np.array_equal(after.truth, scene.truth)
        assert np.array_equal(after.photo[inside], scene.photo[inside])
        seen += int((after.photo[..., 0] > 100).sum())
    assert seen > 1000


def test_on_another_background_the_target_keeps_its_place_and_nothing_of_the_old_photo_is_left(scene):
    green = np.full((50, 70, 3), (0, 200, 0), np.uint8)
    after = elsewhere(scene, green, np.random.default_rng(0))
    assert np.array_equal(after.truth, scene.truth)
    assert not after.ignore.any()
    outside = cv2.dilate(scene.truth.astype(np.uint8), np.ones((13, 13), np.uint8)) == 0
    assert (after.photo[outside] == (0, 200, 0)).all()
    inside = cv2.erode(scene.truth.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    assert (after.photo[inside] == (0, 0, 200)).all()


def test_the_edge_of_what_was_pasted_is_soft(scene):
    white = np.full((120, 160, 3), 255, np.uint8)
    after = elsewhere(scene, white, np.random.default_rng(3))
    blue = after.photo[60].astype(int)[:, 0]  # red of the middle row: 255 outside, 0 inside
    assert ((blue > 20) & (blue < 235)).sum() >= 2


def test_parts_of_something_larger_keep_their_background(scene, red):
    def donor(_rng):
        mask = np.ones(red.alpha.shape, bool)
        return red.photo, mask, ObjectRef("x", None, None, 1, mask.size, (0, 60), (0, 60))

    shares = {"occluded": 0.0, "neighbour": 0.0, "moved": 1.0}
    rng = np.random.default_rng(0)
    assert compose(scene, "ccp", donor, rng, **shares) is scene
    assert compose(scene, "animals", donor, rng, **shares) is not scene
    assert compose(scene, "animals", donor, rng, **{**shares, "moved": 0.0}) is scene


def test_a_cutout_is_the_object_with_its_rim(tiny_set):
    ref = objects_of(tiny_set)[0]
    decoder = Decoder(10**6)
    piece = cut_out(decoder.image(ref.image), decoder.mask(ref.mask) == ref.id, ref)
    assert piece.alpha.sum() == ref.area
    assert (
        piece.photo.shape[:2]
        == piece.alpha.shape
        == (
            ref.rows[1] - ref.rows[0] + 4,
            ref.columns[1] - ref.columns[0] + 4,
        )
    )


def test_small_objects_are_not_pasted():
    small, large = (ObjectRef("a", None, None, 1, area, (0, 1), (0, 1)) for area in (100, 5000))
    window = dataclasses.replace(large, source="facade_street")
    assert can_be_pasted([small, large, window]) == [1]


def test_samples_are_composed_and_depend_on_their_number_only(tiny_set):
    refs = [dataclasses.replace(ref, area=2000) for ref in objects_of(tiny_set)]
    config = AugmentConfig(occluded=1.0, neighbour=0.5, moved=0.5)
    one, other = (next(batches(refs, config, size=lambda: 64, batch=4, seed=3)) for _ in range(2))
    assert (one.inputs == other.inputs).all()
    plain = next(
        batches(refs, AugmentConfig(occluded=0, neighbour=0, moved=0), size=lambda: 64, batch=4, seed=3)
    )
    assert (one.truth != plain.truth).any()


def test_the_clicks_touch_what_is_in_sight(tiny_set):
    refs = objects_of(tiny_set)
    decoder = Decoder(10**7)

    def donor(rng):
        ref = refs[rng.integers(len(refs))]
        return decoder.image(ref.image), decoder.mask(ref.mask) == ref.id, ref

    config = AugmentConfig(
        occluded=1, neighbour=0, moved=0, click_jitter=0, extra_points=0, side_points=0, prior=0,
        without_points=0, rotation=0,
    )  # fmt: skip
    for seed in range(12):
        sample = make_sample(refs[seed % 6], 96, np.random.default_rng(seed), config, donor, decoder)
        near = cv2.dilate(sample.truth.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        assert near[sample.maps[0] > 0.9].all()


def test_the_decoder_remembers_up_to_its_limit(tiny_set):
    paths = sorted((tiny_set / "images").glob("*"))
    size = read_image(paths[0]).nbytes
    decoder = Decoder(2 * size)
    first = decoder.image(paths[0])
    assert decoder.image(paths[0]) is first
    decoder.image(paths[1])
    decoder.image(paths[0])
    decoder.image(paths[2])  # the one that was longest not asked for goes
    assert decoder.image(paths[0]) is first
    assert Decoder(0).image(paths[0]) is not first
