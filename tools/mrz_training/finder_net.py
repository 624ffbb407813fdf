"""The detector's network: a small U-shaped convolutional network on grey pictures, a quarter of their size out."""

from itertools import pairwise
from typing import Final

from torch import Tensor, nn
from torch.nn import functional

WIDTHS: Final = (16, 24, 40, 64, 80)
"""Channels at a half, a quarter, an eighth, a sixteenth and a 32nd of the picture's size."""
_MERGED: Final = 32
OUTPUTS: Final = 5
"""Line cores and MRZ (logits), cosine and sine of the reading direction, binary logarithm of letter height / 8."""


def _convolved(channels_in: int, channels_out: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _convolved(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(self.first(x)))


class FinderNet(nn.Module):
    """N x 1 x H x W (grey, -1 to 1, H and W multiples of 32) to N x OUTPUTS x H/4 x W/4."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _convolved(1, WIDTHS[0], 2)
        self.levels = nn.ModuleList(
            nn.Sequential(_convolved(before, after, 2), _Residual(after)) for before, after in pairwise(WIDTHS)
        )
        self.lateral = nn.ModuleList(nn.Conv2d(width, _MERGED, 1) for width in WIDTHS[1:])
        self.merge = nn.ModuleList(_convolved(_MERGED, _MERGED) for _ in WIDTHS[2:])
        self.head = nn.Conv2d(_MERGED, OUTPUTS, 1)

    def forward(self, x: Tensor) -> Tensor:
        features = []
        x = self.stem(x)
        for level in self.levels:
            x = level(x)
            features.append(x)
        merged = self.lateral[-1](features[-1])
        for step in range(len(self.merge) - 1, -1, -1):
            merged = functional.interpolate(merged, scale_factor=2.0, mode="nearest")
            merged = self.merge[step](merged + self.lateral[step](features[step]))
        answer: Tensor = self.head(merged)
        return answer
