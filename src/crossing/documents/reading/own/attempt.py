"""One MRZ as read: the network's own text, what the rules made of it, and how far both can be believed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

import numpy as np

from crossing.documents.mrz import (
    FILLER,
    CheckOutcome,
    Correction,
    CorrectionReason,
    Mrz,
    MrzField,
    ProblemCode,
    parse,
)
from crossing.documents.mrz.formats import Layout, Span
from crossing.documents.reading.locate import Band
from crossing.documents.reading.own.decoding import Decoded
from crossing.documents.reading.port import Doubt, DoubtReason, ReadingProblem

_SURE: Final = 0.98
"""Least posterior of each character that no check digit covers, for HIGH confidence."""
_SURE_CHECKED: Final = 0.8
"""And of each that one covers."""
_SURE_LENGTH: Final = float(np.log(0.1))
"""Least log-probability that a line has as many characters as its format."""
_POSSIBLE_LENGTH: Final = -12.0
"""And the least at which the format's length is believed at all."""
_READS_AS_TEXT: Final = 0.75
"""Least mean posterior of lines that are surely an MRZ."""
_ODD_CODES: Final = frozenset(
    {ProblemCode.ISSUER_UNKNOWN, ProblemCode.NATIONALITY_UNKNOWN, ProblemCode.DOCUMENT_CODE_UNUSUAL}
)
_NAMES: Final = ("surname", "given_names")
_SMALLEST_LETTERS: Final = 7.0
"""Pixels below which letters lose their shapes."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """``texts`` are the lines as the network reads them when nothing is asked of it."""

    band: Band
    texts: tuple[str, ...]
    decoded: Decoded
    mrz: Mrz

    @property
    def merit(self) -> tuple[bool, int, float]:
        return self.mrz.valid, self._holding, self.decoded.mean_certainty

    @property
    def readable(self) -> bool:
        """Whether this is surely an MRZ, though perhaps misread."""
        if self.mrz.format is None:
            return False
        if self.mrz.valid or self._holding >= 2:
            return True
        codes = {problem.code for problem in self.mrz.problems}
        known = not codes & {ProblemCode.ISSUER_UNKNOWN, ProblemCode.LINE_LENGTH}
        return known and self.decoded.mean_certainty > _READS_AS_TEXT and self.fits

    @property
    def settled(self) -> bool:
        """Whether nothing is left to be won by looking again."""
        return self.mrz.valid and not tuple(self.problems())

    @property
    def _holding(self) -> int:
        return sum(outcome is CheckOutcome.HOLDS for outcome in self.mrz.checks.values())

    @property
    def fits(self) -> bool:
        """Whether its lines can be as long as their format's."""
        return min(self.decoded.log_odds) > _POSSIBLE_LENGTH

    def problems(self) -> Iterator[ReadingProblem]:
        """Why the reading is not to be believed without a look at the page; nothing where it is."""
        if not self.mrz.valid:
            yield ReadingProblem.NOT_VALID
        chosen = any(one.reason is CorrectionReason.CHECK_DIGIT for one in self.mrz.corrections)
        if chosen or min(self.decoded.log_odds) < _SURE_LENGTH:
            yield ReadingProblem.REPAIRED
        odd = any(problem.code in _ODD_CODES for problem in self.mrz.problems)
        if odd or any(True for _ in self._unsure_cells()):
            yield ReadingProblem.UNSURE_CHARACTERS
        if min(line.height for line in self.band.lines) < _SMALLEST_LETTERS:
            yield ReadingProblem.TEXT_TOO_SMALL

    def doubts(self) -> tuple[Doubt, ...]:
        """The fields to compare with the page, each reason at most once for a field."""
        found = [
            Doubt(name, DoubtReason.CHECK_FAILED)
            for name, outcome in self.mrz.checks.items()
            if outcome is CheckOutcome.FAILS
        ]
        for one in self.mrz.corrections:
            if one.reason is CorrectionReason.CHECK_DIGIT:
                found += [Doubt(name, DoubtReason.CORRECTED) for name in self._fields_at(one.line, one.column)]
        for line, column in self._unsure_cells():
            found += [Doubt(name, DoubtReason.UNSURE) for name in self._fields_at(line, column)]
        return tuple(dict.fromkeys(found))

    def _unsure_cells(self) -> Iterator[tuple[int, int]]:
        checked = _checked_spans(self.decoded.layout)
        for number, line in enumerate(self.decoded.certainty):
            for column, certainty in enumerate(line):
                covered = any(span.line == number and span.start <= column < span.end for span in checked)
                if certainty < (_SURE_CHECKED if covered else _SURE):
                    yield number, column

    def _fields_at(self, line: int, column: int) -> list[str]:
        """The fields of a cell; a filler beside the names may hide a letter of either."""
        layout, fields = self.decoded.layout, self.mrz.fields
        if found := [name for name, field in fields.items() if _within(field, layout, name, line, column)]:
            return found
        cell = Span(line, column, column + 1)
        places = [place.name for place in layout.places if place.span.holds(cell)]
        return [*_NAMES] if "names" in places else places or ["composite"]


def judged(band: Band, texts: tuple[str, ...], decoded: Decoded, today: date) -> Attempt:
    """Parses what was decoded to the letter; where no format's length can be, the network's text with repairs."""
    if min(decoded.log_odds) <= _POSSIBLE_LENGTH:
        return Attempt(band, texts, decoded, parse(texts, today=today))
    mrz = parse(decoded.lines, today=today, repairing=False)
    corrections = (*_lengths(texts, decoded.lines), *decoded.corrections)
    fields = {
        name: replace(
            field, corrections=tuple(c for c in corrections if _within(field, decoded.layout, name, c.line, c.column))
        )
        for name, field in mrz.fields.items()
    }
    return Attempt(band, texts, decoded, replace(mrz, corrections=corrections, fields=MappingProxyType(fields)))


def _lengths(texts: tuple[str, ...], lines: tuple[str, ...]) -> Iterator[Correction]:
    for number, (text, line) in enumerate(zip(texts, lines, strict=True)):
        if len(text) != len(line):
            shared = min(len(text), len(line))
            first = next((column for column in range(shared) if text[column] != line[column]), shared)
            yield Correction(number, min(first, len(line) - 1), text, line, CorrectionReason.LENGTH)


def _within(field: MrzField, layout: Layout, name: str, line: int, column: int) -> bool:
    digits = [place.check for place in layout.places if place.name == name and place.check is not None]
    return any(span.line == line and span.start <= column < span.end for span in (*field.spans, *digits))


def _checked_spans(layout: Layout) -> list[Span]:
    """What a check digit of its own covers, and those digits."""
    checked = [span for place in layout.places if place.check for span in (place.span, place.check)]
    return checked + ([layout.composite_check] if layout.composite_check else [])


def looks_upright(texts: Sequence[str]) -> bool:
    """Whether the lines were read the right way round: on its head, the network sees hardly any character."""
    return sum(map(len, texts)) > 18 * len(texts) and FILLER in "".join(texts)
