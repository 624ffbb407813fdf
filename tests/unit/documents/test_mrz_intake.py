"""Whatever text is given: lines joined, missing or among print, strange letters, floods; the work stays small."""

from datetime import date
from itertools import combinations, permutations
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.mrz import CheckOutcome, CorrectionReason, Mrz, MrzData, MrzFormat, ProblemCode, parse
from crossing.documents.mrz.intake import LONGEST_LINE, MOST_LINES

TODAY = date(2026, 3, 1)
TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
MRV_B = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<")
ALL = (TD3, TD2, TD1, MRV_B)
CPU_SECONDS = 2.0


def codes(mrz: Mrz) -> list[ProblemCode]:
    return [problem.code for problem in mrz.problems]


class TestSpelling:
    @pytest.mark.parametrize(
        "given_lines",
        [
            [line.lower() for line in TD3],
            [" ".join(line) for line in TD3],
            [f"  {line[:20]}\t{line[20:]} \r\n" for line in TD3],
            ["".join(chr(ord(letter) + 0xFEE0) for letter in line) for line in TD3],
            [line.replace("<<", "«") for line in TD3],
            ["\ufeff" + TD3[0], "\u200e" + TD3[1] + "\x00"],
            [TD3[0], "", "   ", TD3[1]],
            ["\r\n".join(TD3)],
        ],
        ids=["small", "spaced", "blanks", "full width", "guillemets", "invisible", "empty lines", "one text"],
    )
    def test_it_is_put_right_and_said(self, given_lines: list[str]) -> None:
        mrz = parse(given_lines, today=TODAY)
        assert mrz.valid
        assert mrz.lines == TD3
        assert {one.reason for one in mrz.corrections} <= {CorrectionReason.SPELLING}
        as_given = [line.strip() for line in "\n".join(given_lines).splitlines() if line.strip()]
        assert len(mrz.corrections) == sum(line not in TD3 for line in as_given)

    def test_one_text_is_as_good_as_a_list_of_lines(self) -> None:
        assert parse("\n".join(TD1), today=TODAY).data == parse(TD1, today=TODAY).data


class TestJoinedLines:
    @pytest.mark.parametrize("lines", ALL)
    def test_all_lines_in_one_are_parted(self, lines: tuple[str, ...]) -> None:
        assert parse(["".join(lines)], today=TODAY) == parse(lines, today=TODAY)

    @pytest.mark.parametrize("given_lines", [[TD1[0] + TD1[1], TD1[2]], [TD1[0], TD1[1] + TD1[2]]])
    def test_two_of_three_lines_in_one_are_parted(self, given_lines: list[str]) -> None:
        assert parse(given_lines, today=TODAY) == parse(TD1, today=TODAY)

    @pytest.mark.parametrize(
        ("old", "new"), [("<<<L", "<<L"), ("<<<L", "<<<<L"), ("<<<10", "<<10"), ("<<<10", "<<<<10")]
    )
    def test_fillers_lost_or_doubled_in_either_line_are_put_right(self, old: str, new: str) -> None:
        mrz = parse(["".join(TD3).replace(old, new)], today=TODAY)
        assert mrz.valid
        assert mrz.lines == TD3
        assert [one.reason for one in mrz.corrections] == [CorrectionReason.LENGTH]


class TestPrintAround:
    @pytest.mark.parametrize("lines", ALL)
    def test_the_mrz_is_found_and_the_print_is_remarked_on(self, lines: tuple[str, ...]) -> None:
        page = ["REPUBLIC OF UTOPIA", "Passport No. L898902C3 / Type P", *lines, "12.04.2012 signature of the bearer"]
        mrz = parse(page, today=TODAY)
        assert mrz.valid
        assert mrz.lines == lines
        assert codes(mrz) == [ProblemCode.EXTRA_LINES]

    def test_corrections_count_their_lines_from_the_mrz_s_first(self) -> None:
        mrz = parse(["Republic", TD3[0].lower(), TD3[1].replace("7408122F", "74O8122F")], today=TODAY)
        assert [(one.line, one.reason) for one in mrz.corrections] == [
            (0, CorrectionReason.SPELLING),
            (1, CorrectionReason.POSITION),
        ]

    def test_of_two_documents_the_lower_is_read_and_the_other_remarked_on(self) -> None:
        mrz = parse([*MRV_B, *TD3], today=TODAY)
        assert mrz.format is MrzFormat.TD3
        assert codes(mrz) == [ProblemCode.EXTRA_LINES]


