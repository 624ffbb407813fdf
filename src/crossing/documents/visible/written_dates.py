"""Dates as documents print them: 12 AUG/AOÛT 74, 12.08.1974, 1974-08-12, AUG 12, 1974.

Doc 9303-3 section 4.8 wants day, month and year with the month in letters or digits, in the issuer's language and
one of English, French or Spanish; issuers print what they like. A written date may be read in more than one way (day
or month first, a bilingual month that was half misread): all ways are kept, and it fits an MRZ date if one does.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from crossing.documents.dates import PartialDate

_STEMS: Final = (
    ("JAN", "ENE", "GEN"),
    ("FEB", "FEV"),
    ("MAR", "MRZ", "MAER"),
    ("APR", "AVR", "ABR"),
    ("MAY", "MAI", "MAG"),
    ("JUN", "JUIN", "GIU"),
    ("JUL", "JUIL", "LUG"),
    ("AUG", "AOU", "AGO"),
    ("SEP", "SET"),
    ("OCT", "OKT", "OUT", "OTT"),
    ("NOV",),
    ("DEC", "DEZ", "DIC", "DES"),
)
"""How months begin in English, French, Spanish, Portuguese, German and Italian, marks removed."""
_MONTHS: Final = MappingProxyType({stem: month for month, stems in enumerate(_STEMS, start=1) for stem in stems})
_ZERO: Final = re.compile(r"(?<=\d)[OQ](?![A-Z])|(?<![A-Z])[OQ](?=\d)")
_LETTERS: Final = str.maketrans("015", "OIS")
_DIGITS: Final = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "|": "1"})

_YEAR: Final = r"(?P<year>(?:1[89]|20|21)\d{2}|\d{2})"
_IN_LETTERS: Final = re.compile(
    rf"(?<!\d)(?P<day>[\dOIL]{{1,2}})[\s.,\-/]*(?P<month>[^\W\d_](?:[^\W\d_]|[01\s./,\-]){{1,24}}?)[\s.,\-/]*{_YEAR}(?!\d)"
)
_MONTH_FIRST: Final = re.compile(rf"(?P<month>[A-Z]{{3,9}})\.?\s*(?P<day>\d{{1,2}})(?:\s*,\s*|\s+){_YEAR}(?!\d)")
_IN_DIGITS: Final = re.compile(
    rf"(?<!\d)(?P<one>\d{{1,2}})\s*(?P<by>[./\- ])\s*(?P<two>\d{{1,2}})\s*(?P=by)\s*{_YEAR}(?!\d)"
)
_YEAR_FIRST: Final = re.compile(
    r"(?<!\d)(?P<year>(?:19|20|21)\d{2})\s*(?P<by>[./\- ])\s*(?P<two>\d{1,2})\s*(?P=by)\s*(?P<one>\d{1,2})(?!\d)"
)

Way = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """The days that a written date may mean, (year, month, day), the likeliest first: day before month.

    ``short_year``: only the last two digits of its year are printed, and the century in ``ways`` is this one.
    ``start`` and ``end`` are its place in the text.
    """

    ways: tuple[Way, ...]
    short_year: bool
    start: int
    end: int

    def fits(self, day: PartialDate) -> bool:
        return any(self._distance(way, day) == 0 for way in self.ways)

    def distance(self, day: PartialDate) -> int:
        """How many digits of DDMMYYYY differ from ``day``, by the likeliest way to read it; unknown parts fit."""
        return min(self._distance(way, day) for way in self.ways)

    def upto(self, latest: int) -> PartialDate:
        """The likeliest day; a short year is the last one that ends so and is not after the year ``latest``."""
        year, month, day = self.ways[0]
        if self.short_year:
            year = latest - (latest - year) % 100
        return PartialDate(year, month, min(day, monthrange(year, month)[1]))

    def _distance(self, way: Way, day: PartialDate) -> int:
        year, month, number = way
        years = (
            (f"{year % 100:02d}", f"{day.year % 100:02d}") if self.short_year else (f"{year:04d}", f"{day.year:04d}")
        )
        pairs = [years]
        if day.month is not None:
            pairs.append((f"{month:02d}", f"{day.month:02d}"))
        if day.day is not None:
            pairs.append((f"{number:02d}", f"{day.day:02d}"))
        return sum(a != b for one, two in pairs for a, b in zip(one, two, strict=True))


def written_dates(text: str) -> list[WrittenDate]:
    """Every date in a printed text, each once, in the order of the text."""
    plain = _plain(text)
    found: dict[tuple[int, int], WrittenDate] = {}
    for start, end, ways, short in _candidates(plain):
        real = tuple(dict.fromkeys(way for way in ways if _exists(way)))
        if real and not any(start < other_end and end > other for other, other_end in found):
            found[start, end] = WrittenDate(real, short, start, end)
    return [found[place] for place in sorted(found)]


Candidate = tuple[int, int, list[Way], bool]


def _candidates(text: str) -> Iterator[Candidate]:
    for match in _YEAR_FIRST.finditer(text):
        year = int(match["year"])
        yield *match.span(), [(year, int(match["two"]), int(match["one"]))], False
    for match in _IN_LETTERS.finditer(text):
        day = int(match["day"].translate(_DIGITS)) if match["day"].translate(_DIGITS).isdigit() else 0
        yield *match.span(), [(_year(match), month, day) for month in _months(match["month"])], _is_short(match)
    for match in _MONTH_FIRST.finditer(text):
        yield *match.span(), [(_year(match), m, int(match["day"])) for m in _months(match["month"])], _is_short(match)
    for match in _IN_DIGITS.finditer(text):
        one, two, year = int(match["one"]), int(match["two"]), _year(match)
        yield *match.span(), [(year, two, one), (year, one, two)], _is_short(match)


def _months(text: str) -> list[int]:
    """The months that the words of ``text`` begin like; several where the two languages were read apart."""
    words = re.split(r"[^A-Z]+", text.translate(_LETTERS))
    return [month for word in words for stem, month in _MONTHS.items() if word.startswith(stem)]


def _year(match: re.Match[str]) -> int:
    """Two digits count in this century; :attr:`WrittenDate.short_year` says that it may be another."""
    year = int(match["year"])
    return year if year > 99 else 2000 + year


def _is_short(match: re.Match[str]) -> bool:
    return len(match["year"]) == 2


def _exists(way: Way) -> bool:
    try:
        date(*way)
    except ValueError:
        return False
    return True


def _plain(text: str) -> str:
    """Capital letters without marks, European digits for every script's, and a zero for an O among digits."""
    bare = (c for c in unicodedata.normalize("NFKD", text.upper()) if not unicodedata.combining(c))
    return _ZERO.sub("0", "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in bare))
