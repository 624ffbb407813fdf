"""The parts of a picture that quality is measured on: the face upright at a fixed scale, and what lies around it.

Both are scaled by the face's own unit, so that a limit means the same at every distance and resolution, and both
cost the same whatever the size of the picture.
"""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.faces.engines.base import Face, Landmarks, Point
from crossing.platform.images import BgrImage

Grey = npt.NDArray[np.uint8]

EYES_APART: Final = 48
"""The unit of a frontal face in pixels of the upright view."""

_UPRIGHT_SIZE: Final = (144, 168)
_EYES_AT: Final = (72.0, 60.0)
_MOUTH_TO_UNIT: Final = 0.95

SCENE_UNIT: Final = 16
"""The unit in pixels of the scene: no finer than a counter's wall needs, and free of the camera's noise."""

# How far the scene reaches from the middle of the eyes, in units: to each side, above and below.
_ASIDE: Final = 3.0
_ABOVE: Final = 2.2
_BELOW: Final = 0.8
_HEAD_HALF: Final = 1.7


@dataclass(frozen=True, slots=True)
class UprightFace:
    """The face with its eyes level, :data:`EYES_APART` pixels a unit; the eyes' places in it."""

    grey: Grey
    right_eye: Point
    left_eye: Point


@dataclass(frozen=True, slots=True)
class Scene:
    """What is seen to the left and to the right of the head, from above it down to the mouth, as far as the picture
    reaches; either may be empty."""

    left: Grey
    right: Grey


def unit_of(landmarks: Landmarks) -> float:
    """The size of a face in pixels: the distance of its eyes, or where it is turned, that of eyes and mouth."""
    points = landmarks.as_array()
    middle, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    return max(math.dist(points[0], points[1]), _MOUTH_TO_UNIT * math.dist(middle, mouth), 1.0)


def upright_face(image: BgrImage, face: Face) -> UprightFace | None:
    """None where the eyes lie outside the picture."""
    unit = unit_of(face.landmarks)
    points = face.landmarks.as_array()[:2]
    middle = points.mean(axis=0)
    window, corner = _window(image, middle - 2.2 * unit, middle + 2.8 * unit)
    if not window.size:
        return None
    # Twice the wanted size is enough to sample from; area averaging keeps a large face from aliasing.
    shrink = min(1.0, 2 * EYES_APART / unit)
    window = _shrunk(window, shrink)
    points = (points - corner) * shrink
    scale = EYES_APART / (unit * shrink)
    across = points[1] - points[0]
    angle = math.atan2(across[1], across[0])
    turn = scale * np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    shift = np.array(_EYES_AT) - turn @ points.mean(axis=0)
    matrix = np.hstack([turn, shift[:, None]])
    grey = cv2.cvtColor(window, cv2.COLOR_BGR2GRAY)
    seen = cv2.warpAffine(grey, matrix, _UPRIGHT_SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    right, left = (points @ turn.T + shift).tolist()
    return UprightFace(np.asarray(seen, dtype=np.uint8), (right[0], right[1]), (left[0], left[1]))


def scene_of(image: BgrImage, face: Face) -> Scene:
    """The surroundings of a head, in grey at :data:`SCENE_UNIT` pixels a unit."""
    unit = unit_of(face.landmarks)
    middle = face.landmarks.as_array()[:2].mean(axis=0)
    top, bottom = middle[1] - _ABOVE * unit, middle[1] + _BELOW * unit
    sides = []
    for near, far in ((-_ASIDE, -_HEAD_HALF), (_HEAD_HALF, _ASIDE)):
        first, last = np.array([middle[0] + near * unit, top]), np.array([middle[0] + far * unit, bottom])
        window, _ = _window(image, first, last)
        sides.append(_in_grey(window, SCENE_UNIT / unit))
    return Scene(*sides)


def _window(
    image: BgrImage, first: npt.NDArray[np.float64], last: npt.NDArray[np.float64]
) -> tuple[BgrImage, npt.NDArray[np.float64]]:
    """The part of ``image`` between two corners (x, y), and where its own corner lies. It may be empty."""
    height, width = image.shape[:2]
    left, top = (max(0, int(value)) for value in first)
    right, bottom = min(width, max(left, int(last[0]) + 1)), min(height, max(top, int(last[1]) + 1))
    return image[top:bottom, left:right], np.array([left, top], dtype=np.float64)


def _in_grey(window: BgrImage, scale: float) -> Grey:
    if not window.size:
        return np.empty((0, 0), np.uint8)
    return np.asarray(cv2.cvtColor(_shrunk(window, min(1.0, scale)), cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _shrunk(window: BgrImage, scale: float) -> BgrImage:
    if scale >= 1:
        return window
    height, width = window.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(window, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
