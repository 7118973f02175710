"""The network: RGB and prompt maps in, mask logits and a guess of its own quality out. Tensors only.

Two encoders: SqueezeNet 1.1 (Iandola et al. 2016; dense convolutions, which train quickly on a CPU) sees
image and prompt; a detector's frozen backbone (`semantic`) tells what things are. Then pyramid pooling at
stride 16 (Zhao et al., PSPNet, CVPR 2017) and a light decoder with skips at strides 8, 4 and 2.
The prompt enters twice: through a stem convolution of its own that starts at zero, so that training begins
with the untouched backbone, and again, pooled down, at every decoder stage, so that a late click still moves
the outline next to it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .quality import expected_overlap
from .semantic import WIDTHS, SemanticEncoder

ARCHITECTURE = "maa-duo-2"
"""Named in each card; a change of the layers below needs a new name."""
PROMPT_CHANNELS = 4
MEAN_RGB = (123.0, 117.0, 104.0)
INPUT_SCALE = 64.0
STRIDE = 16
"""Input sides must be multiples of this."""


class Fire(nn.Module):
    """SqueezeNet's block: squeeze by 1x1, expand by 1x1 and 3x3 side by side."""

    def __init__(self, inputs: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeeze, 1)
        self.expand1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        features = functional.relu(self.squeeze(features), inplace=True)
        return functional.relu(torch.cat([self.expand1(features), self.expand3(features)], 1), inplace=True)


class Encoder(nn.Module):
    """Features at strides 2, 4, 8 and 16 with 64, 128, 256 and 512 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 64, 3, stride=2, padding=1)
        self.prompt_stem = nn.Conv2d(PROMPT_CHANNELS, 64, 3, stride=2, padding=1, bias=False)
        nn.init.zeros_(self.prompt_stem.weight)
        self.stage4 = nn.Sequential(Fire(64, 16, 64), Fire(128, 16, 64))
        self.stage8 = nn.Sequential(Fire(128, 32, 128), Fire(256, 32, 128))
        self.stage16 = nn.Sequential(
            Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256)
        )

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        # Both stems in one convolution: half the passes over the largest map.
        weight = torch.cat([self.stem.weight, self.prompt_stem.weight], 1)
        stride2 = functional.conv2d(inputs, weight, self.stem.bias, stride=2, padding=1)
        stride2 = functional.relu(stride2, inplace=True)
        stride4 = self.stage4(functional.max_pool2d(stride2, 3, 2, 1))
        stride8 = self.stage8(functional.max_pool2d(stride4, 3, 2, 1))
        stride16 = self.stage16(functional.max_pool2d(stride8, 3, 2, 1))
        return stride2, stride4, stride8, stride16

    def load_squeezenet(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Start from SqueezeNet 1.1's arrays (BGR input minus the mean, 0..255), as named by Caffe."""
        # `Network` divides its input by `INPUT_SCALE`; a ReLU network is homogeneous, so dividing every bias
        # as well gives the same features at a scale (about 1) where one learning rate suits all layers.
        fires = [*self.stage4, *self.stage8, *self.stage16]
        with torch.no_grad():
            self.stem.weight.copy_(torch.from_numpy(arrays["conv1.weight"][:, ::-1].copy()))
            assert self.stem.bias is not None
            self.stem.bias.copy_(torch.from_numpy(arrays["conv1.bias"] / INPUT_SCALE))
            for number, fire in enumerate(fires, start=2):
                for ours, theirs in (
                    ("squeeze", "squeeze1x1"),
                    ("expand1", "expand1x1"),
                    ("expand3", "expand3x3"),
                ):
                    layer = getattr(fire, ours)
                    layer.weight.copy_(torch.from_numpy(arrays[f"fire{number}/{theirs}.weight"]))
                    layer.bias.copy_(torch.from_numpy(arrays[f"fire{number}/{theirs}.bias"] / INPUT_SCALE))


