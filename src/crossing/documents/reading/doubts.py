"""Which fields of a reading the officer should compare with the page, and why."""

from collections.abc import Iterator, Sequence
from typing import Final

from crossing.documents.mrz import LAYOUTS, CheckOutcome, Correction, CorrectionReason, Mrz
from crossing.documents.mrz.formats import Layout
from crossing.documents.reading.port import Confidence, Doubt, DoubtReason, PageReading, ReadingProblem

_HARD_TO_READ: Final = frozenset({ReadingProblem.UNSURE_CHARACTERS, ReadingProblem.TEXT_TOO_SMALL})
_COMPOSITE: Final = "composite"
_NAMES: Final = "names"
_NAME_FIELDS: Final = ("surname", "given_names")


def doubts_about(reading: PageReading, against: Sequence[PageReading]) -> tuple[Doubt, ...]:
    """Every doubt about ``reading``, each reason at most once for a field.

    ``against`` are the readings that it is compared with; where there is none, every field is doubted, since nobody
    else saw it. ``composite`` stands for the composite check digit.
    """
    if reading.mrz is None:
        return ()
    mrz = reading.mrz
    found = [*_disagreements(mrz, against), *_failures(mrz), *_corrections(mrz, against)]
    if not _vouched_for(mrz, against):
        found += reading.doubts
        found += _unnamed(reading, mrz, found, alone=not against)
    # The first doubt of its kind stands: it is the one that knows the other's value.
    return tuple({(doubt.field, doubt.reason): doubt for doubt in reversed(found)}.values())[::-1]


def _vouched_for(mrz: Mrz, against: Sequence[PageReading]) -> bool:
    """Whether a reader that is sure of every character read the very same lines: then one's unsureness is settled."""
    return any(
        other.mrz is not None and other.mrz.lines == mrz.lines and other.confidence is Confidence.HIGH
        for other in against
    )


def _disagreements(mrz: Mrz, against: Sequence[PageReading]) -> Iterator[Doubt]:
    for other in (one.mrz for one in against):
        if other is None:
            continue
        for name, field in mrz.fields.items():
            if _value(other, name) != field.value:
                yield Doubt(name, DoubtReason.DISAGREED, _value(other, name))
        if mrz.format is not None and mrz.format is other.format:
            yield from _unseen_differences(mrz, other, LAYOUTS[mrz.format])


def _unseen_differences(mrz: Mrz, other: Mrz, layout: Layout) -> Iterator[Doubt]:
    """Columns read differently that change no field's value: a check digit, or one filler more or less."""
    for number, (ours, theirs) in enumerate(zip(mrz.lines, other.lines, strict=True)):
        for column, (one, two) in enumerate(zip(ours, theirs, strict=True)):
            names = _fields_at(layout, number, column) if one != two else ()
            if all(_value(mrz, name) == _value(other, name) for name in names):
                yield from (Doubt(name, DoubtReason.UNSURE) for name in names)


def _value(mrz: Mrz, name: str) -> str:
    """Empty where the line of the field was not read."""
    return mrz.fields[name].value if name in mrz.fields else ""


def _failures(mrz: Mrz) -> Iterator[Doubt]:
    for name, outcome in mrz.checks.items():
        if outcome is CheckOutcome.FAILS:
            yield Doubt(name, DoubtReason.CHECK_FAILED)
    for problem in mrz.problems:
        if problem.blocking and problem.field in mrz.fields and problem.field not in mrz.checks:
            yield Doubt(problem.field, DoubtReason.UNSURE)


def _corrections(mrz: Mrz, against: Sequence[PageReading]) -> Iterator[Doubt]:
    """What a check digit chose, and what its place chose where no other reader read it so."""
    if mrz.format is None:
        return
    layout = LAYOUTS[mrz.format]
    for correction in mrz.corrections:
        if correction.reason is CorrectionReason.CHECK_DIGIT or _guessed(correction, layout, mrz, against):
            names = _fields_at(layout, correction.line, correction.column)
            yield from (Doubt(name, DoubtReason.CORRECTED) for name in names)


def _guessed(correction: Correction, layout: Layout, mrz: Mrz, against: Sequence[PageReading]) -> bool:
    """Whether a repair by place or length stands on nothing else: no check digit, no other reader's eye."""
    if correction.reason is CorrectionReason.SPELLING:
        return False
    if correction.reason is CorrectionReason.LENGTH and correction.line in layout.free_ends:
        return False
    names = _fields_at(layout, correction.line, correction.column)
    if all(mrz.checks.get(name) is CheckOutcome.HOLDS for name in names):
        return False
    return not any(_read_alike(correction, mrz, other.mrz) for other in against)


def _read_alike(correction: Correction, mrz: Mrz, other: Mrz | None) -> bool:
    """Whether ``other`` has the corrected line, and was not itself corrected there."""
    if other is None or other.format is not mrz.format or other.lines[correction.line] != mrz.lines[correction.line]:
        return False
    return not any(
        theirs.line == correction.line and theirs.column == correction.column for theirs in other.corrections
    )


def _unnamed(reading: PageReading, mrz: Mrz, found: Sequence[Doubt], *, alone: bool) -> Iterator[Doubt]:
    """A reader that is unsure but names no field means those without a check digit; one that is alone means all."""
    hard = bool(_HARD_TO_READ & set(reading.problems)) and not reading.doubts
    if not alone and not hard and (found or reading.confidence is Confidence.HIGH):
        return
    for name, field in mrz.fields.items():
        if field.value and (alone or field.check is None):
            yield Doubt(name, DoubtReason.UNSURE)


def _fields_at(layout: Layout, line: int, column: int) -> tuple[str, ...]:
    """The fields that a column belongs to, as itself or as their check digit; ``composite`` for that one's."""
    for place in layout.places:
        for span in (place.span, place.check):
            if span is not None and span.line == line and span.start <= column < span.end:
                return _NAME_FIELDS if place.name == _NAMES else (place.name,)
    return (_COMPOSITE,)
