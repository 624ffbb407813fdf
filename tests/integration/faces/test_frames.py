"""The best of several frames, and what the frames say together."""

import cv2
import numpy as np
import pytest

from crossing.faces.errors import NoFaceFound
from crossing.faces.frames import MAX_FRAMES, best_of
from crossing.faces.service import FaceService
from crossing.platform.images import BgrImage
from tests.factories.portraits import portrait

NOBODY = np.full((480, 640, 3), 170, np.uint8)


def frame(name: str = "obama.jpg", *, blur: float = 0, noise: int = 1) -> BgrImage:
    """A portrait as a camera's frame: never twice the same."""
    image = portrait(name)
    if blur:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur), dtype=np.uint8)
    grain = np.random.default_rng(noise).normal(0, 2, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def codes(service: FaceService, *frames: BgrImage) -> list[str]:
    return [cue.code for cue in best_of(service, frames).cues]


def on_a_screen(image: BgrImage, pitch: float = 1.7, turned: float = 5.0) -> BgrImage:
    """As a camera sees a screen whose pixels, ``pitch`` of the camera's wide, have dark gaps."""
    height, width = image.shape[:2]
    y, x = np.mgrid[: height * 4, : width * 4].astype(np.float32) / 4
    angle = np.radians(turned)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    gaps = ((along / pitch) % 1 < 0.3) | ((across / pitch) % 1 < 0.3)
    lit = cv2.resize(1 - 0.35 * gaps.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    return np.clip(image * lit[:, :, None] * 1.2, 0, 255).astype(np.uint8)


def test_the_sharp_frame_is_chosen_whatever_its_place(service: FaceService) -> None:
    found = best_of(service, [NOBODY, frame(blur=6), frame(blur=4, noise=2), frame(noise=3), NOBODY])
    assert (found.index, found.used) == (3, 3)
    assert "blurred" not in found.analysis.quality.codes
    assert found.cues == ()


def test_one_frame_is_enough(service: FaceService) -> None:
    found = best_of(service, [frame()])
    assert (found.index, found.used, found.cues) == (0, 1, ())


@pytest.mark.parametrize("frames", [[], [NOBODY], [NOBODY, NOBODY]])
def test_frames_without_a_face_are_an_error_of_its_own(service: FaceService, frames: list[BgrImage]) -> None:
    with pytest.raises(NoFaceFound):
        best_of(service, frames)


def test_of_many_frames_no_more_than_twelve_are_looked_at(service: FaceService) -> None:
    assert best_of(service, [frame()] * 40).used <= MAX_FRAMES


def test_a_still_that_is_fed_as_a_camera_is_told(service: FaceService) -> None:
    assert codes(service, frame(), frame(), frame()) == ["frames_identical"]
    assert codes(service, frame(), frame(noise=2)) == []


def test_two_persons_in_the_frames_are_told_and_not_mixed(service: FaceService) -> None:
    first, second = frame("obama.jpg"), frame("hopper.jpg")
    found = best_of(service, [first, second])
    assert [cue.code for cue in found.cues] == ["persons_differ"]
    alone = best_of(service, [(first, second)[found.index]])
    assert service.engine.compare(found.analysis.template, alone.analysis.template) == pytest.approx(1)


@pytest.mark.parametrize("name", ["obama.jpg", "collins.png", "hopper.jpg"])
def test_a_face_on_a_screen_shows_its_pattern(service: FaceService, name: str) -> None:
    assert codes(service, frame(name)) == []
    assert codes(service, on_a_screen(frame(name))) == ["screen_pattern"]
