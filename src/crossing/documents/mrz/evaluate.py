"""Reads the fields of well-sized lines and verifies their check digits."""

from dataclasses import dataclass
from datetime import date

from crossing.documents.dates import PartialDate
from crossing.documents.mrz.checks import FILLER, CheckOutcome, verify
from crossing.documents.mrz.formats import Layout


@dataclass(frozen=True, slots=True)
class NumberReading:
    """The document number with what ran on into the optional data, its check digit, and what is left there."""

    number: str
    digit: str
    rest: str
    overflows: bool


def read_number(lines: tuple[str, ...], layout: Layout) -> NumberReading:
    """A filler in the digit's place behind a full number means that the number runs on (Doc 9303-5 section 4.2.2)."""
    place = layout.place("document_number")
    if place.check is None:
        raise ValueError("every layout gives the document number a check digit")
    number, digit = place.span.of(lines), place.check.of(lines)
    rest = layout.place("optional_data").span.of(lines)
    head, _, tail = rest.partition(FILLER)
    if layout.overflow is None or digit != FILLER or number.endswith(FILLER) or len(head) < 2:
        return NumberReading(number, digit, rest, overflows=False)
    return NumberReading(number + head[:-1], head[-1], tail, overflows=True)


def verify_all(lines: tuple[str, ...], layout: Layout) -> dict[str, CheckOutcome]:
    """The outcome of every check digit of the format, by field; the composite's under ``composite``."""
    outcomes = {}
    for place in layout.places:
        if place.name == "document_number":
            reading = read_number(lines, layout)
            outcomes[place.name] = verify(reading.number, reading.digit)
        elif place.check is not None:
            outcomes[place.name] = verify(place.span.of(lines), place.check.of(lines), may_be_absent=True)
    if layout.composite_check is not None:
        covered = "".join(span.of(lines) for span in layout.composite)
        outcomes["composite"] = verify(covered, layout.composite_check.of(lines))
    return outcomes


def birth_date(raw: str, today: date) -> PartialDate | None:
    """The latest year that does not lie in the future. Raises ValueError for what no calendar has."""
    return _resolve(raw, _centuries(today, 0, -100, -200), latest=today)


def expiry_date(raw: str, today: date, birth: PartialDate | None) -> PartialDate | None:
    """The year nearest to today that does not lie before the birth. Raises ValueError for what no calendar has."""
    nearest = sorted(
        _centuries(today, 0, -100, 100),
        key=lambda century: abs(century + int(raw[:2]) - today.year) if _is_number(raw[:2]) else 0,
    )
    return _resolve(raw, nearest, earliest=birth.earliest if birth else None)


def _centuries(today: date, *offsets: int) -> list[int]:
    return [today.year // 100 * 100 + offset for offset in offsets]


def _resolve(
    raw: str, centuries: list[int], *, latest: date | None = None, earliest: date | None = None
) -> PartialDate | None:
    if not raw.strip(FILLER):
        return None
    month, day = _part(raw[2:4]), _part(raw[4:6])
    if not _is_number(raw[:2]):
        raise ValueError("a date of the MRZ without its year")
    for century in centuries:
        try:
            found = PartialDate(century + int(raw[:2]), month, day)
        except ValueError:
            continue
        if (latest is None or found.earliest <= latest) and (earliest is None or found.latest >= earliest):
            return found
    raise ValueError("no calendar has this date")


def _part(text: str) -> int | None:
    """A month or day; None where it is unknown. Some States write 00 for what the standard writes as fillers."""
    if text in {FILLER * 2, "00"}:
        return None
    if not _is_number(text):
        raise ValueError("not a month or a day")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
