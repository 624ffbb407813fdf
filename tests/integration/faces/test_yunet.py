"""The detector beside OpenCV's own, and what a closer look is good for."""

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from crossing.faces.engines.weights import YUNET
from crossing.faces.engines.yunet import LONGEST_SIDE, YuNet, face_crop
from crossing.platform.images import BgrImage
from tests.factories.portraits import MODELS, OTHER_PERSONS, SAME_PERSON, portrait

EVERYBODY = (*SAME_PERSON, *OTHER_PERSONS)


@pytest.fixture(scope="module")
def detector() -> YuNet:
    return YuNet(MODELS)


def fitting(image: BgrImage) -> BgrImage:
    """As large as the detector looks at it, so that it does not scale it itself."""
    scale = min(1.0, LONGEST_SIDE / max(image.shape[:2]))
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


@pytest.mark.parametrize("name", EVERYBODY)
def test_every_face_lies_where_opencvs_detector_sees_it(detector: YuNet, name: str) -> None:
    image = fitting(portrait(name))
    height, width = image.shape[:2]
    theirs = cv2.FaceDetectorYN.create(str(MODELS / YUNET), "", (width, height), 0.6, 0.3, 200).detect(image)[1]
    ours = detector.detect(image)
    assert len(ours) == len(theirs)
    for face in ours:
        box = np.array([face.box.x, face.box.y, face.box.width, face.box.height])
        row = min(theirs, key=lambda one: float(np.abs(one[:4] - box).sum()))
        assert np.abs(row[:4] - box).max() < 0.01
        assert np.abs(row[4:14].reshape(5, 2) - face.landmarks.as_array()).max() < 0.01
        assert row[14] == pytest.approx(face.confidence, abs=1e-4)


def test_landmarks_that_were_settled_wander_less_with_the_size_of_the_picture(detector: YuNet) -> None:
    """The same face in pictures of nearby sizes: one look puts the points elsewhere each time."""
    once, settled = [], []
    for name in EVERYBODY:
        seen = [_landmarks(detector, portrait(name), height) for height in range(300, 420, 12)]
        once += [np.abs(a[0] - b[0]).mean() for a, b in pairwise(seen)]
        settled += [np.abs(a[1] - b[1]).mean() for a, b in pairwise(seen)]
    assert np.mean(settled) < 0.7 * np.mean(once)


def _landmarks(
    detector: YuNet, image: BgrImage, height: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """As first seen and settled, in shares of the picture's height."""
    scale = height / image.shape[0]
    small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    face = detector.detect(small)[0]
    crop, inside = face_crop(small, face)
    moved = detector.settled(crop, inside).landmarks.as_array() - inside.landmarks.as_array()
    pixel = face.box.width / inside.box.width
    first = face.landmarks.as_array()
    return first / height, (first + moved * pixel) / height
