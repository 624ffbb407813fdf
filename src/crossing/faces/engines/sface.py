"""SFace on ONNX Runtime: 128 dimensions, the mean of the face and its mirror image, cosine similarity.

Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition", 2021; weights from OpenCV's
model zoo (Apache-2.0).
"""

from pathlib import Path
from typing import Final

from crossing.faces.engines import yunet
from crossing.faces.engines.aligned import AlignedEngine, aligned, with_mirror
from crossing.faces.engines.base import Face, FloatVector, unit
from crossing.faces.engines.constants import with_constant_weights
from crossing.faces.engines.weights import SFACE, weights
from crossing.platform.images import BgrImage
from crossing.platform.networks import open_network

VERSION: Final = "sface-2021dec"

_INPUT: Final = "data"


class SFaceEngine(AlignedEngine):
    name = "sface"
    version = f"{yunet.VERSION}/{VERSION}"
    calibration = "mirrored-cosine"
    dimension = 128

    def __init__(self, models: Path, detector: yunet.YuNet | None = None) -> None:
        """Raises :class:`FaceModelsMissing` and :class:`FaceModelInvalid` for the weights in ``models``."""
        super().__init__(models, detector)
        self._network = open_network(with_constant_weights(weights(models, SFACE), {0: "n"}), threads=1)

    def vector(self, crop: BgrImage, inside: Face) -> FloatVector:
        (features,) = self._network.run(None, {_INPUT: with_mirror(aligned(crop, inside))})
        first, mirrored = features
        return unit(unit(first) + unit(mirrored))
