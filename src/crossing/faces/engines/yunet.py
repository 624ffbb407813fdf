"""YuNet, the detector that feeds every engine, and the crop that the engines work on.

Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023; weights from OpenCV's model zoo (MIT).
"""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.faces.engines.base import Box, Face, Landmarks
from crossing.faces.errors import FaceModelsMissing
from crossing.platform.images import BgrImage

MODEL: Final = "face_detection_yunet_2023mar.onnx"
VERSION: Final = "yunet-2023mar"

LONGEST_SIDE: Final = 800
"""Detection runs on a copy no longer than this: a page of 3,000 pixels costs what a camera frame costs."""

_SCORE: Final = 0.6
_OVERLAP: Final = 0.3
_CANDIDATES: Final = 200
_FACE_SIDE: Final = 320
_TIGHT_MARGIN: Final = 0.5

_LOOK_SIDE: Final = 224
_LOOK_SCORE: Final = 0.3
_MIRRORED: Final = (1, 0, 2, 4, 3)
"""Which landmark each becomes in the mirror: the right eye the left one, and so on."""


class YuNet:
    """Finds faces with their five landmarks. OpenCV's detector keeps state between calls, hence the lock."""

    def __init__(self, models: Path) -> None:
        """Raises :class:`FaceModelsMissing` where the weights are not in ``models``."""
        self._net = cv2.FaceDetectorYN.create(
            str(weights(models, MODEL)), "", (LONGEST_SIDE, LONGEST_SIDE), _SCORE, _OVERLAP, _CANDIDATES
        )
        self._look = cv2.FaceDetectorYN.create(
            str(weights(models, MODEL)), "", (_LOOK_SIDE, _LOOK_SIDE), _LOOK_SCORE, _OVERLAP, _CANDIDATES
        )
        self._lock = threading.Lock()

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        """The faces in ``image``, the largest first, in its own pixels.

        A portrait cropped tight to the face has no surroundings to find it by; where nothing is found, the image is
        looked at once more with a margin around it.
        """
        scale = min(1.0, LONGEST_SIDE / max(image.shape[:2]))
        small = image if scale == 1 else _resized(image, scale)
        found = self._rows(small)
        margin = 0
        if not len(found):
            margin = int(_TIGHT_MARGIN * max(small.shape[:2]))
            framed = cv2.copyMakeBorder(small, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
            found = self._rows(np.asarray(framed, dtype=np.uint8))
        faces = [_face(row).moved(-margin / scale, -margin / scale, 1 / scale) for row in found]
        inside = [face for face in faces if _has_middle(image, face)]
        return tuple(sorted(inside, key=lambda face: face.box.area, reverse=True))

    def settled(self, crop: BgrImage, inside: Face) -> Face:
        """The face with its landmarks averaged over two closer looks, one of them in the mirror.

        One look puts the five points off by a pixel or two, at random; the engines feel that (docs/model-card.md).
        """
        reach = max(inside.box.width, inside.box.height)
        scale = _LOOK_SIDE / (2 * reach)
        x, y = inside.box.centre
        into = np.array([[scale, 0, _LOOK_SIDE / 2 - x * scale], [0, scale, _LOOK_SIDE / 2 - y * scale]])
        smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        size = (_LOOK_SIDE, _LOOK_SIDE)
        warped = cv2.warpAffine(crop, into, size, flags=smooth, borderMode=cv2.BORDER_REPLICATE)
        close = np.asarray(warped, dtype=np.uint8)
        looks = [inside.landmarks.as_array()]
        for mirrored in (False, True):
            points = self._look_at(close[:, ::-1] if mirrored else close)
            if points is not None:
                looks.append(((_unmirrored(points) if mirrored else points) - into[:, 2]) / scale)
        return replace(inside, landmarks=Landmarks(*map(tuple, np.mean(looks, axis=0).tolist())))

    def _look_at(self, close: BgrImage) -> npt.NDArray[np.float64] | None:
        """5 x 2: the landmarks of the face in the middle; None where it is not seen again."""
        with self._lock:
            _, rows = self._look.detect(np.ascontiguousarray(close))
        if rows is None:
            return None
        middle = rows[:, :2] + rows[:, 2:4] / 2 - _LOOK_SIDE / 2
        row = rows[np.abs(middle).sum(axis=1).argmin()]
        return np.asarray(row[4:14], dtype=np.float64).reshape(5, 2)

    def _rows(self, image: BgrImage) -> npt.NDArray[np.float32]:
        height, width = image.shape[:2]
        with self._lock:
            self._net.setInputSize((width, height))
            _, rows = self._net.detect(np.ascontiguousarray(image))
        return np.empty((0, 15), np.float32) if rows is None else np.array(rows, dtype=np.float32)


def face_crop(image: BgrImage, face: Face) -> tuple[BgrImage, Face]:
    """The surroundings of ``face``, never scaled up, and the face in the crop's own pixels.

    Scaling a large face down by area first keeps the engines' bilinear alignment from aliasing, and bounds
    their cost whatever the camera's resolution.
    """
    height, width = image.shape[:2]
    reach = max(face.box.width, face.box.height)
    centre_x, centre_y = face.box.centre
    left, top = max(0, int(centre_x - reach)), max(0, int(centre_y - reach))
    right, bottom = min(width, int(centre_x + reach) + 1), min(height, int(centre_y + reach) + 1)
    crop = image[top:bottom, left:right]
    scale = min(1.0, _FACE_SIDE / reach)
    inside = face.moved(-left, -top).moved(0, 0, scale)
    return np.ascontiguousarray(crop if scale == 1 else _resized(crop, scale)), inside


def as_row(face: Face) -> npt.NDArray[np.float32]:
    """The face as the 15 numbers that OpenCV's face functions take."""
    box = face.box
    points = face.landmarks.as_array().ravel()
    return np.array([box.x, box.y, box.width, box.height, *points, face.confidence], dtype=np.float32)


def weights(models: Path, name: str) -> Path:
    """The path of one model file. Raises :class:`FaceModelsMissing` where it is absent."""
    path = models / name
    if not path.is_file():
        raise FaceModelsMissing(what=name)
    return path


def _unmirrored(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    back = points[list(_MIRRORED)]
    back[:, 0] = _LOOK_SIDE - 1 - back[:, 0]
    return back


def _face(row: npt.NDArray[np.float32]) -> Face:
    x, y, width, height, *points, confidence = (float(value) for value in row)
    pairs = list(zip(points[::2], points[1::2], strict=True))
    return Face(Box(x, y, width, height), Landmarks(*pairs), confidence)


def _has_middle(image: BgrImage, face: Face) -> bool:
    height, width = image.shape[:2]
    x, y = face.box.centre
    return bool(0 <= x < width and 0 <= y < height)


def _resized(image: BgrImage, scale: float) -> BgrImage:
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
