"""Training a detector on a project's boxes, from an encoder that knows much: minutes on a CPU core."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from maa.dextr.centre_network import STRIDE, CentreNetwork, boxes_of
from maa.dextr.detector import normalised
from maa.files import replacing

from .boxes import ZOOM, Boxes, Photo, Shrunk, View, random_view, side_by_side
from .trainer import learning_rate_at

SPREAD = 0.54
"""Share of a box that its centre's bump, and the cells that learn the box, reach over (Liu et al. 2020)."""
BOX_WEIGHT = 5.0
MOSAIC_ZOOM = (1.0, 2.5)
"""Of photos in a quarter of a view."""
AVERAGE = 0.99
"""Decay of the averaged weights, which are the result."""
MEMORY = 512 * 2**20
SAVE_SECONDS = 30.0


@dataclass(frozen=True)
class DetectorConfig:
    """How a detector is trained."""

    classes: tuple[str, ...]
    minutes: float
    size: int = 512
    batch: int = 4
    learning_rate: float = 2e-3
    encoder_rate: float = 0.1
    """The encoder's learning rate as a share of the heads'; with 0 it stays as it is."""
    mosaic: float = 0.5
    """Share of the views that show four photos."""
    seed: int = 0
    reduced: bool = False
    """Compute in bfloat16."""


