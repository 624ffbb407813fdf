"""A sign in one frame that a picture was held before the camera. It advises the officer to look up, no more.

Nothing here was tested as ISO/IEC 30107-3 tests the detection of presentation attacks: it was tried on photographs
and on photographs that were drawn as if re-photographed (docs/operations/capture-quality.md). Most attacks don't
show it.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.faces.engines.base import Face
from crossing.faces.quality.views import unit_of
from crossing.platform.images import BgrImage

Grey = npt.NDArray[np.float32]

_SIDE: Final = 128
_FINEST: Final = 0.06
"""Cycles a pixel from which on a face has little of its own: eyes and mouth are coarser."""

_AXIS: Final = 2

_FREQUENCY: Final = np.abs(np.arange(_SIDE) - _SIDE // 2)
_LOOKED_AT: Final = (
    (np.hypot(_FREQUENCY[:, None], _FREQUENCY[None, :]) >= _FINEST * _SIDE)
    & (_FREQUENCY[:, None] > _AXIS)
    & (_FREQUENCY[None, :] > _AXIS)
)

MAX_PATTERN: Final = 5.0
""":func:`screen_pattern` of photographs was at most 3.9."""

_LEAST_UNIT: Final = 41.0


def screen_pattern(image: BgrImage, face: Face) -> float:
    """How far the strongest periodic pattern in the face stands out of the spectrum around it: 1 is not at all.

    The rows and columns of a screen, or the moiré between them and the camera's, are narrow peaks at two opposite
    frequencies. Those on the axes are left out: there lie the blocks of JPEG. 0 where the face is too small.
    """
    patch = _patch(image, face)
    if patch is None:
        return 0.0
    details = patch - cv2.GaussianBlur(patch, (0, 0), 3)
    hann = np.hanning(_SIDE)
    spectrum = np.abs(np.fft.fftshift(np.fft.fft2(details * hann[:, None] * hann[None, :])))
    step = max(float(spectrum.max()), 1e-6) / 65_535
    level = cv2.medianBlur((spectrum / step).astype(np.uint16), 5).astype(np.float32) * step
    floor = max(float(np.median(spectrum[_LOOKED_AT])), 1e-6)
    return float((spectrum / (level + floor))[_LOOKED_AT].max())


def _patch(image: BgrImage, face: Face) -> Grey | None:
    """The middle of the face in the camera's own pixels, where a pattern has not been smoothed away."""
    x, y = face.landmarks.nose
    left, top = round(x) - _SIDE // 2, round(y) - _SIDE // 2
    if unit_of(face.landmarks) < _LEAST_UNIT:
        return None
    window = image[max(0, top) : top + _SIDE, max(0, left) : left + _SIDE]
    if window.shape[:2] != (_SIDE, _SIDE):
        return None
    return np.asarray(cv2.cvtColor(window, cv2.COLOR_BGR2GRAY), dtype=np.float32)
