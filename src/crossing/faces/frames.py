"""The best of several frames of one traveller, and what the frames say together.

Every frame is searched for a face and its quality measured; a template, which costs several times as much, is made
of few. What looks unlike a living face before the camera is told to the officer as a cue: it advises, it was not
tested as ISO/IEC 30107-3 tests attack detection, and it decides nothing.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from crossing.faces.engines.base import Face, FaceEngine
from crossing.faces.errors import NoFaceFound
from crossing.faces.quality_limits import MAX_YAW, MIN_EYE_DISTANCE, MIN_SHARPNESS
from crossing.faces.schemas import LivenessCue, Quality
from crossing.faces.service import FaceAnalysis, FaceService, portrait_crop
from crossing.platform.images import BgrImage

MAX_FRAMES: Final = 12
"""More frames than this are thinned out evenly: the first and the last stay."""


@dataclass(frozen=True, slots=True)
class BestFrame:
    """``index``: the chosen frame's place among those given; ``used``: how many frames had a face."""

    analysis: FaceAnalysis
    index: int
    used: int
    cues: tuple[LivenessCue, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """A frame in which a face was found, the largest first."""

    index: int
    image: BgrImage
    faces: tuple[Face, ...]
    quality: Quality


def best_of(service: FaceService, frames: Sequence[BgrImage]) -> BestFrame:
    """The best frame of at most 12. Raises :class:`NoFaceFound` where none has a face."""
    started = time.perf_counter()
    engine = service.engine
    seen = look(engine, frames)
    if not seen:
        raise NoFaceFound
    best = choose(seen)
    template = engine.template(best.image, best.faces[0])
    ms = round((time.perf_counter() - started) * 1000, 1)
    crop = portrait_crop(best.image, best.faces[0])
    analysis = FaceAnalysis(best.faces[0], best.quality, template, crop, ms)
    return BestFrame(analysis, best.index, len(seen), cues_of(seen))


def look(engine: FaceEngine, frames: Sequence[BgrImage]) -> list[SeenFrame]:
    """The frames that have a face, in the order in which they were taken."""
    seen = []
    for index in _spread(len(frames)):
        image = frames[index]
        faces = engine.detect(image)
        if faces:
            measured = engine.quality(image, faces)
            seen.append(SeenFrame(index, image, faces, measured))
    return seen


def choose(seen: Sequence[SeenFrame]) -> SeenFrame:
    """The frame with the fewest hints; among those the sharpest, largest and most frontal. ``seen`` is not empty."""
    return min(seen, key=lambda one: (len(one.quality.hints), -score(one.quality)))


def score(measured: Quality) -> float:
    """How good a frame is among frames with as many hints, 0 to 1: the mean of sharpness, size and frontal pose."""
    sharp = min(1.0, measured.sharpness / (4 * MIN_SHARPNESS))
    size = min(1.0, measured.eye_distance / (4 * MIN_EYE_DISTANCE))
    turned = max(abs(measured.yaw), abs(measured.pitch), abs(measured.roll))
    frontal = max(0.0, 1 - turned / (2 * MAX_YAW))
    return (sharp + size + frontal) / 3


def cues_of(seen: Sequence[SeenFrame]) -> tuple[LivenessCue, ...]:
    """What the frames show that a living face before a camera seldom does."""
    if len(seen) < 2 or not all(np.array_equal(seen[0].image, one.image) for one in seen[1:]):
        return ()
    return (LivenessCue(code="frames_identical", measured=len(seen), limit=1),)


def _spread(count: int) -> list[int]:
    """At most :data:`MAX_FRAMES` places among ``count``, evenly apart."""
    if count <= MAX_FRAMES:
        return list(range(count))
    return sorted({round(place) for place in np.linspace(0, count - 1, MAX_FRAMES)})
