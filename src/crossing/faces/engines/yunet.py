"""YuNet, the detector that feeds every engine, and the crop that the engines work on.

Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023; weights from OpenCV's model zoo (MIT). The network
runs on ONNX Runtime, three times as fast as in OpenCV's own detector; a test holds its answers against that one.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.faces.engines.base import Box, Face, Landmarks
from crossing.faces.engines.constants import with_constant_weights
from crossing.faces.engines.weights import YUNET, weights
from crossing.platform.images import BgrImage
from crossing.platform.networks import open_network

VERSION: Final = "yunet-2023mar-5looks"

LONGEST_SIDE: Final = 800
"""Detection runs on a copy no longer than this: a page of 3,000 pixels costs what a camera frame costs."""

_INPUT: Final = "input"
_STRIDES: Final = (8, 16, 32)
_OUTPUTS: Final = tuple(f"{what}_{stride}" for what in ("cls", "obj", "bbox", "kps") for stride in _STRIDES)
_SCORE: Final = 0.6
_OVERLAP: Final = 0.3
_CANDIDATES: Final = 200
_FACE_SIDE: Final = 320
_SMALL_SIDE: Final = 320
_TIGHT_MARGIN: Final = 0.5

_LOOK_SIDES: Final = (224, 320)
_LOOK_SCORE: Final = 0.3
_MIRRORED: Final = [1, 0, 2, 4, 3]
"""Which landmark each becomes in the mirror: the right eye the left one, and so on."""

Rows = npt.NDArray[np.float32]
"""n x 15: a face's left, top, width and height, five landmarks, and its score, in OpenCV's order."""


class YuNet:
    """Finds faces with their five landmarks. Calls may come from any thread."""

    def __init__(self, models: Path) -> None:
        """Raises :class:`FaceModelsMissing` and :class:`FaceModelInvalid` for the weights in ``models``."""
        sizes = {0: "n", 2: "height", 3: "width"}
        self._network = open_network(with_constant_weights(weights(models, YUNET), sizes), threads=1)

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        """The faces in ``image``, the largest first, in its own pixels.

        A portrait cropped tight to the face has no surroundings to find it by, and a face that fills the picture is
        too large for the network's cells; where nothing is found, a small copy is looked at once more, with a margin.
        """
        faces = self._seen(image, LONGEST_SIDE, 0) or self._seen(image, _SMALL_SIDE, _TIGHT_MARGIN)
        return tuple(sorted(faces, key=lambda face: face.box.area, reverse=True))

    def _seen(self, image: BgrImage, longest: int, margin: float) -> list[Face]:
        """The faces in a copy no longer than ``longest``, framed by ``margin`` of that on each side."""
        scale = min(1.0, longest / max(image.shape[:2]))
        small = image if scale == 1 else _resized(image, scale)
        edge = int(margin * max(small.shape[:2]))
        framed = cv2.copyMakeBorder(small, edge, edge, edge, edge, cv2.BORDER_REPLICATE) if edge else small
        found = self._rows(np.asarray(framed, dtype=np.uint8))
        faces = [_face(row).moved(-edge / scale, -edge / scale, 1 / scale) for row in found]
        return [face for face in faces if _has_middle(image, face)]

    def settled(self, crop: BgrImage, inside: Face) -> Face:
        """The face with its landmarks averaged over four closer looks, two of them in the mirror.

        One look puts the five points off by a pixel or two, at random; the engines feel that (docs/model-card.md).
        """
        looks = [inside.landmarks.as_array()]
        for side in _LOOK_SIDES:
            looks += self._closer(crop, inside, side)
        return replace(inside, landmarks=Landmarks(*map(tuple, np.mean(looks, axis=0).tolist())))

    def _closer(self, crop: BgrImage, inside: Face, side: int) -> list[npt.NDArray[np.float64]]:
        """5 x 2 landmarks as they are seen in the face's surroundings at ``side`` pixels, and in the mirror."""
        scale = side / (2 * max(inside.box.width, inside.box.height))
        x, y = inside.box.centre
        into = np.array([[scale, 0, side / 2 - x * scale], [0, scale, side / 2 - y * scale]])
        smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        warped = cv2.warpAffine(crop, into, (side, side), flags=smooth, borderMode=cv2.BORDER_REPLICATE)
        close = np.asarray(warped, dtype=np.uint8)
        seen = [self._middle_one(close), _unmirrored(self._middle_one(close[:, ::-1]), side)]
        return [(points - into[:, 2]) / scale for points in seen if points is not None]

    def _middle_one(self, close: BgrImage) -> npt.NDArray[np.float64] | None:
        """The landmarks of the face in the middle; None where none is seen."""
        rows = self._rows(close, _LOOK_SCORE)
        if not len(rows):
            return None
        off = np.abs(rows[:, :2] + rows[:, 2:4] / 2 - close.shape[0] / 2).sum(axis=1)
        return rows[off.argmin(), 4:14].reshape(5, 2).astype(np.float64)

    def _rows(self, image: BgrImage, least: float = _SCORE) -> Rows:
        """The faces with a score of ``least`` or more, each once, the surest first."""
        height, width = image.shape[:2]
        # The network halves its input five times: both sides are filled up to multiples of 32.
        framed = np.zeros((_filled(height), _filled(width), 3), np.float32)
        framed[:height, :width] = image
        answers = self._network.run(list(_OUTPUTS), {_INPUT: framed.transpose(2, 0, 1)[None]})
        of = {name: answer[0] for name, answer in zip(_OUTPUTS, answers, strict=True)}
        found = [_decoded(of, stride, framed.shape[1] // stride, least) for stride in _STRIDES]
        rows = np.concatenate(found)
        kept = cv2.dnn.NMSBoxes(rows[:, :4].tolist(), rows[:, 14].tolist(), least, _OVERLAP, top_k=_CANDIDATES)
        return rows[np.asarray(kept, dtype=np.intp).ravel()]


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


def _decoded(of: dict[str, npt.NDArray[np.float32]], stride: int, columns: int, least: float) -> Rows:
    """The faces that one grid of cells has seen: boxes and landmarks are given relative to their cell."""
    scores = np.sqrt(of[f"cls_{stride}"][:, 0].clip(0, 1) * of[f"obj_{stride}"][:, 0].clip(0, 1))
    cells = np.flatnonzero(scores >= least)
    corner = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
    box, points = of[f"bbox_{stride}"][cells], of[f"kps_{stride}"][cells]
    size = np.exp(box[:, 2:]) * stride
    left_top = (corner + box[:, :2]) * stride - size / 2
    landmarks = (points.reshape(-1, 5, 2) + corner[:, None]) * stride
    return np.hstack([left_top, size, landmarks.reshape(-1, 10), scores[cells, None]], dtype=np.float32)


def _filled(side: int) -> int:
    return -(-side // _STRIDES[-1]) * _STRIDES[-1]


def _unmirrored(points: npt.NDArray[np.float64] | None, side: int) -> npt.NDArray[np.float64] | None:
    if points is None:
        return None
    back = points[_MIRRORED]
    back[:, 0] = side - 1 - back[:, 0]
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
