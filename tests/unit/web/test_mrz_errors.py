"""What is wrong with typed lines is said line by line, and only what keeps them from holding."""

from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.mrz import parse
from crossing.platform.i18n import LOCALES, translator
from crossing.web.mrz_errors import line_errors

TODAY: Final = date(2031, 3, 1)
NAMES: Final = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
DATA: Final = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"


def errors(*lines: str) -> list[str]:
    return line_errors(parse(lines, today=TODAY), lines, str)


def test_lines_that_hold_have_no_errors() -> None:
    assert errors(NAMES, DATA) == []


def test_a_check_digit_that_fails_is_named_with_its_field_and_its_line() -> None:
    said = errors(NAMES, DATA[:19] + "7" + DATA[20:])

    assert said == [
        "Line 2, Date of birth: “740812” and its check digit do not fit.",
        "Line 2: the last check digit, over all fields, does not hold.",
    ]


def test_what_is_no_mrz_is_told_its_shape_and_the_length_of_each_line() -> None:
    said = errors("ERIKSSON ANNA", "L898902C")

    assert said == [
        "A machine-readable zone has two lines of 44 or 36 characters, or three of 30.",
        "Line 1 has 12 characters.",
        "Line 2 has 8 characters.",
    ]


def test_a_line_that_was_not_typed_is_missed() -> None:
    assert errors(DATA) == ["Line 1 is missing."]


def test_more_than_three_lines_are_no_mrz() -> None:
    assert errors(NAMES, DATA, NAMES, DATA)[0].startswith("A machine-readable zone has two lines")


def test_a_character_that_no_mrz_has_is_pointed_at() -> None:
    assert "Line 1, place 6: “?” does not occur in a machine-readable zone." in errors(
        NAMES.replace("ER", "?R"), DATA
    )


def test_a_date_that_no_calendar_has_is_told() -> None:
    said = errors(NAMES, "L898902C36UTO7413122F1204159ZE184226B<<<<<10")

    assert "Line 2, Date of birth: “741312” is no date." in said


@pytest.mark.parametrize("locale", LOCALES)
@given(lines=st.lists(st.text("ABCIP0123456789<?é ", max_size=46), max_size=4))
def test_whatever_was_typed_is_answered_in_every_language(locale: str, lines: list[str]) -> None:
    read = parse(lines, today=TODAY)

    said = line_errors(read, lines, translator(locale).gettext)

    assert bool(said) == (not read.valid or len(lines) > 3)
    assert all("{" not in one for one in said)
