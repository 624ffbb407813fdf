"""SFace on ONNX Runtime: 128 dimensions, the mean of the face and its mirror image, cosine similarity.

Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition", 2021; weights from OpenCV's
model zoo (Apache-2.0).
"""

from pathlib import Path
from typing import Final

import onnx

from crossing.faces.engines import yunet
from crossing.faces.engines.aligned import AlignedEngine, aligned, with_mirror
from crossing.faces.engines.base import Face, FloatVector, unit
from crossing.platform.images import BgrImage
from crossing.platform.networks import open_network

MODEL: Final = "face_recognition_sface_2021dec.onnx"
VERSION: Final = "sface-2021dec"

_INPUT: Final = "data"


class SFaceEngine(AlignedEngine):
    name = "sface"
    version = f"{yunet.VERSION}/{VERSION}"
    calibration = "mirrored-cosine"
    dimension = 128

    def __init__(self, models: Path, detector: yunet.YuNet | None = None) -> None:
        """Raises :class:`FaceModelsMissing` where the weights are not in ``models``."""
        super().__init__(models, detector)
        self._network = open_network(_for_pairs(yunet.weights(models, MODEL)), threads=1)

    def vector(self, crop: BgrImage, inside: Face) -> FloatVector:
        (features,) = self._network.run(None, {_INPUT: with_mirror(aligned(crop, inside))})
        first, mirrored = features
        return unit(unit(first) + unit(mirrored))


def _for_pairs(path: Path) -> bytes:
    """The network taking any number of faces at once, its weights as constants.

    The file declares its weights as inputs that a caller might change; as constants they are folded into the layers
    before them, which is a third faster.
    """
    model = onnx.load(str(path))
    weights = {one.name for one in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    for end in (*model.graph.input, *model.graph.output):
        end.type.tensor_type.shape.dim[0].dim_param = "n"
    return bytes(model.SerializeToString())
