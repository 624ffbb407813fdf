"""What is composed is parsed back, for every format and all data that a format can carry."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import (
    ALPHABET,
    ISSUERS,
    LAYOUTS,
    MrzData,
    MrzFormat,
    MrzNotComposable,
    Sex,
    check_digit,
    compose,
    parse,
)

TODAY = date(2026, 3, 1)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ISSUER = st.sampled_from(sorted(ISSUERS))
WORD = st.text(LETTERS, min_size=1, max_size=6)
ALNUM = LETTERS + "0123456789"
CODES = {
    MrzFormat.TD1: ("I", "ID", "C1", "A", "AR", "AC"),
    MrzFormat.TD2: ("I", "ID", "C"),
    MrzFormat.TD3: ("P", "PD", "PP"),
    MrzFormat.MRV_A: ("V", "VC"),
    MrzFormat.MRV_B: ("V", "VB"),
}
OPTIONAL_WIDTH = {
    MrzFormat.TD1: 15,
    MrzFormat.TD2: 7,
    MrzFormat.TD3: 14,
    MrzFormat.MRV_A: 16,
    MrzFormat.MRV_B: 8,
}


def partial_dates(earliest: date, latest: date) -> st.SearchStrategy[PartialDate | None]:
    whole = st.dates(earliest, latest)
    kinds = st.sampled_from(("day", "month", "year", "none"))
    return st.builds(_cut, whole, kinds)


def _cut(whole: date, kind: str) -> PartialDate | None:
    return {
        "day": PartialDate.of(whole),
        "month": PartialDate(whole.year, whole.month),
        "year": PartialDate(whole.year),
        "none": None,
    }[kind]


@st.composite
def standard_documents(draw: st.DrawFn) -> tuple[MrzData, MrzFormat]:
    mrz_format = draw(st.sampled_from(sorted(CODES)))
    number = draw(st.text(ALNUM, min_size=1, max_size=9))
    room = OPTIONAL_WIDTH[mrz_format]
    if mrz_format in {MrzFormat.TD1, MrzFormat.TD2} and len(number) == 9 and draw(st.booleans()):
        extra = draw(st.text(ALNUM, min_size=1, max_size=room - 2))
        number, room = number + extra, room - len(extra) - 2
    birth = draw(partial_dates(date(1927, 1, 1), date(2025, 12, 31)))
    expiry = draw(partial_dates(date(2020, 1, 1), date(2040, 12, 31)))
    assume(not (birth and expiry and expiry.latest < birth.earliest))
    data = MrzData(
        document_code=draw(st.sampled_from(CODES[mrz_format])),
        issuing_state=draw(ISSUER),
        surname=" ".join(draw(st.lists(WORD, min_size=1, max_size=2))),
        given_names=" ".join(draw(st.lists(WORD, max_size=2))),
        document_number=number,
        nationality=draw(ISSUER),
        birth_date=birth,
        sex=draw(st.sampled_from(list(Sex))),
        expiry_date=expiry,
        optional_data=draw(st.text(ALNUM, max_size=room)),
        optional_data_2=draw(st.text(LETTERS, max_size=11)) if mrz_format is MrzFormat.TD1 else "",
    )
    return data, mrz_format


@st.composite
def french_cards(draw: st.DrawFn) -> tuple[MrzData, MrzFormat]:
    issued = draw(st.dates(date(1988, 1, 1), date(2021, 7, 31)))
    data = MrzData(
        document_code="ID",
        issuing_state="FRA",
        surname=" ".join(draw(st.lists(WORD, min_size=1, max_size=3))),
        given_names=" ".join(draw(st.lists(WORD, max_size=2))),
        document_number=f"{issued:%y%m}" + draw(st.text(ALNUM, min_size=8, max_size=8)),
        nationality="FRA",
        birth_date=draw(partial_dates(date(1927, 1, 1), issued)),
        sex=draw(st.sampled_from(list(Sex))),
        optional_data=draw(st.one_of(st.just(""), st.text(ALNUM, min_size=6, max_size=6))),
        issued_on=PartialDate(issued.year, issued.month),
    )
    return data, MrzFormat.FRENCH_ID


def documents() -> st.SearchStrategy[tuple[MrzData, MrzFormat]]:
    return st.one_of(standard_documents(), french_cards())


@settings(max_examples=300)
@given(documents())
def test_every_format_carries_its_data_there_and_back(document: tuple[MrzData, MrzFormat]) -> None:
    data, mrz_format = document
    lines = compose(data, mrz_format)

    mrz = parse(lines, today=TODAY)

    assert mrz.data == data
    assert mrz.format is mrz_format
    assert mrz.valid
    assert mrz.corrections == ()
    assert mrz.lines == lines
    assert compose(mrz.data, mrz_format) == lines


@given(documents())
def test_every_field_stands_where_it_says(document: tuple[MrzData, MrzFormat]) -> None:
    mrz = parse(compose(*document), today=TODAY)

    for name, field in mrz.fields.items():
        assert field.raw == "".join(span.of(mrz.lines) for span in field.spans)
        value = getattr(mrz.data, name)
        assert field.value == ("" if value is None else str(value))
        assert field.check == mrz.checks.get(name)


@given(documents())
def test_lines_have_the_size_of_their_format(document: tuple[MrzData, MrzFormat]) -> None:
    data, mrz_format = document
    layout = LAYOUTS[mrz_format]
    assert [len(line) for line in compose(data, mrz_format)] == [layout.line_length] * layout.line_count


@given(
    st.sampled_from(list(MrzFormat)),
    st.lists(st.text("ABC019 <é\u0661", max_size=20), min_size=8, max_size=8),
    st.sampled_from((None, PartialDate(1974, 8, 12), PartialDate(2030))),
)
def test_data_of_any_kind_are_written_in_the_formats_lines_or_refused(
    mrz_format: MrzFormat, texts: list[str], known: PartialDate | None
) -> None:
    code, state, surname, given_names, number, nationality, optional, second = texts
    data = MrzData(code, state, surname, given_names, number, nationality, known, None, known, optional, second)
    try:
        lines = compose(data, mrz_format)
    except MrzNotComposable:
        return
    layout = LAYOUTS[mrz_format]
    assert [len(line) for line in lines] == [layout.line_length] * layout.line_count
    assert set("".join(lines)) <= set(ALPHABET)


@given(st.lists(st.text(max_size=60), max_size=5))
def test_no_text_whatever_makes_the_parser_raise(lines: list[str]) -> None:
    mrz = parse(lines, today=TODAY)
    assert mrz.format is not None or not mrz.valid


@given(documents(), st.data())
def test_one_wrong_digit_in_a_date_is_always_noticed(
    document: tuple[MrzData, MrzFormat], data: st.DataObject
) -> None:
    lines = list(compose(*document))
    place = LAYOUTS[document[1]].place("birth_date").span
    column = data.draw(st.integers(place.start, place.end - 1))
    old = lines[place.line][column]
    new = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != old]))
    if old == "<" and new == "0":
        return
    lines[place.line] = lines[place.line][:column] + new + lines[place.line][column + 1 :]

    assert not parse(lines, today=TODAY).valid


@given(st.text(LETTERS, min_size=40, max_size=60), st.text(LETTERS, min_size=1, max_size=30))
def test_names_that_do_not_fit_are_cut_and_flagged(surname: str, given_names: str) -> None:
    data = MrzData("P", "UTO", surname, given_names, "L898902C3", "UTO", PartialDate(1974), Sex.FEMALE)

    mrz = parse(compose(data, MrzFormat.TD3), today=TODAY)

    assert surname.startswith(mrz.data.surname)
    assert given_names.startswith(mrz.data.given_names)
    assert mrz.data.given_names
    assert [str(problem.code) for problem in mrz.problems] == ["name_truncated"]
    assert mrz.valid


@pytest.mark.parametrize(("text", "digit"), [("520727", "3"), ("AB2134<<<", "5"), ("HA672242<", "6")])
def test_check_digits_agree_with_the_examples_of_the_standard(text: str, digit: str) -> None:
    assert check_digit(text) == digit


def test_a_birth_is_never_in_the_future() -> None:
    tomorrow = TODAY + timedelta(days=1)
    data = MrzData("P", "UTO", "X", "", "1", "UTO", PartialDate.of(tomorrow.replace(year=1926)), Sex.MALE)
    assert parse(compose(data, MrzFormat.TD3), today=TODAY).data.birth_date == PartialDate(1926, 3, 2)