class TestMissingLines:
    @pytest.mark.parametrize(
        ("lines", "seats"),
        [
            (lines, seats)
            for lines in ALL
            for count in range(1, len(lines))
            for seats in combinations(range(len(lines)), count)
            if (lines, seats) != (TD1, (2,))
        ],
    )
    def test_what_is_left_is_read_and_the_rest_is_blank(self, lines: tuple[str, ...], seats: tuple[int, ...]) -> None:
        whole = parse(lines, today=TODAY)
        mrz = parse([lines[seat] for seat in seats], today=TODAY)

        assert not mrz.valid
        missing = [f"line {seat + 1}" for seat in range(len(lines)) if seat not in seats]
        assert [problem.field for problem in mrz.problems if problem.code is ProblemCode.LINE_MISSING] == missing
        assert set(codes(mrz)) == {ProblemCode.LINE_MISSING}
        assert mrz.fields
        for name, field in whole.fields.items():
            seen = all(span.line in seats for span in field.spans)
            assert (name in mrz.fields) is seen
            assert getattr(mrz.data, name) == getattr(whole.data if seen else MrzData(), name)
        assert CheckOutcome.FAILS not in mrz.checks.values()

    def test_a_line_of_names_alone_tells_of_nothing(self) -> None:
        assert codes(parse([TD1[2]], today=TODAY)) == [ProblemCode.NOT_AN_MRZ]


class TestFloods:
    @pytest.mark.parametrize(
        "given_lines",
        [
            ["A<" * 21] * 1000,
            ["<" * 1_000_000],
            ["P<UTO" * 100_000] * 100,
            ["\ufdfa" * LONGEST_LINE] * MOST_LINES,
            ["I<A<" * 8, "1<A<" * 8, "A<" * 16],
            ["P<" * 22 + "<", "1<" * 22 + "<"],
            "L898902C3\n" * 100_000,
        ],
        ids=["lines", "line", "both", "ligatures", "fillers of td1", "fillers of td3", "text"],
    )
    def test_they_cost_little(self, given_lines: list[str] | str) -> None:
        before = process_time()
        mrz = parse(given_lines, today=TODAY)
        assert process_time() - before < CPU_SECONDS
        assert not mrz.valid
        assert sum(map(len, mrz.lines)) <= MOST_LINES * LONGEST_LINE * 20

    def test_what_was_not_looked_at_is_said(self) -> None:
        mrz = parse([*TD3, *["print"] * MOST_LINES], today=TODAY)
        assert mrz.valid
        assert set(codes(mrz)) == {ProblemCode.INPUT_TOO_LONG, ProblemCode.EXTRA_LINES}
        assert ProblemCode.INPUT_TOO_LONG in codes(parse(["x" * (LONGEST_LINE + 1)], today=TODAY))
        assert ProblemCode.INPUT_TOO_LONG not in codes(parse(["x" * LONGEST_LINE] * MOST_LINES, today=TODAY))

    @given(st.lists(st.text("<<<<AIPV0189\n é«", max_size=100), max_size=70))
    def test_no_text_is_ever_silently_taken_for_a_valid_document(self, lines: list[str]) -> None:
        mrz = parse(lines, today=TODAY)
        assert mrz.problems or mrz.valid
        if mrz.format is None:
            assert ProblemCode.NOT_AN_MRZ in codes(mrz)

    @given(st.sampled_from(ALL), st.lists(st.text(max_size=20), max_size=10), st.integers(0, 10))
    def test_a_valid_document_is_found_among_any_short_print(
        self, lines: tuple[str, ...], print_around: list[str], at: int
    ) -> None:
        mrz = parse([*print_around[:at], *lines, *print_around[at:]], today=TODAY)
        assert mrz.valid
        assert mrz.lines == lines