class ConvUnit(nn.Sequential):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, dilation: int = 1) -> None:
        super().__init__(
            nn.Conv2d(
                inputs, outputs, kernel, padding=dilation * (kernel // 2), dilation=dilation, bias=False
            ),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class Context(nn.Module):
    """What is where in the whole crop: pyramid pooling and dilated convolutions at stride 16."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.reduce = ConvUnit(inputs + PROMPT_CHANNELS, width, 1)
        self.bins = (1, 2, 3, 6)
        self.pooled = nn.ModuleList(nn.Conv2d(width, width // 4, 1) for _ in self.bins)
        self.mix = ConvUnit(2 * width, width)
        self.near = ConvUnit(width, width)
        self.far = ConvUnit(width, width, dilation=2)

    def forward(self, features: Tensor, prompt: Tensor) -> Tensor:
        features = self.reduce(torch.cat([features, prompt], 1))
        size = features.shape[-2:]
        views = [
            functional.interpolate(
                layer(functional.adaptive_avg_pool2d(features, bins)),
                size=size,
                mode="bilinear",
                align_corners=False,
            )
            for bins, layer in zip(self.bins, self.pooled, strict=True)
        ]
        features = self.mix(torch.cat([features, *views], 1))
        return features + self.far(self.near(features))


class Merge(nn.Module):
    """One decoder stage: coarse features doubled in size, joined with the encoder's and the prompt."""

    def __init__(self, coarse: int, skip: int, reduced: int, outputs: int) -> None:
        super().__init__()
        self.skip = ConvUnit(skip, reduced, 1)
        self.join = ConvUnit(coarse + reduced + PROMPT_CHANNELS, outputs)

    def forward(self, coarse: Tensor, skip: Tensor, prompt: Tensor) -> Tensor:
        coarse = functional.interpolate(coarse, size=skip.shape[-2:], mode="bilinear", align_corners=False)
        return self.join(torch.cat([coarse, self.skip(skip), prompt], 1))


class Network(nn.Module):
    """`forward(inputs float32 (N, 7, S, S)) -> (logits (N, 1, S, S), quality logits (N,))`.

    Channels: RGB 0..255 minus `MEAN_RGB`, divided by `INPUT_SCALE`; then the maps of `prompt_maps.CHANNELS`.
    S is a multiple of 16; the network is fully convolutional, so S may differ between training and use.
    """

    channels = 3 + PROMPT_CHANNELS

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.semantic = SemanticEncoder()
        more8, *more16 = WIDTHS
        self.context = Context(512 + sum(more16), 160)
        self.merge8 = Merge(160, 256 + more8, 64, 96)
        self.refine8 = ConvUnit(96, 96)
        self.merge4 = Merge(96, 128, 32, 48)
        self.narrow = ConvUnit(48, 24, 1)
        self.merge2 = Merge(24, 64, 16, 24)
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
        stride2, stride4, stride8, stride16 = self.encoder(inputs)
        known8, known16, known32 = self.semantic(inputs[:, :3])
        known32 = functional.interpolate(
            known32, size=stride16.shape[-2:], mode="bilinear", align_corners=False
        )
        stride8 = torch.cat([stride8, known8], 1)
        stride16 = torch.cat([stride16, known16, known32], 1)
        context = self.context(stride16, prompt16)
        features = self.refine8(self.merge8(context, stride8, prompt8))
        features = self.narrow(self.merge4(features, stride4, prompt4))
        return self.mask(self.merge2(features, stride2, prompt2))

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
        # Not by calling the layer: another thread may be tracing a network just now (`engine._TRACING`).
        return functional.linear(scaled, self.quality.weight, self.quality.bias).squeeze(1)


def network_input(crops: Tensor, maps: Tensor) -> Tensor:
    """Join crops uint8 (N, S, S, 3) RGB and maps float32 (N, 4, S, S) into the network's (N, 7, S, S)."""
    mean = torch.tensor(MEAN_RGB, device=crops.device)
    image = (crops.to(torch.float32) - mean) / INPUT_SCALE
    return torch.cat([image.permute(0, 3, 1, 2), maps], 1)
