"""Puts right what a reader got wrong, where the format or a check digit leaves one answer.

Nothing is changed silently: every repair comes back as a :class:`Correction`. Where two repairs would do equally
well, none is made. A check digit can't tell 6 from G (their values differ by 10), so those are never swapped
where both may stand. Names have no check digit: in them only digits, which no name has, become the letters that
they look like.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from types import MappingProxyType
from typing import Final

from crossing.documents.mrz.checks import DIGITS, FILLER, LETTERS, CheckOutcome
from crossing.documents.mrz.document import Correction, CorrectionReason, Problem, ProblemCode
from crossing.documents.mrz.evaluate import read_number, verify_all
from crossing.documents.mrz.formats import FIRST_LETTERS, NAME_PLACES, Characters, Layout, Place, Span
from crossing.documents.mrz.issuers import ISSUERS
from crossing.documents.mrz.names import NAME_SEPARATOR, Names

Lines = tuple[str, ...]

_TO_DIGIT: Final = str.maketrans("OQDILZSGB", "000112568")
_TO_LETTERS: Final = MappingProxyType({"0": "OD", "1": "I", "2": "Z", "5": "S", "6": "G", "8": "B"})
_TO_NAME: Final = str.maketrans("012568", "OIZSGB")
_LOOK_ALIKES: Final = MappingProxyType(
    {"0": "OD", "O": "0", "D": "0", "Q": "0", "1": "I", "I": "1", "2": "Z", "Z": "2", "5": "S", "S": "5"}
    | {"8": "B", "B": "8"}
)
_CLASSES: Final = MappingProxyType(
    {Characters.LETTERS: frozenset(DIGITS), Characters.DIGITS: frozenset(LETTERS), Characters.ANY: frozenset[str]()}
)
"""What a place of each class may not hold."""
_MOST_LOST: Final = 6
_HEAD: Final = 5
"""Length of the document code and the issuing State, with which every MRZ begins."""
_MOST_MISPLACED: Final = 8
_MOST_COMBINATIONS: Final = 128
# What fillers are read as. Three of them behind given names end the names for good (five where no given name stands:
# a doubled filler must not cost WANG<<KE his KE), so that stray letters behind them are none of theirs.
_TAIL: Final = re.compile(r"<{3}[<CEKLSX]*$")
_STRAY: Final = re.compile(r"[CEKLSX]{1,2}|([CEKLSX])\1*")


def by_filler_run(lines: Lines, layout: Layout) -> tuple[Lines, tuple[Correction, ...]]:
    """Letters that a reader saw in the run of fillers behind the names become fillers again."""
    if not layout.has("names"):
        return lines, ()
    span = layout.place("names").span
    line = lines[span.line]
    # A digit here is the letter that it looks like (repair by position would say so): the 5 of a run is a stray S.
    tail = _TAIL.search(line.translate(_TO_NAME), span.start)
    if tail is None:
        return lines, ()
    divided = NAME_SEPARATOR in line[span.start : tail.start()]
    strays = [stray for stray in tail.group().split(FILLER) if stray]
    surely = divided or tail.group().startswith(FILLER * 5)
    if not strays or not surely or not all(_STRAY.fullmatch(stray) for stray in strays):
        return lines, ()
    names = line[: tail.start()]
    repaired = (*lines[: span.line], names.ljust(len(line), FILLER), *lines[span.line + 1 :])
    return repaired, tuple(_swaps(lines, repaired, CorrectionReason.FILLER))


def fit_lengths(lines: Lines, layout: Layout) -> tuple[Lines, tuple[Correction, ...], tuple[Problem, ...]]:
    """Every line brought to the format's length by putting back or taking out fillers.

    Where the check digits don't settle which run of fillers lost or gained them, the line is only padded or cut so
    that its fields can be shown, and LINE_LENGTH is reported.
    """
    if len(_aligned(lines[0], layout)) > 1:
        sized, _, problems = forced(lines, layout)
        return sized, (), (Problem(ProblemCode.REPAIR_AMBIGUOUS, "issuing_state"), *problems)
    fitted = _settled([_fitted(line, number, layout) for number, line in enumerate(lines)], layout)
    doubtful = any(
        len(line) != layout.line_length and number in layout.checked_ends for number, line in enumerate(lines)
    )
    if doubtful and (fitted is None or _badness(fitted, layout)[0]):
        # A free end is where fillers are lost first, but not where the check digits speak against it.
        wider = _settled([_fitted(line, number, layout, anywhere=True) for number, line in enumerate(lines)], layout)
        if wider is not None and (fitted is None or _badness(wider, layout) < _badness(fitted, layout)):
            fitted = wider
    if fitted is None:
        return forced(lines, layout)
    corrections = [
        Correction(number, _first_difference(read, right), read, right, CorrectionReason.LENGTH)
        for number, (read, right) in enumerate(zip(lines, fitted, strict=True))
        if read != right
    ]
    return fitted, tuple(corrections), ()


def forced(lines: Lines, layout: Layout) -> tuple[Lines, tuple[Correction, ...], tuple[Problem, ...]]:
    """Lines padded or cut to the format's length, each that was not of it reported."""
    sized = tuple(line[: layout.line_length].ljust(layout.line_length, FILLER) for line in lines)
    wrong = (number for number, line in enumerate(lines, start=1) if len(line) != layout.line_length)
    return sized, (), tuple(Problem(ProblemCode.LINE_LENGTH, f"line {number}") for number in wrong)


