"""The line recogniser's network: grey strips 32 pixels high to CTC scores, four pixels of width to a frame."""

from typing import Final

from torch import Tensor, nn

from crossing.documents.mrz import ALPHABET

CLASSES: Final = len(ALPHABET) + 1
"""Class 0 is CTC's blank, class n the n-th character of the MRZ alphabet."""
STRIDE: Final = 4


class Recogniser(nn.Module):
    """Convolutions only: strips B x 1 x 32 x W, standardised, to log-probabilities B x (W / 4) x 38.

    The upper half sees about seven characters' width, so that a run of fillers is counted by its shapes.
    """

    def __init__(self, widths: tuple[int, int, int, int] = (24, 48, 80, 112)) -> None:
        super().__init__()
        first, second, third, last = widths
        self.picture = nn.Sequential(
            nn.Conv2d(1, first, (5, 5), (2, 2), 2),
            nn.ReLU(inplace=True),
            _convolution(first, second, (3, 3), stride=(2, 2)),
            _Residual(_convolution(second, second, (3, 3))),
            _convolution(second, third, (3, 3), stride=(2, 1)),
            _Residual(_convolution(third, third, (3, 3))),
            _convolution(third, last, (4, 3), padding=(0, 1)),
        )
        self.line = nn.Sequential(*(_Residual(_convolution(last, last, (1, 5))) for _ in range(3)))
        self.scores = nn.Conv2d(last, CLASSES, 1)

    def forward(self, strips: Tensor) -> Tensor:
        features = self.line(self.picture(strips))
        return self.scores(features).squeeze(2).transpose(1, 2).float().log_softmax(2)


class _Residual(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, features: Tensor) -> Tensor:
        return features + self.inner(features)


def _convolution(
    inputs: int,
    outputs: int,
    kernel: tuple[int, int],
    *,
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] | None = None,
) -> nn.Sequential:
    around = padding if padding is not None else (kernel[0] // 2, kernel[1] // 2)
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, around, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )
