"""face_recognition's models: dlib's 5-point predictor, and the ResNet of 128 dimensions on ONNX Runtime.

The models come from face_recognition's package. The package's own module is not imported: it loads the 68-point
predictor, whose training set excludes commercial use, and it switches Pillow to accept truncated images in the whole
process.

A template is the mean of the descriptors of the face and of its mirror image. Scores are cosines. On the calibration
set both told people apart better than one descriptor and the usual distance (figures in docs/model-card.md).
"""

from pathlib import Path
from typing import Final

import dlib
import face_recognition_models
import numpy as np

from crossing.faces.engines import yunet
from crossing.faces.engines.aligned import AlignedEngine, with_mirror
from crossing.faces.engines.base import Face, FloatVector, unit
from crossing.faces.engines.dlib_network import CHIP_SIDE, DIMENSION, INPUT, as_onnx
from crossing.platform.images import BgrImage
from crossing.platform.networks import open_network

VERSION: Final = "dlib-resnet-v1"

_CHIP_PADDING: Final = 0.25
"""What the network was trained with, and dlib's own default."""

# The predictor was trained on the squares of dlib's own detector, which lie lower and tighter than YuNet's boxes.
_SQUARE_SIDE: Final = 1.05
_SQUARE_CENTRE: Final = 0.56


class DlibEngine(AlignedEngine):
    name = "dlib"
    version = f"{yunet.VERSION}/{VERSION}"
    calibration = "mirrored-cosine"
    dimension = DIMENSION

    def __init__(self, models: Path, detector: yunet.YuNet | None = None) -> None:
        """dlib's weights come with their package."""
        super().__init__(models, detector)
        self._points = dlib.shape_predictor(face_recognition_models.pose_predictor_five_point_model_location())
        weights = Path(face_recognition_models.face_recognition_model_location())
        self._network = open_network(as_onnx(weights), threads=1)

    def vector(self, crop: BgrImage, inside: Face) -> FloatVector:
        rgb = np.ascontiguousarray(crop[:, :, ::-1])
        points = self._points(rgb, _square(inside))
        chip = dlib.get_face_chip(rgb, points, size=CHIP_SIDE, padding=_CHIP_PADDING)
        (descriptors,) = self._network.run(None, {INPUT: with_mirror(chip[:, :, ::-1])})
        return unit(descriptors.mean(axis=0))


def _square(face: Face) -> dlib.rectangle:
    half = face.box.width * _SQUARE_SIDE / 2
    x, y = face.box.x + face.box.width / 2, face.box.y + face.box.height * _SQUARE_CENTRE
    return dlib.rectangle(int(x - half), int(y - half), int(x + half), int(y + half))