def by_position(lines: Lines, layout: Layout) -> tuple[Lines, tuple[Correction, ...], frozenset[int]]:
    """Digits where only letters stand become letters, and the reverse.

    A line that would take more than a few such changes is none of this format, or misread beyond repair: it stays as
    it was read. The numbers of these lines come last.
    """
    sheet = list(lines)
    if sheet[0].startswith("1"):
        _write(sheet, Span(0, 0, 1), "I")
    if sheet[0].startswith("I0"):
        _write(sheet, Span(0, 1, 2), "D")
    for place in layout.places:
        if place.characters is Characters.LETTERS:
            _write(sheet, place.span, _as_letters(place.span.of(lines), place))
        elif place.characters is Characters.DIGITS:
            _write(sheet, place.span, place.span.of(lines).translate(_TO_DIGIT))
    for check in layout.checks:
        _write(sheet, check, check.of(lines).translate(_TO_DIGIT))
    if sheet == [*lines]:
        return lines, (), frozenset()
    changes = Counter(one.line for one in _swaps(lines, tuple(sheet), CorrectionReason.POSITION))
    hopeless = frozenset(number for number, count in changes.items() if count > _MOST_MISPLACED)
    repaired = tuple(lines[number] if number in hopeless else line for number, line in enumerate(sheet))
    return repaired, tuple(_swaps(lines, repaired, CorrectionReason.POSITION)), hopeless


def guessed_letters(
    corrections: Iterable[Correction], layout: Layout, names: Names, checks: Mapping[str, CheckOutcome]
) -> Iterator[Problem]:
    """The names in which a digit became one of several letters that it looks like: the likeliest, but not surely.

    Only the French card has a check digit over its names, and where it holds the letter is right.
    """
    if layout.composite_covers_names and checks["composite"] is CheckOutcome.HOLDS:
        return
    unsure = [
        Span(one.line, one.column, one.column + 1)
        for one in corrections
        if one.reason is CorrectionReason.POSITION and len(_TO_LETTERS.get(one.read, "")) > 1
    ]
    for field, span in (("surname", names.surname_span), ("given_names", names.given_names_span)):
        if any(span.holds(column) for column in unsure):
            yield Problem(ProblemCode.REPAIR_AMBIGUOUS, field)


