"""Our line recogniser: grey strips of one line each to CTC scores over the 37 characters of the MRZ.

Trained on synthetic lines by ``tools/mrz_training``; about 3 ms a line on one core.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.documents.reading.own.network import open_network
from crossing.documents.reading.straighten import Strip

STRIP_HEIGHT: Final = 32
"""What the network takes, in pixels."""
STRIDE: Final = 4
"""Pixels of width to a frame."""

_FILE: Final = "recogniser.onnx"
_SHA_256: Final = "afaee33da741c1c436b9cea148b2a9a6eb9c89d56fb90bf6e1dc43aff9c412b0"
_LEAST_SPREAD: Final = 6.0
"""Grey levels: a flatter strip than this holds no letters, and its noise is not blown up to look like some."""
_NARROWEST: Final = 32

Frames = npt.NDArray[np.float64]
"""Frames x 38 log-probabilities: CTC's blank first, then the MRZ alphabet in its order."""


class StripRecogniser:
    """The network. Safe to call from several threads. Raises ``WeightsDamaged`` at construction."""

    def __init__(self, *, threads: int) -> None:
        self._session = open_network(_FILE, _SHA_256, threads=threads)

    def frames(self, strips: Sequence[Strip]) -> list[Frames]:
        """Scores of BGR strips of :data:`STRIP_HEIGHT` rows, all in one run of the network."""
        if not strips:
            return []
        width = max(_NARROWEST, *(strip.shape[1] for strip in strips))
        batch = np.zeros((len(strips), 1, STRIP_HEIGHT, width), np.float32)
        for row, strip in zip(batch, strips, strict=True):
            row[0, :, : strip.shape[1]] = _standardised(strip)
        scores = self._session.run(None, {"strips": batch})[0]
        return [
            np.asarray(frames[: -(-strip.shape[1] // STRIDE)], dtype=np.float64)
            for frames, strip in zip(scores, strips, strict=True)
        ]


def _standardised(strip: Strip) -> npt.NDArray[np.float32]:
    """Grey with mean 0 and deviation 1: the network knows neither light nor contrast."""
    gray = cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return np.asarray((gray - gray.mean()) / max(float(gray.std()), _LEAST_SPREAD), dtype=np.float32)
