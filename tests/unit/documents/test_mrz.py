"""What the parser says of MRZs from the examples of Doc 9303 and of damaged ones."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import (
    ISSUERS,
    CheckOutcome,
    CorrectionReason,
    Mrz,
    MrzData,
    MrzFormat,
    MrzNotComposable,
    ProblemCode,
    Sex,
    check_digit,
    compose,
    parse,
)

TODAY = date(2026, 3, 1)
TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
MRV_A = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<")
MRV_B = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<")
# 6 and G are left out: their values differ by ten, so that no check digit can tell them apart.
LOOK_ALIKES = str.maketrans("0O1I2Z5S8BD", "O0I1Z2S5B80")


@pytest.mark.parametrize(
    ("lines", "mrz_format"),
    [
        (TD1, MrzFormat.TD1),
        (TD2, MrzFormat.TD2),
        (TD3, MrzFormat.TD3),
        (MRV_A, MrzFormat.MRV_A),
        (MRV_B, MrzFormat.MRV_B),
    ],
)
def test_the_examples_of_the_standard_are_valid(lines: tuple[str, ...], mrz_format: MrzFormat) -> None:
    mrz = parse(lines, today=TODAY)

    assert mrz.valid
    assert mrz.format is mrz_format
    assert (mrz.data.surname, mrz.data.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert mrz.data.sex is Sex.FEMALE
    assert mrz.corrections == ()


def test_every_field_carries_its_raw_columns_its_value_and_its_check() -> None:
    mrz = parse(TD3, today=TODAY)

    number = mrz.fields["document_number"]
    assert (number.raw, number.value, number.check) == ("L898902C3", "L898902C3", CheckOutcome.HOLDS)
    assert mrz.fields["expiry_date"].value == "2012-04-15"
    assert mrz.fields["optional_data"].raw == "ZE184226B<<<<<"
    assert mrz.fields["surname"].check is None
    assert set(mrz.checks) == {"document_number", "birth_date", "expiry_date", "optional_data", "composite"}


def test_a_td3_without_optional_data_may_leave_out_its_check_digit() -> None:
    data = MrzData("P", "UTO", "X", "Y", "1", "UTO", PartialDate(1974, 8, 12), Sex.MALE, PartialDate(2030, 1, 1))
    lines = compose(data, MrzFormat.TD3)
    with_zero = (lines[0], lines[1][:42] + "0" + lines[1][43:])

    assert parse(lines, today=TODAY).checks["optional_data"] is CheckOutcome.ABSENT
    assert parse(with_zero, today=TODAY).checks["optional_data"] is CheckOutcome.HOLDS
    assert parse(with_zero, today=TODAY).valid


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (("I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", TD1[2]), "D23145890734"),
        (("I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<", "D23145890<UTO3407127M95071227349<<<8"), "D23145890734"),
    ],
)
def test_a_long_number_runs_on_into_the_optional_data(lines: tuple[str, ...], number: str) -> None:
    mrz = parse(lines, today=TODAY)

    assert mrz.data.document_number == number
    assert mrz.data.optional_data == ""
    assert mrz.checks["document_number"] is CheckOutcome.HOLDS
    assert mrz.valid


def test_a_long_number_says_that_it_stands_in_two_places() -> None:
    mrz = parse(("I<UTOD23145890<7349<AB<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", TD1[2]), today=TODAY)
    number, rest = mrz.fields["document_number"], mrz.fields["optional_data"]
    assert [(span.line, span.start, span.end) for span in number.spans] == [(0, 5, 14), (0, 15, 18)]
    assert (number.raw, rest.raw, rest.value) == ("D23145890734", "AB<<<<<<<<", "AB")


@pytest.mark.parametrize("digit", ["0", "2"])
def test_the_digit_of_a_long_number_may_count_the_filler_in_its_midst_or_not(digit: str) -> None:
    # Belgium leaves it out, Portugal counts it; the standard says neither.
    data = MrzData("I", "PRT", "X", "Y", "000024759ZZ7", "PRT", PartialDate(1974), Sex.MALE, PartialDate(2030))
    first, second, third = compose(data, MrzFormat.TD1)
    mrz = parse((first.replace("ZZ70", f"ZZ7{digit}"), second, third), today=TODAY)
    assert mrz.data.document_number == "000024759ZZ7"
    assert mrz.checks["document_number"] is CheckOutcome.HOLDS


def test_one_long_line_of_a_swipe_reader_is_read_as_its_lines() -> None:
    for lines in (TD1, TD2, TD3):
        assert parse(["".join(lines)], today=TODAY).data == parse(lines, today=TODAY).data


def test_germany_fills_its_single_letter() -> None:
    mrz = parse(
        ("IDD<<T220001293<<<<<<<<<<<<<<<", "6408125<2010315D<<<<<<<<<<<<<4", "MUSTERMANN<<ERIKA<<<<<<<<<<<<<")
    )
    assert (mrz.data.issuing_state, mrz.data.nationality, mrz.data.sex) == ("D", "D", Sex.UNSPECIFIED)
    assert mrz.valid


@pytest.mark.parametrize(
    "code", ["D", "RKS", "EUE", "UNO", "UNK", "XEC", "XPO", "XXA", "XXB", "XXC", "XMP", "IAO", "MLI"]
)
def test_codes_of_the_standard_are_known(code: str) -> None:
    assert code in ISSUERS


def test_an_unknown_issuer_is_remarked_on_but_the_zone_stays_valid() -> None:
    mrz = parse((TD3[0].replace("UTO", "QQQ"), TD3[1]), today=TODAY)
    assert mrz.valid
    assert [(str(problem.code), problem.field) for problem in mrz.problems] == [("issuer_unknown", "issuing_state")]


class TestDates:
    def read(self, birth: PartialDate | None, expiry: PartialDate | None) -> MrzData:
        data = MrzData("P", "UTO", "X", "Y", "1", "UTO", birth, Sex.MALE, expiry)
        return parse(compose(data, MrzFormat.TD3), today=TODAY).data

    @pytest.mark.parametrize("text", ["1926-03-02", "1999-12-31", "2026-03-01", "2000-02-29", "1974", "1974-08"])
    def test_a_birth_lies_in_the_last_hundred_years(self, text: str) -> None:
        assert str(self.read(PartialDate.parse(text), None).birth_date) == text

    @pytest.mark.parametrize("text", ["1990-01-01", "2025-06-30", "2036-01-01", "2060-01-01"])
    def test_an_expiry_lies_near_today(self, text: str) -> None:
        assert str(self.read(PartialDate(1970), PartialDate.parse(text)).expiry_date) == text

    def test_an_expiry_never_lies_before_the_birth(self) -> None:
        assert str(self.read(PartialDate(2020, 1, 1), PartialDate(1999, 12, 31)).expiry_date) == "2099-12-31"

    def test_zeros_for_an_unknown_day_or_month_are_understood(self) -> None:
        line = "L898902C38UTO7400003F1204159ZE184226B<<<<<0"
        assert str(parse((TD3[0], line + "0"), today=TODAY).data.birth_date) == "1974"

    @pytest.mark.parametrize(
        ("raw", "read", "problem"),
        [
            ("<<<<<<", "", None),
            ("74<<<<", "1974", None),
            ("7408<<", "1974-08", None),
            ("740000", "1974", None),
            ("74<<12", "1974", None),
            ("740<1<", "1974", None),
            ("<<0812", "", ProblemCode.DATE_WITHOUT_YEAR),
            ("7<0812", "", ProblemCode.DATE_WITHOUT_YEAR),
            ("740230", "", ProblemCode.DATE_IMPOSSIBLE),
        ],
    )
    def test_parts_that_are_not_known_are_left_open(self, raw: str, read: str, problem: ProblemCode | None) -> None:
        digits = f"L898902C36UTO{raw}{check_digit(raw)}F1204159ZE184226B<<<<<1"
        composite = check_digit(digits[:10] + digits[13:20] + digits[21:43])
        mrz = parse((TD3[0], digits + composite), today=TODAY)
        assert mrz.fields["birth_date"].value == read
        assert [one.code for one in mrz.problems] == ([problem] if problem else [])
        assert mrz.valid is (problem is not ProblemCode.DATE_IMPOSSIBLE)

    def test_an_impossible_date_is_reported_and_left_out(self) -> None:
        mrz = parse((TD3[0], TD3[1].replace("740812", "741312")), today=TODAY)
        assert mrz.data.birth_date is None
        assert ProblemCode.DATE_IMPOSSIBLE in {problem.code for problem in mrz.problems}
        assert not mrz.valid


class TestNames:
    def read(self, names: str) -> Mrz:
        return parse((f"P<UTO{names}".ljust(44, "<"), TD3[1]), today=TODAY)

    def problems(self, names: str) -> list[tuple[ProblemCode, str]]:
        return [(problem.code, problem.field) for problem in self.read(names).problems]

    def test_a_name_without_a_secondary_identifier_is_a_surname_and_remarked_on(self) -> None:
        mrz = self.read("SATRIYA<SUDARPA")
        assert mrz.valid
        assert (mrz.data.surname, mrz.data.given_names) == ("SATRIYA SUDARPA", "")
        assert self.problems("ARKFREITH") == [(ProblemCode.NAME_UNDIVIDED, "surname")]

    @pytest.mark.parametrize(
        ("names", "field"),
        [
            ("NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K", "given_names"),
            ("BENNELONG<WOOLOOM<WARRAND<WARNAM<<DINGO", "given_names"),
            ("PAPANDROPOULOUS<<JONATHON<WARREN<TREVOR", "given_names"),
            ("BENNELONG<WOOLOOMOOLOO<WARRANDYTE<WARNA", "surname"),
        ],
    )
    def test_a_name_that_fills_its_field_may_have_been_cut(self, names: str, field: str) -> None:
        assert (ProblemCode.NAME_TRUNCATED, field) in self.problems(names)
        assert self.read(names).valid

    def test_a_digit_that_is_no_letter_s_look_alike_is_an_error_of_the_name(self) -> None:
        assert self.problems("ERIK7SON<<ANNA") == [(ProblemCode.ILLEGAL_CHARACTER, "surname")]
        assert self.problems("ERIKSSON<<AN4A") == [(ProblemCode.ILLEGAL_CHARACTER, "given_names")]
        assert not self.read("ERIK7SON<<ANNA").valid

    def test_no_name_at_all_is_an_error(self) -> None:
        assert self.problems("") == [(ProblemCode.NAME_MISSING, "surname")]

    def test_the_fields_of_the_names_stand_beside_each_other(self) -> None:
        fields = self.read("ERIKSSON<<ANNA<MARIA").fields
        assert [(span.start, span.end) for span in fields["surname"].spans] == [(5, 13)]
        assert [(span.start, span.end) for span in fields["given_names"].spans] == [(15, 44)]


class TestRepair:
    def test_digits_among_letters_and_letters_among_digits_are_put_right(self) -> None:
        mrz = parse(("P<UT0ER1KSSON<<ANNA<MAR1A<<<<<<<<<<<<<<<<<<<", "L898902C36UT074O8I22F12O4159ZE184226B<<<<<I0"))

        assert mrz.lines == TD3
        assert mrz.valid
        assert {correction.reason for correction in mrz.corrections} == {CorrectionReason.POSITION}
        assert (mrz.corrections[0].line, mrz.corrections[0].column) == (0, 4)
        assert (mrz.corrections[0].read, mrz.corrections[0].corrected) == ("0", "O")

    def test_a_look_alike_in_the_number_is_settled_by_its_check_digit(self) -> None:
        lines = compose(MrzData("P", "UTO", "X", "Y", "AO12345X", "UTO", PartialDate(1974), Sex.MALE), MrzFormat.TD3)
        misread = (lines[0], lines[1].replace("AO12345X", "A012345X"))

        mrz = parse(misread, today=TODAY)

        assert mrz.data.document_number == "AO12345X"
        assert [str(correction.reason) for correction in mrz.corrections] == ["check_digit"]

    def test_where_two_swaps_would_hold_none_is_made(self) -> None:
        # The first and the fourth column weigh the same: either O for 0 mends the digit.
        lines = compose(MrzData("P", "UTO", "X", "Y", "O770777", "UTO", PartialDate(1974), Sex.MALE), MrzFormat.TD3)
        misread = (lines[0], lines[1].replace("O770777", "0770777"))

        mrz = parse(misread, today=TODAY)

        assert mrz.data.document_number == "0770777"
        assert ProblemCode.REPAIR_AMBIGUOUS in {problem.code for problem in mrz.problems}
        assert not mrz.valid

    @pytest.mark.parametrize("slip", [("B<<<<<10", "B<<<<10"), ("B<<<<<10", "B<<<<<<<10")])
    def test_a_lost_or_doubled_filler_is_put_right_by_the_check_digits(self, slip: tuple[str, str]) -> None:
        mrz = parse((TD3[0], TD3[1].replace(*slip)), today=TODAY)
        assert mrz.lines == TD3
        assert [str(correction.reason) for correction in mrz.corrections] == ["length"]

    def test_fillers_lost_at_the_end_of_the_names_are_put_back(self) -> None:
        assert parse((TD3[0].rstrip("<"), TD3[1]), today=TODAY).lines == TD3

    @pytest.mark.parametrize("first", ["PUTOERIKSSON<<ANNA<MARIA", "1P<UTOERIKSSON<<ANNA<MARIA"])
    def test_a_slip_before_the_issuing_state_is_put_right(self, first: str) -> None:
        assert parse((first.ljust(44, "<"), TD3[1]), today=TODAY).data.surname == "ERIKSSON"

    def test_a_line_that_lost_a_digit_is_reported_not_guessed(self) -> None:
        mrz = parse((TD3[0], TD3[1].replace("7408122", "748122")), today=TODAY)
        assert not mrz.valid

    def test_small_letters_blanks_and_guillemets_are_understood(self) -> None:
        mrz = parse(("p<uto eriksson«anna<maria<<<<<<<<<<<<<<<<<<<", TD3[1]), today=TODAY)
        assert mrz.lines == TD3
        assert [str(correction.reason) for correction in mrz.corrections] == ["spelling"]

    @given(st.text("AB01258DEFGHIOSZ", min_size=9, max_size=9), st.integers(0, 8))
    def test_a_look_alike_in_the_number_is_put_right_or_reported(self, number: str, column: int) -> None:
        data = MrzData("P", "UTO", "X", "Y", number, "UTO", PartialDate(1974), Sex.MALE, PartialDate(2030))
        first, second = compose(data, MrzFormat.TD3)
        misread = second[:column] + second[column].translate(LOOK_ALIKES) + second[column + 1 :]

        mrz = parse((first, misread), today=TODAY)

        assert mrz.lines == (first, second) or not mrz.valid


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (MrzData("P", "UTO", "X", "", "1234567890", "UTO"), "document_number"),
        (MrzData("P", "UTOPIA", "X", "", "1", "UTO"), "issuing_state"),
        (MrzData("P", "UTO", "X", "", "é", "UTO"), "document_number"),
        (MrzData("P", "UTO", "X", "", "1", "UTO", optional_data_2="A"), "optional_data_2"),
    ],
)
def test_data_that_no_mrz_can_carry_are_refused_by_name(data: MrzData, field: str) -> None:
    with pytest.raises(MrzNotComposable, match=field):
        compose(data, MrzFormat.TD3)


@pytest.mark.parametrize("lines", [[], [""], ["hello"], ["P<UTO"] * 5, ["<" * 200], ["é" * 44, "ß" * 44]])
def test_what_is_no_mrz_is_said_to_be_none(lines: list[str]) -> None:
    mrz = parse(lines, today=TODAY)
    assert not mrz.valid
    assert mrz.problems