def by_check_digits(
    lines: Lines, layout: Layout, hopeless: frozenset[int] = frozenset()
) -> tuple[Lines, tuple[Correction, ...], tuple[Problem, ...]]:
    """Look-alikes swapped in a field whose check digit fails, where exactly one swap mends it; none in ``hopeless``.

    A composite digit that covers the names too says nothing of where it fails: then nothing is swapped for its sake.
    """
    corrections: list[Correction] = []
    problems: list[Problem] = []
    failing = _failures(lines, layout)
    for field in ("document_number", "optional_data", "composite"):
        if field not in failing or (field == "composite" and (len(failing) > 1 or layout.composite_covers_names)):
            continue
        columns = [(line, column) for line, column in _columns(lines, layout, field) if line not in hopeless]
        mended = _mended(lines, layout, field, columns, failing)
        if len(mended) == 1:
            corrections += _swaps(lines, mended[0], CorrectionReason.CHECK_DIGIT)
            lines = mended[0]
            failing = _failures(lines, layout)
        elif mended:
            problems.append(Problem(ProblemCode.REPAIR_AMBIGUOUS, field))
    return lines, tuple(corrections), tuple(problems)


def misplaced(lines: Lines, layout: Layout) -> Iterator[Place]:
    """The places that hold a character of the wrong class: a digit in a name, a letter in a date."""
    return (place for place in layout.places if has_misplaced(place.span.of(lines), place))


def has_misplaced(text: str, place: Place) -> bool:
    return not _CLASSES[place.characters].isdisjoint(text)


def _settled(choices: list[list[str]], layout: Layout) -> Lines | None:
    """The one combination that is better than all others; None where there is none, or too many to tell."""
    count = 1
    for ways in choices:
        count *= len(ways)
    if count == 1:
        return tuple(ways[0] for ways in choices)
    if not 0 < count <= _MOST_COMBINATIONS:
        return None
    ranked = sorted((_badness(candidate, layout), candidate) for candidate in product(*choices))
    return ranked[0][1] if ranked[0][0] < ranked[1][0] else None


def _fitted(line: str, number: int, layout: Layout, *, anywhere: bool = False) -> list[str]:
    """The ways to bring one line to its length; empty where there is none.

    ``anywhere`` looks beyond a free end where the line has check digits that can tell.
    """
    if number == 0:
        line = _aligned(line, layout)[0]
    missing = layout.line_length - len(line)
    if missing == 0:
        return [line]
    if number in layout.free_ends and not (anywhere and number in layout.checked_ends):
        stem = line.rstrip(FILLER)
        return [stem.ljust(layout.line_length, FILLER)] if len(stem) <= layout.line_length else []
    if abs(missing) > _MOST_LOST:
        return []
    ways = {line[:start] + FILLER * (end - start + missing) + line[end:] for start, end in _runs(line, -missing)}
    ends = [place.span.end - missing for place in layout.places if place.span.line == number]
    # A filler that stood alone leaves no run behind: it can only have ended a field.
    ways |= {line[:end] + FILLER * missing + line[end:] for end in ends if missing > 0}
    # The code of a known State stands whole where it belongs: nothing was lost within it.
    head = line[:_HEAD] if number == 0 and _is_aligned(line, layout.first_letters) else ""
    return sorted(way for way in ways if way.startswith(head))


def _aligned(line: str, layout: Layout) -> list[str]:
    """A first line whose issuing State stands where it belongs, where slips at its left end explain the rest.

    The slips: the filler of ``P<UTO`` was lost, fillers were doubled, or the page's edge was read as a character in
    front. That way is taken which is no worse than any other in the letters that it throws away, in its slips and in
    the length that it leaves; several where there is no such one, ``line`` itself where nothing explains it.
    """
    if _is_aligned(line, FIRST_LETTERS):
        return [line]
    edge = int(line[:1] in tuple(FIRST_LETTERS))
    ways = [(0, 1, line[:1] + FILLER + line[1:]), (edge, 1, line[1:])]
    ways += [(0, extra, line[:2] + line[2 + extra :]) for extra in (1, 2) if line[2 : 2 + extra] == FILLER * extra]
    costs = {
        way: (letters, slips, len(way) != layout.line_length)
        for letters, slips, way in ways
        if _is_aligned(way, layout.first_letters)
    }
    best = [min(column) for column in zip(*costs.values(), strict=True)]
    return [way for way, cost in costs.items() if [*cost] == best] or [*costs] or [line]


