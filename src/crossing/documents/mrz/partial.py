"""An MRZ of which a line is missing: which of its lines are there, and what they say."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import combinations
from types import MappingProxyType
from typing import Final

from crossing.documents.mrz import intake, reading
from crossing.documents.mrz.checks import FILLER
from crossing.documents.mrz.document import Mrz, MrzData, Problem, ProblemCode
from crossing.documents.mrz.formats import LAYOUTS, Layout
from crossing.documents.mrz.intake import Sheet

_MOST_MISSING: Final = 2
_ENOUGH_TO_TELL: Final = 2
_BLANK: Final = MrzData()
_UNDIVIDED: Final = ProblemCode.NAME_UNDIVIDED


def read_remnant(whole: Sheet, today: date, *, repairing: bool) -> Mrz | None:
    """One or two lines read as what is left of a document; None where nothing tells of which.

    What tells: check digits that hold, or a document code and an issuer that are known where they should stand.
    """
    left = intake.remnant(whole)
    if left is None:
        return None
    best: Mrz | None = None
    for layout, seats in _seatings(left.lines):
        found = _read_seated(left, layout, seats, today, repairing=repairing)
        if reading.weight(found) >= _ENOUGH_TO_TELL and (
            best is None or reading.weight(found) > reading.weight(best)
        ):
            best = found
    return best


def _seatings(lines: tuple[str, ...]) -> Iterator[tuple[Layout, tuple[int, ...]]]:
    """The formats that have more such lines, and the places in them that these could take."""
    for layout in LAYOUTS.values():
        if all(abs(len(line) - layout.line_length) <= _MOST_MISSING for line in lines):
            for seats in combinations(range(layout.line_count), len(lines)):
                if len(seats) < layout.line_count and (seats[0] != 0 or reading.may_begin(lines[0], layout)):
                    yield layout, seats


def _read_seated(left: Sheet, layout: Layout, seats: tuple[int, ...], today: date, *, repairing: bool) -> Mrz:
    lines = [FILLER * layout.line_length] * layout.line_count
    for seat, line in zip(seats, left.lines, strict=True):
        lines[seat] = line
    corrections = tuple(replace(one, line=seats[one.line]) for one in left.corrections)
    sheet = Sheet(tuple(lines), corrections, left.problems)
    missing = frozenset(range(layout.line_count)) - set(seats)
    return _without(reading.read_sheet(sheet, layout, today, repairing=repairing), layout, missing)


def _without(found: Mrz, layout: Layout, missing: frozenset[int]) -> Mrz:
    """What was read, less all that would stand in the missing lines."""
    fields = {
        name: field for name, field in found.fields.items() if missing.isdisjoint(span.line for span in field.spans)
    }
    checks = {name: outcome for name, outcome in found.checks.items() if name in fields}
    if "composite" in found.checks and missing.isdisjoint(span.line for span in layout.composite):
        checks["composite"] = found.checks["composite"]
    unseen = (found.fields.keys() | found.checks.keys()) - fields.keys() - checks.keys()
    if "given_names" in unseen:
        found = replace(found, problems=tuple(one for one in found.problems if one.code is not _UNDIVIDED))
    lost = (Problem(ProblemCode.LINE_MISSING, f"line {line + 1}") for line in sorted(missing))
    return replace(
        found,
        data=replace(found.data, **{name: getattr(_BLANK, name) for name in unseen if hasattr(_BLANK, name)}),
        fields=MappingProxyType(fields),
        checks=MappingProxyType(checks),
        problems=(*lost, *(problem for problem in found.problems if problem.field not in unseen)),
    )
