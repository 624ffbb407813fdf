"""What names are found by: numbers for their parts and pairs of parts, and births as numbers in their order."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np

from crossing.documents.dates import PartialDate
from crossing.screening.names.births import ListedBirth, Precision
from crossing.screening.names.index.columns import U32, U64, Bools

# Odd numbers, by which a product modulo 2**64 loses nothing.
_JOINED: Final = 0x9E3779B97F4A7C15
_FIRST: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_SECOND: Final = np.uint64(0x165667B19E3779F9)
_MASK: Final = 2**64 - 1

_NUMBERS_KEPT: Final = 16_384
_GROUP_SHIFT: Final = 23
_YEAR_SHIFT: Final = 9
_MONTH_SHIFT: Final = 5
_MOST_YEAR: Final = (1 << _GROUP_SHIFT - _YEAR_SHIFT) - 1
_MOST_MONTH: Final = (1 << _YEAR_SHIFT - _MONTH_SHIFT) - 1
_MOST_DAY: Final = (1 << _MONTH_SHIFT) - 1
_MOST_IN_YEAR: Final = (1 << _YEAR_SHIFT) - 1
_DIGIT_SUMS: Final = np.array([number // 10 + number % 10 for number in range(_MOST_DAY + 1)])
_MOST_YEARS: Final = (1, 5, 20, 60)
"""Births are kept in groups by how many years they may mean; so many at most in each."""

UNDATED: Final = len(_MOST_YEARS) << _GROUP_SHIFT
"""The birth code of a name without a date of birth. It is the highest."""


@lru_cache(maxsize=_NUMBERS_KEPT)
def number_of(key: str) -> int:
    """64 bits for the ``key`` of a part of a name. Among a million names no two parts meet in one by chance."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little")


def bit_of(number: int) -> int:
    """One bit of 64 for a number."""
    return 1 << (number & 63)


def joined(number: int) -> int:
    """The number under which two neighbouring parts, written as one word, are found."""
    return (number * _JOINED) & _MASK


def pairs(first: U64, second: U64) -> U64:
    """The numbers of pairs of parts; of each pair the lower number comes first."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    mixed = low * _FIRST ^ (high * _SECOND + (high >> np.uint64(29)))
    return mixed ^ (mixed >> np.uint64(32))


def birth_codes(births: Sequence[ListedBirth]) -> list[int]:
    """A code for each of a person's births, each once, in rising order; UNDATED alone where there is none.

    Codes of one group are in the order of time: the group, the (first) year, the month and the day, 0 where they are
    not known.
    """
    return sorted({_birth_code(birth) for birth in births}) or [UNDATED]


class Span(NamedTuple):
    """Codes from ``first`` to below ``end``."""

    first: int
    end: int


class BirthQuestion:
    """The codes in which listed births lie that may be a traveller's."""

    def __init__(self, birth: PartialDate) -> None:
        self.birth: Final = birth
        year = birth.year
        self.days: Final = [Span(code, code + 1) for code in _days(birth)]
        vague = {_code(0, year, 0, 0), _code(0, year, 1, 1)}
        self.vague: Final = [Span(code, code + 1) for code in sorted(vague.difference(_days(birth)))]
        self.same_year: Final = list(_around(year, year))
        self.near_years: Final = list(_around(year - 1, year + 1))


def may_be(codes: U32, birth: PartialDate) -> Bools:
    """Of which of the births with these codes, which rise, it can be: False for those alone that are another one in
    any case.

    Two whole dates of other years share month and day, or are no slip of each other: beside the year one digit of it
    and one of the month may be exchanged, which leaves the day. Two of one year share the month or the day, or their
    digits are the same in another order.
    """
    year = birth.year
    begins = [_code(0, max(0, one), 0, 0) for one in range(year - 1, year + 3)]
    bounds = np.array([*begins, 1 << _GROUP_SHIFT], np.uint32)
    before, first, end, after, ranges = np.searchsorted(codes, bounds).tolist()
    if birth.month is None or birth.day is None:
        answer: Bools = np.zeros(len(codes), bool)
        answer[before:after] = True
    else:
        answer = codes & _MOST_IN_YEAR == birth.month << _MONTH_SHIFT | birth.day
        days = codes[before:after] & _MOST_DAY
        answer[before:after] |= (days == birth.day) | (days == 0)
        answer[first:end] |= _in_year(codes[first:end], birth.month, birth.day)
    answer[ranges:] = True
    return answer


def _in_year(codes: U32, month: int, day: int) -> Bools:
    """Of which whole dates of one year another one of it may be a slip."""
    months, days = codes >> _MONTH_SHIFT & _MOST_MONTH, codes & _MOST_DAY
    digits = _DIGIT_SUMS[months] + _DIGIT_SUMS[days] == _DIGIT_SUMS[month] + _DIGIT_SUMS[day]
    rounded = (months == 1) & (days == 1) | ((month, day) == (1, 1))
    answer: Bools = (months == month) | digits | rounded
    return answer


def _around(first: int, last: int) -> Iterator[Span]:
    """In each group, the births that may be in the years from ``first`` to ``last``."""
    for group, most in enumerate(_MOST_YEARS):
        yield Span(_code(group, max(0, first - most + 1), 0, 0), _code(group, last + 1, 0, 0))


def _birth_code(birth: ListedBirth) -> int:
    years = birth.years
    if len(years) == 1:
        whole = birth.precision is not Precision.BETWEEN
        month, day = (birth.first.month or 0, birth.first.day or 0) if whole else (0, 0)
        return _code(0, years.start, month, day)
    group = next((number for number, most in enumerate(_MOST_YEARS) if len(years) <= most), len(_MOST_YEARS) - 1)
    return _code(group, max(0, years.start), 0, 0)


def _code(group: int, year: int, month: int, day: int) -> int:
    return group << _GROUP_SHIFT | year << _YEAR_SHIFT | month << _MONTH_SHIFT | day


def _days(birth: PartialDate) -> list[int]:
    """A whole date, and again with day and month exchanged where that is a date too."""
    if birth.month is None or birth.day is None:
        return []
    days = [_code(0, birth.year, birth.month, birth.day)]
    if birth.day <= 12 and birth.day != birth.month:
        days.append(_code(0, birth.year, birth.day, birth.month))
    return days
