"""A second, light encoder that knows what things are: ShuffleNetV2 1.0x (Ma et al., ECCV 2018).

It starts from a detector's backbone, trained on everyday objects, and sees the image alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (116, 232, 464)
"""Channels at strides 8, 16 and 32."""
_UNITS = (4, 8, 4)
_SLOPE = 0.1
_GAIN = 8.0
"""Brings the pretrained features to about unit deviation; the network is homogeneous in stem and biases."""


class _Pointwise(nn.Conv2d):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 1)

    def forward(self, features: Tensor) -> Tensor:
        return functional.leaky_relu(super().forward(features), _SLOPE, inplace=True)


class _Depthwise(nn.Conv2d):
    def __init__(self, channels: int, stride: int) -> None:
        super().__init__(channels, channels, 3, stride=stride, padding=1, groups=channels)


class _Unit(nn.Module):
    """Half of the channels pass by (or are reduced alone), half are transformed; then both are shuffled."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        half = outputs // 2
        self.beside = (
            nn.Sequential(_Depthwise(inputs, stride), _Pointwise(inputs, half)) if stride > 1 else None
        )
        self.through = nn.Sequential(
            _Pointwise(inputs if stride > 1 else half, half), _Depthwise(half, stride), _Pointwise(half, half)
        )

    def forward(self, features: Tensor) -> Tensor:
        if self.beside is not None:
            first, second = self.beside(features), self.through(features)
        else:
            first, second = features.chunk(2, 1)
            second = self.through(second)
        return functional.channel_shuffle(torch.cat([first, second], 1), 2)


class SemanticEncoder(nn.Module):
    """Features at strides 8, 16 and 32 with `WIDTHS` channels."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 24, 3, stride=2, padding=1)
        stages, inputs = [], 24
        for width, units in zip(WIDTHS, _UNITS, strict=True):
            stages.append(
                nn.Sequential(_Unit(inputs, width, 2), *(_Unit(width, width, 1) for _ in range(units - 1)))
            )
            inputs = width
        self.stages = nn.ModuleList(stages)

    def forward(self, image: Tensor) -> list[Tensor]:
        features = functional.leaky_relu(self.stem(image), _SLOPE, inplace=True)
        features = functional.max_pool2d(features, 3, 2, 1)
        found = []
        for stage in self.stages:
            features = stage(features)
            found.append(features)
        return found

    def load_detector(
        self, arrays: Mapping[str, np.ndarray], mean_rgb: Sequence[float], scale: float
    ) -> None:
        """Start from NanoDet-m's backbone (BGR, own mean and deviation; arrays in the network's order).

        Args:
            mean_rgb, scale: how our input was normalised; the stem is changed to expect that.
        """
        weights = [value for name, value in arrays.items() if name.endswith(".weight")]
        biases = [value for name, value in arrays.items() if name.endswith(".bias")]
        layers = [layer for layer in self.modules() if isinstance(layer, nn.Conv2d)]
        deviation = np.array([57.375, 57.12, 58.395], np.float32)[None, :, None, None]
        mean = np.array([103.53, 116.28, 123.675], np.float32)
        with torch.no_grad():
            for number, (layer, weight, bias) in enumerate(zip(layers, weights, biases, strict=False)):
                if number == 0:
                    shift = (np.array(mean_rgb[::-1], np.float32) - mean)[None, :, None, None] / deviation
                    bias = bias + (weight * shift).sum((1, 2, 3))
                    weight = (weight * (scale / deviation))[:, ::-1].copy()
                    weight = weight * _GAIN
                layer.weight.copy_(torch.from_numpy(weight))
                assert layer.bias is not None
                layer.bias.copy_(torch.from_numpy(bias * _GAIN))
