"""Dates as ministries write them: with the day first or last, in words, as the day number of a spreadsheet.

Nothing is guessed. A year of two digits, or 03/04/1980 where nobody said which part is the day, is no date.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from anyascii import anyascii

from crossing.documents.dates import PartialDate
from crossing.screening.names.births import ListedBirth

_TIME: Final = re.compile(r"[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")
_YEAR_FIRST: Final = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_YEAR_LAST: Final = re.compile(r"(?:(?:(\d{1,2})[-/. ])?(\d{1,2})[-/. ])(\d{4})")
_IN_WORDS: Final = re.compile(r"(?:(\d{1,2})(?:er|st|nd|rd|th)?[ .-]+)?([^\W\d_]{3,9})[ .,-]+(\d{4})")
_BETWEEN: Final = re.compile(r"(\d{4})\s*(?:-|–|/|to|à|et|and)\s*(\d{4})")
_ABOUT: Final = re.compile(r"(?:~|circa|ca\.?|c\.|about|approx\.?|environ|env\.?|vers|حوالي)\s*", re.IGNORECASE)
_SERIAL: Final = re.compile(r"\d{5}")
_LONGEST: Final = 50
_DAY_ZERO: Final = date(1899, 12, 30)

_MONTHS: Final = MappingProxyType(
    {
        word: number
        for number, words in enumerate(
            (
                "jan january janvier janv يناير جانفي", "feb february fevrier fev fevr فبراير فيفري",
                "mar march mars مارس", "apr april avril avr أبريل ابريل أفريل افريل", "may mai مايو ماي",
                "jun june juin يونيو جوان", "jul july juillet juil يوليو جويلية يوليوز",
                "aug august aout أغسطس اغسطس أوت اوت غشت",
                "sep sept september septembre سبتمبر شتنبر", "oct october octobre أكتوبر اكتوبر",
                "nov november novembre نوفمبر نونبر", "dec december decembre ديسمبر دجنبر",
            ),
            start=1,
        )
        for word in words.split()
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dates:
    """``order`` says which part of 03/04/1980 is the day: "DMY", "MDY", or "YMD" where only the year comes first.

    ``serials``: a number of five digits is a spreadsheet's day number (1 is the first of January 1900).
    """

    order: str = "YMD"
    serials: bool = False

    def read(self, written: str) -> PartialDate:
        """Raises ValueError for what is not one date. Parts given as 0 are unknown."""
        if len(written) > _LONGEST:
            raise ValueError("not a date")
        text = _TIME.sub("", written.strip())
        if found := _YEAR_FIRST.fullmatch(text):
            return _date(found[1], found[2], found[3])
        if self.serials and _SERIAL.fullmatch(text):
            return PartialDate.of(_DAY_ZERO + timedelta(int(text)))
        if found := _IN_WORDS.fullmatch(text):
            return _date(found[3], _month(found[2]), found[1])
        found = _YEAR_LAST.fullmatch(text)
        if found is None:
            raise ValueError("not a date")
        if found[1] is None:
            return _date(found[3], found[2], None)
        if self.order not in ("DMY", "MDY"):
            raise ValueError("the day and the month can not be told apart")
        day, month = (found[1], found[2]) if self.order == "DMY" else (found[2], found[1])
        return _date(found[3], month, day)

    def birth(self, written: str) -> ListedBirth:
        """A date of birth, perhaps approximate ("~1980", "vers 1980") or between two years. Raises ValueError."""
        if len(written) > 2 * _LONGEST:
            raise ValueError("not a date")
        text = written.strip()
        if found := _BETWEEN.fullmatch(text):
            return ListedBirth.between(PartialDate(int(found[1])), PartialDate(int(found[2])))
        first, slash, last = text.partition("/")
        if slash and first.count("-") == last.count("-") > 0:
            return ListedBirth.between(self.read(first), self.read(last))
        if about := _ABOUT.match(text):
            return ListedBirth.approximate(self.read(text[about.end() :]))
        return ListedBirth.exact(self.read(text))


def _month(word: str) -> str:
    number = _MONTHS.get(word) or _MONTHS.get(anyascii(word).casefold())
    if number is None:
        raise ValueError("not a month")
    return str(number)


def _date(year: str, month: str | None, day: str | None) -> PartialDate:
    """A day without its month is nothing that can be kept, so only the year is then."""
    known_month = int(month or 0) or None
    known_day = int(day or 0) or None
    return PartialDate(int(year), known_month, known_day if known_month else None)
