"""Dates as people type them and as they are shown."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.platform.i18n import translator
from crossing.web import dates
from crossing.web.filters import for_locale


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
def test_a_whole_date_comes_back_as_it_was_typed(day: date) -> None:
    typed = dates.typed(str(day.day), f" {day.month:02d}", str(day.year))
    assert typed == PartialDate.of(day)
    assert dates.typed(**dates.parts(str(typed))) == typed


@pytest.mark.parametrize(
    ("day", "month", "year", "known"),
    [
        ("", "", "", None),
        ("", "", "1961", PartialDate(1961)),
        ("", "4", "1961", PartialDate(1961, 4)),
        ("٢", "٤", "١٩٦١", PartialDate(1961, 4, 2)),
    ],
)
def test_what_is_not_known_stays_empty(day: str, month: str, year: str, known: PartialDate | None) -> None:
    assert dates.typed(day, month, year) == known


@pytest.mark.parametrize(
    "typed",
    [
        ("1", "", "1961"),
        ("31", "2", "1961"),
        ("", "13", "1961"),
        ("1", "1", ""),
        ("1", "1", "61"),
        ("x", "1", "1961"),
    ],
)
def test_what_no_calendar_has_is_refused(typed: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any reason will do: the page says one sentence for all
        dates.typed(*typed)


@pytest.mark.parametrize(("locale", "shown"), [("fr", "4 août 1961"), ("en", "4 Aug 1961"), ("ar", "4 أغسطس 1961")])
def test_a_date_names_its_month_so_that_nobody_reads_it_backwards(locale: str, shown: str) -> None:
    assert for_locale(locale, str)["day"]("1961-08-04").replace("\u200f", "") == shown


def test_a_year_alone_stays_a_year() -> None:
    assert for_locale("fr", str)["day"]("1961") == "1961"
    assert for_locale("fr", str)["day"]("1961-08") == "août 1961"
    assert for_locale("fr", str)["day"](None) == ""


def test_ages_and_clocks_are_said_in_words() -> None:
    filters = for_locale("fr", str)
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert filters["ago"](now - timedelta(hours=3), now) == "il y a 3 heures"
    assert filters["lasting"](timedelta(days=2)) == "2\u00a0jours"
    assert filters["clock"](now.astimezone()) == now.astimezone().strftime("%H:%M")


def test_how_old_a_day_is_counts_days_and_not_minutes() -> None:
    days_ago = for_locale("fr", translator("fr").gettext)["days_ago"]
    now = datetime(2026, 11, 22, 16, 8, tzinfo=UTC)
    assert days_ago(now - timedelta(minutes=8), now) == "aujourd'hui"
    assert days_ago(datetime(2026, 11, 20, tzinfo=UTC), now) == "il y a 2 jours"
