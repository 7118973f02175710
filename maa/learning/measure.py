"""Mean IoU of a bare network at four clicks: the quick look that training takes at its held-out objects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from maa.dextr.crop import crop_box, probabilities_in_image, take_crop
from maa.dextr.network import Network, network_input
from maa.dextr.prompt_maps import prompt_maps
from maa.domain import Point, Prompt
from maa.geometry import mask_iou

from .clicks import Points, extreme_points
from .datasets import IGNORE, ObjectRef, read_image, read_mask


def boundary_prompt(points: Points) -> Prompt:
    """Boundary clicks (N, 2) xy as a prompt."""
    return Prompt(points=tuple(Point(float(x), float(y)) for x, y in points))


def mean_iou(
    network: Network, refs: Sequence[ObjectRef], size: int, jitter: float = 2.0, seed: int = 0
) -> float:
    """Mean IoU in image pixels over objects, at four simulated clicks; `network` on the CPU, in eval mode."""
    overlaps = []
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
            logits, _ = network(network_input(crops, maps))
        predicted = probabilities_in_image(torch.sigmoid(logits[0, 0]).numpy(), box, (width, height)) > 0.5
        overlaps.append(mask_iou(predicted, truth, ids == IGNORE))
    return float(np.mean(overlaps)) if overlaps else 0.0
