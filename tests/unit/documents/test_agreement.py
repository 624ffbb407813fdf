"""What two readings of one picture make together."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from crossing.documents.mrz import parse
from crossing.documents.reading import Confidence, Doubt, DoubtReason, PageReading, ReadingProblem
from crossing.documents.reading.agreement import agreed

TODAY = date(2026, 3, 1)
ERIKSSON = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TKACHENKO = ("P<UKRTKACHENKO<<MARIANA<<<<<<<<<<<<<<<<<<<<<", "XX000000<0UKR9108242F23092571234567890<<<<70")


def reading(
    lines: tuple[str, ...] | None,
    *,
    problems: tuple[ReadingProblem, ...] = (),
    doubts: tuple[Doubt, ...] = (),
    others: tuple[PageReading, ...] = (),
) -> PageReading:
    """What a reader says that read ``lines``, or nothing; sure of itself where it has no problems."""
    mrz = parse(lines, today=TODAY) if lines else None
    sure = mrz is not None and mrz.valid and not problems
    return PageReading(
        lines=lines or (),
        mrz=mrz,
        confidence=Confidence.HIGH if sure else Confidence.LOW,
        certainty=0.9,
        problems=problems,
        image=np.zeros((16, 16, 3), np.uint8),
        line_boxes=(),
        elapsed_ms={"recognise": 5.0, "total": 8.0},
        doubts=doubts,
        others=others,
    )


def swapped(lines: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    assert any(old in line for line in lines)
    return tuple(line.replace(old, new) for line in lines)


def test_what_both_read_alike_and_surely_is_believed() -> None:
    both = agreed(reading(ERIKSSON), reading(ERIKSSON), today=TODAY)

    assert both.confidence is Confidence.HIGH
    assert both.doubts == ()
    assert both.mrz is not None
    assert both.mrz.lines == ERIKSSON


def test_the_time_of_both_is_told_by_stage() -> None:
    both = agreed(reading(ERIKSSON), reading(ERIKSSON), today=TODAY)
    assert both.elapsed_ms == {"first_recognise": 5.0, "second_recognise": 5.0, "total": 16.0}


def test_a_name_read_otherwise_goes_to_the_officer_with_the_others_word() -> None:
    """Check digits don't cover names: both readings are valid, and the first is believed but doubted."""
    other = swapped(ERIKSSON, "ERIKSSON", "ERIKSSOM")

    both = agreed(reading(ERIKSSON), reading(other), today=TODAY)

    assert both.confidence is Confidence.LOW
    assert both.mrz is not None
    assert both.mrz.data.surname == "ERIKSSON"
    assert both.doubts == (Doubt("surname", DoubtReason.DISAGREED, "ERIKSSOM"),)


def test_the_reading_whose_check_digits_hold_is_the_better_one() -> None:
    wrong = swapped(ERIKSSON, "L898902C36", "L898702C36")

    for pair in ((reading(wrong), reading(ERIKSSON)), (reading(ERIKSSON), reading(wrong))):
        both = agreed(*pair, today=TODAY)
        assert both.mrz is not None
        assert both.mrz.lines == ERIKSSON
        assert both.confidence is Confidence.LOW
        assert both.doubts == (Doubt("document_number", DoubtReason.DISAGREED, "L898702C3"),)


def test_fields_are_taken_from_both_only_where_their_own_check_digits_decide() -> None:
    """Each reader misread one field; every digit of the mixture holds, and both fields are doubted."""
    number_wrong = swapped(ERIKSSON, "L898902C36", "L898702C36")
    birth_wrong = swapped(ERIKSSON, "7408122", "7408172")

    both = agreed(reading(number_wrong), reading(birth_wrong), today=TODAY)

    assert both.mrz is not None
    assert both.mrz.lines == ERIKSSON
    assert both.confidence is Confidence.LOW
    assert set(both.doubts) == {
        Doubt("document_number", DoubtReason.DISAGREED, "L898702C3"),
        Doubt("birth_date", DoubtReason.DISAGREED, "1974-08-17"),
    }


