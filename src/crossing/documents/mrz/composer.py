"""Writes an MRZ from its data: specimens, tests, and residents' cards."""

from typing import Final

from crossing.documents.dates import PartialDate
from crossing.documents.mrz.checks import ALPHABET, FILLER, check_digit
from crossing.documents.mrz.document import MrzData, Sex
from crossing.documents.mrz.formats import FRENCH_ISSUE, LAYOUTS, NAME_PLACES, Layout, MrzFormat, Place, Span
from crossing.documents.mrz.names import NAME_SEPARATOR, join_apart, join_names

_FRANCE: Final = "FRA"
_ALPHABET: Final = frozenset(ALPHABET)


class MrzNotComposable(ValueError):
    """The data don't fit the format; the message names the field, never its content."""


def compose(data: MrzData, mrz_format: MrzFormat) -> tuple[str, ...]:
    """The lines of the MRZ, all check digits computed.

    Names may be in any script that :mod:`crossing.documents.transliteration` knows; names that are too long are
    cut by the standard's rule. For the French card the number has twelve characters, of which ``issued_on`` must be
    the first four. Raises :class:`MrzNotComposable` for anything else that does not fit.
    """
    layout = LAYOUTS[mrz_format]
    _refuse_what_has_no_place(data, layout)
    sheet = [[FILLER] * layout.line_length for _ in range(layout.line_count)]
    number, optional = _number_and_optional(data, layout)
    values = {
        "document_code": data.document_code,
        "issuing_state": data.issuing_state,
        "document_number": number,
        "nationality": data.nationality,
        "birth_date": _date(data.birth_date),
        "sex": "" if data.sex in (Sex.UNSPECIFIED, None) else str(data.sex),
        "expiry_date": _date(data.expiry_date),
        "optional_data": optional,
        "optional_data_2": _text(data.optional_data_2),
    }
    for place in layout.places:
        width = place.span.end - place.span.start
        text = _name(place, data, width) if place.name in NAME_PLACES else values[place.name]
        _write(sheet, place.span, place.name, text)
        if place.check is not None:
            _write(sheet, place.check, place.name, _digit(place, text.ljust(width, FILLER), data))
    return _sealed(sheet, layout)


def _refuse_what_has_no_place(data: MrzData, layout: Layout) -> None:
    if data.optional_data_2 and not layout.has("optional_data_2"):
        raise MrzNotComposable("optional_data_2")
    if data.expiry_date is not None and not layout.has("expiry_date"):
        raise MrzNotComposable("expiry_date")
    if layout.format is MrzFormat.FRENCH_ID:
        if data.nationality not in {_FRANCE, ""}:
            raise MrzNotComposable("nationality")
        if data.issuing_state != _FRANCE:
            raise MrzNotComposable("issuing_state")
        written = _date(data.issued_on)[: FRENCH_ISSUE.end]
        if data.issued_on is not None and not data.document_number.startswith(written):
            raise MrzNotComposable("issued_on")
    elif data.issued_on is not None:
        raise MrzNotComposable("issued_on")


def _name(place: Place, data: MrzData, width: int) -> str:
    if place.name == "names":
        return join_names(data.surname, data.given_names, width)
    if place.name == "surname":
        return join_apart(data.surname, width)
    return join_apart(data.given_names, width, separator=NAME_SEPARATOR)


def _number_and_optional(data: MrzData, layout: Layout) -> tuple[str, str]:
    """A number longer than its place runs on into the optional data, its check digit and a filler behind it."""
    number, optional = _text(data.document_number), _text(data.optional_data)
    width = layout.number.span.end - layout.number.span.start
    if len(number) <= width or layout.overflow is None:
        return number, optional
    # A filler in the place of the check digit says that the number runs on; one within it would end it.
    if FILLER in number[width - 1 :] or not _ALPHABET.issuperset(number):
        raise MrzNotComposable("document_number")
    return number[:width], number[width:] + check_digit(number) + FILLER + optional


def _digit(place: Place, text: str, data: MrzData) -> str:
    if place.name == "document_number" and len(data.document_number) > len(text):
        return FILLER
    if place.name == "optional_data" and not text.strip(FILLER):
        return FILLER
    return check_digit(text)


def _sealed(sheet: list[list[str]], layout: Layout) -> tuple[str, ...]:
    lines = tuple("".join(row) for row in sheet)
    if layout.composite_check is None:
        return lines
    covered = "".join(span.of(lines) for span in layout.composite)
    _write(sheet, layout.composite_check, "composite", check_digit(covered))
    return tuple("".join(row) for row in sheet)


def _write(sheet: list[list[str]], span: Span, field: str, text: str) -> None:
    if len(text) > span.end - span.start or not _ALPHABET.issuperset(text):
        raise MrzNotComposable(field)
    sheet[span.line][span.start : span.start + len(text)] = text


def _date(value: PartialDate | None) -> str:
    if value is None:
        return FILLER * 6
    parts = (value.year % 100, value.month, value.day)
    return "".join(FILLER * 2 if part is None else f"{part:02d}" for part in parts)


def _text(value: str) -> str:
    return value.replace(" ", FILLER)
