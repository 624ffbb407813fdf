"""The detector's network: a small U-shaped convolutional network on grey pictures, a quarter of their size out."""

from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE: Final = 4
"""An answer stands for so many pixels in each direction."""
WIDTHS: Final = (32, 40, 64, 80)
"""Channels at a quarter, an eighth, a sixteenth and a 32nd of the picture's size."""
_MERGED: Final = 32
DIRECTIONS: Final = 8
"""Classes of the reading direction: multiples of 45 degrees, clockwise from the right."""
CORE, ZONE, HEIGHT, FIRST_DIRECTION = 0, 1, 2, 3
"""Planes of the answer: logits of line cores and of the MRZ, binary logarithm of letter height / 8, directions."""


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
    """N x 1 x H x W (grey, -1 to 1, H and W multiples of 32) to N x (3 + DIRECTIONS) x H/4 x W/4.

    Blocks of 4 x 4 pixels become 16 channels at once: convolutions at full and half size would take most of the time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.PixelUnshuffle(STRIDE)
        first = nn.Sequential(_convolved(STRIDE * STRIDE, WIDTHS[0]), _Residual(WIDTHS[0]))
        deeper = (nn.Sequential(_convolved(before, after, 2), _Residual(after)) for before, after in pairwise(WIDTHS))
        self.levels = nn.ModuleList([first, *deeper])
        self.lateral = nn.ModuleList(nn.Conv2d(width, _MERGED, 1) for width in WIDTHS)
        self.merge = nn.ModuleList(_convolved(_MERGED, _MERGED) for _ in WIDTHS[1:])
        self.head = nn.Conv2d(_MERGED, FIRST_DIRECTION + DIRECTIONS, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(x)
        features = []
        for level in self.levels:
            x = level(x)
            features.append(x)
        merged = self.lateral[-1](features[-1])
        for step in range(len(self.merge) - 1, -1, -1):
            merged = functional.interpolate(merged, scale_factor=2.0, mode="nearest")
            merged = self.merge[step](merged + self.lateral[step](features[step]))
        answer: Tensor = self.head(merged)
        return answer


class Marks(nn.Module):
    """What the reader runs: N x 5 x H/4 x W/4. Masks as probabilities, the direction as a mean vector, the height."""

    def __init__(self, net: FinderNet) -> None:
        super().__init__()
        self.net = net
        turns = torch.arange(DIRECTIONS) * (2 * torch.pi / DIRECTIONS)
        self.register_buffer("vectors", torch.stack([turns.cos(), turns.sin()])[:, :, None, None])

    def forward(self, grey: Tensor) -> Tensor:
        output = self.net(grey)
        shares = output[:, FIRST_DIRECTION:].softmax(dim=1)
        direction = functional.conv2d(shares, self.vectors)
        return torch.cat([output[:, : ZONE + 1].sigmoid(), direction, output[:, HEIGHT : HEIGHT + 1]], dim=1)