def test_a_document_that_is_wrong_in_itself_is_shown_as_both_read_it() -> None:
    printed = swapped(ERIKSSON, "7408122F", "7408129F")

    both = agreed(reading(printed), reading(printed), today=TODAY)

    assert both.mrz is not None
    assert both.mrz.lines == printed
    assert both.confidence is Confidence.LOW
    assert {(doubt.field, doubt.reason) for doubt in both.doubts} == {
        ("birth_date", DoubtReason.CHECK_FAILED),
        ("composite", DoubtReason.CHECK_FAILED),
    }


CLEAR = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L897954C38UTO7408122F1204159ZE184226B<<<<<16")
MENDED = swapped(CLEAR, "L897954C38", "L8979S4C38")


def test_what_a_check_digit_chose_is_doubted_where_nobody_read_it() -> None:
    """S read for 5 in a number: the digit tells, but no reader saw it."""
    mended = reading(MENDED, problems=(ReadingProblem.REPAIRED,))
    assert mended.mrz is not None
    assert mended.mrz.lines == CLEAR

    both = agreed(mended, mended, today=TODAY)

    assert both.confidence is Confidence.LOW
    assert both.doubts == (Doubt("document_number", DoubtReason.CORRECTED),)


def test_what_a_check_digit_chose_for_one_reader_is_believed_where_the_other_read_it() -> None:
    mended = reading(MENDED, problems=(ReadingProblem.REPAIRED,))
    for pair in ((reading(CLEAR), mended), (mended, reading(CLEAR))):
        both = agreed(*pair, today=TODAY)
        assert both.confidence is Confidence.HIGH
        assert both.lines == CLEAR


def test_a_character_that_a_check_digit_chose_yields_to_one_that_was_read() -> None:
    """The digit holds over LK989O2C3 as well as over L898902C3: only one of them was read so."""
    wrong = swapped(ERIKSSON, "L898902C36", "LK98902C36")
    assert parse(wrong, today=TODAY).valid

    both = agreed(reading(wrong, problems=(ReadingProblem.REPAIRED,)), reading(ERIKSSON), today=TODAY)

    assert both.mrz is not None
    assert both.mrz.lines == ERIKSSON
    assert both.confidence is Confidence.LOW
    assert both.doubts == (Doubt("document_number", DoubtReason.DISAGREED, "LK989O2C3"),)


def test_a_digit_put_right_by_its_place_needs_no_officer_where_the_other_read_it() -> None:
    slip = swapped(ERIKSSON, "7408122F", "74O8122F")
    assert agreed(reading(slip), reading(ERIKSSON), today=TODAY).confidence is Confidence.HIGH

    name = swapped(ERIKSSON, "ERIKSSON", "ER1KSSON")
    assert agreed(reading(name), reading(ERIKSSON), today=TODAY).confidence is Confidence.HIGH
    both = agreed(reading(name), reading(name), today=TODAY)
    assert both.confidence is Confidence.LOW
    assert {doubt.reason for doubt in both.doubts} == {DoubtReason.CORRECTED}


def test_what_one_reader_alone_saw_is_doubted_in_every_field() -> None:
    for pair in ((reading(ERIKSSON), reading(None)), (reading(None), reading(ERIKSSON))):
        both = agreed(*pair, today=TODAY)
        assert both.mrz is not None
        assert both.confidence is Confidence.LOW
        assert {doubt.reason for doubt in both.doubts} == {DoubtReason.UNSURE}
        assert {"surname", "document_number", "birth_date"} <= {doubt.field for doubt in both.doubts}


def test_where_neither_finds_anything_nothing_is_said() -> None:
    none = reading(None, problems=(ReadingProblem.NO_MRZ,))

    both = agreed(none, none, today=TODAY)

    assert both.mrz is None
    assert both.confidence is Confidence.LOW
    assert both.problems == (ReadingProblem.NO_MRZ,)
    assert both.doubts == ()


def test_a_reader_that_is_unsure_and_names_no_field_means_those_without_a_check_digit() -> None:
    small = reading(ERIKSSON, problems=(ReadingProblem.TEXT_TOO_SMALL,))

    both = agreed(small, small, today=TODAY)

    assert both.confidence is Confidence.LOW
    fields = {doubt.field for doubt in both.doubts}
    assert {"surname", "given_names", "nationality"} <= fields
    assert not {"document_number", "birth_date", "expiry_date"} & fields


