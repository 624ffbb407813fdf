"""Dates of which only a part is known."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("1974", date(1974, 1, 1), date(1974, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("1974-08-12", date(1974, 8, 12), date(1974, 8, 12)),
    ],
)
def test_a_partial_date_is_a_span_of_days(text: str, earliest: date, latest: date) -> None:
    partial = PartialDate.parse(text)
    assert (partial.earliest, partial.latest, str(partial)) == (earliest, latest, text)
    assert partial.complete is (earliest == latest)


@pytest.mark.parametrize(
    "text", ["", "74", "1974-13", "1974-02-30", "1974-8-1", "1974-08-12T00:00", "١٩٧٤-1", "0000"]
)
def test_what_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PartialDate.parse(text)


def test_a_day_needs_its_month() -> None:
    with pytest.raises(ValueError, match="month"):
        PartialDate(1974, None, 3)


@given(st.dates(date(1000, 1, 1)), st.dates(date(1000, 1, 1)))
def test_whole_dates_fit_each_other_only_when_equal(one: date, other: date) -> None:
    assert PartialDate.of(one).may_be(PartialDate.of(other)) is (one == other)
    assert PartialDate(one.year).may_be(PartialDate.of(one))
