"""Puts right what a reader got wrong, where the format or a check digit leaves one answer.

Nothing is changed silently: every repair comes back as a :class:`Correction`. Where two repairs would do equally
well, none is made. A check digit can't tell 6 from G (their values differ by 10), so those are never swapped
where both may stand.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice, product
from types import MappingProxyType
from typing import Final

from crossing.documents.mrz.checks import DIGITS, FILLER, LETTERS, CheckOutcome
from crossing.documents.mrz.document import Correction, CorrectionReason, Problem, ProblemCode
from crossing.documents.mrz.evaluate import read_number, verify_all
from crossing.documents.mrz.formats import Characters, Layout, Place, Span
from crossing.documents.mrz.issuers import ISSUERS

Lines = tuple[str, ...]

_TO_DIGIT: Final = MappingProxyType(
    {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8"}
)
_TO_LETTERS: Final = MappingProxyType({"0": "OD", "1": "I", "2": "Z", "5": "S", "6": "G", "8": "B"})
_LOOK_ALIKES: Final = MappingProxyType(
    {"0": "OD", "O": "0", "D": "0", "Q": "0", "1": "I", "I": "1", "2": "Z", "Z": "2", "5": "S", "S": "5"}
    | {"8": "B", "B": "8"}
)
_STAND_INS: Final = MappingProxyType({"«": "<<", "‹": "<", "〈": "<", "《": "<<", "≪": "<<", "⟨": "<", "\u02c2": "<"})
_FIRST_LETTERS: Final = tuple("ACIPV")
_MOST_LOST: Final = 6
_MOST_COMBINATIONS: Final = 256


def clean(lines: Sequence[str]) -> tuple[Lines, tuple[Correction, ...]]:
    """Upper case, no blanks, typographic stand-ins for the filler replaced; empty lines dropped."""
    cleaned: list[str] = []
    corrections: list[Correction] = []
    for line in lines:
        text = "".join(_STAND_INS.get(character, character) for character in line)
        text = "".join(unicodedata.normalize("NFKC", text).upper().split())
        if not text:
            continue
        if text != line.strip():
            corrections.append(Correction(len(cleaned), 0, line.strip(), text, CorrectionReason.SPELLING))
        cleaned.append(text)
    return tuple(cleaned), tuple(corrections)


def fit_lengths(lines: Lines, layout: Layout) -> tuple[Lines, tuple[Correction, ...], tuple[Problem, ...]]:
    """Every line brought to the format's length by putting back or taking out fillers.

    Where the check digits don't settle which run of fillers lost or gained them, the line is only padded or cut so
    that its fields can be shown, and LINE_LENGTH is reported.
    """
    choices = [_fitted(line, number, layout) for number, line in enumerate(lines)]
    combined = islice(product(*choices), _MOST_COMBINATIONS)
    ranked = sorted((_badness(candidate, layout), candidate) for candidate in combined)
    best = [candidate for badness, candidate in ranked if badness == ranked[0][0]]
    if len(best) != 1:
        forced = tuple(line[: layout.line_length].ljust(layout.line_length, FILLER) for line in lines)
        wrong = (number for number, line in enumerate(lines) if len(line) != layout.line_length)
        return forced, (), tuple(Problem(ProblemCode.LINE_LENGTH, f"line {number + 1}") for number in wrong)
    corrections = [
        Correction(number, _first_difference(read, fitted), read, fitted, CorrectionReason.LENGTH)
        for number, (read, fitted) in enumerate(zip(lines, best[0], strict=True))
        if read != fitted
    ]
    return best[0], tuple(corrections), ()


def by_position(lines: Lines, layout: Layout) -> tuple[Lines, tuple[Correction, ...]]:
    """Digits where only letters stand become letters, and the reverse."""
    sheet = [list(line) for line in lines]
    if sheet[0][0] == "1":
        sheet[0][0] = "I"
    if sheet[0][:2] == ["I", "0"]:
        sheet[0][1] = "D"
    for place in layout.places:
        if place.characters is Characters.LETTERS:
            _to_letters(sheet, place)
        elif place.characters is Characters.DIGITS:
            _to_digits(sheet, place.span)
        if place.check is not None:
            _to_digits(sheet, place.check)
    if layout.composite_check is not None:
        _to_digits(sheet, layout.composite_check)
    repaired = tuple("".join(row) for row in sheet)
    return repaired, tuple(_swaps(lines, repaired, CorrectionReason.POSITION))


def by_check_digits(lines: Lines, layout: Layout) -> tuple[Lines, tuple[Correction, ...], tuple[Problem, ...]]:
    """Look-alikes swapped in a field whose check digit fails, where exactly one swap mends it."""
    corrections: list[Correction] = []
    problems: list[Problem] = []
    for field in ("document_number", "optional_data", "composite"):
        outcomes = verify_all(lines, layout)
        failing = _failures(outcomes)
        if field not in failing or (field == "composite" and len(failing) > 1):
            continue
        mended = _mended(lines, layout, field, failing)
        if len(mended) == 1:
            corrections += _swaps(lines, mended[0], CorrectionReason.CHECK_DIGIT)
            lines = mended[0]
        elif mended:
            problems.append(Problem(ProblemCode.REPAIR_AMBIGUOUS, field))
    return lines, tuple(corrections), tuple(problems)


def _fitted(line: str, number: int, layout: Layout) -> list[str]:
    """The ways to bring one line to its length; empty where there is none."""
    if number == 0:
        line = _aligned(line)
    missing = layout.line_length - len(line)
    if missing == 0:
        return [line]
    if number in layout.free_ends:
        stem = line.rstrip(FILLER)
        return [stem.ljust(layout.line_length, FILLER)] if len(stem) <= layout.line_length else []
    if abs(missing) > _MOST_LOST:
        return []
    return sorted(
        {line[:start] + FILLER * (end - start + missing) + line[end:] for start, end in _runs(line, -missing)}
    )


def _aligned(line: str) -> str:
    """A first line whose issuing State stands where it belongs, where one slip at its left end explains the rest.

    The slips: the filler of ``P<UTO`` was lost, or the page's edge was read as a character in front.
    """
    for candidate in (line, line[:1] + FILLER + line[1:], line[1:]):
        if candidate[:1] in _FIRST_LETTERS and candidate[2:5].rstrip(FILLER) in ISSUERS:
            return candidate
    return line


def _runs(line: str, at_least: int) -> Iterator[tuple[int, int]]:
    """The runs of fillers longer than ``at_least``: a run that was doubled had one filler to begin with."""
    start = 0
    while (start := line.find(FILLER, start)) != -1:
        end = start
        while end < len(line) and line[end] == FILLER:
            end += 1
        if end - start > at_least:
            yield start, end
        start = end


def _badness(lines: Lines, layout: Layout) -> tuple[int, int]:
    """How many check digits fail and how many columns hold what they may not, after repair by position."""
    repaired, _ = by_position(lines, layout)
    misfits = 0
    for place in layout.places:
        allowed = {Characters.LETTERS: LETTERS, Characters.DIGITS: DIGITS}.get(place.characters, LETTERS + DIGITS)
        misfits += sum(character not in allowed + FILLER for character in place.span.of(repaired))
    return len(_failures(verify_all(repaired, layout))), misfits


def _to_digits(sheet: list[list[str]], span: Span) -> None:
    for column in range(span.start, span.end):
        sheet[span.line][column] = _TO_DIGIT.get(sheet[span.line][column], sheet[span.line][column])


def _to_letters(sheet: list[list[str]], place: Place) -> None:
    row, start, end = sheet[place.span.line], place.span.start, place.span.end
    read = "".join(row[start:end])
    if not any(character in _TO_LETTERS for character in read):
        return
    if place.name == "names":
        row[start:end] = [_TO_LETTERS.get(character, character)[0] for character in read]
        return
    spellings = {
        "".join(letters) for letters in product(*(_TO_LETTERS.get(character, character) for character in read))
    }
    known = [spelling for spelling in spellings if spelling.rstrip(FILLER) in ISSUERS]
    if len(known) == 1:
        row[start:end] = known[0]


def _mended(lines: Lines, layout: Layout, field: str, failing: frozenset[str]) -> list[Lines]:
    """The lines after each single swap with which ``field`` holds and nothing that held fails.

    One swap only: among all pairs of look-alikes some pair makes a digit of ten hold by mere chance.
    """
    found = set()
    for line, column in _columns(lines, layout, field):
        for letter in _LOOK_ALIKES.get(lines[line][column], ""):
            candidate = (*lines[:line], lines[line][:column] + letter + lines[line][column + 1 :], *lines[line + 1 :])
            still = _failures(verify_all(candidate, layout))
            if field not in still and still <= failing:
                found.add(candidate)
    return sorted(found)


def _columns(lines: Lines, layout: Layout, field: str) -> list[tuple[int, int]]:
    """The columns of any-character fields that the check digit of ``field`` covers."""
    overflows = read_number(lines, layout).overflows
    if field == "composite":
        unchecked = [p for p in layout.places if p.name.startswith("optional_data") and p.check is None]
        places = [place for place in unchecked if not (overflows and place.name == layout.overflow)]
    else:
        names = {field, layout.overflow} if overflows and field == "document_number" else {field}
        places = [place for place in layout.places if place.name in names]
    return [(place.span.line, column) for place in places for column in range(place.span.start, place.span.end)]


def _failures(outcomes: dict[str, CheckOutcome]) -> frozenset[str]:
    return frozenset(field for field, outcome in outcomes.items() if outcome is CheckOutcome.FAILS)


def _swaps(before: Lines, after: Lines, reason: CorrectionReason) -> Iterator[Correction]:
    for number, (read, repaired) in enumerate(zip(before, after, strict=True)):
        for column, (old, new) in enumerate(zip(read, repaired, strict=True)):
            if old != new:
                yield Correction(number, column, old, new, reason)


def _first_difference(one: str, other: str) -> int:
    shared = min(len(one), len(other))
    return next((column for column in range(shared) if one[column] != other[column]), shared)
