"""Dates as documents print them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.documents.visible.written_dates import written_dates

AUGUST = PartialDate(1974, 8, 12)
MONTHS = {
    "English": "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC",
    "French": "JANV FÉV MARS AVR MAI JUIN JUIL AOÛT SEPT OCT NOV DÉC",
    "Spanish": "ENE FEB MAR ABR MAY JUN JUL AGO SEP OCT NOV DIC",
    "Portuguese": "JAN FEV MAR ABR MAI JUN JUL AGO SET OUT NOV DEZ",
    "German": "JAN FEB MÄRZ APR MAI JUNI JULI AUG SEPT OKT NOV DEZ",
    "Italian": "GEN FEB MAR APR MAG GIU LUG AGO SET OTT NOV DIC",
}


@pytest.mark.parametrize(
    "text",
    [
        "12 AUG/AOÛT 74",
        "12 AUG/AOUT 74",
        "12 AOÛT/AUG 1974",
        "12AUG/AOUT74",
        "12 août 1974",
        "12 AUGUST 1974",
        "12 AUGUST/AGO 74",
        "12/AGO/AUG/1974",
        "12.08.1974",
        "12/08/1974",
        "12-08-1974",
        "12 08 1974",
        "12 08 74",
        "1974-08-12",
        "1974.08.12",
        "AUG 12, 1974",
        "12 СЕР/AUG 74",
        "١٢/٠٨/١٩٧٤",
        "I2 AUG 1974",
    ],
)
def test_every_usual_form_is_understood(text: str) -> None:
    assert [written.fits(AUGUST) for written in written_dates(text)] == [True]


@pytest.mark.parametrize("language", MONTHS)
def test_months_in_six_languages(language: str) -> None:
    for month, name in enumerate(MONTHS[language].split(), start=1):
        for text in (f"12 {name} 1974", f"12 {name.lower()} 74"):
            [written] = written_dates(text)
            assert written.distance(PartialDate(1974, month, 12)) == 0, text


def test_a_zero_read_as_an_o_is_a_zero() -> None:
    [written] = written_dates("1O MAR 2O12")
    assert written.fits(PartialDate(2012, 3, 10))


def test_several_dates_in_one_text() -> None:
    first, second = written_dates("01 FÉV/FEB 2024 31 JAN/JAN 2034")
    assert first.fits(PartialDate(2024, 2, 1))
    assert second.fits(PartialDate(2034, 1, 31))


def test_day_and_month_in_digits_may_stand_either_way() -> None:
    [written] = written_dates("03.04.1990")
    assert written.fits(PartialDate(1990, 4, 3))
    assert written.fits(PartialDate(1990, 3, 4))
    assert written.upto(2030) == PartialDate(1990, 4, 3)


def test_what_is_unknown_in_the_mrz_fits_any_print() -> None:
    [written] = written_dates("12 AUG 1974")
    assert written.fits(PartialDate(1974))
    assert written.fits(PartialDate(1974, 8))
    assert not written.fits(PartialDate(1975))


def test_a_short_year_is_the_last_one_that_can_be_meant() -> None:
    [written] = written_dates("16 APR 07")
    assert written.short_year
    assert written.upto(2012) == PartialDate(2007, 4, 16)
    assert written.upto(2006) == PartialDate(1907, 4, 16)


def test_the_distance_counts_digits_that_differ() -> None:
    [written] = written_dates("12 AUG 1974")
    assert written.distance(PartialDate(1975, 8, 12)) == 1
    assert written.distance(PartialDate(1985, 8, 12)) == 2
    assert written.distance(PartialDate(1974, 11, 12)) == 2


@pytest.mark.parametrize(
    "text", ["", "A4G7K29B1", "123456789", "PASSPORT OFFICE", "32.13.2000", "99 XYZ 1999", "UTO"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert written_dates(text) == []


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from("./- "))
def test_every_day_in_digits_fits_itself(day: date, sign: str) -> None:
    for form in (f"%d{sign}%m{sign}%Y", f"%Y{sign}%m{sign}%d"):
        [written] = written_dates(day.strftime(form))
        assert written.fits(PartialDate.of(day))


@given(st.text(max_size=80))
def test_no_text_is_too_odd(text: str) -> None:
    for written in written_dates(text):
        assert written.distance(PartialDate(2000, 1, 1)) >= 0
        assert written.upto(2050).year <= 2199
