"""From sets on disk to a stream of batches that depends on nothing but the seed and the position in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from maa.dextr.network import network_input
from maa.dextr.prompt_maps import draw_points
from maa.domain import InvalidInput

from .augment import AugmentConfig, Sample, make_sample
from .clicks import BoolMask, largest_error_middle, largest_error_point
from .compositing import can_be_pasted
from .datasets import Decoder, ObjectRef
from .losses import hard_iou

MEMORY = 3 * 1024**3
"""Bytes of decoded photos and masks that a run remembers."""
SMALL = 600
"""Pixels; smaller objects are drawn less often, but drawn."""

SOFT_PRIORS, HARD_PRIORS = 0.75, 0.15
"""Shares of repairing clicks that come with the last answer as prior: its probabilities, its mask."""
REPAIRED = 0.5
"""Share of a batch that is repaired."""
ERROR_WEIGHT = 4.0
"""Of pixels that the repaired answer had wrong: they are what the click is for."""
SIDE_CLICKS = 0.2
"""Share of repairing clicks that lie inside or outside instead of on the boundary."""

SOURCE_SHARES: Mapping[str, float] = {
    "coco_small_train": 0.45,
    "ccp": 0.11,
    "animals": 0.09,
    "feralcat": 0.05,
    "car_rf248": 0.10,
    "coco_person1": 0.12,
    "ccp/person": 0.04,
    "facade_street": 0.04,
}
"""How often each source is drawn: everyday classes and the few vehicles up, facade windows (four corners)
down. A source that is not listed is drawn in proportion to its objects."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of N samples of side S."""

    inputs: Tensor
    """float32 (N, 7, S, S), see `maa.dextr.network.Network`"""
    truth: Tensor
    """float32 (N, S, S)"""
    counted: Tensor
    """float32 (N, S, S), 0 where the data set says to ignore"""
    weight: Tensor
    """float32 (N, S, S), how much each pixel's entropy matters"""


def sampling_weights(refs: Sequence[ObjectRef], shares: Mapping[str, float] = SOURCE_SHARES) -> np.ndarray:
    """Probability of each object, float64 (N,)."""
    if not refs:
        raise InvalidInput("There is nothing to train on: the data holds no objects.")
    counts = Counter(ref.source for ref in refs)
    within = np.array([0.4 if ref.area < SMALL else 1.0 for ref in refs])
    totals: dict[str, float] = dict.fromkeys(counts, 0.0)
    for ref, weight in zip(refs, within, strict=True):
        totals[ref.source] += weight
    shared = np.array([shares.get(ref.source, counts[ref.source] / len(refs)) for ref in refs])
    weights = within * shared / np.array([totals[ref.source] for ref in refs])
    return weights / weights.sum()


class _Samples(Dataset):
    """Sample number i of a run; i with the input size of its stage is what the batch sampler asks for."""

    def __init__(
        self, refs: Sequence[ObjectRef], config: AugmentConfig, seed: int, shares: Mapping[str, float]
    ) -> None:
        self.refs, self.config, self.seed = refs, config, seed
        weights = sampling_weights(refs, shares)
        self.cumulative = np.cumsum(weights)
        self.pasted = can_be_pasted(refs)
        chances = weights[self.pasted]
        self.pasted_cumulative = np.cumsum(chances / max(chances.sum(), 1e-12))
        self.decoder = Decoder(MEMORY)

    def __getitem__(self, key: tuple[int, int]) -> Sample:
        number, size = key
        rng = np.random.default_rng((self.seed, number))
        ref = self.refs[_drawn(self.cumulative, rng)]
        donor = self._donor if self.pasted else None
        return make_sample(ref, size, rng, self.config, donor, self.decoder)

    def _donor(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], BoolMask, ObjectRef]:
        ref = self.refs[self.pasted[_drawn(self.pasted_cumulative, rng)]]
        return self.decoder.image(ref.image), self.decoder.mask(ref.mask) == ref.id, ref


def _drawn(cumulative: np.ndarray, rng: np.random.Generator) -> int:
    return min(int(np.searchsorted(cumulative, rng.random())), len(cumulative) - 1)


