"""Reads the fields of well-sized lines and verifies their check digits."""

from dataclasses import dataclass
from datetime import date

from crossing.documents.dates import PartialDate
from crossing.documents.mrz.checks import FILLER, CheckOutcome, verify
from crossing.documents.mrz.formats import Layout, Span


class YearUnknown(ValueError):
    """A part of the date is known, but not its year."""


@dataclass(frozen=True, slots=True)
class NumberReading:
    """The document number with what ran on into the optional data, its check digit, and what is left there.

    ``spans`` are the number's columns, ``digit_span`` its check digit's and ``rest_span`` those of what is left.
    """

    number: str
    digit: str
    rest: str
    spans: tuple[Span, ...]
    digit_span: Span
    rest_span: Span

    @property
    def overflows(self) -> bool:
        return len(self.spans) > 1


def read_number(lines: tuple[str, ...], layout: Layout) -> NumberReading:
    """A filler in the digit's place behind a full number means that the number runs on (Doc 9303-5 section 4.2.2)."""
    place = layout.number
    if place.check is None:
        raise ValueError("every layout gives the document number a check digit")
    optional = layout.optional.span
    number, digit, rest = place.span.of(lines), place.check.of(lines), optional.of(lines)
    length = len(rest.partition(FILLER)[0])
    if layout.overflow is None or digit != FILLER or number.endswith(FILLER) or length < 2:
        return NumberReading(number, digit, rest, (place.span,), place.check, optional)
    end = optional.start + length
    return NumberReading(
        number=number + rest[: length - 1],
        digit=rest[length - 1],
        rest=rest[length + 1 :],
        spans=(place.span, Span(optional.line, optional.start, end - 1)),
        digit_span=Span(optional.line, end - 1, end),
        rest_span=Span(optional.line, min(end + 1, optional.end), optional.end),
    )


def verify_all(lines: tuple[str, ...], layout: Layout) -> dict[str, CheckOutcome]:
    """The outcome of every check digit of the format, by field; the composite's under ``composite``."""
    outcomes = {}
    for place in layout.places:
        if place is layout.number:
            outcomes[place.name] = _verify_number(read_number(lines, layout), place.span)
        elif place.check is not None:
            outcomes[place.name] = verify(place.span.of(lines), place.check.of(lines), may_be_absent=True)
    if layout.composite_check is not None:
        covered = "".join(span.of(lines) for span in layout.composite)
        outcomes["composite"] = verify(covered, layout.composite_check.of(lines))
    return outcomes


def _verify_number(reading: NumberReading, principal: Span) -> CheckOutcome:
    """The standard leaves open whether a long number's digit counts the filler in its midst: Portugal counts it."""
    outcome = verify(reading.number, reading.digit)
    if outcome is CheckOutcome.FAILS and reading.overflows:
        width = principal.end - principal.start
        return verify(reading.number[:width] + FILLER + reading.number[width:], reading.digit)
    return outcome


def birth_date(raw: str, today: date) -> PartialDate | None:
    """The latest year that does not lie in the future. None where all of it is unknown.

    Raises YearUnknown where only its year is, and another ValueError for what no calendar has.
    """
    return _resolve(raw, _centuries(today, 0, -100, -200), latest=today)


def expiry_date(raw: str, today: date, birth: PartialDate | None) -> PartialDate | None:
    """The year nearest to today that does not lie before the birth. None and errors as for a birth."""
    nearest = sorted(
        _centuries(today, 0, -100, 100),
        key=lambda century: abs(century + int(raw[:2]) - today.year) if _is_number(raw[:2]) else 0,
    )
    return _resolve(raw, nearest, earliest=birth.earliest if birth else None)


def issue_month(raw: str, today: date) -> PartialDate | None:
    """The year and month at the head of the French card's number: the latest that does not lie in the future.

    None where there is no number. Raises ValueError where its head is no year and month.
    """
    if raw and not (_is_number(raw) and _part(raw[2:])):
        raise ValueError("not a year and a month")
    return birth_date(raw + FILLER * 2, today)


def _centuries(today: date, *offsets: int) -> list[int]:
    return [today.year // 100 * 100 + offset for offset in offsets]


def _resolve(
    raw: str, centuries: list[int], *, latest: date | None = None, earliest: date | None = None
) -> PartialDate | None:
    if not raw.strip(FILLER):
        return None
    month, day = _part(raw[2:4]), _part(raw[4:6])
    if not _is_number(raw[:2]):
        if FILLER in raw[:2]:
            raise YearUnknown("a date of the MRZ without its year")
        raise ValueError("not a year")
    for century in centuries:
        try:
            # A day of an unknown month says nothing that a partial date could keep.
            found = PartialDate(century + int(raw[:2]), month, None if month is None else day)
        except ValueError:
            continue
        if (latest is None or found.earliest <= latest) and (earliest is None or found.latest >= earliest):
            return found
    raise ValueError("no calendar has this date")


def _part(text: str) -> int | None:
    """A month or day; None where it is unknown. Some States write 00 for what the standard writes as fillers."""
    if text == "00" or FILLER in text:
        return None
    if not _is_number(text):
        raise ValueError("not a month or a day")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