@pytest.mark.parametrize("lines", ALL)
def test_lines_that_nobody_read_are_taken_to_the_letter(lines: tuple[str, ...]) -> None:
    misread = (lines[0].replace("UTO", "UT0"), *lines[1:])
    mrz = parse(misread, today=TODAY, repairing=False)
    assert mrz.lines == misread
    assert mrz.corrections == ()
    assert not mrz.valid
    assert parse(lines, today=TODAY, repairing=False) == parse(lines, today=TODAY)


SLIPS = [
    (lines, mrz_format, number, column, times)
    for lines, mrz_format in (
        (TD1, MrzFormat.TD1),
        (TD2, MrzFormat.TD2),
        (TD3, MrzFormat.TD3),
        (
            ("V<UTOERIKSSON<<ANNA<MARIA".ljust(44, "<"), "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"),
            MrzFormat.MRV_A,
        ),
        (MRV_B, MrzFormat.MRV_B),
        (("V<UTOWORRALLSON<<ANASTASIA<MARIANGEL", "L8988901C4XXX4009078F9612109AB345678"), MrzFormat.MRV_B),
        (("P<UTOERIKSSON<<ANNA".ljust(44, "<"), "L898902C36UTO7408122F1204159<<<<<<<<<<<<<<00"), MrzFormat.TD3),
    )
    for number, line in enumerate(lines)
    for column in range(len(line))
    for times in (0, 2)
]


def test_one_character_lost_or_doubled_never_makes_another_format_of_it() -> None:
    for lines, mrz_format, number, column, times in SLIPS:
        line = lines[number]
        if line[0] == "V" and (number, column, times) == (0, 0, 0):
            continue  # A visa is told by its V alone.
        slipped = [*lines]
        slipped[number] = line[:column] + line[column] * times + line[column + 1 :]
        assert parse(slipped, today=TODAY).format is mrz_format, slipped


def test_a_passport_that_lost_fillers_in_one_line_and_a_digit_in_the_other_is_still_one() -> None:
    mrz = parse((TD3[0][:36], TD3[1].replace("7408122", "748122")), today=TODAY)
    assert mrz.format is MrzFormat.TD3
    assert (mrz.data.surname, mrz.data.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert not mrz.valid


class TestSwappedLines:
    @pytest.mark.parametrize("lines", [TD1, TD2, TD3, MRV_B])
    def test_they_are_put_in_order_where_all_check_digits_hold_then_and_it_is_said(
        self, lines: tuple[str, ...]
    ) -> None:
        for order in list(permutations(lines))[1:]:
            mrz = parse(order, today=TODAY)
            assert mrz.valid
            assert mrz.lines == lines
            assert ProblemCode.LINES_SWAPPED in codes(mrz)
            assert mrz.corrections == ()

    def test_their_repairs_name_the_line_as_it_stands_in_the_document(self) -> None:
        mrz = parse((TD3[1], TD3[0].lower()), today=TODAY)
        assert mrz.lines == TD3
        assert [(one.line, one.reason) for one in mrz.corrections] == [(0, CorrectionReason.SPELLING)]

    def test_where_a_check_digit_still_fails_nothing_is_rewritten(self) -> None:
        mrz = parse((TD3[1].replace("7408122", "7408132"), TD3[0]), today=TODAY)
        assert not mrz.valid
        assert len(mrz.corrections) < 8
        assert ProblemCode.LINES_SWAPPED not in codes(mrz)
