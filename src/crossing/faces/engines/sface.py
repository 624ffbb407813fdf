"""SFace through OpenCV: 128 dimensions, cosine similarity.

Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition", 2021; weights from OpenCV's
model zoo (Apache-2.0).
"""

import threading
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from crossing.faces.engines import yunet
from crossing.faces.engines.base import Face, FloatVector, Template, similarity, unit
from crossing.platform.images import BgrImage

MODEL: Final = "face_recognition_sface_2021dec.onnx"
VERSION: Final = "sface-2021dec"


class SFaceEngine:
    name: Final = "sface"
    version: Final = f"{yunet.VERSION}/{VERSION}"
    calibration: Final = "cosine"
    dimension: Final = 128

    def __init__(self, models: Path, detector: yunet.YuNet | None = None) -> None:
        """Raises :class:`FaceModelsMissing` where the weights are not in ``models``."""
        self._detector = detector or yunet.YuNet(models)
        self._net = cv2.FaceRecognizerSF.create(str(yunet.weights(models, MODEL)), "")
        self._lock = threading.Lock()

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        return self._detector.detect(image)

    def align(self, image: BgrImage, face: Face) -> BgrImage:
        crop, inside = yunet.face_crop(image, face)
        return self._chip(crop, inside)

    def template(self, image: BgrImage, face: Face) -> Template:
        return Template(self.name, self.version, self.calibration, self.vector(*yunet.face_crop(image, face)))

    def compare(self, first: Template, second: Template) -> float:
        return similarity(first, second)

    def vector(self, crop: BgrImage, inside: Face) -> FloatVector:
        """The unit vector of a face in its crop, as :func:`yunet.face_crop` gives both."""
        chip = self._chip(crop, inside)
        with self._lock:
            # The answer lies in the network's own memory until the next call.
            feature = np.array(self._net.feature(chip), dtype=np.float32)
        return unit(feature.ravel())

    def _chip(self, crop: BgrImage, inside: Face) -> BgrImage:
        with self._lock:
            return np.asarray(self._net.alignCrop(crop, yunet.as_row(inside)), dtype=np.uint8)
