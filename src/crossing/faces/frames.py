"""The best of several frames of one traveller, and what the frames say together.

Every frame is searched for a face and its quality measured; a template, which costs several times as much, is made
of few. What looks unlike a living face before the camera is told to the officer as a cue: it advises, it was not
tested as ISO/IEC 30107-3 tests attack detection, and it decides nothing.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

import numpy as np

from crossing.faces.engines.base import Face, FaceEngine, Template
from crossing.faces.errors import NoFaceFound
from crossing.faces.quality.limits import MAX_YAW, MIN_EYE_DISTANCE, MIN_SHARPNESS
from crossing.faces.schemas import Decision, LivenessCue, Quality
from crossing.faces.service import FaceAnalysis, FaceService, portrait_crop
from crossing.platform.images import BgrImage

MAX_FRAMES: Final = 12
"""No more frames than this are looked at. :func:`thinned` chooses them."""

LOOKING_SECONDS: Final = 0.6
COMPARING_SECONDS: Final = 1.0
"""From the beginning of the work on the frames, their decoding included, by the clock on the wall: the traveller
waits. After the first no further frame is looked at, once one had a face; after the second none at all, and no
further one is compared with the best."""

T = TypeVar("T")

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


def thinned(frames: Sequence[T]) -> list[T]:
    """At most 12 of ``frames``, evenly apart: the first and the last stay."""
    if len(frames) <= MAX_FRAMES:
        return list(frames)
    return [frames[round(place)] for place in np.linspace(0, len(frames) - 1, MAX_FRAMES)]


def best_of(service: FaceService, frames: Iterable[BgrImage], *, since: float | None = None) -> BestFrame:
    """The best of the first 12 frames, which are taken from ``frames`` as they are looked at.

    ``since``: when the work on them began, by ``time.perf_counter``; now, where nothing is said. Raises
    :class:`NoFaceFound` where no frame has a face.
    """
    started = time.perf_counter()
    since = started if since is None else since
    engine = service.engine
    seen = look(engine, frames, since=since)
    if not seen:
        raise NoFaceFound
    best = choose(seen)
    template = engine.template(best.image, best.faces[0])
    ms = round((time.perf_counter() - started) * 1000, 1)
    crop = portrait_crop(best.image, best.faces[0])
    analysis = FaceAnalysis(best.faces[0], best.quality, template, crop, ms)
    differ = _persons_differ(service, engine, seen, best, template, until=since + COMPARING_SECONDS)
    return BestFrame(analysis, best.index, len(seen), (*_cues(seen, best), *differ))


def look(engine: FaceEngine, frames: Iterable[BgrImage], *, since: float) -> list[SeenFrame]:
    """The frames that have a face, in their order. The first is looked at however late it is."""
    seen: list[SeenFrame] = []
    for index, image in enumerate(islice(frames, MAX_FRAMES)):
        faces = engine.detect(image)
        if faces:
            seen.append(SeenFrame(index, image, faces, engine.quality(image, faces)))
        if time.perf_counter() - since > (LOOKING_SECONDS if seen else COMPARING_SECONDS):
            break
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
    service: FaceService,
    engine: FaceEngine,
    seen: Sequence[SeenFrame],
    best: SeenFrame,
    template: Template,
    *,
    until: float,
) -> Iterator[LivenessCue]:
    """The best frame is compared with every other good one, those whose face is least like it in place and shape
    first; after ``until`` with one at least."""
    good = [one for one in seen if one is not best and _SPOILING.isdisjoint(one.quality.codes)]
    if not _SPOILING.isdisjoint(best.quality.codes):
        return
    for other in sorted(good, key=lambda one: -_unlikeness(one, best)):
        if np.array_equal(other.image, best.image):
            continue
        said = service.compare(template, engine.template(other.image, other.faces[0]))
        if said.decision is Decision.NO_MATCH:
            yield LivenessCue(code="persons_differ", measured=said.score, limit=said.threshold)
            return
        if time.perf_counter() > until:
            return


def _unlikeness(one: SeenFrame, best: SeenFrame) -> float:
    """How far the five landmarks lie from the best frame's, in distances between its eyes."""
    apart = one.faces[0].landmarks.as_array() - best.faces[0].landmarks.as_array()
    return float(np.abs(apart).mean()) / max(best.quality.eye_distance, 1.0)