def collate(samples: Sequence[Sample]) -> Batch:
    """Stack samples of one size."""
    crops = torch.from_numpy(np.stack([sample.image for sample in samples]))
    maps = torch.from_numpy(np.stack([sample.maps for sample in samples]))
    truth = torch.from_numpy(np.stack([sample.truth for sample in samples])).to(torch.float32)
    ignore = torch.from_numpy(np.stack([sample.ignore for sample in samples])).to(torch.float32)
    return Batch(network_input(crops, maps), truth, 1 - ignore, torch.ones_like(truth))


def _one_thread(_worker: int) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def batches(
    refs: Sequence[ObjectRef], config: AugmentConfig, *, size: Callable[[], int], batch: int, seed: int,
    start: int = 0, workers: int = 0, shares: Mapping[str, float] = SOURCE_SHARES,
) -> Iterator[Batch]:  # fmt: skip
    """An endless stream of batches from sample number `start` on.

    Args:
        size: asked before each batch for the input side of the present stage.
        shares: how often each source is drawn.
        workers: processes that prepare samples; 0 prepares them in this one (right for one or two cores).
    """

    def keys() -> Iterator[list[tuple[int, int]]]:
        number = start
        while True:
            side = size()
            yield [(number + offset, side) for offset in range(batch)]
            number += batch

    loader = DataLoader(
        _Samples(refs, config, seed, shares), batch_sampler=keys(), collate_fn=collate, num_workers=workers,
        worker_init_fn=_one_thread, persistent_workers=False,
    )  # fmt: skip
    return iter(loader)


def _repair(
    predicted: np.ndarray, truth: np.ndarray, ignore: np.ndarray, rng: np.random.Generator
) -> tuple[int, np.ndarray | None]:
    """(input channel, point (1, 2) xy or None) of one more click."""
    if rng.random() < SIDE_CLICKS:
        middle = largest_error_middle(predicted, truth, ignore)
        if middle is not None:
            point, missing = middle
            return (4 if missing else 5), point
    return 3, largest_error_point(predicted, truth, ignore)


def with_repair_clicks(batch: Batch, logits: Tensor, rng: np.random.Generator, share: float = 1.0) -> Batch:
    """A share of a batch, with one more click a sample at the largest error of the answer just given.

    The worse an answer, the likelier it is among them.
    Mostly a boundary click; else one inside what is missing or on what is too much. As in use, the answer
    becomes the prior: mostly its probabilities, now and then its mask (an outline that somebody kept), now
    and then not at all.
    """
    logits = logits.detach()
    worst = (1.02 - hard_iou(logits, batch.truth, batch.counted).cpu().numpy().astype(np.float64)) ** 2
    count = max(1, round(share * len(worst)))
    rows = torch.from_numpy(np.sort(rng.choice(len(worst), count, replace=False, p=worst / worst.sum())))
    rows = rows.to(logits.device)
    inputs, target, counted, logits = batch.inputs[rows], batch.truth[rows], batch.counted[rows], logits[rows]
    size = inputs.shape[-1]
    probabilities = torch.sigmoid(logits)
    weight = torch.where((logits > 0) != (target > 0.5), ERROR_WEIGHT, 1.0)
    predicted = (logits > 0).cpu().numpy()
    truth = target.cpu().numpy() > 0.5
    ignore = counted.cpu().numpy() < 0.5
    for row in range(len(inputs)):
        shown = rng.random()
        if shown < SOFT_PRIORS:
            inputs[row, 6] = probabilities[row]
        elif shown < SOFT_PRIORS + HARD_PRIORS:
            inputs[row, 6] = (probabilities[row] > 0.5).to(inputs.dtype)
        channel, point = _repair(predicted[row], truth[row], ignore[row], rng)
        if point is None:
            continue
        point = point + rng.uniform(-0.01, 0.01, point.shape) * size
        drawn = torch.from_numpy(draw_points(point, size)).to(inputs.device)
        inputs[row, channel] = torch.maximum(inputs[row, channel], drawn)
    return Batch(inputs, target, counted, weight)
