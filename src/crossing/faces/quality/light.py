"""Sharpness and light, measured on the aligned face, which is what the engines see (ISO/IEC 29794-5)."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.platform.images import BgrImage

BURNT: Final = 250
"""From this grey value on, nothing of the skin is left in a picture."""

# Where the cheeks lie in an aligned face of 112 pixels: rows, and columns from the middle of the face outwards.
_CHEEK_ROWS: Final = (44, 96)
_MIDDLE: Final = 56
_CHEEK_COLUMNS: Final = (6, 30)

_SHAPES: Final = 6.0
"""What is wider than this, in pixels of the aligned face, is a shape or a shadow and not a detail."""

Luma = npt.NDArray[np.float32]


def grey_of(chip: BgrImage) -> Luma:
    """Luma (ITU-R BT.601) of an aligned face."""
    return np.asarray(cv2.cvtColor(chip, cv2.COLOR_BGR2GRAY), dtype=np.float32)


def inner(grey: Luma) -> Luma:
    """The middle of the aligned face, where hair and background do not reach."""
    side = grey.shape[0]
    edge = side // 8
    return grey[edge : side - edge, edge : side - edge]


def sharpness(grey: Luma) -> float:
    """The spread of the second derivative, across or down, whichever is less, over the spread of the details.

    Blur lowers it and movement does so in its own direction; low light does not, nor does a shadow, whose large
    shape is taken away before the details are measured.
    """
    centre = grey[1:-1, 1:-1]
    across = grey[1:-1, :-2] + grey[1:-1, 2:] - 2 * centre
    down = grey[:-2, 1:-1] + grey[2:, 1:-1] - 2 * centre
    details = grey - cv2.GaussianBlur(grey, (0, 0), _SHAPES)
    return float(min(across.std(), down.std()) / max(float(details.std()), 1.0))


def evenness(grey: Luma) -> float:
    """The darker half of the face's share of the brighter half's brightness, 0 to 1."""
    top, bottom = _CHEEK_ROWS
    near, far = _CHEEK_COLUMNS
    rows = grey[top:bottom]
    halves = (rows[:, _MIDDLE - far : _MIDDLE - near], rows[:, _MIDDLE + near : _MIDDLE + far])
    darker, brighter = sorted(float(np.median(half)) for half in halves)
    return darker / max(brighter, 1.0)


def burnt(grey: Luma) -> float:
    """The share of the face that the camera could only show as white, 0 to 1 (ISO/IEC 29794-5, over-exposure)."""
    return float((inner(grey) >= BURNT).mean())
