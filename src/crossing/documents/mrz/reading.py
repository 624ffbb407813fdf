"""One sheet of lines read in one format: sized, repaired, evaluated."""

from datetime import date
from types import MappingProxyType
from typing import Final

from crossing.documents.mrz import evaluate, fields, repair
from crossing.documents.mrz.checks import CheckOutcome
from crossing.documents.mrz.document import Mrz, Problem, ProblemCode
from crossing.documents.mrz.formats import LAYOUTS, Layout, MrzFormat
from crossing.documents.mrz.intake import Sheet
from crossing.documents.mrz.names import read_names

_MOST_MISSING: Final = 8
_ODD_HEAD: Final = 4
_NOT_CLEAR: Final = 3
_OF_THE_HEAD: Final = frozenset({ProblemCode.DOCUMENT_CODE_UNUSUAL, ProblemCode.ISSUER_UNKNOWN})
_VISAS: Final = frozenset({MrzFormat.MRV_A, MrzFormat.MRV_B})
_AS_LETTERS: Final = str.maketrans("10", "ID")


def candidates(lines: tuple[str, ...]) -> list[Layout]:
    """The formats of so many lines of about that length, the likeliest first.

    Where a line has exactly the length of the likeliest format, or that format is clearly the likeliest, none of
    another length is tried: cut or padded to it, the lines could hold there by chance.
    """
    longest = max(map(len, lines), default=0)
    ranked = sorted(
        (_strain(lines, layout), layout.format is MrzFormat.TD2, layout.format, layout)
        for layout in LAYOUTS.values()
        if layout.line_count == len(lines)
        and abs(layout.line_length - longest) <= _MOST_MISSING
        and may_begin(lines[0], layout)
    )
    if not ranked:
        return []
    least, *_, best = ranked[0]
    most = least if any(len(line) == best.line_length for line in lines) else least + _NOT_CLEAR
    return [layout for strain, *_, layout in ranked if strain <= most or layout.line_length == best.line_length]


def _strain(lines: tuple[str, ...], layout: Layout) -> int:
    """How many characters must have been lost or doubled for lines of this format to come out so.

    All fillers lost at a free end count as one, a document code that the format does not have as some.
    """
    strain = 0 if _as_head(lines[0])[:1] in tuple(layout.first_letters) else _ODD_HEAD
    for number, line in enumerate(lines):
        missing = layout.line_length - len(line)
        strain += min(missing, 1) if missing > 0 and number in layout.free_ends else abs(missing)
    return strain


def may_begin(line: str, layout: Layout) -> bool:
    """Two lines are a visa's if they begin with V; of TD2's size they may be a French card's if with IDFRA."""
    if layout.line_count == 2 and line.startswith("V") != (layout.format in _VISAS):
        return False
    return layout.format is not MrzFormat.FRENCH_ID or _is_french(line)


def _is_french(line: str) -> bool:
    return _as_head(line) == "IDFRA"


def _as_head(line: str) -> str:
    return line[:5].translate(_AS_LETTERS)


def read_sheet(sheet: Sheet, layout: Layout, today: date, *, repairing: bool) -> Mrz:
    lines = sheet.lines
    corrections = sheet.corrections
    doubts: tuple[Problem, ...] = ()
    if repairing:
        lines, strays = repair.by_filler_run(lines, layout)
        lines, lengths, misfits = repair.fit_lengths(lines, layout)
        lines, positions, hopeless = repair.by_position(lines, layout)
        lines, swaps, doubts = repair.by_check_digits(lines, layout, hopeless)
        corrections = (*corrections, *strays, *lengths, *positions, *swaps)
    else:
        lines, _, misfits = repair.forced(lines, layout)
    checks = evaluate.verify_all(lines, layout)
    names = read_names(lines, layout)
    data, impossible = fields.read_data(lines, layout, names, today)
    return Mrz(
        format=layout.format,
        lines=lines,
        data=data,
        fields=MappingProxyType(fields.locate_fields(lines, layout, data, names, checks, corrections)),
        checks=MappingProxyType(checks),
        corrections=corrections,
        problems=(
            *sheet.problems,
            *misfits,
            *doubts,
            *repair.guessed_letters(corrections, layout, names, checks),
            *impossible,
            *fields.problems_of(lines, layout, data, names, checks),
        ),
    )


def merit(reading: Mrz) -> tuple[bool, bool, int, int]:
    """How much speaks for a reading: its lines have the right length, check digits hold, little is wrong.

    France has given no TD2 that begins with IDFRA (the card of 2021 is a TD1): one that is not valid is none.
    """
    sized = all(problem.code is not ProblemCode.LINE_LENGTH for problem in reading.problems)
    native = reading.format is not MrzFormat.TD2 or not _is_french(reading.lines[0])
    return sized, native, balance(reading), -len(reading.problems)


def balance(reading: Mrz) -> int:
    outcomes = list(reading.checks.values())
    return outcomes.count(CheckOutcome.HOLDS) - outcomes.count(CheckOutcome.FAILS)


def weight(reading: Mrz) -> int:
    """How much tells that the lines are what they were read as: check digits, a usual code, a known issuer."""
    if not reading.fields.keys() >= {"document_code", "issuing_state"}:
        return balance(reading)
    codes = {problem.code for problem in reading.problems}
    return balance(reading) + len(_OF_THE_HEAD - codes)
