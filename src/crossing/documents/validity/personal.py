"""Personal numbers in the optional data that hold the date of birth and the sex, by published rules."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import Sex


@dataclass(frozen=True, slots=True)
class Holder:
    """What a personal number says of its holder. The century is left out: the MRZ has none to compare it with."""

    year: int
    month: int
    day: int
    sex: Sex

    def may_be_born(self, birth: PartialDate) -> bool:
        same_year = birth.year % 100 == self.year
        return same_year and birth.month in (None, self.month) and birth.day in (None, self.day)


def holder_of(issuer: str, optional_data: str) -> Holder | None:
    """Reads the personal number of ``issuer``; None where there is none or it is no number of that kind."""
    read = _READERS.get(issuer)
    return read(optional_data.replace(" ", "")) if read else None


def _baltic(number: str) -> Holder | None:
    """Estonia (EVS 585) and Lithuania: century and sex, YYMMDD, serial, check digit."""
    if not re.fullmatch(r"[3-6]\d{10}", number):
        return None
    return _holder(number[1:], month=int(number[3:5]), male=number[0] in "35")


def _czechoslovak(number: str) -> Holder | None:
    """Czechia (law 133/2000, section 13) and Slovakia (law 301/1995): YYMMDD, serial, from 1954 a check digit.

    The month is 50 higher for women, and 20 higher where a day's numbers had run out.
    """
    if not re.fullmatch(r"\d{9,10}", number):
        return None
    month = int(number[2:4])
    return _holder(number, month=month % 50 % 20, male=month < 50)


def _holder(number: str, *, month: int, male: bool) -> Holder | None:
    year, day = int(number[:2]), int(number[4:6])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return Holder(year, month, day, Sex.MALE if male else Sex.FEMALE)


_READERS: Final[Mapping[str, Callable[[str], Holder | None]]] = MappingProxyType(
    {"EST": _baltic, "LTU": _baltic, "CZE": _czechoslovak, "SVK": _czechoslovak}
)
