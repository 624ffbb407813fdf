"""What the rules may decide, and what they must leave as it is printed."""

from collections.abc import Mapping

import numpy as np
import pytest

from crossing.documents.mrz import ALPHABET, LAYOUTS, CorrectionReason, MrzFormat
from crossing.documents.reading.own.decoding import LONGEST, Decoded, decode
from crossing.documents.reading.own.lattice import Lattice
from crossing.documents.reading.own.recogniser import Frames

SAMPLES = {
    MrzFormat.TD3: ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
    MrzFormat.TD2: ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"),
    MrzFormat.TD1: (
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    ),
    MrzFormat.MRV_A: (
        "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L8988901C4XXX4009078F96121096ZE184226B<<<<<<",
    ),
    MrzFormat.MRV_B: ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<"),
    MrzFormat.FRENCH_ID: ("IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "8806923102858CORINNE<<<<<<<6512068F6"),
}
Doubtful = Mapping[tuple[int, int], Mapping[str, float]]


def frames(line: str, doubtful: Mapping[int, Mapping[str, float]]) -> Frames:
    """What a network gives that is sure of ``line`` but for the columns in ``doubtful``."""
    chances = np.full((2 * len(line) + 1, len(ALPHABET) + 1), 1e-7)
    chances[::2, 0] = 1.0
    for column, character in enumerate(line):
        for one, chance in doubtful.get(column, {character: 1.0}).items():
            chances[2 * column + 1, ALPHABET.index(one) + 1] = chance
    return np.asarray(np.log(chances / chances.sum(axis=1, keepdims=True)))


def decoded(lines: tuple[str, ...], doubtful: Doubtful | None = None) -> Decoded:
    rows = [
        frames(line, {column: seen for (row, column), seen in (doubtful or {}).items() if row == number})
        for number, line in enumerate(lines)
    ]
    found = decode([Lattice(rows, LONGEST)], len(lines))
    assert found is not None
    return found


@pytest.mark.parametrize("mrz_format", list(SAMPLES))
def test_what_is_clear_is_read_in_every_format(mrz_format: MrzFormat) -> None:
    found = decoded(SAMPLES[mrz_format])

    assert found.layout is LAYOUTS[mrz_format]
    assert found.lines == SAMPLES[mrz_format]
    assert found.corrections == ()
    assert min(min(line) for line in found.certainty) > 0.99


def test_a_check_digit_decides_between_what_the_picture_leaves_open() -> None:
    found = decoded(SAMPLES[MrzFormat.TD3], {(1, 7): {"G": 0.7, "C": 0.3}})

    assert found.lines == SAMPLES[MrzFormat.TD3]
    assert [(one.line, one.column, one.read, one.corrected, one.reason) for one in found.corrections] == [
        (1, 7, "G", "C", CorrectionReason.CHECK_DIGIT)
    ]
    assert found.certainty[1][7] == pytest.approx(0.3, abs=0.01)


def test_a_clearly_printed_mistake_is_read_as_printed() -> None:
    upper, lower = SAMPLES[MrzFormat.TD3]
    printed = (upper, lower[:7] + "G" + lower[8:])

    found = decoded(printed)

    assert found.lines == printed
    assert found.corrections == ()


def test_where_two_repairs_are_equally_likely_none_is_made() -> None:
    upper, lower = SAMPLES[MrzFormat.TD2]
    printed = (upper, lower[:9] + "8" + lower[10:35] + "4")
    one_more = {(1, 2): {"3": 0.6, "4": 0.4}, (1, 5): {"5": 0.6, "6": 0.4}}

    found = decoded(printed, one_more)

    assert found.lines == printed
    assert found.corrections == ()


def test_the_composite_digit_decides_optional_data_that_have_no_digit_of_their_own() -> None:
    upper, middle, names = SAMPLES[MrzFormat.TD1]
    printed = (upper[:15] + "8" + upper[16:], middle[:29] + "0", names)
    found = decoded(printed, {(0, 15): {"B": 0.55, "8": 0.45}})

    assert found.lines == printed
    assert [one.reason for one in found.corrections] == [CorrectionReason.CHECK_DIGIT]


def test_a_place_that_holds_only_digits_reads_a_digit_where_one_is_plausible() -> None:
    lines = SAMPLES[MrzFormat.TD3]

    found = decoded(lines, {(1, 14): {"A": 0.9, "4": 0.1}, (0, 7): {"1": 0.8, "I": 0.2}})

    assert found.lines == lines
    assert {one.reason for one in found.corrections} == {CorrectionReason.POSITION}


def test_letters_where_a_date_should_stand_are_read_if_they_are_clear() -> None:
    upper, lower = SAMPLES[MrzFormat.TD3]
    printed = (upper, lower[:13] + "X" + lower[14:])

    assert decoded(printed).lines == printed


def test_a_state_that_exists_is_preferred_to_a_like_one_that_does_not() -> None:
    found = decoded(SAMPLES[MrzFormat.TD3], {(0, 3): {"I": 0.7, "T": 0.3}})

    assert found.lines[0].startswith("P<UTO")
    assert found.certainty[0][3] < 0.5


def test_a_doubled_and_a_lost_filler_come_right_by_the_length() -> None:
    upper, lower = SAMPLES[MrzFormat.TD3]
    doubled = frames(upper + "<", {44: {"<": 0.6}})
    doubled[2 * 44 + 1, 0] = np.log(0.4)
    lost = frames(lower, {})
    between = 2 * 38
    lost[between, 0], lost[between, ALPHABET.index("<") + 1] = np.log(0.2), np.log(0.8)

    found = decode([Lattice([doubled, lost], LONGEST)], 2)

    assert found is not None
    assert found.lines == SAMPLES[MrzFormat.TD3]


def test_several_looks_are_weighed_together() -> None:
    lines = SAMPLES[MrzFormat.TD3]
    name = {(0, 6): {"B": 0.6, "R": 0.4}}
    rows = [[frames(lines[0], {6: seen}), frames(lines[1], {})] for seen in (name[0, 6], {"R": 0.9, "B": 0.1})]

    found = decode([Lattice(look, LONGEST) for look in rows], 2)

    assert found is not None
    assert found.lines == lines
    assert found.certainty[0][6] == pytest.approx(0.65, abs=0.02)


def test_no_format_has_four_lines() -> None:
    rows = [frames("P<UTO", {})] * 4
    assert decode([Lattice(rows, LONGEST)], 4) is None
