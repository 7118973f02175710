"""What the encoders and the decoder are made of. Tensors only."""

from __future__ import annotations

from torch import nn


class ConvUnit(nn.Sequential):
    """Convolution, batch norm, activation."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 3,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        epsilon: float = 1e-5,
        activation: type[nn.Module] = nn.ReLU,
    ) -> None:
        super().__init__(
            nn.Conv2d(
                inputs, outputs, kernel, stride, dilation * (kernel // 2), dilation, groups, bias=False
            ),
            nn.BatchNorm2d(outputs, eps=epsilon),
            activation(),
        )
