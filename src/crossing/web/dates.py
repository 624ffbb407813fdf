"""Dates as people type them: day, month, year in three fields, the first two empty where they are not known."""

from crossing.documents.dates import PartialDate


def typed(day: str, month: str, year: str) -> PartialDate | None:
    """The date in three fields; None where all are empty. Raises ValueError for what no calendar has."""
    parts = [_number(part) for part in (day, month, year)]
    if parts == [None, None, None]:
        return None
    if parts[2] is None or parts[2] < 1000:
        raise ValueError("a date without its whole year")
    return PartialDate(parts[2], parts[1], parts[0])


def parts(date: str | None) -> dict[str, str]:
    """``YYYY[-MM[-DD]]`` as the three fields."""
    pieces = [*(date or "").split("-"), "", ""][:3]
    return {"year": pieces[0], "month": pieces[1].lstrip("0"), "day": pieces[2].lstrip("0")}


def _number(text: str) -> int | None:
    """A number in any script's digits: an Arabic keyboard may write others than 0 to 9."""
    stripped = text.strip()
    if len(stripped) > 4 or (stripped and not stripped.isdecimal()):
        raise ValueError("not a number of a date")
    return int(stripped) if stripped else None