def train_detector(
    config: DetectorConfig,
    encoder: dict[str, Tensor],
    photos: Sequence[Photo],
    checkpoint: Path,
    on_step: Callable[[float, float], None] = lambda *_: None,
) -> tuple[CentreNetwork, int]:
    """Train to the end of the budget, from the checkpoint if there is one; returns the network in eval mode
    with averaged weights, and its steps.

    Args:
        encoder: weights of the encoder to begin with.
        photos: those without objects teach where there is nothing.
        on_step: hears the share of the budget that is used, and the running loss.
    """
    torch.manual_seed(config.seed)
    network = CentreNetwork(len(config.classes))
    network.encoder.load_state_dict(encoder)
    network.encoder.requires_grad_(config.encoder_rate > 0)
    heads = [value for name, value in network.named_parameters() if not name.startswith("encoder.")]
    groups = [{"params": heads, "share": 1.0}]
    if config.encoder_rate > 0:
        groups.append({"params": list(network.encoder.parameters()), "share": config.encoder_rate})
    optimiser = torch.optim.AdamW(groups, lr=config.learning_rate, weight_decay=1e-2)
    averaged = {name: value.detach().clone() for name, value in network.state_dict().items()}
    step, before, smooth = 0, 0.0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        averaged, step, before = state["averaged"], state["step"], state["seconds"]
    first = step
    numbers = {name: number for number, name in enumerate(config.classes)}
    read = Shrunk(round(config.size * ZOOM[1]), MEMORY)
    began = saved = time.monotonic()
    while (share := (before + time.monotonic() - began) / (60 * config.minutes)) < 1:
        rng = np.random.default_rng((config.seed, step))
        views = [_view(config, photos, numbers, rng, read) for _ in range(config.batch)]
        for group in optimiser.param_groups:
            group["lr"] = learning_rate_at(share, config.learning_rate, 0.05) * group["share"]
        network.train()
        inputs = torch.stack([normalised(view.image) for view in views])
        with torch.autocast("cpu", torch.bfloat16, enabled=config.reduced):
            centres, sides = network(inputs.contiguous(memory_format=torch.channels_last))
        loss = detection_loss(centres.float(), sides, views)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        step += 1
        decay = min(AVERAGE, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            averaged[name].lerp_(value, 1 - decay)
        smooth += (loss.item() - smooth) / min(step - first, 20)
        on_step(min(share, 1.0), smooth)
        if time.monotonic() - saved > SAVE_SECONDS:
            saved = time.monotonic()
            state = {
                "network": network.state_dict(), "optimiser": optimiser.state_dict(), "averaged": averaged,
                "step": step, "seconds": before + saved - began,
            }  # fmt: skip
            with replacing(checkpoint, one_writer=True) as unfinished:
                torch.save(state, unfinished)
    network.load_state_dict(averaged)
    return network.eval(), step


def _view(
    config: DetectorConfig,
    photos: Sequence[Photo],
    numbers: dict[str, int],
    rng: np.random.Generator,
    read: Shrunk,
) -> View:
    if rng.random() >= config.mosaic:
        return random_view(photos[int(rng.integers(len(photos)))], numbers, config.size, rng, read)
    return side_by_side(
        [
            random_view(photos[index], numbers, config.size // 2, rng, read, MOSAIC_ZOOM)
            for index in rng.integers(0, len(photos), 4)
        ]
    )


def detection_loss(centres: Tensor, sides: Tensor, views: Sequence[View]) -> Tensor:
    """Focal loss of the centres (Law and Deng, CornerNet, ECCV 2018) and 1 - GIoU of the boxes (Rezatofighi
    et al., CVPR 2019) at the cells near them, each per object.

    Args:
        centres: logits (N, C, H, W).
        sides: (N, 4, H, W), see `centre_network`.
    """
    heat, counted, boxes, weights = (torch.stack(part) for part in zip(*(
        targets(view, centres.shape[1:]) for view in views
    ), strict=True))  # fmt: skip
    objects = max(1, sum(len(view.boxes) for view in views))
    peak = heat == 1
    chance = torch.sigmoid(centres)
    hits = functional.logsigmoid(centres) * (1 - chance) ** 2 * peak
    misses = functional.logsigmoid(-centres) * chance**2 * (1 - heat) ** 4 * ~peak * counted[:, None]
    centre_loss = -(hits + misses).sum() / objects
    apart = 1 - _giou(boxes_of(sides), boxes)
    box_loss = (apart * weights).sum() / weights.sum().clamp_min(1e-6)
    return centre_loss + BOX_WEIGHT * box_loss


def targets(view: View, shape: Sequence[int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What a network should say of a view: heat (C, H, W) with 1 at centres, which cells count (H, W), the
    box (4, H, W) to learn at each cell, and how much that counts there (H, W).
    """
    _, rows, columns = shape
    heat = np.zeros(tuple(shape), np.float32)
    counted = np.ones((rows, columns), np.float32)
    boxes = np.zeros((4, rows, columns), np.float32)
    weights = np.zeros((rows, columns), np.float32)
    for left, top, right, bottom in np.floor(view.ignored / STRIDE).astype(int).tolist():
        counted[top : bottom + 1, left : right + 1] = 0
    # Small objects last: where two are near, the small one has fewer cells to be learnt at.
    for index in np.argsort(-_areas(view.boxes), kind="stable"):
        box, number = view.boxes[index], view.classes[index]
        column, row = np.minimum((box[:2] + box[2:]) / 2 // STRIDE, [columns - 1, rows - 1]).astype(int)
        reach = np.maximum((box[2:] - box[:2]) / STRIDE / 2 * SPREAD, 0.5)
        bump = _bump(rows, columns, row, column, reach)
        heat[number] = np.maximum(heat[number], bump)
        near = bump > 0
        boxes[:, near] = box[:, None]
        weights[near] = bump[near] / bump.sum() * np.log1p(_areas(box[None])[0])
    return (
        torch.from_numpy(heat),
        torch.from_numpy(counted),
        torch.from_numpy(boxes),
        torch.from_numpy(weights),
    )


def _areas(boxes: Boxes) -> Boxes:
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).prod(axis=1))


def _bump(rows: int, columns: int, row: int, column: int, reach: Boxes) -> Boxes:
    """A Gaussian of height 1 at a cell, cut off at `reach` (x, y) cells, float32 (rows, columns)."""
    radius = np.floor(reach).astype(int)
    sigma = (2 * reach + 1) / 6
    y, x = np.arange(rows)[:, None] - row, np.arange(columns)[None] - column
    bump = np.exp(-(x**2) / (2 * sigma[0] ** 2) - y**2 / (2 * sigma[1] ** 2))
    return np.where((abs(x) <= radius[0]) & (abs(y) <= radius[1]), bump, 0).astype(np.float32)


def _giou(first: Tensor, second: Tensor) -> Tensor:
    """Generalised IoU of boxes (N, 4, H, W) -> (N, H, W)."""
    inner = _area(torch.maximum(first[:, :2], second[:, :2]), torch.minimum(first[:, 2:], second[:, 2:]))
    outer = _area(torch.minimum(first[:, :2], second[:, :2]), torch.maximum(first[:, 2:], second[:, 2:]))
    union = _area(first[:, :2], first[:, 2:]) + _area(second[:, :2], second[:, 2:]) - inner
    return inner / union.clamp_min(1e-6) - (outer - union) / outer.clamp_min(1e-6)


def _area(low: Tensor, high: Tensor) -> Tensor:
    """Of boxes between corners (N, 2, H, W) -> (N, H, W)."""
    return (high - low).clamp_min(0).prod(1)
