"""The zones of specimens equal those that ICAO prints in Doc 9303."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing_devices.simulated.specimens.mrz import check_digit, compose, names_field, transliterated
from crossing_devices.simulated.specimens.traveller import PageFormat, PartialDate, SpecimenTraveller

ANNA = SpecimenTraveller(
    surname="Eriksson",
    given_names="Anna Maria",
    birth_date=PartialDate(1974, 8, 12),
    sex="F",
    nationality="UTO",
    document_number="D23145890",
    issuing_state="UTO",
    issued_on=dt.date(2002, 4, 15),
    expires_on=dt.date(2012, 4, 15),
)


@pytest.mark.parametrize(("field", "digit"), [("520727", "3"), ("AB2134<<<", "5"), ("<<<<<<<<<", "0")])
def test_check_digits_are_those_of_doc_9303_3(field: str, digit: str) -> None:
    assert check_digit(field) == digit


def test_a_passport_is_the_specimen_of_doc_9303_4() -> None:
    passport = replace(ANNA, document_number="L898902C3", optional_data="ZE184226B")
    assert compose(passport, PageFormat.TD3) == (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    )


def test_a_card_is_the_specimen_of_doc_9303_5() -> None:
    assert compose(ANNA, PageFormat.TD1) == (
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    )


def test_a_long_number_continues_in_the_optional_data_with_its_check_digit() -> None:
    peter = replace(
        ANNA,
        surname="Stevenson",
        given_names="Peter John",
        birth_date=PartialDate(1934, 7, 12),
        sex="M",
        document_number="D23145890734",
        expires_on=dt.date(1995, 7, 12),
    )
    assert compose(peter, PageFormat.TD1)[:2] == ("I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2")
    with pytest.raises(ValueError, match="do not fit"):
        compose(peter, PageFormat.TD3)


def test_a_td2_document_is_the_specimen_of_doc_9303_6() -> None:
    assert compose(ANNA, PageFormat.TD2) == (
        "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
        "D231458907UTO7408122F1204159<<<<<<<6",
    )


def test_visas_are_the_specimens_of_doc_9303_7() -> None:
    visa = replace(
        ANNA,
        document_number="L8988901C",
        nationality="XXX",
        birth_date=PartialDate(1940, 9, 7),
        expires_on=dt.date(1996, 12, 10),
    )
    assert compose(replace(visa, optional_data="6ZE184226B"), PageFormat.MRV_A) == (
        "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L8988901C4XXX4009078F96121096ZE184226B<<<<<<",
    )
    assert compose(visa, PageFormat.MRV_B)[1] == "L8988901C4XXX4009078F9612109<<<<<<<<"


def test_unknown_parts_of_a_birth_date_are_fillers() -> None:
    year_only = replace(ANNA, birth_date=PartialDate.parse("1950-XX-XX"))
    assert compose(year_only, PageFormat.TD3)[1][13:20] == "50<<<<" + check_digit("50<<<<")
    assert str(PartialDate.parse("1950-XX-XX")) == "1950-XX-XX"


@pytest.mark.parametrize(
    ("name", "written"),
    [("N'Diaye", "NDIAYE"), ("Traoré-Sangaré", "TRAORE<SANGARE"), ("Østergård", "OESTERGARD"), ("Weiß", "WEISS")],
)
def test_names_are_transliterated(name: str, written: str) -> None:
    assert transliterated(name) == written


@given(surname=st.text(min_size=1, max_size=80), given=st.text(max_size=80), width=st.sampled_from([30, 31, 39]))
def test_a_names_field_always_fills_its_width(surname: str, given: str, width: int) -> None:
    field = names_field(surname, given, width)
    assert len(field) == width
    assert re.fullmatch("[A-Z<]*", field)
    if transliterated(given) and transliterated(surname):
        assert re.match("[A-Z<]*[A-Z]<<[A-Z]", field)


@given(
    number=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=9), page=st.sampled_from(PageFormat)
)
def test_every_line_has_the_length_of_its_format(number: str, page: PageFormat) -> None:
    lines = compose(replace(ANNA, document_number=number), page)
    width = {PageFormat.TD1: 30, PageFormat.TD3: 44, PageFormat.MRV_A: 44}.get(page, 36)
    assert {len(line) for line in lines} == {width}
