"""`feeding.with_repair_clicks` for a whole batch at once, on a device that is quick at that. Tensors only."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from maa.dextr.prompt_maps import POINT_WIDTH

from .components import NOWHERE, best_place, border, depth, largest_region, spread
from .feeding import ERROR_WEIGHT, HARD_PRIORS, SOFT_PRIORS, Batch
from .losses import hard_iou

MIDDLE_CLICKS = 0.75
"""Share of repairing clicks in the middle of what is wrong; the rest lie on the border there."""


def error_middles(wrong: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Where a person would place an inside or outside click: deepest in the largest wrong region, found at
    half the grid's size.

    Args:
        wrong, truth: bool (N, S, S).

    Returns:
        Places (N, 2) xy on the grid, `NOWHERE` where nothing is wrong, and whether what is there is missing:
        bool (N,).
    """
    half = functional.avg_pool2d(wrong[:, None].float(), 2)[:, 0]
    # Where nothing is wrong for a whole cell, slivers count.
    thick = half > 0.5
    thick = torch.where(thick.flatten(1).any(1)[:, None, None], thick, half > 0)
    region = largest_region(thick)
    place = best_place(depth(region) * region)
    column, row = place.clamp(min=0).to(torch.int64).unbind(1)
    missing = truth[:, ::2, ::2][torch.arange(len(truth), device=truth.device), row, column]
    return torch.where(place == NOWHERE, NOWHERE, 2 * place), missing


def with_repair_clicks(
    batch: Batch, logits: Tensor, random: torch.Generator, share: float = 1.0, middle: float = MIDDLE_CLICKS
) -> Batch:
    """A share of a batch, with one more click a sample at the largest error of the answer just given.

    The worse an answer, the likelier it is among them. As in use, the answer becomes the prior: mostly its
    probabilities, now and then its mask, now and then not at all.

    Args:
        middle: how many of the clicks are inside or outside ones.
    """
    logits = logits.detach()
    worst = 1.02 - hard_iou(logits, batch.truth, batch.counted)
    count = max(1, round(share * len(worst)))
    rows = torch.multinomial(worst, count, generator=random) if count < len(worst) else slice(None)
    inputs, truth, counted, logits = (
        batch.inputs[rows].clone(),
        batch.truth[rows],
        batch.counted[rows],
        logits[rows],
    )
    size, device = inputs.shape[-1], inputs.device
    probabilities = torch.sigmoid(logits)
    wrong = (logits > 0) != (truth > 0.5)
    weight = torch.where(wrong, ERROR_WEIGHT, 1.0)

    shown = torch.rand(len(inputs), 1, 1, generator=random, device=device)
    prior = torch.where(shown < SOFT_PRIORS, probabilities, (probabilities > 0.5).float())
    inputs[:, 6] = torch.where(shown < SOFT_PRIORS + HARD_PRIORS, prior, inputs[:, 6])

    place, missing = error_middles(wrong & (counted > 0.5), truth > 0.5)
    on_border = torch.rand(len(inputs), generator=random, device=device) >= middle
    place = torch.where(on_border[:, None], _nearest(border(truth > 0.5), place), place)
    place = place + (torch.rand(place.shape, generator=random, device=device) - 0.5) * 0.02 * size
    drawn = spread(place[:, None], size, POINT_WIDTH)
    channel = torch.where(on_border, 3, torch.where(missing, 4, 5))
    at = torch.arange(len(inputs), device=device)
    inputs[at, channel] = torch.maximum(inputs[at, channel], drawn)
    return Batch(inputs, truth, counted, weight)


def _nearest(mask: Tensor, place: Tensor) -> Tensor:
    """The mask's cell nearest to a place, (N, 2)."""
    cells = torch.arange(mask.shape[-1], device=mask.device) + 0.5
    distance = torch.hypot(cells - place[:, 0, None, None], cells[:, None] - place[:, 1, None, None])
    found = best_place(torch.where(mask, 1 / (1 + distance), -1.0))
    return torch.where(place == NOWHERE, NOWHERE, found)
