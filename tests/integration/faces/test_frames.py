"""The best of several frames, and what the frames say together."""

import time
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pytest

from crossing.faces import frames as frames_room
from crossing.faces.engines.base import Face, FaceEngine, Template
from crossing.faces.errors import NoFaceFound
from crossing.faces.frames import COMPARING_SECONDS, LOOKING_SECONDS, MAX_FRAMES, best_of, thinned
from crossing.faces.schemas import Quality
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Thresholds
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
    shown = np.clip(image * lit[:, :, None] * 1.2, 0, 255)
    return np.asarray(shown, dtype=np.uint8)


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


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found in frames must not hang on how busy the machine is; the tests of the time set their own."""
    monkeypatch.setattr(frames_room, "LOOKING_SECONDS", 60)
    monkeypatch.setattr(frames_room, "COMPARING_SECONDS", 60)


class Watched:
    """The service's engine behind the port, which counts what it is asked for and may take its time."""

    def __init__(self, engine: FaceEngine, seconds: float = 0) -> None:
        self._engine = engine
        self._seconds = seconds
        self.name, self.version = engine.name, engine.version
        self.calibration, self.dimension = engine.calibration, engine.dimension
        self.looks = self.templates = 0

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        self.looks += 1
        time.sleep(self._seconds)
        return self._engine.detect(image)

    def align(self, image: BgrImage, face: Face) -> BgrImage:
        return self._engine.align(image, face)

    def quality(self, image: BgrImage, faces: Sequence[Face], *, printed: bool = False) -> Quality:
        return self._engine.quality(image, faces, printed=printed)

    def template(self, image: BgrImage, face: Face) -> Template:
        self.templates += 1
        time.sleep(self._seconds)
        return self._engine.template(image, face)

    def compare(self, first: Template, second: Template) -> float:
        return self._engine.compare(first, second)


def watched(service: FaceService, seconds: float = 0) -> tuple[FaceService, Watched]:
    engine = Watched(service.engine, seconds)
    return FaceService(engine, Thresholds.load()), engine


def test_of_many_frames_no_more_than_twelve_are_looked_at(service: FaceService) -> None:
    counting, engine = watched(service)
    best_of(counting, [frame()] * 40)
    assert engine.looks <= MAX_FRAMES
    assert thinned(range(40)) == [0, 4, 7, 11, 14, 18, 21, 25, 28, 32, 35, 39]
    assert thinned("abc") == ["a", "b", "c"]


def test_the_traveller_waits_for_a_second_at_most() -> None:
    assert LOOKING_SECONDS < COMPARING_SECONDS <= 1


def test_an_engine_that_waits_is_not_waited_for_twelve_times(
    service: FaceService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting costs no processor's time, and the traveller's all the same."""
    monkeypatch.setattr(frames_room, "LOOKING_SECONDS", 0.2)
    monkeypatch.setattr(frames_room, "COMPARING_SECONDS", 0.2)
    slow, engine = watched(service, seconds=0.1)
    frames = [frame(noise=number) for number in range(6)]
    assert best_of(slow, frames).used <= 3
    assert engine.looks <= 3
    assert engine.templates <= 2


def test_the_time_that_decoding_takes_counts(service: FaceService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames_room, "LOOKING_SECONDS", 0.2)
    decoded = []

    def decoding() -> Iterator[BgrImage]:
        for number in range(12):
            time.sleep(0.1)
            decoded.append(number)
            yield frame(noise=number)

    assert best_of(service, decoding()).used <= 3
    assert len(decoded) <= 3


def test_one_frame_is_looked_at_however_late_it_is(service: FaceService) -> None:
    late = time.perf_counter() - 600
    counting, engine = watched(service)
    assert best_of(counting, [frame(), frame("hopper.jpg")], since=late).index == 0
    assert (engine.looks, engine.templates) == (1, 1)
    with pytest.raises(NoFaceFound):
        best_of(counting, [NOBODY, frame()], since=late)


def test_a_face_is_looked_for_longer_than_a_better_one(service: FaceService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames_room, "LOOKING_SECONDS", 0)
    counting, engine = watched(service)
    assert best_of(counting, [NOBODY, frame(), frame("hopper.jpg")]).index == 1
    assert engine.looks == 2


def test_no_more_frames_are_compared_when_the_time_is_over(
    service: FaceService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames_room, "COMPARING_SECONDS", 0)
    counting, engine = watched(service)
    best_of(counting, [frame(noise=1), frame(noise=2), frame(noise=3)])
    assert engine.templates == 2


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_other_person_is_told_wherever_they_come(service: FaceService, place: int) -> None:
    frames = [frame("obama.jpg", noise=number) for number in range(2)]
    frames.insert(place, frame("hopper.jpg"))
    assert codes(service, *frames) == ["persons_differ"]


def test_one_person_who_moves_is_one_person(service: FaceService) -> None:
    moved = [np.roll(frame(noise=number), 12 * number, axis=1) for number in range(4)]
    assert codes(service, *moved) == []


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
