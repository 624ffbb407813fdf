"""The likeliest string under check digits, against trying every string."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.mrz import ALPHABET, FILLER, LAYOUTS, MrzFormat, check_digit
from crossing.documents.reading.own.constrained import Step, holds, solve, steps_of

TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
LONG_NUMBER = "D23145890AB11223456"
TD1_LONG = (
    f"I<UTOD23145890<AB11223456{check_digit(LONG_NUMBER)}<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)

NUMBER = [Step((0, column), field=(7, 3, 1)[column % 3]) for column in range(3)] + [Step((0, 3), closes_field=True)]

options_of_a_cell = st.lists(
    st.tuples(st.sampled_from(ALPHABET), st.floats(0, 6)), min_size=1, max_size=4, unique_by=lambda one: one[0]
)


def text_of(steps: list[Step], lines: tuple[str, ...]) -> str:
    return "".join(lines[step.cell[0]][step.cell[1]] for step in steps)


@given(st.tuples(*[options_of_a_cell] * 4), st.floats(0, 12))
def test_the_two_cheapest_strings_that_hold_are_found(
    cells: tuple[list[tuple[str, float]], ...], most: float
) -> None:
    options = {step.cell: cell for step, cell in zip(NUMBER, cells, strict=True)}
    every = (
        (sum(cost for _, cost in chosen), "".join(character for character, _ in chosen)) for chosen in product(*cells)
    )
    right = sorted(cost for cost, text in every if check_digit(text[:3]) == text[3] and cost <= most)

    found = solve(NUMBER, options, most=most)

    assert [one.cost for one in found] == pytest.approx(right[:2])
    assert all(check_digit(one.text[:3]) == one.text[3] for one in found)


def test_all_check_digits_of_the_standards_examples_hold() -> None:
    for layout, lines in ((LAYOUTS[MrzFormat.TD3], TD3), (LAYOUTS[MrzFormat.TD1], TD1_LONG)):
        fields, together = steps_of(layout, lines)
        assert all(holds(steps, text_of(steps, lines)) for steps in fields)
        assert holds(together, text_of(together, lines))


@given(st.data())
def test_any_single_wrong_digit_is_noticed(data: st.DataObject) -> None:
    _, together = steps_of(LAYOUTS[MrzFormat.TD3], TD3)
    place = data.draw(st.integers(0, len(together) - 1))
    read = text_of(together, TD3)
    values = {character: number for number, character in enumerate(ALPHABET[:36])} | {FILLER: 0}
    others = [one for one in ALPHABET if (values[one] - values[read[place]]) % 10 != 0]
    wrong = data.draw(st.sampled_from(others))

    assert not holds(together, read[:place] + wrong + read[place + 1 :])


def test_a_number_that_runs_on_is_checked_behind_its_filler() -> None:
    fields, _ = steps_of(LAYOUTS[MrzFormat.TD1], TD1_LONG)
    number = fields[0]

    assert [step.cell[1] for step in number] == [*range(5, 14), *range(15, 26)]
    assert number[-1].closes_field


def test_the_digit_of_an_empty_field_may_be_a_filler_and_no_other_may() -> None:
    lines = (TD3[0], "L898902C36UTO7408122F1204159<<<<<<<<<<<<<<<8")
    fields, together = steps_of(LAYOUTS[MrzFormat.TD3], lines)
    assert all(holds(steps, text_of(steps, lines)) for steps in fields)
    assert holds(together, text_of(together, lines)[:-1] + check_digit(text_of(together, lines)[:-1]))

    missing = (TD3[0], "L898902C3<UTO7408122F1204159<<<<<<<<<<<<<<<8")
    fields, _ = steps_of(LAYOUTS[MrzFormat.TD3], missing)
    assert not holds(fields[0], text_of(fields[0], missing))
