"""What can be said of a portrait without a model: number, size, place, pose, sharpness, light, eyes, background.

The checks are those of Doc 9303-9, ISO/IEC 19794-5 and 39794-5 (Annex D), named as ISO/IEC 29794-5 names them, and
measured in kind, not to the letter: angles come from five points, sharpness and light from the aligned face, so that
they speak of what the engines see. The limits were chosen on photographs and tried on others; how often each hint
comes, rightly and wrongly, is in docs/operations/capture-quality.md. A hint helps the officer to take a better
picture; it never refuses one.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from crossing.faces.engines.base import Face, Landmarks
from crossing.faces.quality import eyes as quality_eyes
from crossing.faces.quality import light as quality_light
from crossing.faces.quality import limits
from crossing.faces.quality import scene as quality_scene
from crossing.faces.quality.views import scene_of, unit_of, upright_face
from crossing.faces.schemas import Hint, Quality
from crossing.platform.images import BgrImage

# A mean adult head in millimetres, relative to the middle between the eyes: half the eyes' distance, how far the
# nose's tip stands out, how far below it lies, and both for the mouth. Angles from five points need no more.
_EYES_APART: Final = 62.0
_NOSE_OUT: Final = 28.0
_NOSE_DOWN: Final = 34.0
_MOUTH_OUT: Final = 8.0
_MOUTH_DOWN: Final = 62.0

# How far a face reaches in units (quality_views.unit_of): to each side, above its eyes and below its mouth.
_CHEEK: Final = 0.9
_FOREHEAD: Final = 0.9
_CHIN: Final = 0.6

_HIDING_EYES: Final = frozenset({"turned", "nodding", "blurred", "flat", "burnt"})


def measure(image: BgrImage, faces: Sequence[Face], chip: BgrImage, *, printed: bool = False) -> Quality:
    """The quality of ``faces[0]`` in ``image``; ``chip`` is that face aligned, 112 x 112.

    ``printed``: the picture is a document's page, where the portrait is neither alone nor in the middle, and its
    eyes and background are what the issuing State accepted.
    """
    face = faces[0]
    grey = quality_light.grey_of(chip)
    inner = quality_light.inner(grey)
    yaw, pitch, roll = head_pose(face.landmarks)
    measured = Quality(
        faces=sum(other.box.area >= limits.BYSTANDER_AREA * face.box.area for other in faces),
        eye_distance=round(math.dist(face.landmarks.right_eye, face.landmarks.left_eye), 1),
        yaw=round(yaw, 1),
        pitch=round(pitch, 1),
        roll=round(roll, 1),
        sharpness=round(quality_light.sharpness(inner), 3),
        brightness=round(float(np.median(inner)), 1),
        contrast=round(float(inner.std()), 1),
        evenness=round(quality_light.evenness(grey), 2),
        burnt=round(quality_light.burnt(grey), 3),
        **({} if printed else {**_eyes(image, face), **_background(image, face)}),
    )
    hints = list(_about_face(measured))
    if not printed:
        hints = [*_about_place(measured, face, image), *hints, *_about_eyes(measured), *_about_background(measured)]
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


def _eyes(image: BgrImage, face: Face) -> dict[str, float]:
    seen = upright_face(image, face)
    if seen is None:
        return {}
    return {"eyes_open": quality_eyes.open_eyes(seen), "eyes_shade": round(quality_eyes.shade(seen), 2)}


def _background(image: BgrImage, face: Face) -> dict[str, float]:
    found = quality_scene.background(scene_of(image, face))
    if found is None:
        return {}
    return {"background_busy": round(found[0], 1), "background_uneven": round(found[1], 1)}


def _about_place(measured: Quality, face: Face, image: BgrImage) -> Iterator[Hint]:
    height, width = image.shape[:2]
    x, y = face.box.centre
    if measured.faces > 1:
        yield Hint(code="several_faces", measured=measured.faces, limit=1)
    yield from _above("face_close", round(face.box.height / height, 2), limits.MAX_FACE_HEIGHT)
    yield from _above("face_cut", round(_over_edge(face, image), 2), limits.MAX_OVER_EDGE)
    yield from _above("off_centre", round(max(abs(x / width - 0.5), abs(y / height - 0.5)), 2), limits.MAX_OFF_CENTRE)


def _about_face(measured: Quality) -> Iterator[Hint]:
    yield from _below("face_small", measured.eye_distance, limits.MIN_EYE_DISTANCE)
    yield from _below("blurred", measured.sharpness, limits.MIN_SHARPNESS)
    yield from _below("dark", measured.brightness, limits.MIN_BRIGHTNESS)
    yield from _above("bright", measured.brightness, limits.MAX_BRIGHTNESS)
    yield from _above("burnt", measured.burnt, limits.MAX_BURNT)
    yield from _below("flat", measured.contrast, limits.MIN_CONTRAST)
    yield from _below("uneven", measured.evenness, limits.MIN_EVENNESS)
    yield from _above("turned", abs(measured.yaw), limits.MAX_YAW)
    yield from _above("nodding", abs(measured.pitch), limits.MAX_PITCH)
    yield from _above("tilted", abs(measured.roll), limits.MAX_ROLL)


def _about_eyes(measured: Quality) -> Iterator[Hint]:
    """That eyes are closed is said only of a picture in which open ones would have been seen."""
    covered = list(_below("eyes_covered", measured.eyes_shade, limits.MIN_EYES_SHADE))
    yield from covered
    if not covered and _HIDING_EYES.isdisjoint(hint.code for hint in _about_face(measured)):
        yield from _below("eyes_closed", measured.eyes_open, limits.MIN_EYES_OPEN)


def _about_background(measured: Quality) -> Iterator[Hint]:
    busy = list(_above("background", measured.background_busy, limits.MAX_BUSY))
    yield from busy or _above("background", measured.background_uneven, limits.MAX_UNEVEN_BACKGROUND)


def _over_edge(face: Face, image: BgrImage) -> float:
    """The share of the face's width or height that lies outside the picture, the larger of both.

    The face is measured by its landmarks: a detector draws its box around the part that it sees.
    """
    unit = unit_of(face.landmarks)
    points = face.landmarks.as_array()
    middle = (points[:2].mean(axis=0)[0] + points[3:].mean(axis=0)[0]) / 2
    first = np.array([middle - _CHEEK * unit, points[:2, 1].min() - _FOREHEAD * unit])
    last = np.array([middle + _CHEEK * unit, points[3:, 1].max() + _CHIN * unit])
    outside = np.maximum(-first, last - (image.shape[1], image.shape[0])) / (last - first)
    return float(max(0.0, outside.max()))


def _below(code: str, measured: float | None, limit: float) -> Iterator[Hint]:
    if measured is not None and measured < limit:
        yield Hint(code=code, measured=measured, limit=limit)


def _above(code: str, measured: float | None, limit: float) -> Iterator[Hint]:
    if measured is not None and measured > limit:
        yield Hint(code=code, measured=measured, limit=limit)
