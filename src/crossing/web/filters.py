"""How dates, ages and Latin data appear in a sentence of another language."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final

from babel.dates import format_skeleton, format_time, format_timedelta
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from crossing.documents.dates import PartialDate
from crossing.platform.i18n import mark

Filter = Callable[..., Any]

TODAY: Final = mark("today")


def for_locale(locale: str, translate: Callable[[str], str]) -> dict[str, Filter]:
    """The filters of one language. Instants are shown in the machine's own time zone: the officer's wall clock."""

    # English of the region writes the day first and counts to 24, as French and Arabic do.
    style = "en_GB" if locale == "en" else locale

    def day(value: date | str | None) -> str:
        """A whole or partial date; ``1987`` stays a year, for nothing more is known."""
        if value is None or value == "":
            return ""
        known = PartialDate.parse(value) if isinstance(value, str) else PartialDate.of(value)
        if known.month is None:
            return f"{known.year:04d}"
        if known.day is None:
            return format_skeleton("yMMM", known.earliest, locale=style)
        return format_skeleton("yMMMd", known.earliest, locale=style)

    def moment(value: datetime) -> str:
        local = value.astimezone()
        return f"{format_skeleton('yMMMd', local, locale=style)} {format_time(local, 'HH:mm', locale=style)}"

    def clock(value: datetime) -> str:
        return format_time(value.astimezone(), "HH:mm", locale=style)

    def ago(value: datetime, now: datetime | None = None) -> str:
        """How long ago, in words; ``now`` is given where the page must agree with itself."""
        return format_timedelta(value - (now or datetime.now(UTC)), add_direction=True, locale=style)

    def lasting(value: timedelta, *, short: bool = False) -> str:
        return format_timedelta(value, format="short" if short else "long", locale=style)

    def said(message: str) -> str:
        """A sentence of the domain in this language; anything else, such as a listed name, as it is."""
        return translate(message) if message else ""

    return {
        "day": day,
        "moment": moment,
        "clock": clock,
        "ago": ago,
        "days_ago": partial(days_ago, today=translate(TODAY), locale=style),
        "lasting": lasting,
        "said": said,
        "bdi": bdi,
        "ltr": ltr,
        "percent": partial(percent, locale=style),
        "whole": partial(format_decimal, format="#,##0", locale=style),
        "decimal": partial(decimal, locale=style),
    }


def days_ago(value: datetime, now: datetime, *, today: str, locale: str) -> str:
    """How long ago a day was of which the hour says nothing, such as the date of a list."""
    days = (now.date() - value.date()).days
    return format_timedelta(timedelta(-days), add_direction=True, locale=locale) if days else today


def percent(value: float, *, locale: str) -> str:
    """A share of 1 as a percentage with one decimal."""
    return f"{decimal(value * 100, locale=locale)} %"


def decimal(value: float, places: int = 1, *, locale: str) -> str:
    """A number with as many decimals as ``places``, behind the point or comma of the language."""
    return format_decimal(value, format=f"#,##0.{'0' * places}", locale=locale)


def bdi(value: object) -> Markup:
    """Text whose direction its own letters decide, such as a name inside an Arabic sentence."""
    return Markup("<bdi>{}</bdi>").format(escape(value))


def ltr(value: object) -> Markup:
    """Text that always runs left to right: MRZ lines, document numbers, references, codes."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(escape(value))
