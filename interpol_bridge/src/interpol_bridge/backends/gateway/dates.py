"""Dates that may lack their day or month, as another service writes them."""

import re
from dataclasses import dataclass
from datetime import date

PARTS = {"YYYY": r"(?P<year>[0-9]{4})", "MM": r"(?P<month>[0-9]{2})", "DD": r"(?P<day>[0-9]{2})"}


@dataclass(frozen=True, slots=True)
class DatePatterns:
    """One pattern for each amount that is known; ``YYYY``, ``MM`` and ``DD`` stand for digits, the rest for itself.

    So ``YYYY0000`` may be the pattern of a year alone. An empty pattern stands for no date at all.
    """

    day: str
    month: str
    year: str

    def write(self, partial: str) -> str:
        """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` in their pattern; empty where it is, or they have none for it."""
        if not partial:
            return ""
        year, month, day = [*partial.split("-"), "", ""][:3]
        pattern = self.day if day else self.month if month else self.year
        return pattern.replace("YYYY", year).replace("MM", month).replace("DD", day)

    def read(self, text: str) -> str | None:
        """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` of their text; None where it is no date of theirs."""
        for pattern in (self.day, self.month, self.year):
            found = re.fullmatch(_expression(pattern), text) if pattern else None
            if found and _exists(**found.groupdict()):
                return "-".join(
                    found.groupdict()[part] for part in ("year", "month", "day") if part in found.groupdict()
                )
        return None


def _expression(pattern: str) -> str:
    return re.sub("YYYY|MM|DD", lambda found: PARTS[found.group()], re.escape(pattern))


def _exists(year: str, month: str = "01", day: str = "01") -> bool:
    try:
        return bool(date(int(year), int(month), int(day)))
    except ValueError:
        return False
