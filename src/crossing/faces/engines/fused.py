"""SFace and dlib together, the default: each errs on other faces than the other.

The score is SFace's plus half of dlib's, each divided by the spread of its impostor scores (z-normalisation). Both
are cosines, so the same sum is one cosine of two unit vectors laid end to end, weighted by the square roots of
their shares: templates are compared by one dot product, alone or a million at a time.
"""

from pathlib import Path
from typing import Final

import numpy as np

from crossing.faces.engines import dlib_engine, sface, yunet
from crossing.faces.engines.base import Face, FloatVector, Template, similarity
from crossing.platform.images import BgrImage

# Standard deviations of 1.25 million impostor scores (benchmarks/faces.py prints them), and dlib's weight.
_SFACE_SPREAD: Final = 0.0906
_DLIB_SPREAD: Final = 0.0351
_DLIB_WEIGHT: Final = 0.5

SFACE_SHARE: Final = (1 / _SFACE_SPREAD) / (1 / _SFACE_SPREAD + _DLIB_WEIGHT / _DLIB_SPREAD)
"""The part of the fused score that is SFace's."""


def fuse(by_sface: FloatVector, by_dlib: FloatVector) -> FloatVector:
    """One unit vector of two; the last axis is the vector, so that many may be fused at once."""
    halves = (np.sqrt(SFACE_SHARE) * by_sface, np.sqrt(1 - SFACE_SHARE) * by_dlib)
    return np.concatenate(halves, axis=-1, dtype=np.float32)


class FusedEngine:
    name: Final = "fused"
    version: Final = f"{yunet.VERSION}/{sface.VERSION}+{dlib_engine.VERSION}"
    calibration: Final = f"sface-{SFACE_SHARE:.4f}"
    dimension: Final = sface.SFaceEngine.dimension + dlib_engine.DlibEngine.dimension

    def __init__(self, models: Path) -> None:
        """Raises :class:`FaceModelsMissing` where the weights are not in ``models``."""
        self._detector = yunet.YuNet(models)
        self._sface = sface.SFaceEngine(models, self._detector)
        self._dlib = dlib_engine.DlibEngine(models, self._detector)

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        return self._detector.detect(image)

    def align(self, image: BgrImage, face: Face) -> BgrImage:
        return self._sface.align(image, face)

    def template(self, image: BgrImage, face: Face) -> Template:
        crop, inside = yunet.face_crop(image, face)
        vector = fuse(self._sface.vector(crop, inside), self._dlib.vector(crop, inside))
        return Template(self.name, self.version, self.calibration, vector)

    def compare(self, first: Template, second: Template) -> float:
        return similarity(first, second)
