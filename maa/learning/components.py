"""Connected regions and places in masks, a whole batch at a time. Tensors only.

Masks are bool (N, S, S); places are float32 (N, 2) xy in the grid's continuous coordinates.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

NOWHERE = -1e4
"""Far outside of every grid: a point there leaves no trace on a prompt map."""


def grown(mask: Tensor, by: int = 1) -> Tensor:
    """With everything within `by` cells (a square)."""
    return functional.max_pool2d(mask[:, None].float(), 2 * by + 1, 1, by)[:, 0] > 0.5


def shrunk(mask: Tensor, by: int = 1) -> Tensor:
    """Without what lies within `by` cells of the outside; past the grid's edge is no outside."""
    return ~grown(~mask, by)


def border(mask: Tensor) -> Tensor:
    """The mask's own cells that touch the outside."""
    padded = functional.pad(mask, (1, 1, 1, 1))
    around = padded[:, :-2, 1:-1] & padded[:, 2:, 1:-1] & padded[:, 1:-1, :-2] & padded[:, 1:-1, 2:]
    return mask & ~around


def random_place(mask: Tensor, generator: torch.Generator) -> Tensor:
    """The middle of one cell of each mask, drawn at random; `NOWHERE` for an empty one."""
    scores = torch.rand(mask.shape, generator=generator, device=mask.device)
    return best_place(torch.where(mask, scores, -1.0))


def best_place(scores: Tensor) -> Tensor:
    """The middle of the cell of the highest score, (N, S, S) -> (N, 2); `NOWHERE` where none is positive."""
    size = scores.shape[-1]
    best, index = scores.flatten(1).max(1)
    place = torch.stack([index % size, index // size], 1).to(torch.float32) + 0.5
    return torch.where((best > 0)[:, None], place, NOWHERE)


def largest_region(mask: Tensor, rounds: int = 64) -> Tensor:
    """Of each mask its largest connected region (8 neighbours).

    Every cell takes the highest number among its neighbours', `rounds` times: a region that winds further
    than that counts as several.
    """
    size = mask.shape[-1]
    numbers = torch.arange(1, size * size + 1, device=mask.device, dtype=torch.float32).reshape(1, size, size)
    inside = mask.to(torch.float32)
    labels = numbers * inside
    for _ in range(rounds):
        labels = functional.max_pool2d(labels[:, None], 3, 1, 1)[:, 0] * inside
    flat = labels.flatten(1).to(torch.int64)
    areas = torch.zeros(len(mask), size * size + 1, device=mask.device)
    areas.scatter_add_(1, flat, inside.flatten(1))
    areas[:, 0] = 0
    largest = areas.argmax(1)
    return (labels.to(torch.int64) == largest[:, None, None]) & mask


def depth(mask: Tensor, limit: int = 24) -> Tensor:
    """How many rings of cells can be taken off before each cell goes, float32; at most `limit`."""
    total = mask.to(torch.float32)
    # Past the grid's edge nothing is wrong: a region there is cut off and shallow.
    left = functional.pad(mask, (1, 1, 1, 1))
    for turn in range(limit - 1):
        # Squares and crosses in turn: nearly round.
        left = shrunk(left) if turn % 2 else _shrunk_by_cross(left)
        total += left[:, 1:-1, 1:-1]
    return total


def _shrunk_by_cross(mask: Tensor) -> Tensor:
    return mask & ~border(mask)


def spread(points: Tensor, size: int, width: float) -> Tensor:
    """`prompt_maps.draw_points` for a batch: points (N, P, 2) -> float32 (N, size, size)."""
    centres = torch.arange(size, device=points.device, dtype=torch.float32) + 0.5
    fall = -4 * torch.log(torch.tensor(2.0)).item() / (width * size) ** 2
    along = torch.exp(fall * (centres - points[..., None]) ** 2)  # (N, P, 2, size)
    along = torch.where(along < 1e-3, 0.0, along)
    found = torch.zeros(len(points), size, size, device=points.device)
    for number in range(points.shape[1]):
        found = torch.maximum(found, along[:, number, 1, :, None] * along[:, number, 0, None, :])
    return found
