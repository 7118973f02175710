"""Batches drawn on a device, here on the processor: against the drawing of single samples by OpenCV."""

import cv2
import numpy as np
import pytest
import torch
from scipy import ndimage

from maa.dextr.crop import crop_box, resample, take_crop
from maa.dextr.network import INPUT_SCALE, MEAN_RGB
from maa.dextr.prompt_maps import POINT_WIDTH, draw_points
from maa.learning import chains, components
from maa.learning.arena import Arena
from maa.learning.augment import AugmentConfig
from maa.learning.clicks import boundary_mask, largest_error_middle
from maa.learning.datasets import objects_of, read_image, read_mask
from maa.learning.feeding import Batch
from maa.learning.measure import boundary_prompt
from maa.learning.views import PLAIN, Views

CPU = torch.device("cpu")


@pytest.fixture
def refs(tiny_set):
    return objects_of(tiny_set, 200)


@pytest.fixture
def arena(refs):
    return Arena(refs, CPU)


def blobs(seed=0, count=3, side=48):
    """Random masks of several regions."""
    rng = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(rng.normal(size=(count, side, side)), (0, 3, 3))
    return noise > np.quantile(noise, 0.7, axis=(1, 2), keepdims=True)


def test_photos_and_masks_are_read_where_opencv_reads_them(arena, refs):
    maps = np.array([[[0.8, 0.1, 20.0], [-0.1, 0.9, 15.0]], [[1.1, -0.2, 5.0], [0.3, 1.0, -8.0]]])
    objects = torch.tensor([0, len(refs) - 1])
    photos = arena.photos(objects, torch.from_numpy(maps).float(), 64)
    covers, _ = arena.masks(objects, torch.from_numpy(maps).float(), 64)
    for number, row in enumerate(objects.tolist()):
        ref = refs[row]
        photo = resample(read_image(ref.image).astype(np.float32), maps[number], (64, 64))
        mask = resample((read_mask(ref.mask) == ref.id).astype(np.float32), maps[number], (64, 64))
        assert np.abs(photos[number].permute(1, 2, 0).numpy() - photo).mean() < 1.5
        assert np.abs(covers[number].numpy() - mask).mean() < 0.01


def test_a_plain_view_is_the_crop_that_an_annotator_gets(arena, refs):
    batch = Views(arena, refs, PLAIN, {}, seed=3).of(torch.arange(len(refs)), 64)
    mirrored = []
    for row, ref in enumerate(refs):
        photo, mask = read_image(ref.image), read_mask(ref.mask) == ref.id
        rows, columns = np.nonzero(mask)
        corners = np.array([[columns.min(), rows.mean()], [columns.mean(), rows.min()],
                            [columns.max() + 1, rows.mean()], [columns.mean(), rows.max() + 1]])  # fmt: skip
        box = crop_box(boundary_prompt(corners), (mask.shape[1], mask.shape[0]))
        ours = (batch.inputs[row, :3] * INPUT_SCALE).permute(1, 2, 0).numpy() + np.array(MEAN_RGB)
        crop = take_crop(photo, box, 64).astype(float)
        off = [np.abs(ours - way).mean() for way in (crop, crop[:, ::-1])]
        mirrored.append(off[1] < off[0])
        assert min(off) < 25  # clicks jitter, so the crop moves by a few pixels
    assert any(mirrored)
    assert not all(mirrored)


def test_the_four_clicks_lie_on_the_target_s_border_at_its_extremes(arena, refs):
    batch = Views(arena, refs, PLAIN, {}, seed=1).of(torch.arange(len(refs)), 96)
    assert torch.equal(batch.inputs[:, 4:], torch.zeros_like(batch.inputs[:, 4:]))
    for truth, clicked in zip(batch.truth.numpy() > 0.5, batch.inputs[:, 3].numpy(), strict=True):
        peaks, count = ndimage.label(clicked > 0.9)
        assert 1 <= count <= 4  # neighbours can run together
        found = np.array(ndimage.center_of_mass(clicked, peaks, range(1, count + 1)))
        distance = cv2.distanceTransform((~boundary_mask(truth)).astype(np.uint8), cv2.DIST_L2, 5)
        at = np.clip(found.round().astype(int), 0, 95)
        assert distance[at[:, 0], at[:, 1]].max() < 8


def test_random_views_keep_to_their_rules(arena, refs):
    config = AugmentConfig(occluded=0.5, neighbour=0.5, moved=0.5, without_points=0.5)
    views = Views(arena, refs, config, {}, seed=2)
    batch = views.batch(24, 64)
    assert batch.inputs.shape == (24, 7, 64, 64)
    assert set(batch.truth.unique().tolist()) <= {0.0, 1.0}
    assert batch.truth.flatten(1).sum(1).min() > 20, "something of every target stays in sight"
    maps = batch.inputs[:, 3:]
    assert 0 <= maps.min() <= maps.max() <= 1
    said = maps.flatten(1).amax(1)
    assert (said > 0.9).all(), "every sample tells where its object is"
    again = Views(arena, refs, config, {}, seed=2).batch(24, 64)
    assert torch.equal(batch.inputs, again.inputs)


def test_regions_and_their_middles_are_opencv_s():
    masks = blobs()
    largest = components.largest_region(torch.from_numpy(masks)).numpy()
    for mask, found in zip(masks, largest, strict=True):
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
        assert found.sum() == stats[1:, cv2.CC_STAT_AREA].max()
        assert len(np.unique(labels[found])) == 1
        depth = components.depth(torch.from_numpy(found)[None])[0].numpy()
        exact = cv2.distanceTransform(np.pad(found.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        assert exact.ravel()[depth.argmax()] >= 0.75 * exact.max()


def test_points_are_drawn_as_for_an_answer():
    points = np.array([[10.0, 20.0], [30.5, 5.0]])
    drawn = components.spread(torch.from_numpy(points).float()[None], 48, POINT_WIDTH)[0].numpy()
    assert np.allclose(drawn, draw_points(points, 48), atol=1e-4)
    nowhere = components.spread(torch.full((1, 1, 2), components.NOWHERE), 48, POINT_WIDTH)
    assert nowhere.max() == 0


def test_a_repairing_click_lies_in_the_error_and_brings_the_answer_before():
    truth = np.zeros((2, 64, 64), bool)
    truth[:, 10:50, 10:50] = True
    answer = truth.copy()
    answer[0, 12:30, 30:50] = False  # a piece is missing
    answer[1, 20:40, 50:62] = True  # a piece is too much
    inputs = torch.zeros(2, 7, 64, 64)
    batch = Batch(inputs, torch.from_numpy(truth).float(), torch.ones(2, 64, 64), torch.ones(2, 64, 64))
    logits = torch.from_numpy(answer).float() * 10 - 5
    random = torch.Generator().manual_seed(0)
    repaired = chains.with_repair_clicks(batch, logits, random, middle=1.0)
    assert inputs.abs().sum() == 0, "the batch itself stays as it was"
    for row, channel in ((0, 4), (1, 5)):
        middle, _ = largest_error_middle(answer[row], truth[row])
        peak = np.unravel_index(repaired.inputs[row, channel].argmax().item(), (64, 64))
        assert np.hypot(peak[1] - middle[0, 0], peak[0] - middle[0, 1]) < 6
        assert repaired.inputs[row, 3:6].amax((1, 2)).gt(0.5).sum() == 1
    assert (repaired.weight > 1).sum() == (answer != truth).sum()
    right = chains.with_repair_clicks(batch, batch.truth * 10 - 5, random, middle=1.0)
    assert right.inputs[:, 3:6].abs().sum() == 0, "where nothing is wrong nobody clicks"
