"""SFace and dlib together, the default: each errs on other faces than the other.

The score is SFace's plus 0.8 of dlib's, each divided by the spread of its impostor scores (z-normalisation). Both are
cosines, so the same sum is one cosine of two unit vectors laid end to end, weighted by the square roots of their
shares: templates are compared by one dot product, alone or a million at a time.
"""

from pathlib import Path
from typing import Final

import numpy as np

from crossing.faces.engines import dlib_engine, sface, yunet
from crossing.faces.engines.aligned import AlignedEngine
from crossing.faces.engines.base import Face, FloatVector
from crossing.platform.images import BgrImage

# Standard deviations of 1.25 million impostor scores of such templates, and dlib's weight: the one that either
# half of the calibration set chooses for the other (docs/model-card.md).
_SFACE_SPREAD: Final = 0.0895
_DLIB_SPREAD: Final = 0.0347
_DLIB_WEIGHT: Final = 0.8

SFACE_SHARE: Final = (1 / _SFACE_SPREAD) / (1 / _SFACE_SPREAD + _DLIB_WEIGHT / _DLIB_SPREAD)
"""The part of the fused score that is SFace's."""


def fuse(by_sface: FloatVector, by_dlib: FloatVector) -> FloatVector:
    """One unit vector of two; the last axis is the vector, so that many may be fused at once."""
    halves = (np.sqrt(SFACE_SHARE) * by_sface, np.sqrt(1 - SFACE_SHARE) * by_dlib)
    return np.concatenate(halves, axis=-1, dtype=np.float32)


class FusedEngine(AlignedEngine):
    name = "fused"
    version = f"{yunet.VERSION}/{sface.VERSION}+{dlib_engine.VERSION}"
    calibration = f"mirrored-sface-{SFACE_SHARE:.4f}"
    dimension = sface.SFaceEngine.dimension + dlib_engine.DlibEngine.dimension

    def __init__(self, models: Path, detector: yunet.YuNet | None = None) -> None:
        """Raises :class:`FaceModelsMissing` where the weights are not in ``models``."""
        super().__init__(models, detector)
        self._sface = sface.SFaceEngine(models, self.detector)
        self._dlib = dlib_engine.DlibEngine(models, self.detector)

    def vector(self, crop: BgrImage, inside: Face) -> FloatVector:
        return fuse(self._sface.vector(crop, inside), self._dlib.vector(crop, inside))
