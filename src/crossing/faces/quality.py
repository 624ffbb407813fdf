"""What can be said of a portrait without a model: number, size, place, pose, sharpness, light.

The measures are those of ISO/IEC 29794-5 in kind, not to the letter: angles come from five points, and sharpness and
light from the aligned face, so that they speak of what the engines see. A hint helps the officer to take a better
picture; it never refuses one.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from crossing.faces.engines.base import Face, Landmarks
from crossing.faces.schemas import Hint, Quality
from crossing.platform.images import BgrImage

BYSTANDER_AREA: Final = 0.25
"""A further face counts when it has this share of the largest face's area: who stands behind does not."""

MIN_EYE_DISTANCE: Final = 30.0
MAX_OFF_CENTRE: Final = 0.35
MAX_ANGLE: Final = 25.0
MIN_SHARPNESS: Final = 0.12
MIN_BRIGHTNESS: Final = 55.0
MAX_BRIGHTNESS: Final = 215.0
MIN_CONTRAST: Final = 18.0

# A mean adult head in millimetres, relative to the middle between the eyes: half the eyes' distance, how far the
# nose's tip stands out, how far below it lies, and both for the mouth. Angles from five points need no more.
_EYES_APART: Final = 62.0
_NOSE_OUT: Final = 28.0
_NOSE_DOWN: Final = 34.0
_MOUTH_OUT: Final = 8.0
_MOUTH_DOWN: Final = 62.0


def measure(image: BgrImage, faces: Sequence[Face], chip: BgrImage, *, printed: bool = False) -> Quality:
    """The quality of ``faces[0]`` in ``image``; ``chip`` is that face aligned, 112 x 112.

    ``printed``: the picture is a document's page, where the portrait is neither alone nor in the middle.
    """
    face = faces[0]
    grey = _grey(chip)
    yaw, pitch, roll = head_pose(face.landmarks)
    measured = Quality(
        faces=sum(other.box.area >= BYSTANDER_AREA * face.box.area for other in faces),
        eye_distance=round(_distance(face.landmarks), 1),
        yaw=round(yaw, 1),
        pitch=round(pitch, 1),
        roll=round(roll, 1),
        sharpness=round(_sharpness(grey), 3),
        brightness=round(float(np.median(grey)), 1),
        contrast=round(float(grey.std()), 1),
    )
    hints = [*_about_face(measured, face, image), *([] if printed else _about_place(measured, face, image))]
    return measured.model_copy(update={"hints": tuple(hints)})


def head_pose(landmarks: Landmarks) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees, exact to about 10 degrees.

    Positive: the head turns to the person's left, looks up, and leans towards the person's left shoulder.
    """
    points = landmarks.as_array()
    across = points[1] - points[0]
    roll = math.atan2(across[1], across[0])
    upright = np.array([[math.cos(roll), math.sin(roll)], [-math.sin(roll), math.cos(roll)]])
    right_eye, left_eye, nose, right_mouth, left_mouth = points @ upright.T
    middle, mouth = (right_eye + left_eye) / 2, (right_mouth + left_mouth) / 2
    apart = max(float(left_eye[0] - right_eye[0]), 1e-6)
    yaw = math.atan((nose[0] - middle[0]) / apart * _EYES_APART / _NOSE_OUT)
    drop = max(float(mouth[1] - middle[1]), 1e-6)
    ratio = float(nose[1] - middle[1]) / drop
    pitch = -math.atan2(ratio * _MOUTH_DOWN - _NOSE_DOWN, _NOSE_OUT - ratio * _MOUTH_OUT)
    return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)


def _about_place(measured: Quality, face: Face, image: BgrImage) -> Iterator[Hint]:
    height, width = image.shape[:2]
    x, y = face.box.centre
    off = max(abs(x / width - 0.5), abs(y / height - 0.5))
    if measured.faces > 1:
        yield Hint(code="several_faces", measured=measured.faces, limit=1)
    if off > MAX_OFF_CENTRE:
        yield Hint(code="off_centre", measured=round(off, 2), limit=MAX_OFF_CENTRE)


def _about_face(measured: Quality, face: Face, image: BgrImage) -> Iterator[Hint]:
    height, width = image.shape[:2]
    inside = face.landmarks.as_array()
    if (inside < 0).any() or (inside >= (width, height)).any():
        yield Hint(code="face_cut", measured=1, limit=0)
    for code, value, limit in (
        ("face_small", measured.eye_distance, MIN_EYE_DISTANCE),
        ("blurred", measured.sharpness, MIN_SHARPNESS),
        ("dark", measured.brightness, MIN_BRIGHTNESS),
        ("flat", measured.contrast, MIN_CONTRAST),
    ):
        if value < limit:
            yield Hint(code=code, measured=value, limit=limit)
    for code, value, limit in (
        ("bright", measured.brightness, MAX_BRIGHTNESS),
        ("turned", abs(measured.yaw), MAX_ANGLE),
        ("nodding", abs(measured.pitch), MAX_ANGLE),
        ("tilted", abs(measured.roll), MAX_ANGLE),
    ):
        if value > limit:
            yield Hint(code=code, measured=value, limit=limit)


def _distance(landmarks: Landmarks) -> float:
    return math.dist(landmarks.right_eye, landmarks.left_eye)


def _grey(chip: BgrImage) -> npt.NDArray[np.float32]:
    """Luma (ITU-R BT.601) of the middle of the chip, where hair and background do not reach."""
    side = chip.shape[0]
    edge = side // 8
    inner = chip[edge : side - edge, edge : side - edge].astype(np.float32)
    return np.asarray(inner @ np.array([0.114, 0.587, 0.299], dtype=np.float32), dtype=np.float32)


def _sharpness(grey: npt.NDArray[np.float32]) -> float:
    """The spread of the second derivative over the spread of the grey values: blur lowers it, low light does not."""
    inner = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    return float(laplacian.std() / max(float(grey.std()), 1.0))
