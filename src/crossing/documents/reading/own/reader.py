"""The page reader on our own networks: find the MRZs, read their lines, decode them under the format's rules."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

import numpy as np

from crossing.documents.reading.common import Look, StageWatch, bounded, unread
from crossing.documents.reading.locate import Band
from crossing.documents.reading.own.attempt import Attempt, judged, looks_upright
from crossing.documents.reading.own.decoding import LONGEST, decode
from crossing.documents.reading.own.finder import LineFinder
from crossing.documents.reading.own.lattice import Lattice, best_path
from crossing.documents.reading.own.places import BandFinder, TextureFinder
from crossing.documents.reading.own.recogniser import STRIP_HEIGHT, Frames, StripRecogniser
from crossing.documents.reading.port import Confidence, PageReading
from crossing.documents.reading.rectify import rectify
from crossing.documents.reading.straighten import straighten
from crossing.platform.images import BgrImage

_FIRST_LOOK: Final = Look(0.2, 0.8)
_CLOSER_LOOKS: Final = (Look(0.14, 0.9), Look(0.27, 0.7))
_MOST_DOCUMENTS: Final = 4


class OwnReader:
    """A :class:`PageReader`. ``threads`` bounds what one call takes of the machine.

    Our detector says where to read, and the search by texture where nothing could be read there; ``finder`` takes the
    place of both. Raises ``WeightsDamaged`` at construction where a network is not the one that was measured.
    """

    def __init__(self, *, threads: int = 2, finder: BandFinder | None = None) -> None:
        self._finders = (finder,) if finder else (LineFinder(threads=threads), TextureFinder())
        self._recogniser = StripRecogniser(threads=threads)

    def read(self, image: BgrImage, *, today: date | None = None) -> PageReading:
        watch = StageWatch()
        image = bounded(image)
        today = today or datetime.now(UTC).date()
        documents = self._documents(image, today, watch)
        if not documents:
            return unread(image, watch)
        main, *others = [_reading(image, attempt, watch, ()) for attempt in documents]
        return _reading(image, documents[0], watch, tuple(others)) if others else main

    def _documents(self, image: BgrImage, today: date, watch: StageWatch) -> list[Attempt]:
        for finder in self._finders:
            bands = finder.bands(image)
            watch.lap("find")
            attempts = [attempt for band in bands if (attempt := self._attempt(image, band, today, watch))]
            if documents := _distinct([attempt for attempt in attempts if attempt.readable]):
                return documents
        return []

    def _attempt(self, image: BgrImage, band: Band, today: date, watch: StageWatch) -> Attempt | None:
        """``band`` read the way that it is written; None where it is no MRZ either way."""
        for way in (band, band.turned()):
            frames = self._frames(image, way, _FIRST_LOOK, watch)
            if looks_upright([best_path(line) for line in frames]):
                return self._best_part(image, way, frames, today, watch)
        return None

    def _best_part(
        self, image: BgrImage, band: Band, frames: list[Frames], today: date, watch: StageWatch
    ) -> Attempt | None:
        """All lines together; two neighbours of three where a row of other print was taken for a line."""
        whole = self._decoded(image, band, frames, today, watch)
        if len(band.lines) < 3 or (whole and whole.fits):
            return whole
        parts = [
            self._decoded(image, Band(band.lines[start : start + 2]), frames[start : start + 2], today, watch)
            for start in (1, 0)
        ]
        return max((one for one in (*parts, whole) if one), key=lambda one: (one.fits, one.merit), default=None)

    def _decoded(
        self, image: BgrImage, band: Band, frames: list[Frames], today: date, watch: StageWatch
    ) -> Attempt | None:
        """The lines decoded together; looked at again, and all looks weighed together, while anything is unsure."""
        texts = tuple(best_path(line) for line in frames)
        looks = [Lattice(frames, LONGEST)]
        attempt = _judged(band, texts, looks, today, watch)
        for look in _CLOSER_LOOKS:
            if attempt is None or attempt.settled:
                break
            looks.append(Lattice(self._frames(image, band, look, watch), LONGEST))
            attempt = _judged(band, texts, looks, today, watch)
        return attempt

    def _frames(self, image: BgrImage, band: Band, look: Look, watch: StageWatch) -> list[Frames]:
        strips = [
            straighten(image, line, height=STRIP_HEIGHT, margin=look.margin, stretch=look.stretch)
            for line in band.lines
        ]
        watch.lap("straighten")
        frames = self._recogniser.frames(strips)
        watch.lap("recognise")
        return frames


def _judged(
    band: Band, texts: tuple[str, ...], looks: Sequence[Lattice], today: date, watch: StageWatch
) -> Attempt | None:
    decoded = decode(looks, len(band.lines))
    attempt = judged(band, texts, decoded, today) if decoded else None
    watch.lap("decode")
    return attempt


def _distinct(attempts: list[Attempt]) -> list[Attempt]:
    """The surest first, every place in the picture once."""
    kept: list[Attempt] = []
    for attempt in sorted(attempts, key=lambda one: one.merit, reverse=True):
        if not any(_same_place(attempt.band, other.band) for other in kept):
            kept.append(attempt)
    return kept[:_MOST_DOCUMENTS]


def _same_place(one: Band, other: Band) -> bool:
    centres = [np.mean([line.centre for line in band.lines], axis=0) for band in (one, other)]
    return bool(np.hypot(*(centres[0] - centres[1])) < 3 * max(line.height for line in one.lines))


def _reading(image: BgrImage, attempt: Attempt, watch: StageWatch, others: tuple[PageReading, ...]) -> PageReading:
    page, boxes = rectify(image, attempt.band)
    watch.lap("rectify")
    problems = tuple(attempt.problems())
    return PageReading(
        lines=attempt.texts,
        mrz=attempt.mrz,
        confidence=Confidence.LOW if problems else Confidence.HIGH,
        certainty=attempt.decoded.mean_certainty,
        problems=problems,
        image=page,
        line_boxes=boxes,
        elapsed_ms=watch.stages(),
        doubts=attempt.doubts(),
        others=others,
    )
