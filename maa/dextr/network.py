"""The network: RGB and prompt maps in, mask logits and a guess of its own quality out. Tensors only.

Two encoders: EfficientNet-Lite2 (`efficient`) sees image and prompt; a detector's backbone (`semantic`)
sees the image alone and tells what things are. Then pyramid pooling at stride 16 (Zhao et al., PSPNet, CVPR
2017) and a light decoder with skips at strides 8, 4 and 2.
The prompt enters twice: beside the image, with weights that start at zero, so that training begins with the
untouched backbone, and again, pooled down, at every decoder stage, so that a late click still moves the
outline next to it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from . import efficient, semantic
from .layers import ConvUnit
from .quality import expected_overlap

ARCHITECTURE = "maa-duo-3"
"""Named in each card; a change of the layers below needs a new name."""
PROMPT_CHANNELS = 4
MEAN_RGB = (123.0, 117.0, 104.0)
INPUT_SCALE = 64.0


class Context(nn.Module):
    """What is where in the whole crop: pyramid pooling and dilated convolutions at stride 16."""

    def __init__(self, inputs: int, coarse: int, width: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(inputs + PROMPT_CHANNELS, width, 1)
        self.reduce_coarse = nn.Conv2d(coarse, width, 1)
        self.norm = ConvUnit(width, width, 1)
        self.bins = (1, 2, 3, 6)
        self.pooled = nn.ModuleList(nn.Conv2d(width, width // 4, 1) for _ in self.bins)
        self.mix = ConvUnit(2 * width, width)
        self.near = ConvUnit(width, width)
        self.far = ConvUnit(width, width, dilation=2)

    def forward(self, features: Tensor, coarse: Tensor, prompt: Tensor) -> Tensor:
        """Features at stride 16, `coarse` ones at stride 32."""
        features = self.reduce(torch.cat([features, prompt], 1))
        size = features.shape[-2:]
        features = self.norm(features + _resized(self.reduce_coarse(coarse), size))
        views = [
            _resized(layer(functional.adaptive_avg_pool2d(features, bins)), size)
            for bins, layer in zip(self.bins, self.pooled, strict=True)
        ]
        features = self.mix(torch.cat([features, *views], 1))
        return features + self.far(self.near(features))


def _resized(features: Tensor, size: torch.Size) -> Tensor:
    return functional.interpolate(features, size=size, mode="bilinear", align_corners=False)


class Merge(nn.Module):
    """One decoder stage: coarse features doubled in size, joined with the encoder's and the prompt."""

    def __init__(self, coarse: int, skip: int, reduced: int, outputs: int) -> None:
        super().__init__()
        self.skip = ConvUnit(skip, reduced, 1)
        self.join = ConvUnit(coarse + reduced + PROMPT_CHANNELS, outputs)

    def forward(self, coarse: Tensor, skip: Tensor, prompt: Tensor) -> Tensor:
        coarse = _resized(coarse, skip.shape[-2:])
        return self.join(torch.cat([coarse, self.skip(skip), prompt], 1))


class Network(nn.Module):
    """`forward(inputs float32 (N, 7, S, S)) -> (logits (N, 1, S, S), quality logits (N,))`.

    Channels: RGB 0..255 minus `MEAN_RGB`, divided by `INPUT_SCALE`; then the maps of `prompt_maps.CHANNELS`.
    S is a multiple of 16; the network is fully convolutional, so S may differ between training and use.
    """

    channels = 3 + PROMPT_CHANNELS

    def __init__(self) -> None:
        super().__init__()
        self.encoder = efficient.EfficientEncoder(PROMPT_CHANNELS)
        self.semantic = semantic.SemanticEncoder()
        seen2, seen4, seen8, seen16, seen32 = efficient.WIDTHS
        known8, known16, known32 = semantic.WIDTHS
        self.context = Context(seen16 + known16, seen32 + known32, 160)
        self.merge8 = Merge(160, seen8 + known8, 64, 96)
        self.refine8 = ConvUnit(96, 96)
        self.merge4 = Merge(96, seen4, 32, 48)
        self.refine4 = ConvUnit(48, 48)
        self.narrow = ConvUnit(48, 24, 1)
        self.merge2 = Merge(24, seen2, 16, 24)
        self.mask = nn.Conv2d(24, 1, 3, padding=1)
        # Slope and offset of the quality guess.
        self.quality = nn.Linear(1, 1)
        nn.init.ones_(self.quality.weight)
        nn.init.zeros_(self.quality.bias)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        return self.at_full_size(self.coarse(inputs))

    def coarse(self, inputs: Tensor) -> Tensor:
        """Inputs as above -> mask logits (N, 1, S / 2, S / 2): all but a thousandth of the work."""
        prompt2 = functional.max_pool2d(inputs[:, 3:], 2)
        prompt4 = functional.max_pool2d(prompt2, 2)
        prompt8 = functional.max_pool2d(prompt4, 2)
        prompt16 = functional.max_pool2d(prompt8, 2)
        seen2, seen4, seen8, seen16, seen32 = self.encoder(inputs)
        known8, known16, known32 = self.semantic(inputs[:, :3])
        context = self.context(torch.cat([seen16, known16], 1), torch.cat([seen32, known32], 1), prompt16)
        features = self.refine8(self.merge8(context, torch.cat([seen8, known8], 1), prompt8))
        features = self.narrow(self.refine4(self.merge4(features, seen4, prompt4)))
        return self.mask(self.merge2(features, seen2, prompt2))

    def at_full_size(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """What `forward` gives, from what `coarse` gave."""
        quality = self._quality(logits)
        return functional.interpolate(logits, scale_factor=2, mode="bilinear", align_corners=False), quality

    def _quality(self, logits: Tensor) -> Tensor:
        """Logits of the IoU to expect, (N,), from mask logits (N, 1, S / 2, S / 2).

        What the network knows of its doubts is in its probabilities already. A head on its features ranked
        answers worse: it learnt from photos that the network knew by heart.
        """
        expected = expected_overlap(torch.sigmoid(logits.detach().float()), 0.5)
        scaled = torch.logit(expected, eps=1e-3)[:, None].to(self.quality.weight.dtype)
        # Not by calling the layer: another thread may be tracing a network just now (`engine.TRACING`).
        return functional.linear(scaled, self.quality.weight, self.quality.bias).squeeze(1)


def network_input(crops: Tensor, maps: Tensor) -> Tensor:
    """Join crops uint8 (N, S, S, 3) RGB and maps float32 (N, 4, S, S) into the network's (N, 7, S, S)."""
    mean = torch.tensor(MEAN_RGB, device=crops.device)
    image = (crops.to(torch.float32) - mean) / INPUT_SCALE
    return torch.cat([image.permute(0, 3, 1, 2), maps], 1)
