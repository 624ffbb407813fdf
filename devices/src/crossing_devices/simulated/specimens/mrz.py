"""The machine readable zone of a specimen, composed after Doc 9303 parts 3 to 7.

This composer exists so that specimens do not depend on the reader that they test.
"""

import datetime as dt
import unicodedata
from collections.abc import Callable
from typing import Final

from crossing_devices.simulated.specimens.traveller import DOCUMENT_CODES, PageFormat, PartialDate, SpecimenTraveller

_WEIGHTS: Final = (7, 3, 1)
_NUMBER_WIDTH: Final = 9
# The letters that no decomposition into base and accent covers, as Doc 9303-3 section 6 A writes them.
_LETTERS: Final = {"Æ": "AE", "Œ": "OE", "Ø": "OE", "ß": "SS", "Ł": "L", "Đ": "D", "Þ": "TH", "Ð": "D", "ı": "I"}


def check_digit(field: str) -> str:
    """Doc 9303-3, 4.9: weights 7 3 1, fillers count 0, A to Z count 10 to 35, modulo 10."""
    return str(sum(_value(char) * _WEIGHTS[place % 3] for place, char in enumerate(field)) % 10)


def compose(traveller: SpecimenTraveller, page: PageFormat) -> tuple[str, ...]:
    """The lines of the zone: three of 30 (TD1), two of 36 (TD2, MRV-B) or two of 44 (TD3, MRV-A).

    Raises ValueError where a field does not fit: a document number over 9 characters is possible on TD1 and
    TD2 alone (Doc 9303-5 and 9303-6, 4.2.2.2), and is then continued in the optional data.
    """
    return _COMPOSERS[page](traveller, page)


def names_field(surname: str, given_names: str, width: int) -> str:
    """``SURNAME<<GIVEN<NAMES``, filled or truncated to ``width`` (Doc 9303-3, 4.6 and 4.7).

    A truncated field ends in a letter, and keeps at least one letter of the given names.
    """
    primary, secondary = transliterated(surname), transliterated(given_names)
    if not secondary:
        return _filled(primary[:width], width)
    primary = primary[: width - 3].rstrip("<")
    whole = f"{primary}<<{secondary}"
    cut = whole[:width].rstrip("<")
    return _filled(cut if len(cut) > len(primary) else whole[: len(primary) + 3], width)


def transliterated(name: str) -> str:
    """A name in A to Z and fillers: accents and apostrophes go, hyphens and spaces become one filler."""
    expanded = "".join(_LETTERS.get(char, char) for char in name.upper())
    plain = unicodedata.normalize("NFKD", expanded)
    kept = "".join(" " if char in " -" else char for char in plain if char in " -" or "A" <= char <= "Z")
    return "<".join(kept.split())


def _value(char: str) -> int:
    if char == "<":
        return 0
    return int(char) if char.isdigit() else ord(char) - ord("A") + 10


def _filled(text: str, width: int) -> str:
    if len(text) > width:
        raise ValueError(f"{len(text)} characters do not fit {width} places")
    return text.ljust(width, "<")


def _checked(field: str) -> str:
    return field + check_digit(field)


def _day(day: dt.date) -> str:
    return day.strftime("%y%m%d")


def _birth(day: PartialDate) -> str:
    year = "<<" if day.year is None else f"{day.year % 100:02d}"
    return year + "".join("<<" if part is None else f"{part:02d}" for part in (day.month, day.day))


def _sex(traveller: SpecimenTraveller) -> str:
    return "<" if traveller.sex == "X" else traveller.sex


def _number_and_optional(traveller: SpecimenTraveller, optional_width: int) -> tuple[str, str]:
    """The number with its check digit, and the optional data that may have to carry the number's rest."""
    number = traveller.document_number
    if len(number) <= _NUMBER_WIDTH:
        return _checked(_filled(number, _NUMBER_WIDTH)), _filled(traveller.optional_data, optional_width)
    rest = number[_NUMBER_WIDTH:] + check_digit(number)
    optional = f"{rest}<{traveller.optional_data}".rstrip("<")
    return number[:_NUMBER_WIDTH] + "<", _filled(optional, optional_width)


def _short_number(traveller: SpecimenTraveller) -> str:
    return _checked(_filled(traveller.document_number, _NUMBER_WIDTH))


def _head(traveller: SpecimenTraveller, page: PageFormat) -> str:
    return _filled(DOCUMENT_CODES[page], 2) + _filled(traveller.issuing_state, 3)


def _person(traveller: SpecimenTraveller) -> str:
    """Birth with check digit, sex, expiry with check digit: the same 15 characters in every format."""
    return _checked(_birth(traveller.birth_date)) + _sex(traveller) + _checked(_day(traveller.expires_on))


def _td1(traveller: SpecimenTraveller, page: PageFormat) -> tuple[str, ...]:
    number, optional = _number_and_optional(traveller, 15)
    upper = _head(traveller, page) + number + optional
    middle = _person(traveller) + _filled(traveller.nationality, 3) + _filled("", 11)
    composite = check_digit(upper[5:] + middle[:7] + middle[8:15] + middle[18:])
    return upper, middle + composite, names_field(traveller.surname, traveller.given_names, 30)


def _td2(traveller: SpecimenTraveller, page: PageFormat) -> tuple[str, ...]:
    number, optional = _number_and_optional(traveller, 7)
    lower = number + _filled(traveller.nationality, 3) + _person(traveller) + optional
    composite = check_digit(lower[:10] + lower[13:20] + lower[21:])
    upper = _head(traveller, page) + names_field(traveller.surname, traveller.given_names, 31)
    return upper, lower + composite


def _td3(traveller: SpecimenTraveller, page: PageFormat) -> tuple[str, ...]:
    personal = _filled(traveller.optional_data, 14)
    # Doc 9303-4, 4.2.2.2: a filler may stand for the check digit of an empty field.
    personal += check_digit(personal) if traveller.optional_data else "<"
    lower = _short_number(traveller) + _filled(traveller.nationality, 3) + _person(traveller) + personal
    composite = check_digit(lower[:10] + lower[13:20] + lower[21:])
    upper = _head(traveller, page) + names_field(traveller.surname, traveller.given_names, 39)
    return upper, lower + composite


def _visa(traveller: SpecimenTraveller, page: PageFormat) -> tuple[str, ...]:
    """Doc 9303-7: no composite check digit; what is left of the line is optional data."""
    width = 44 if page is PageFormat.MRV_A else 36
    lower = _short_number(traveller) + _filled(traveller.nationality, 3) + _person(traveller)
    upper = _head(traveller, page) + names_field(traveller.surname, traveller.given_names, width - 5)
    return upper, lower + _filled(traveller.optional_data, width - len(lower))


_COMPOSERS: Final[dict[PageFormat, Callable[[SpecimenTraveller, PageFormat], tuple[str, ...]]]] = {
    PageFormat.TD1: _td1,
    PageFormat.TD2: _td2,
    PageFormat.TD3: _td3,
    PageFormat.MRV_A: _visa,
    PageFormat.MRV_B: _visa,
}
