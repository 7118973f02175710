import dataclasses

import numpy as np
import pytest
import torch

from maa.learning.augment import AugmentConfig, make_sample, spoilt
from maa.learning.datasets import objects_of
from maa.learning.feeding import batches, collate, with_repair_clicks

PLAIN = AugmentConfig(
    rotation=0,
    stretch=0,
    vertical_flip=0,
    click_jitter=0,
    extra_points=0,
    side_points=0,
    prior=0,
    without_points=0,
)


@pytest.fixture
def refs(tiny_set):
    return objects_of(tiny_set)


def test_photo_mask_and_clicks_are_turned_together(refs):
    for seed in range(12):
        sample = make_sample(refs[seed % len(refs)], 96, np.random.default_rng(seed), AugmentConfig())
        bright = sample.image.astype(int).sum(axis=2)
        assert bright[sample.truth].mean() > bright[~sample.truth & ~sample.ignore].mean() + 30


def test_the_four_clicks_touch_the_object(refs):
    for seed in range(12):
        config = dataclasses.replace(PLAIN, rotation=25)
        sample = make_sample(refs[seed % len(refs)], 96, np.random.default_rng(seed), config)
        rows, columns = np.nonzero(sample.maps[0] > 0.9)
        assert len(rows)
        grown = np.pad(sample.truth, 3)
        near = [
            grown[row : row + 7, column : column + 7].any() for row, column in zip(rows, columns, strict=True)
        ]
        assert all(near)


def test_the_whole_object_is_in_the_crop(refs):
    for seed in range(12):
        truth = make_sample(refs[seed % len(refs)], 96, np.random.default_rng(seed), PLAIN).truth
        assert not truth[0].any()
        assert not truth[-1].any()
        assert not truth[:, 0].any()
        assert not truth[:, -1].any()


def test_a_sample_depends_on_its_number_only(refs):
    first = next(batches(refs, AugmentConfig(), size=lambda: 64, batch=2, seed=3, start=4))
    stream = batches(refs, AugmentConfig(), size=lambda: 64, batch=2, seed=3)
    later = [next(stream) for _ in range(3)][2]
    assert torch.equal(first.inputs, later.inputs)
    assert torch.equal(first.truth, later.truth)


def test_ignored_pixels_are_not_counted(refs):
    samples = [make_sample(ref, 64, np.random.default_rng(0), PLAIN) for ref in refs]
    batch = collate(samples)
    assert batch.inputs.shape == (6, 7, 64, 64)
    for row, sample in enumerate(samples):
        assert (batch.counted[row].numpy() == 0).sum() == sample.ignore.sum()
        assert not (sample.truth & sample.ignore).any()


def test_a_repair_click_is_added_where_the_answer_erred(refs):
    batch = collate([make_sample(ref, 64, np.random.default_rng(0), PLAIN) for ref in refs])
    halved = torch.where(batch.truth > 0, 1.0, -1.0)
    halved[:, :32, :32] = -1.0
    repaired = with_repair_clicks(batch, halved, np.random.default_rng(0))
    added = (repaired.inputs[:, 3:6] - batch.inputs[:, 3:6]).amax(dim=(1, 2, 3))
    assert (added >= 0).all()
    assert (added > 0.5).sum() >= 4  # unless it fell on one of the four
    right = torch.where(batch.truth > 0, 1.0, -1.0)
    unchanged = with_repair_clicks(batch, right, np.random.default_rng(0))
    assert torch.equal(unchanged.inputs[:, :6], batch.inputs[:, :6])


def test_the_worse_an_answer_the_likelier_is_its_repair(refs):
    batch = collate([make_sample(ref, 64, np.random.default_rng(0), PLAIN) for ref in refs])
    logits = torch.where(batch.truth > 0, 1.0, -1.0)
    logits[:2] = -1.0
    part = with_repair_clicks(batch, logits, np.random.default_rng(0), share=1 / 3)
    assert torch.equal(part.truth, batch.truth[:2])
    assert torch.equal(part.weight > 1, batch.truth[:2] > 0.5)


def test_a_repair_click_mostly_comes_with_the_answer_it_repairs(refs):
    batch = collate([make_sample(ref, 64, np.random.default_rng(0), PLAIN) for ref in refs])
    logits = torch.where(batch.truth > 0, 1.0, -1.0)
    rng = np.random.default_rng(0)
    priors = torch.cat([with_repair_clicks(batch, logits, rng).inputs[:, 6] for _ in range(20)])
    softly = (priors.amax((1, 2)) - torch.sigmoid(torch.tensor(1.0))).abs() < 1e-6
    wholly = priors.amax((1, 2)) == 1
    assert 0.6 < softly.float().mean() < 0.9
    assert 0.05 < wholly.float().mean() < 0.3


def test_an_object_without_points_shows_its_box_or_a_prior(refs):
    hidden = dataclasses.replace(PLAIN, without_points=1.0)
    for seed in range(10):
        sample = make_sample(refs[0], 64, np.random.default_rng(seed), hidden)
        assert not sample.maps[0].any()
        prior = sample.maps[3] > 0
        assert (prior & sample.truth).sum() > 0.5 * sample.truth.sum()


def test_a_spoilt_prior_is_like_the_truth_but_not_the_truth():
    truth = np.zeros((128, 128), dtype=bool)
    truth[30:100, 20:90] = True
    overlaps = []
    for seed in range(40):
        prior = spoilt(truth, np.random.default_rng(seed)) > 0
        overlaps.append((prior & truth).sum() / (prior | truth).sum())
    assert min(overlaps) > 0.4
    assert np.mean(overlaps) < 0.97
