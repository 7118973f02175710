"""What training minimises."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

QUALITY_WEIGHT = 0.2
"""Small: the guess of its own quality must not cost the mask accuracy."""


def soft_iou(probabilities: Tensor, truth: Tensor, counted: Tensor) -> Tensor:
    """Intersection over union of probabilities (N, S, S) and truth 0/1, where `counted` is 1: (N,)."""
    both = (probabilities * truth * counted).sum((1, 2))
    either = ((probabilities + truth - probabilities * truth) * counted).sum((1, 2))
    return (both + 1) / (either + 1)


def hard_iou(logits: Tensor, truth: Tensor, counted: Tensor) -> Tensor:
    """IoU (N,) of the mask at one half."""
    return soft_iou((logits > 0).to(truth.dtype), truth, counted)


def mask_loss(logits: Tensor, quality: Tensor, truth: Tensor, counted: Tensor, weight: Tensor) -> Tensor:
    """Binary cross-entropy + soft IoU of the mask + squared error of the quality guess.

    Args:
        logits: (N, S, S) float32; quality: (N,) logits.
        truth, counted: (N, S, S) of 0 and 1; pixels that are not counted carry no loss.
        weight: (N, S, S), of each pixel in the cross-entropy.
    """
    entropy = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    entropy = (entropy * counted * weight).sum() / counted.sum().clamp(min=1)
    overlap = soft_iou(torch.sigmoid(logits), truth, counted)
    guess = (torch.sigmoid(quality) - hard_iou(logits.detach(), truth, counted)) ** 2
    return entropy + (1 - overlap).mean() + QUALITY_WEIGHT * guess.mean()
