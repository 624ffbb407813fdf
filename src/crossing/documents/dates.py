"""Dates of which only a part may be known.

Many travellers know their year of birth and no more; Doc 9303-3 section 4.8 writes the unknown parts of an MRZ
date as ``<<``, and INTERPOL and the national lists publish partial dates too.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Self

_ISO = re.compile(r"(?P<year>\d{4})(-(?P<month>\d{2})(-(?P<day>\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A year, perhaps a month, perhaps a day. Raises ValueError for a date that no calendar has."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.month is None:
            if self.day is not None:
                raise ValueError("a day without its month")
            date(self.year, 1, 1)
        else:
            date(self.year, self.month, 1 if self.day is None else self.day)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads YYYY, YYYY-MM or YYYY-MM-DD. Raises ValueError for anything else."""
        found = _ISO.fullmatch(text)
        if found is None:
            raise ValueError("not a date of the form YYYY[-MM[-DD]]")
        month, day = found["month"], found["day"]
        return cls(int(found["year"]), int(month) if month else None, int(day) if day else None)

    @classmethod
    def of(cls, whole: date) -> Self:
        return cls(whole.year, whole.month, whole.day)

    @property
    def complete(self) -> bool:
        return self.day is not None

    @property
    def earliest(self) -> date:
        """The first day that this date can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day that this date can mean."""
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    def may_be(self, other: "PartialDate") -> bool:
        """Whether some day fits both dates."""
        return self.earliest <= other.latest and other.earliest <= self.latest

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)
