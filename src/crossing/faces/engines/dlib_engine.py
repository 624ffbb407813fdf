"""The face_recognition models on dlib: the 5-point predictor and the ResNet of 128 dimensions.

The models come from face_recognition's package and are run here as its ``face_encodings(model="small")`` runs them.
The package's own module is not imported: it loads the 68-point predictor, whose training set excludes commercial
use, and it switches Pillow to accept truncated images in the whole process.

Scores are cosines. On the calibration set the cosine of two descriptors told people apart better than the usual
distance between them (figures in docs/model-card.md).
"""

import threading
from pathlib import Path
from typing import Final

import dlib
import face_recognition_models
import numpy as np

from crossing.faces.engines import yunet
from crossing.faces.engines.base import Face, FloatVector, Template, similarity, unit
from crossing.platform.images import BgrImage

VERSION: Final = "dlib-resnet-v1"

# The predictor was trained on the squares of dlib's own detector, which lie lower and tighter than YuNet's boxes.
_SQUARE_SIDE: Final = 1.05
_SQUARE_CENTRE: Final = 0.56


class DlibEngine:
    name: Final = "dlib"
    version: Final = f"{yunet.VERSION}/{VERSION}"
    calibration: Final = "cosine"
    dimension: Final = 128

    def __init__(self, models: Path, detector: yunet.YuNet | None = None) -> None:
        """``models`` holds the detector's weights; dlib's own come with their package."""
        self._detector = detector or yunet.YuNet(models)
        self._points = dlib.shape_predictor(face_recognition_models.pose_predictor_five_point_model_location())
        self._net = dlib.face_recognition_model_v1(face_recognition_models.face_recognition_model_location())
        self._lock = threading.Lock()

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        return self._detector.detect(image)

    def align(self, image: BgrImage, face: Face) -> BgrImage:
        crop, inside = yunet.face_crop(image, face)
        rgb = _rgb(crop)
        with self._lock:
            chip = dlib.get_face_chip(rgb, self._points(rgb, _square(inside)), size=112)
        return np.ascontiguousarray(chip[:, :, ::-1])

    def template(self, image: BgrImage, face: Face) -> Template:
        return Template(self.name, self.version, self.calibration, self.vector(*yunet.face_crop(image, face)))

    def compare(self, first: Template, second: Template) -> float:
        return similarity(first, second)

    def vector(self, crop: BgrImage, inside: Face) -> FloatVector:
        """The unit vector of a face in its crop, as :func:`yunet.face_crop` gives both."""
        rgb = _rgb(crop)
        with self._lock:
            descriptor = self._net.compute_face_descriptor(rgb, self._points(rgb, _square(inside)))
        return unit(np.asarray(descriptor))


def _rgb(image: BgrImage) -> BgrImage:
    return np.ascontiguousarray(image[:, :, ::-1])


def _square(face: Face) -> dlib.rectangle:
    half = face.box.width * _SQUARE_SIDE / 2
    x, y = face.box.x + face.box.width / 2, face.box.y + face.box.height * _SQUARE_CENTRE
    return dlib.rectangle(int(x - half), int(y - half), int(x + half), int(y + half))
