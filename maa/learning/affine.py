"""Affine maps of the plane, a whole batch at a time: (N, 2, 3). Tensors only."""

from __future__ import annotations

import torch
from torch import Tensor


def linear(angle: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """(N, 2, 2): scaled along both axes, then turned."""
    cosine, sine = torch.cos(angle), torch.sin(angle)
    return torch.stack(
        [torch.stack([cosine * across, -sine * down], 1), torch.stack([sine * across, cosine * down], 1)], 1
    )


def about(part: Tensor, at: Tensor, becomes: Tensor) -> Tensor:
    """The affine map (N, 2, 3) with the linear part `part` that takes the points `at` to `becomes`."""
    return torch.cat([part, (becomes - (part @ at[:, :, None])[:, :, 0])[:, :, None]], 2)


def chain(outer: Tensor, inner: Tensor) -> Tensor:
    """The affine maps that do `inner`, then `outer`."""
    first = outer[:, :, :2]
    return torch.cat([first @ inner[:, :, :2], first @ inner[:, :, 2:] + outer[:, :, 2:]], 2)


def scaled(cell: Tensor, middle: Tensor, side: int) -> Tensor:
    """Maps from a grid of `side` cells of size `cell` (N, 2), whose middle lies at `middle` (N, 2)."""
    return torch.cat([torch.diag_embed(cell), (middle - cell * side / 2)[:, :, None]], 2)
