"""The best of several frames of one traveller, and what the frames say together.

Every frame is searched for a face and its quality measured; a template, which costs several times as much, is made
of few. What looks unlike a living face before the camera is told to the officer as a cue: it advises, it was not
tested as ISO/IEC 30107-3 tests attack detection, and it decides nothing.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from crossing.faces.engines.base import Face, FaceEngine, Template
from crossing.faces.errors import NoFaceFound
from crossing.faces.quality.limits import MAX_YAW, MIN_EYE_DISTANCE, MIN_SHARPNESS
from crossing.faces.schemas import Decision, LivenessCue, Quality
from crossing.faces.service import FaceAnalysis, FaceService, portrait_crop
from crossing.platform.images import BgrImage

MAX_FRAMES: Final = 12
"""More frames than this are thinned out evenly: the first and the last stay."""

LOOKING_SECONDS: Final = 0.6
"""After this much of the processor's time no further frame is looked at, once one had a face."""

# In a frame with one of these, a person may be unlike themselves.
_SPOILING: Final = frozenset({"turned", "nodding", "tilted", "blurred", "dark", "bright", "face_cut", "face_small"})


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
    cues = (*_cues(seen, best), *_persons_differ(service, engine, seen, best, template))
    return BestFrame(analysis, best.index, len(seen), cues)


def look(engine: FaceEngine, frames: Sequence[BgrImage]) -> list[SeenFrame]:
    """The frames that have a face, in the order in which they were taken."""
    seen: list[SeenFrame] = []
    started = time.thread_time()
    for index in _spread(len(frames)):
        if seen and time.thread_time() - started > LOOKING_SECONDS:
            break
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


def _cues(seen: Sequence[SeenFrame], best: SeenFrame) -> Iterator[LivenessCue]:
    if len(seen) > 1 and all(np.array_equal(seen[0].image, one.image) for one in seen[1:]):
        yield LivenessCue(code="frames_identical", measured=len(seen), limit=1)
    # Imported here: the capital carries no OpenCV, and imports this room.
    from crossing.faces.quality.liveness import MAX_PATTERN, screen_pattern  # noqa: PLC0415

    pattern = screen_pattern(best.image, best.faces[0])
    if pattern > MAX_PATTERN:
        yield LivenessCue(code="screen_pattern", measured=round(pattern, 1), limit=MAX_PATTERN)


def _persons_differ(
    service: FaceService, engine: FaceEngine, seen: Sequence[SeenFrame], best: SeenFrame, template: Template
) -> Iterator[LivenessCue]:
    """The best frame is compared with the good one that is farthest from it in time: one more template, no more."""
    good = [one for one in seen if one is not best and _SPOILING.isdisjoint(one.quality.codes)]
    if not good or not _SPOILING.isdisjoint(best.quality.codes):
        return
    other = max(good, key=lambda one: abs(one.index - best.index))
    if np.array_equal(other.image, best.image):
        return
    said = service.compare(template, engine.template(other.image, other.faces[0]))
    if said.decision is Decision.NO_MATCH:
        yield LivenessCue(code="persons_differ", measured=said.score, limit=said.threshold)


def _spread(count: int) -> list[int]:
    """At most :data:`MAX_FRAMES` places among ``count``, evenly apart."""
    if count <= MAX_FRAMES:
        return list(range(count))
    return sorted({round(place) for place in np.linspace(0, count - 1, MAX_FRAMES)})