def test_two_documents_in_a_picture_are_paired_whichever_comes_first() -> None:
    first = reading(ERIKSSON, others=(reading(TKACHENKO),))
    second = reading(TKACHENKO, others=(reading(swapped(ERIKSSON, "MARIA", "MARlA".upper())),))

    both = agreed(first, second, today=TODAY)

    assert both.confidence is Confidence.HIGH
    assert both.mrz is not None
    assert both.mrz.lines == TKACHENKO
    other = both.others[0]
    assert other.mrz is not None
    assert other.mrz.lines == ERIKSSON
    assert other.doubts == (Doubt("given_names", DoubtReason.DISAGREED, "ANNA MARLA"),)
    assert other.others == ()


def test_a_document_that_only_one_reader_saw_is_kept_where_it_is_valid() -> None:
    both = agreed(reading(ERIKSSON, others=(reading(TKACHENKO),)), reading(ERIKSSON), today=TODAY)
    assert [one.mrz and one.mrz.data.surname for one in both.others] == ["TKACHENKO"]
    assert both.others[0].confidence is Confidence.LOW

    noise = reading(swapped(TKACHENKO, "9108242", "9108282"))
    assert agreed(reading(ERIKSSON, others=(noise,)), reading(ERIKSSON), today=TODAY).others == ()


@pytest.mark.parametrize("line", [0, 1])
@pytest.mark.parametrize("column", range(0, 44, 3))
def test_no_column_read_otherwise_is_ever_believed(line: int, column: int) -> None:
    """Whatever the second reader read otherwise, the reading is not HIGH and some field is doubted."""
    letters = list(ERIKSSON[line])
    letters[column] = "B" if letters[column] != "B" else "X"
    other = tuple("".join(letters) if number == line else text for number, text in enumerate(ERIKSSON))

    both = agreed(reading(ERIKSSON), reading(other), today=TODAY)

    assert both.confidence is Confidence.LOW
    assert both.doubts


def test_the_readers_own_doubts_stay() -> None:
    doubt = Doubt("given_names", DoubtReason.UNSURE)
    unsure = replace(reading(ERIKSSON, problems=(ReadingProblem.UNSURE_CHARACTERS,)), doubts=(doubt,))
    assert agreed(unsure, unsure, today=TODAY).doubts == (doubt,)


def test_a_reader_that_is_sure_settles_what_the_other_found_hard_to_read() -> None:
    hard = replace(
        reading(ERIKSSON, problems=(ReadingProblem.TEXT_TOO_SMALL,)), doubts=(Doubt("surname", DoubtReason.UNSURE),)
    )
    for pair in ((hard, reading(ERIKSSON)), (reading(ERIKSSON), hard)):
        both = agreed(*pair, today=TODAY)
        assert both.confidence is Confidence.HIGH
        assert both.doubts == ()
        assert both.problems == ()


def test_a_line_that_one_reader_missed_is_no_fault() -> None:
    half = reading((ERIKSSON[1],))
    assert half.mrz is not None
    assert "surname" not in half.mrz.fields

    both = agreed(half, reading(ERIKSSON), today=TODAY)

    assert both.mrz is not None
    assert both.mrz.lines == ERIKSSON
    assert both.confidence is Confidence.LOW
    assert Doubt("surname", DoubtReason.DISAGREED) in both.doubts


def test_of_two_invalid_readings_the_one_that_chose_nothing_is_shown() -> None:
    printed = swapped(ERIKSSON, "L898902C36", "L898702C36")
    guess = replace(
        reading(swapped(printed, "L898702C36", "L898702CC6"), problems=(ReadingProblem.NOT_VALID,)),
        doubts=(Doubt("document_number", DoubtReason.CORRECTED),),
    )

    both = agreed(guess, reading(printed, problems=(ReadingProblem.NOT_VALID,)), today=TODAY)

    assert both.mrz is not None
    assert both.mrz.lines == printed
    assert both.confidence is Confidence.LOW
