"""What names are found by: numbers for their parts and pairs of parts, and births as numbers in their order."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np

from crossing.documents.dates import PartialDate
from crossing.screening.names.agreement import Agreement
from crossing.screening.names.births import ListedBirth, Precision, is_placeholder
from crossing.screening.names.index.columns import U32, U64, Levels, Places

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
_FIRST_OF_JANUARY: Final = 1 << _MONTH_SHIFT | 1
_DAYS_OF_ANY_YEAR: Final = 366
_ALL_IN_YEAR: Final = np.arange(_MOST_IN_YEAR + 1)
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


def agreement_needed(codes: U32, birth: PartialDate) -> Levels:
    """Of the births with these codes, which rise: the least ``Agreement`` with which each may alert beside ``birth``.

    It is never more than ``NEEDED`` says of the two dates, and sometimes less. Two whole dates of other years share
    month and day and most of the year's digits, or are no slip of each other: beside the year one digit of it and one
    of the month may be exchanged, which leaves the day.
    """
    year = birth.year
    begins = [_code(0, max(0, one), 0, 0) for one in range(year - 1, year + 3)]
    bounds = np.array([*begins, 1 << _GROUP_SHIFT, UNDATED], np.uint32)
    before, first, end, after, ranges, undated = codes.searchsorted(bounds).tolist()
    needed: Levels = np.full(len(codes), Agreement.NEVER, np.int8)
    if birth.month is None or birth.day is None:
        needed[before:after] = Agreement.UNSAID
        needed[first:end] = Agreement.OPPOSED
    else:
        in_year = codes & _MOST_IN_YEAR
        if not is_placeholder(birth):
            same_day = np.flatnonzero(in_year[:ranges] == (birth.month << _MONTH_SHIFT | birth.day))
            _anniversaries(needed, codes, same_day, year)
        needed[before:after] = _needed_beside(birth.month, birth.day)[in_year[before:after]]
        needed[first:end] = _needed_within(birth.month, birth.day)[in_year[first:end]]
    needed[ranges:undated] = Agreement.OPPOSED
    needed[undated:] = Agreement.SAME
    return needed


def _anniversaries(needed: Levels, codes: U32, same_day: Places, year: int) -> None:
    """Of the same day of other years. The first of January is not asked for: it says no more than its year."""
    slips = _years_like(year)
    for place in same_day.tolist():
        if int(codes[place]) >> _YEAR_SHIFT in slips:
            needed[place] = Agreement.SAME


@lru_cache(maxsize=_DAYS_OF_ANY_YEAR)
def _needed_beside(month: int, day: int) -> Levels:
    """By the last bits of their codes, of births a year before or after one on this day."""
    days = _ALL_IN_YEAR & _MOST_DAY
    needed = np.where(days == day, Agreement.SAME, Agreement.NEVER).astype(np.int8)
    needed[days == 0] = Agreement.UNSAID
    if (month, day) == (1, 1):
        needed[_FIRST_OF_JANUARY] = Agreement.UNSAID
    return needed


@lru_cache(maxsize=_DAYS_OF_ANY_YEAR)
def _needed_within(month: int, day: int) -> Levels:
    """The same of births in one year with it: two dates share the month or the day, or their digits are the same in
    another order; what is no more than the year on a side may be any of them."""
    if (month, day) == (1, 1):
        return np.full(len(_ALL_IN_YEAR), Agreement.OPPOSED, np.int8)
    months, days = _ALL_IN_YEAR >> _MONTH_SHIFT, _ALL_IN_YEAR & _MOST_DAY
    digits = _DIGIT_SUMS[months] + _DIGIT_SUMS[days] == _DIGIT_SUMS[month] + _DIGIT_SUMS[day]
    slips = (months == month) | (days == day) | digits
    needed = np.where(slips, Agreement.SAME, Agreement.NEVER).astype(np.int8)
    needed[days == 0] = Agreement.OPPOSED
    needed[_FIRST_OF_JANUARY] = Agreement.OPPOSED
    needed[month << _MONTH_SHIFT | day] = Agreement.OPPOSED
    if day <= _MOST_MONTH:
        needed[day << _MONTH_SHIFT | month] = Agreement.OPPOSED
    return needed


@lru_cache(maxsize=256)
def _years_like(year: int) -> frozenset[int]:
    """Of which a slip may have made this year: one digit is another, or two beside each other are exchanged."""
    digits = f"{year:04d}"
    others = {digits[:place] + other + digits[place + 1 :] for place in range(4) for other in "0123456789"}
    turned = {
        digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :] for place in range(3)
    }  # fmt: skip
    return frozenset(map(int, others | turned))


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
