"""The page reader on RapidOCR's networks: locate the MRZ by texture, read only its lines, judge, try harder."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from crossing.documents.mrz import (
    FILLER,
    NAME_SEPARATOR,
    CheckOutcome,
    CorrectionReason,
    Mrz,
    ProblemCode,
    parse,
)
from crossing.documents.reading.common import Look, StageWatch, bounded, names_at, unread
from crossing.documents.reading.detect import TextDetector
from crossing.documents.reading.locate import Band, TextLine, locate
from crossing.documents.reading.port import Confidence, PageReading, ReadingProblem
from crossing.documents.reading.recognise import LINE_HEIGHT, LineRecogniser, ReadLine
from crossing.documents.reading.rectify import quarter_turned, rectify
from crossing.documents.reading.straighten import straighten
from crossing.platform.images import BgrImage

_SURE: Final = 0.6
"""Least certainty of each letter of the names for HIGH confidence."""
_READS_AS_TEXT: Final = 0.75
"""Least mean certainty of lines that are read the right way up."""
_SMALLEST_LETTERS: Final = 9.0
"""Pixels below which letters lose their shapes."""

_CODES_UNKNOWN: Final = frozenset({ProblemCode.ISSUER_UNKNOWN, ProblemCode.NATIONALITY_UNKNOWN})

_FIRST_LOOK: Final = Look(0.3, 0.8)
_CLOSER_LOOKS: Final = (Look(0.2, 0.7), Look(0.2, 0.95))


@dataclass(frozen=True, slots=True)
class _Attempt:
    frame: BgrImage
    band: Band
    reads: tuple[ReadLine, ...]
    mrz: Mrz

    @property
    def certainty(self) -> float:
        return sum(read.mean_certainty for read in self.reads) / len(self.reads)

    @property
    def holding(self) -> int:
        return sum(outcome is CheckOutcome.HOLDS for outcome in self.mrz.checks.values())

    @property
    def merit(self) -> tuple[bool, int, float]:
        return self.mrz.valid, self.holding, self.certainty

    @property
    def readable(self) -> bool:
        """Whether this is surely the MRZ, though perhaps misread: no other place need be searched."""
        codes = {problem.code for problem in self.mrz.problems}
        known = self.mrz.format is not None and not codes & {ProblemCode.ISSUER_UNKNOWN, ProblemCode.LINE_LENGTH}
        return self.mrz.valid or (self.certainty > _READS_AS_TEXT and (known or self.holding >= 2))


class RapidOcrReader:
    """A :class:`PageReader`. ``threads`` bounds what one call takes of the machine.

    The networks come from the rapidocr wheel; the detector's is opened when a page first needs it. Raises
    ``ModelMissing`` at construction where the wheel is not installed.
    """

    def __init__(self, *, threads: int = 2) -> None:
        self._threads = threads
        self._recogniser = LineRecogniser(threads=threads)
        self._detector: TextDetector | None = None
        self._opening = threading.Lock()

    def read(self, image: BgrImage, *, today: date | None = None) -> PageReading:
        watch = StageWatch()
        image = bounded(image)
        best = self._best(image, today or datetime.now(UTC).date(), watch)
        if best is None:
            return unread(image, watch)
        page, boxes = rectify(best.frame, best.band)
        watch.lap("rectify")
        problems = tuple(_problems(best))
        return PageReading(
            lines=tuple(read.text for read in best.reads),
            mrz=best.mrz,
            confidence=Confidence.LOW if problems else Confidence.HIGH,
            certainty=best.certainty,
            problems=problems,
            image=page,
            line_boxes=boxes,
            elapsed_ms=watch.stages(),
        )

    def _best(self, image: BgrImage, today: date, watch: StageWatch) -> _Attempt | None:
        best: _Attempt | None = None
        for frame, bands in self._places(image, watch):
            for band in bands:
                attempt = self._first_attempt(frame, band, today, watch)
                if attempt is None:
                    continue
                if best is None or attempt.merit > best.merit:
                    best = attempt
                if best.readable:
                    return best if best.mrz.valid else self._closer(best, today, watch)
        return best if best is not None and best.holding >= 2 else None

    def _places(self, image: BgrImage, watch: StageWatch) -> Iterator[tuple[BgrImage, list[Band]]]:
        """Where the MRZ may be, the cheap and likely places first."""
        frames = [quarter_turned(image, quarters) for quarters in (0, 1)]
        for frame in frames:
            bands = locate(frame)
            watch.lap("locate")
            yield frame, bands
        for frame in frames:
            bands = self._text_detector().bands(frame)
            watch.lap("detect")
            yield frame, bands

    def _first_attempt(self, frame: BgrImage, band: Band, today: date, watch: StageWatch) -> _Attempt | None:
        """``band`` read the way that it is written; None where it is no MRZ either way.

        The line of the names always holds two fillers, and a filler on its head is none: one line tells.
        """
        for way in (band, band.turned()):
            at = names_at(way)
            names = self._reads(frame, way.lines[at : at + 1], _FIRST_LOOK, watch)
            if names[0].text.count(FILLER) >= len(NAME_SEPARATOR):
                others = self._reads(frame, way.lines[:at] + way.lines[at + 1 :], _FIRST_LOOK, watch)
                return self._judged(frame, way, others[:at] + names + others[at:], today, watch)
        return None

    def _closer(self, first: _Attempt, today: date, watch: StageWatch) -> _Attempt:
        """Other cuts of the same lines until the check digits hold; the best of them where they never do."""
        attempts = [first]
        for look in _CLOSER_LOOKS:
            reads = self._reads(first.frame, first.band.lines, look, watch)
            attempts.append(self._judged(first.frame, first.band, reads, today, watch))
            if attempts[-1].mrz.valid:
                return attempts[-1]
        return max(attempts, key=lambda attempt: attempt.merit)

    def _judged(
        self, frame: BgrImage, band: Band, reads: tuple[ReadLine, ...], today: date, watch: StageWatch
    ) -> _Attempt:
        mrz = parse([read.text for read in reads], today=today)
        watch.lap("parse")
        return _Attempt(frame, band, reads, mrz)

    def _reads(
        self, frame: BgrImage, lines: tuple[TextLine, ...], look: Look, watch: StageWatch
    ) -> tuple[ReadLine, ...]:
        strips = [
            straighten(frame, line, height=LINE_HEIGHT, margin=look.margin, stretch=look.stretch) for line in lines
        ]
        watch.lap("straighten")
        reads = tuple(self._recogniser.read(strips))
        watch.lap("recognise")
        return reads

    def _text_detector(self) -> TextDetector:
        with self._opening:
            if self._detector is None:
                self._detector = TextDetector(threads=self._threads)
            return self._detector


def _problems(attempt: _Attempt) -> Iterator[ReadingProblem]:
    """Why the reading is not to be believed without a look at the page; nothing where it is."""
    mrz = attempt.mrz
    if not mrz.valid:
        yield ReadingProblem.NOT_VALID
    if any(correction.reason is CorrectionReason.CHECK_DIGIT for correction in mrz.corrections):
        yield ReadingProblem.REPAIRED
    if not _names_are_sure(attempt) or any(problem.code in _CODES_UNKNOWN for problem in mrz.problems):
        yield ReadingProblem.UNSURE_CHARACTERS
    if min(line.height for line in attempt.band.lines) < _SMALLEST_LETTERS:
        yield ReadingProblem.TEXT_TOO_SMALL


def _names_are_sure(attempt: _Attempt) -> bool:
    read = attempt.reads[names_at(attempt.band)]
    letters = len(read.text.rstrip(FILLER))
    sure = all(certainty >= _SURE for certainty in read.certainty[:letters])
    return sure and NAME_SEPARATOR in read.text and read.evenly_spaced(letters)
