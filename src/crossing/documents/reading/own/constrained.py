"""The likeliest string whose check digits hold (Doc 9303-3 section 4.9), by dynamic programming.

The state is the running sum of the field and of the composite check digit, both modulo 10: at most 100 of them,
and far fewer, for only characters that the picture leaves plausible are ever tried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crossing.documents.mrz import ALPHABET, FILLER
from crossing.documents.mrz.formats import Layout, Place

Cell = tuple[int, int]
"""Line and column."""

_WEIGHTS: Final = (7, 3, 1)
_DIGITS: Final = ALPHABET[:10]
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET[:36])} | {FILLER: 0}


@dataclass(frozen=True, slots=True)
class Step:
    """One cell, its weight in its field's and in the composite's sum, and which of them it closes as check digit.

    ``may_be_filler``: the digit of an empty field may be left out (Doc 9303-4 section 4.2.2.2).
    """

    cell: Cell
    field: int = 0
    composite: int = 0
    closes_field: bool = False
    closes_composite: bool = False
    may_be_filler: bool = False


@dataclass(frozen=True, slots=True)
class Solution:
    """Characters for every step; ``cost`` in nats below the likeliest string without any check digit."""

    cost: float
    text: str


Options = Mapping[Cell, Sequence[tuple[str, float]]]
"""The plausible characters of a cell, each with its cost: nats below the cell's likeliest."""


def steps_of(layout: Layout, lines: tuple[str, ...]) -> tuple[list[list[Step]], list[Step]]:
    """Each checked field's steps, and those of all check digits together; ``lines`` show where a number runs on."""
    fields = [_field_steps(place, layout, lines) for place in layout.places if place.check is not None]
    if layout.composite_check is None:
        return fields, [step for field in fields for step in field]
    known = {step.cell: step for field in fields for step in field}
    together = []
    columns = [(span.line, column) for span in layout.composite for column in range(span.start, span.end)]
    for place, cell in enumerate(columns):
        step = known.get(cell, Step(cell))
        weight = _WEIGHTS[place % 3]
        together.append(Step(cell, step.field, weight, step.closes_field, False, step.may_be_filler))
    closing = layout.composite_check
    together.append(Step((closing.line, closing.start), closes_composite=True))
    return fields, together


def holds(steps: Sequence[Step], text: str) -> bool:
    """Whether every check digit in ``steps`` holds over ``text``, one character a step."""
    field = composite = 0
    for step, character in zip(steps, text, strict=True):
        if not _allowed(step, character, field, composite):
            return False
        field, composite = _after(step, character, field, composite)
    return True


def solve(steps: Sequence[Step], options: Options, *, most: float) -> list[Solution]:
    """The best two strings that hold and cost at most ``most``, the cheaper first; fewer where there are fewer."""
    states: dict[tuple[int, int], list[Solution]] = {(0, 0): [Solution(0.0, "")]}
    for step in steps:
        following: dict[tuple[int, int], list[Solution]] = {}
        for (field, composite), solutions in states.items():
            for character, cost in options[step.cell]:
                if solutions[0].cost + cost <= most and _allowed(step, character, field, composite):
                    longer = [Solution(one.cost + cost, one.text + character) for one in solutions]
                    following.setdefault(_after(step, character, field, composite), []).extend(longer)
        states = {state: sorted(found, key=_by_cost)[:2] for state, found in following.items()}
    found = (one for solutions in states.values() for one in solutions)
    return sorted((one for one in found if one.cost <= most), key=_by_cost)[:2]


def _by_cost(solution: Solution) -> float:
    return solution.cost


def _allowed(step: Step, character: str, field: int, composite: int) -> bool:
    if step.closes_composite:
        return character == _DIGITS[composite]
    if step.closes_field:
        return character == _DIGITS[field] or (character == FILLER and step.may_be_filler)
    return True


def _after(step: Step, character: str, field: int, composite: int) -> tuple[int, int]:
    value = _VALUES[character]
    running = 0 if step.closes_field else (field + step.field * value) % 10
    return running, 0 if step.closes_composite else (composite + step.composite * value) % 10


def _field_steps(place: Place, layout: Layout, lines: tuple[str, ...]) -> list[Step]:
    if place.check is None:
        raise ValueError(f"{place.name} has no check digit")
    cells = [(place.span.line, column) for column in range(place.span.start, place.span.end)]
    digit = (place.check.line, place.check.start)
    if place.name == "document_number" and (rest := _overflow(place, layout, lines)):
        cells, digit = cells + rest[:-1], rest[-1]
    empty = place.name != "document_number" and not place.span.of(lines).strip(FILLER)
    steps = [Step(cell, field=_WEIGHTS[number % 3]) for number, cell in enumerate(cells)]
    return [*steps, Step(digit, closes_field=True, may_be_filler=empty)]


def _overflow(place: Place, layout: Layout, lines: tuple[str, ...]) -> list[Cell]:
    """The cells in the optional data of a number that runs on, its check digit last (Doc 9303-5 section 4.2.2)."""
    if layout.overflow is None or place.check is None or place.check.of(lines) != FILLER:
        return []
    optional = layout.place(layout.overflow).span
    head = optional.of(lines).partition(FILLER)[0]
    if place.span.of(lines).endswith(FILLER) or len(head) < 2:
        return []
    return [(optional.line, optional.start + column) for column in range(len(head))]
