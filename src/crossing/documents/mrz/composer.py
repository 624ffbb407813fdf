"""Writes an MRZ from its data: specimens, tests, and residents' cards."""

from crossing.documents.dates import PartialDate
from crossing.documents.mrz.checks import ALPHABET, FILLER, check_digit
from crossing.documents.mrz.document import MrzData, Sex
from crossing.documents.mrz.formats import LAYOUTS, Layout, MrzFormat, Span
from crossing.documents.mrz.names import join_names

_NUMBER_WIDTH = 9


class MrzNotComposable(ValueError):
    """The data don't fit the format; the message names the field, never its content."""


def compose(data: MrzData, mrz_format: MrzFormat) -> tuple[str, ...]:
    """The lines of the MRZ, all check digits computed.

    Names may be in any script that :mod:`crossing.documents.transliteration` knows; names that are too long are
    cut by the standard's rule. Raises :class:`MrzNotComposable` for anything else that does not fit.
    """
    layout = LAYOUTS[mrz_format]
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
        text = join_names(data.surname, data.given_names, width) if place.name == "names" else values[place.name]
        _write(sheet, place.span, place.name, text)
        if place.check is not None:
            _write(sheet, place.check, place.name, _digit(place.name, text.ljust(width, FILLER), data))
    if data.optional_data_2 and mrz_format is not MrzFormat.TD1:
        raise MrzNotComposable("optional_data_2")
    return _sealed(sheet, layout)


def _number_and_optional(data: MrzData, layout: Layout) -> tuple[str, str]:
    """A number of more than nine characters runs on into the optional data, its check digit behind it."""
    number, optional = _text(data.document_number), _text(data.optional_data)
    if len(number) <= _NUMBER_WIDTH or layout.overflow is None:
        return number, optional
    if number[_NUMBER_WIDTH - 1] == FILLER:
        raise MrzNotComposable("document_number")
    return number[:_NUMBER_WIDTH], number[_NUMBER_WIDTH:] + check_digit(number) + FILLER * bool(optional) + optional


def _digit(field: str, text: str, data: MrzData) -> str:
    if field == "document_number" and len(_text(data.document_number)) > _NUMBER_WIDTH:
        return FILLER
    if field == "optional_data" and not text.strip(FILLER):
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
    if len(text) > span.end - span.start or any(character not in ALPHABET for character in text):
        raise MrzNotComposable(field)
    sheet[span.line][span.start : span.start + len(text)] = text


def _date(value: PartialDate | None) -> str:
    if value is None:
        return FILLER * 6
    parts = (value.year % 100, value.month, value.day)
    return "".join(FILLER * 2 if part is None else f"{part:02d}" for part in parts)


def _text(value: str) -> str:
    return value.replace(" ", FILLER)
