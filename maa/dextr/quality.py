"""How good an answer is likely to be, from nothing but its probabilities. Tensors only."""

from __future__ import annotations

from torch import Tensor


def expected_overlap(probabilities: Tensor, threshold: float) -> Tensor:
    """How far the mask at `threshold` is likely to agree with the truth, (N, 1, S, S) -> (N,) in 0..1.

    If each pixel's probability is right, the mask shares the sum of the probabilities within it with the
    truth, and their union is the mask and the sum of those outside: the ratio estimates the IoU. 0 for an
    empty mask.
    """
    mask = (probabilities > threshold).to(probabilities.dtype)
    shared = (probabilities * mask).sum((1, 2, 3))
    union = mask.sum((1, 2, 3)) + (probabilities * (1 - mask)).sum((1, 2, 3))
    return shared / union.clamp(min=1e-6)
