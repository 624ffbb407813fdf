"""What is said of a real portrait, and of the same one spoiled in one way at a time."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import pytest

from crossing.faces.engines import open_engine
from crossing.faces.engines.base import Face, FaceEngine
from crossing.faces.schemas import Quality
from crossing.platform.images import BgrImage
from tests.factories.portraits import MODELS, portrait

Spoil = Callable[[BgrImage, Face], BgrImage]

GOOD: Final = "obama.jpg"


@pytest.fixture(scope="module")
def engine() -> FaceEngine:
    return open_engine(MODELS)


def quality_of(engine: FaceEngine, image: BgrImage, *, printed: bool = False) -> Quality:
    return engine.quality(image, engine.detect(image), printed=printed)


def spoiled(engine: FaceEngine, spoil: Spoil, name: str = GOOD) -> Quality:
    image = portrait(name)
    return quality_of(engine, spoil(image.copy(), engine.detect(image)[0]))


def eyes_shut(image: BgrImage, face: Face) -> BgrImage:
    """Skin grows over the eyes, and a line of lashes is drawn."""
    apart = face.landmarks.left_eye[0] - face.landmarks.right_eye[0]
    skin, lashes = np.zeros(image.shape[:2], np.uint8), np.zeros(image.shape[:2], np.float32)
    for x, y in (face.landmarks.right_eye, face.landmarks.left_eye):
        middle = (round(x), round(y))
        cv2.ellipse(skin, middle, (round(0.3 * apart), round(0.15 * apart)), 0, 0, 360, 1, -1)
        cv2.ellipse(
            lashes, middle, (round(0.25 * apart), round(0.08 * apart)), 0, 10, 170, 0.65, round(0.035 * apart)
        )
    covered = cv2.inpaint(image, skin, 3, cv2.INPAINT_TELEA)
    return (covered * (1 - cv2.GaussianBlur(lashes, (0, 0), 1))[:, :, None]).astype(np.uint8)


def dark_glasses(image: BgrImage, face: Face) -> BgrImage:
    apart = face.landmarks.left_eye[0] - face.landmarks.right_eye[0]
    for x, y in (face.landmarks.right_eye, face.landmarks.left_eye):
        cv2.ellipse(
            image, (round(x), round(y)), (round(0.4 * apart), round(0.28 * apart)), 0, 0, 360, (22, 22, 22), -1
        )
    return image


def half_in_shadow(image: BgrImage, face: Face) -> BgrImage:
    image[:, round(face.landmarks.nose[0]) :] //= 3
    return image


def moved(across: bool) -> Spoil:
    """The hand or the head moved by a fifth of the eyes' distance while the picture was taken."""

    def spoil(image: BgrImage, face: Face) -> BgrImage:
        length = round(0.2 * (face.landmarks.left_eye[0] - face.landmarks.right_eye[0]))
        shape = (1, length) if across else (length, 1)
        return np.asarray(cv2.filter2D(image, -1, np.full(shape, 1 / length)), dtype=np.uint8)

    return spoil


def turned_by(angle: float) -> Spoil:
    def spoil(image: BgrImage, face: Face) -> BgrImage:
        height, width = image.shape[:2]
        matrix = cv2.getRotationMatrix2D(face.box.centre, angle, 1)
        return np.asarray(cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)

    return spoil


def from_too_near(image: BgrImage, face: Face) -> BgrImage:
    x, y = face.box.centre
    half = 0.6 * face.box.height
    return np.ascontiguousarray(image[round(y - half) : round(y + half), round(x - half) : round(x + half)])


def cut_in_two(image: BgrImage, face: Face) -> BgrImage:
    return np.ascontiguousarray(image[:, round(face.box.x + 0.3 * face.box.width) :])


def flash(image: BgrImage, face: Face) -> BgrImage:
    return np.clip(image * 2.2, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (eyes_shut, "eyes_closed"),
        (dark_glasses, "eyes_covered"),
        (half_in_shadow, "uneven"),
        (moved(across=True), "blurred"),
        (moved(across=False), "blurred"),
        (turned_by(30), "tilted"),
        (turned_by(-30), "tilted"),
        (from_too_near, "face_close"),
        (cut_in_two, "face_cut"),
        (flash, "burnt"),
    ],
)
def test_each_fault_is_told(engine: FaceEngine, spoil: Spoil, code: str) -> None:
    assert spoiled(engine, lambda image, _: image).acceptable
    assert code in spoiled(engine, spoil).codes


@pytest.mark.parametrize(
    "name", ["obama.jpg", "obama-speaking.jpg", "obama-standing.jpg", "biden.jpg", "collins.png", "hopper.jpg"]
)
@pytest.mark.parametrize("apart", [45, 70, 120])
def test_open_eyes_are_seen_open_at_every_size(engine: FaceEngine, name: str, apart: int) -> None:
    image = portrait(name)
    scale = apart / quality_of(engine, image).eye_distance
    sized = cv2.resize(
        image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    )
    told = quality_of(engine, np.asarray(sized, dtype=np.uint8)).codes
    assert not {"eyes_closed", "eyes_covered", "blurred"} & set(told)


@pytest.mark.parametrize("brightness", [0.35, 0.6, 1.0])
def test_eyes_are_seen_open_in_a_face_that_is_dark_in_the_picture(engine: FaceEngine, brightness: float) -> None:
    found = spoiled(engine, lambda image, _: (image * brightness).astype(np.uint8), "collins.png")
    assert not {"eyes_closed", "eyes_covered"} & set(found.codes)


def test_of_a_printed_portrait_neither_eyes_nor_background_are_judged(engine: FaceEngine) -> None:
    image = portrait("hopper.jpg")
    assert "background" in quality_of(engine, image).codes
    found = quality_of(engine, image, printed=True)
    assert found.acceptable
    assert found.eyes_open is found.background_busy is None
    glasses = dark_glasses(image.copy(), engine.detect(image)[0])
    assert not {"eyes_closed", "eyes_covered"} & set(quality_of(engine, glasses, printed=True).codes)
