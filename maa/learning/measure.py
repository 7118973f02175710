"""A bare network at four clicks: the quick look that training takes at its held-out objects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import expit
from torch import Tensor

from maa.dextr.crop import crop_box, probabilities_in_image, take_crop
from maa.dextr.network import Network, network_input
from maa.dextr.prompt_maps import prompt_maps
from maa.domain import Point, Prompt
from maa.geometry import mask_iou

from . import chains
from .clicks import Points, extreme_points
from .datasets import IGNORE, ObjectRef, read_image, read_mask
from .losses import hard_iou
from .views import Views


def boundary_prompt(points: Points) -> Prompt:
    """Boundary clicks (N, 2) xy as a prompt."""
    return Prompt(points=tuple(Point(float(x), float(y)) for x, y in points))


def mean_iou(
    network: Network, refs: Sequence[ObjectRef], size: int, jitter: float = 2.0, seed: int = 0
) -> float:
    """Mean IoU in image pixels over objects, at four simulated clicks; `network` on the CPU, in eval mode."""
    overlaps = [overlap for overlap, _ in answers(network, refs, size, jitter, seed)]
    return float(np.mean(overlaps)) if overlaps else 0.0


def overlaps(network: Network, views: Views, size: int, repairs: int = 0, batch: int = 64) -> list[float]:
    """Mean IoU on the network's grid over all objects of `views`, where these are: at four clicks, and after
    each of `repairs` further ones in the middle of the largest error."""
    found: list[list[Tensor]] = [[] for _ in range(repairs + 1)]
    for objects in torch.arange(len(views.arena.bounds), device=views.arena.device).split(batch):
        asked = views.of(objects, size)
        for number in range(repairs + 1):
            with torch.inference_mode():
                logits = network(asked.inputs)[0].squeeze(1)
            found[number].append(hard_iou(logits, asked.truth, asked.counted))
            if number < repairs:
                asked = chains.with_repair_clicks(asked, logits, views.random, middle=1.0)
    return [float(torch.cat(rows).mean()) for rows in found]


def answers(
    network: Network, refs: Sequence[ObjectRef], size: int, jitter: float = 2.0, seed: int = 0
) -> list[tuple[float, float]]:
    """Per object: the IoU in image pixels at four simulated clicks, and the network's quality logit."""
    found = []
    rng = np.random.default_rng(seed)
    for ref in refs:
        image, ids = read_image(ref.image), read_mask(ref.mask)
        truth = ids == ref.id
        height, width = truth.shape
        prompt = boundary_prompt(extreme_points(truth, rng, jitter))
        box = crop_box(prompt, (width, height))
        crops = torch.from_numpy(take_crop(image, box, size))[None]
        maps = torch.from_numpy(prompt_maps(prompt, box, size, (width, height)))[None]
        with torch.inference_mode():
            logits, quality = network(network_input(crops, maps))
        predicted = probabilities_in_image(torch.sigmoid(logits[0, 0]).numpy(), box, (width, height)) > 0.5
        found.append((mask_iou(predicted, truth, ids == IGNORE), float(quality)))
    return found


def calibrated(network: Network, found: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Slope and offset of the quality guess with the least squared error on answers to held-out objects.

    What the network expects of objects that it learnt from is too much of others.

    Args:
        network: the one that gave them, with the slope and offset it has now.
        found: what `answers` returned, at least ten of them.
    """
    overlap, logit = np.array(found, dtype=np.float64).T
    expected = (logit - network.quality.bias.item()) / network.quality.weight.item()

    def error(line: NDArray[np.float64]) -> NDArray[np.float64]:
        return expit(line[0] * expected + line[1]) - overlap

    slope, offset = optimize.least_squares(error, [1.0, 0.0]).x
    return float(slope), float(offset)
