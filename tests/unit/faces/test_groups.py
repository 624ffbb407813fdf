"""The groups by which faces are counted: age bands, and regions of nationality."""

import json
from datetime import date, timedelta
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.documents.mrz.issuers import ISSUERS
from crossing.faces.figures.groups import AGE_BANDS, UNKNOWN, age, age_band, nationality_group, nationality_groups

TODAY = date(2031, 3, 1)
days = st.dates(date(1905, 1, 1), date(2100, 12, 31))


def band(born: str, on: date = TODAY) -> str:
    return age_band(PartialDate.parse(born), on)


class TestAgeBands:
    @pytest.mark.parametrize(
        ("years", "younger", "older"),
        [
            (6, "0-5", "6-11"),
            (12, "6-11", "12-17"),
            (18, "12-17", "18-29"),
            (30, "18-29", "30-44"),
            (45, "30-44", "45-59"),
            (60, "45-59", "60+"),
        ],
    )
    def test_a_band_begins_on_the_birthday(self, years: int, younger: str, older: str) -> None:
        born = f"{2031 - years}-06-15"
        assert band(born, date(2031, 6, 14)) == younger
        assert band(born, date(2031, 6, 15)) == older

    def test_who_was_born_on_29_february_has_a_birthday_on_1_march_in_other_years(self) -> None:
        assert band("2013-02-28", date(2031, 2, 28)) == "18-29"
        assert band("2012-02-29", date(2030, 2, 28)) == "12-17"
        assert band("2012-02-29", date(2030, 3, 1)) == "18-29"
        assert band("2012-02-29", date(2042, 2, 28)) == "18-29"
        assert band("1972-02-29", date(2032, 2, 28)) == "45-59"
        assert band("1972-02-29", date(2032, 2, 29)) == "60+"

    def test_of_a_year_or_a_month_its_middle_counts(self) -> None:
        assert band("2013", date(2031, 6, 30)) == "12-17"
        assert band("2013", date(2031, 7, 2)) == "18-29"
        assert band("2013-03", date(2031, 3, 15)) == "12-17"
        assert band("2013-03", date(2031, 3, 16)) == "18-29"

    def test_this_years_children_are_born_before_today(self) -> None:
        assert band("2031") == "0-5"
        assert band("2031-03") == "0-5"

    def test_what_cannot_be_an_age_is_unknown(self) -> None:
        assert age_band(None, TODAY) == UNKNOWN
        assert band("2031-03-02") == UNKNOWN
        assert band("2032") == UNKNOWN
        assert band("1909") == UNKNOWN
        assert band("1912") == "60+"

    @given(days, st.integers(0, 45_000))
    def test_a_later_crossing_is_never_in_a_younger_band(self, born: date, lived: int) -> None:
        on = born + timedelta(days=min(lived, (date(2110, 1, 1) - born).days))
        birth = PartialDate.of(born)
        now, later = age_band(birth, on), age_band(birth, on + timedelta(days=1))
        assert now in AGE_BANDS
        assert AGE_BANDS.index(now) <= AGE_BANDS.index(later)

    @given(days, days)
    def test_a_part_of_a_date_is_wrong_by_half_a_year_at_most(self, born: date, on: date) -> None:
        if born > on or age(born, on) > 119:
            return
        for part in (PartialDate(born.year), PartialDate(born.year, born.month)):
            near = {age_band(PartialDate.of(born + timedelta(days=by)), on) for by in range(-184, 185)}
            assert age_band(part, on) in near


class TestNationalities:
    def test_every_code_that_a_document_may_bear_has_one_group(self) -> None:
        written = json.loads(
            resources.files("crossing.faces.figures").joinpath("nationality_groups.json").read_text("utf-8")
        )
        codes = [code for group in written["groups"].values() for code in group]
        assert sorted(codes) == sorted(ISSUERS)
        assert "M49" in written["source"]

    @pytest.mark.parametrize(
        ("code", "group"),
        [
            ("MLI", "western_africa"),
            ("TCD", "middle_africa"),
            ("SDN", "northern_africa"),
            ("SSD", "eastern_africa"),
            ("ZAF", "southern_africa"),
            ("D", "western_europe"),
            ("DEU", "western_europe"),
            ("RKS", "southern_europe"),
            ("GBD", "northern_europe"),
            ("XXA", "stateless_or_refugee"),
            ("XXB", "stateless_or_refugee"),
            ("XXC", "stateless_or_refugee"),
            ("UNO", "no_region"),
            ("XPO", "no_region"),
            ("XXX", UNKNOWN),
            ("UTO", UNKNOWN),
            ("QQQ", UNKNOWN),
            ("", UNKNOWN),
            (None, UNKNOWN),
        ],
    )
    def test_where_a_code_belongs(self, code: str | None, group: str) -> None:
        assert nationality_group(code) == group

    def test_a_group_fits_its_column(self) -> None:
        assert max(map(len, nationality_groups())) <= 32
        assert nationality_groups()[-1] == UNKNOWN
