"""DEXTR's network as published: RGB and a heat map in, mask logits out. Tensors only.

K.-K. Maninis et al., "Deep Extreme Cut", CVPR 2018; the geometry and the names of the parameters are those of
the authors' checkpoints. A ResNet-101 (He et al., CVPR 2016) whose last two stages are dilated (DeepLab-v2,
Chen et al., 2016), so that features stay at stride 8, and a pyramid pooling head (Zhao et al., CVPR 2017).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .quality import expected_overlap

BLOCKS = (3, 4, 23, 3)
"""Bottlenecks in each stage of a ResNet-101."""
HEAD_WIDTH = 512
POOLED_SIDES = (1, 2, 3, 6)
THRESHOLD = 0.8
"""What the authors call object."""


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 beside a shortcut. The stride lies on the first 1x1, as in the first ResNets."""

    def __init__(self, inputs: int, width: int, stride: int, dilation: int, *, projects: bool) -> None:
        super().__init__()
        outputs = 4 * width
        self.conv1 = nn.Conv2d(inputs, width, 1, stride=stride, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = (
            nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))
            if projects
            else nn.Identity()
        )

    def forward(self, features: Tensor) -> Tensor:
        inner = functional.relu(self.bn1(self.conv1(features)), inplace=True)
        inner = functional.relu(self.bn2(self.conv2(inner)), inplace=True)
        return functional.relu(self.bn3(self.conv3(inner)) + self.downsample(features), inplace=True)


def _stage(inputs: int, width: int, blocks: int, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    first = Bottleneck(inputs, width, stride, dilation, projects=True)
    rest = [Bottleneck(4 * width, width, 1, dilation, projects=False) for _ in range(blocks - 1)]
    return nn.Sequential(first, *rest)


def _unit(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


class PyramidHead(nn.Module):
    """Features beside their averages over coarse grids, then one logit."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(side), *_unit(inputs, inputs // 4)) for side in POOLED_SIDES
        )
        self.bottleneck = nn.Sequential(*_unit(inputs + len(POOLED_SIDES) * (inputs // 4), HEAD_WIDTH))
        self.final = nn.Conv2d(HEAD_WIDTH, 1, 1)

    def forward(self, features: Tensor) -> Tensor:
        pooled = [_spread(stage(features), features.shape[-2:]) for stage in self.stages]
        return self.final(self.bottleneck(torch.cat([*pooled, features], 1)))


class OriginalNetwork(nn.Module):
    """`forward(inputs float32 (N, 4, S, S)) -> (logits (N, 1, S, S), quality logits (N,))`.

    Channels: RGB 0..255, heat map 0..255. The authors use S = 512; any S of at least 48 will do.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = _stage(64, 64, BLOCKS[0])
        self.layer2 = _stage(256, 128, BLOCKS[1], stride=2)
        self.layer3 = _stage(512, 256, BLOCKS[2], dilation=2)
        self.layer4 = _stage(1024, 512, BLOCKS[3], dilation=4)
        self.layer5 = PyramidHead(2048)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        features = functional.relu(self.bn1(self.conv1(inputs)), inplace=True)
        features = functional.max_pool2d(features, 3, 2, 1)
        features = self.layer4(self.layer3(self.layer2(self.layer1(features))))
        logits = _spread(self.layer5(features), inputs.shape[-2:])
        return logits, torch.logit(expected_overlap(torch.sigmoid(logits), THRESHOLD))


def _spread(features: Tensor, size: torch.Size) -> Tensor:
    return functional.interpolate(features, size=size, mode="bilinear", align_corners=True)
