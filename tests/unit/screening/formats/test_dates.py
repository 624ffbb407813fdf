"""Dates as ministries write them."""

import pytest

from crossing.screening.lists.formats.dates import Dates


@pytest.mark.parametrize(
    ("order", "written", "read"),
    [
        ("YMD", "1980", "1980"), ("YMD", "1980-05", "1980-05"), ("YMD", "1980/5/3", "1980-05-03"),
        ("YMD", "1980-05-03T00:00:00", "1980-05-03"), ("YMD", "1980-05-03 00:00:00", "1980-05-03"),
        ("YMD", "1980-00-00", "1980"), ("YMD", "00/05/1980", None), ("YMD", "05/1980", "1980-05"),
        ("DMY", "03/04/1980", "1980-04-03"), ("DMY", "3.4.1980", "1980-04-03"), ("DMY", "03 04 1980", "1980-04-03"),
        ("MDY", "03/04/1980", "1980-03-04"), ("DMY", "00/00/1980", "1980"), ("DMY", "00/04/1980", "1980-04"),
        ("MDY", "13/04/1980", None), ("DMY", "31/02/1980", None), ("YMD", "03/04/1980", None),
        ("DMY", "03/04/80", None), ("DMY", "80", None), ("DMY", "soon", None), ("DMY", "", None),
        ("YMD", "3 mai 1980", "1980-05-03"), ("YMD", "1er février 1980", "1980-02-01"),
        ("YMD", "28 Feb 1951", "1951-02-28"), ("YMD", "Sept. 1970", "1970-09"), ("YMD", "3 ماي 1980", "1980-05-03"),
        ("YMD", "٣ مارس ١٩٨٠", "1980-03-03"), ("DMY", "٠٣/٠٤/١٩٨٠", "1980-04-03"), ("YMD", "29344", None),
        ("DMY", "9" * 5000, None),
    ],
)  # fmt: skip
def test_nothing_is_guessed(order: str, written: str, read: str | None) -> None:
    if read is None:
        with pytest.raises(ValueError):  # noqa: PT011 - whatever it says, the reader notes it as one finding
            Dates(order).read(written)
    else:
        assert str(Dates(order).read(written)) == read


def test_a_day_number_counts_where_it_may_be_one() -> None:
    assert str(Dates(serials=True).read("29344")) == "1980-05-03"
    assert str(Dates(serials=True).read("1980")) == "1980"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("~1980", "~1980"), ("vers 1980", "~1980"), ("env. 1980", "~1980"), ("circa Mar 1970", "~1970-03"),
        ("1978/1982", "1978–1982"), ("1978-1982", "1978–1982"), ("1978 à 1982", "1978–1982"),
        ("1978-05/1979-02", "1978-05–1979-02"), ("1980-05-03", "1980-05-03"),
    ],
)  # fmt: skip
def test_births_may_be_approximate_or_between(written: str, read: str) -> None:
    assert str(Dates().birth(written)) == read


@pytest.mark.parametrize("written", ["1982/1978", "1900/1990", "~", "1980/"])
def test_spans_that_say_nothing_are_no_birth(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - as above
        Dates().birth(written)
