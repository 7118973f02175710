"""A detector that needs little training: where objects have their centres, and how far their sides are.

Centres and boxes after Zhou et al., "Objects as Points" (2019); a box is learnt at every cell near a centre,
weighed by the distance, after Liu et al., "Training-Time-Friendly Network" (AAAI 2020), so that some hundred
objects and a few thousand steps are enough. The encoder begins as that of a model that outlines; what is new
is a small pyramid on it (Lin et al., FPN, CVPR 2017) and two heads at stride 8. Tensors only.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from .semantic import WIDTHS, SemanticEncoder

STRIDE = 8
"""Input cells per cell of what comes out."""
MULTIPLE = 32
"""Input sides must be multiples of this."""
WIDTH = 64
RARE = 0.02
"""How much of the map is taken for a centre before anything is learnt."""


class _Unit(nn.Sequential):
    """Convolution, group norm (batches are small), ReLU."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False),
            nn.GroupNorm(8, WIDTH),
            nn.ReLU(inplace=True),
        )


class CentreNetwork(nn.Module):
    """`forward(image float32 (N, 3, H, W)) -> (centre logits (N, C, h, w), sides float32 (N, 4, h, w))`,
    where h and w are eighths of H and W.

    The image is normalised as for the encoder's model. Sides: distances from a cell's centre to the left,
    top, right and bottom of the box, in input cells, above 0.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.encoder = SemanticEncoder()
        self.reduce = nn.ModuleList(nn.Conv2d(width, WIDTH, 1) for width in WIDTHS)
        self.mix16, self.mix8 = _Unit(), _Unit()
        self.centre = nn.Sequential(_Unit(), nn.Conv2d(WIDTH, classes, 1))
        self.side = nn.Sequential(_Unit(), nn.Conv2d(WIDTH, 4, 1))
        last = self.centre[-1]
        assert isinstance(last, nn.Conv2d)
        assert last.bias is not None
        nn.init.constant_(last.bias, math.log(RARE / (1 - RARE)))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        at8, at16, at32 = (
            layer(features) for layer, features in zip(self.reduce, self.encoder(image), strict=True)
        )
        at16 = self.mix16(at16 + _enlarged(at32, at16))
        at8 = self.mix8(at8 + _enlarged(at16, at8))
        return self.centre(at8), 4 * STRIDE * torch.exp(self.side(at8).float().clamp(-4, 4))


def _enlarged(features: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(features, size=like.shape[-2:], mode="bilinear", align_corners=False)


def boxes_of(sides: Tensor) -> Tensor:
    """Sides (N, 4, H, W) -> boxes (N, 4, H, W) as left, top, right, bottom in input cells."""
    rows, columns = sides.shape[-2:]
    y = (torch.arange(rows, device=sides.device) + 0.5)[:, None] * STRIDE
    x = (torch.arange(columns, device=sides.device) + 0.5)[None] * STRIDE
    left, top, right, bottom = sides.unbind(1)
    return torch.stack([x - left, y - top, x + right, y + bottom], 1)


def peaks(centres: Tensor, sides: Tensor, most: int) -> tuple[Tensor, Tensor, Tensor]:
    """The `most` strongest local maxima of one image: boxes (K, 4) in input cells, scores (K,), classes (K,).

    Args:
        centres: logits (1, C, H, W).
        sides: (1, 4, H, W).
    """
    heat = torch.sigmoid(centres.float())
    heat = heat * (functional.max_pool2d(heat, 3, 1, 1) == heat)
    scores, where = heat.flatten().topk(min(most, heat.numel()))
    cells = heat.shape[-2] * heat.shape[-1]
    boxes = boxes_of(sides)[0].flatten(1)[:, where % cells].T
    return boxes, scores, where // cells