def _is_aligned(line: str, first_letters: str) -> bool:
    return line[:1] in tuple(first_letters) and line[2:5].rstrip(FILLER) in ISSUERS


def _runs(line: str, at_least: int) -> Iterator[tuple[int, int]]:
    """The runs of fillers longer than ``at_least``: a run that was doubled had one filler to begin with."""
    return (run.span() for run in re.finditer(f"{FILLER}+", line) if run.end() - run.start() > at_least)


def _badness(lines: Lines, layout: Layout) -> tuple[int, int]:
    """How many check digits fail and how many places hold what they may not, after repair by position."""
    repaired, *_ = by_position(lines, layout)
    misfits = sum(
        len([c for c in place.span.of(repaired) if c in _CLASSES[place.characters]]) for place in layout.places
    )
    return len(_failures(repaired, layout)), misfits


def _write(sheet: list[str], span: Span, text: str) -> None:
    line = sheet[span.line]
    sheet[span.line] = line[: span.start] + text + line[span.end :]


def _as_letters(read: str, place: Place) -> str:
    if _CLASSES[Characters.LETTERS].isdisjoint(read):
        return read
    if place.name in NAME_PLACES:
        return read.translate(_TO_NAME)
    spellings = {"".join(letters) for letters in product(*(_TO_LETTERS.get(letter, letter) for letter in read))}
    known = [spelling for spelling in spellings if spelling.rstrip(FILLER) in ISSUERS]
    return known[0] if len(known) == 1 else read


def _mended(
    lines: Lines, layout: Layout, field: str, columns: list[tuple[int, int]], failing: frozenset[str]
) -> list[Lines]:
    """The lines after each single swap in ``columns`` with which ``field`` holds and nothing that held fails.

    One swap only: among all pairs of look-alikes some pair makes a digit of ten hold by mere chance.
    """
    found = set()
    for line, column in columns:
        for letter in _LOOK_ALIKES.get(lines[line][column], ""):
            candidate = (*lines[:line], lines[line][:column] + letter + lines[line][column + 1 :], *lines[line + 1 :])
            still = _failures(candidate, layout)
            if field not in still and still <= failing:
                found.add(candidate)
    return sorted(found)


def _columns(lines: Lines, layout: Layout, field: str) -> list[tuple[int, int]]:
    """The columns of any-character fields that the check digit of ``field`` covers."""
    number = read_number(lines, layout)
    if field == "document_number":
        spans = [*number.spans, number.digit_span] if number.overflows else [*number.spans]
    elif field == "composite":
        others = [p.span for p in layout.places if p.name == "optional_data_2"]
        spans = [number.rest_span, *others] if layout.optional.check is None else others
    else:
        spans = [layout.optional.span]
    return [(span.line, column) for span in spans for column in range(span.start, span.end)]


def _failures(lines: Lines, layout: Layout) -> frozenset[str]:
    outcomes = verify_all(lines, layout)
    return frozenset(field for field, outcome in outcomes.items() if outcome is CheckOutcome.FAILS)


def _swaps(before: Lines, after: Lines, reason: CorrectionReason) -> Iterator[Correction]:
    for number, (read, repaired) in enumerate(zip(before, after, strict=True)):
        if read == repaired:
            continue
        for column, (old, new) in enumerate(zip(read, repaired, strict=True)):
            if old != new:
                yield Correction(number, column, old, new, reason)


def _first_difference(one: str, other: str) -> int:
    shared = min(len(one), len(other))
    return next((column for column in range(shared) if one[column] != other[column]), shared)
