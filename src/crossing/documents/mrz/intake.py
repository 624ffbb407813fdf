"""From whatever text was given to lines that may be an MRZ: cleaned, parted, chosen among print; the work is bounded.

What is written here in other letters than an MRZ has (small or full-width ones, blanks between characters, guillemets
for fillers) is put right at once and reported as SPELLING.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, permutations
from types import MappingProxyType
from typing import Final

from crossing.documents.mrz.checks import ALPHABET, DIGITS, FILLER
from crossing.documents.mrz.document import Correction, CorrectionReason, Problem, ProblemCode
from crossing.documents.mrz.formats import FIRST_LETTERS
from crossing.documents.mrz.issuers import ISSUERS

MOST_LINES: Final = 64
"""More lines than this are not looked at: a whole page of print has fewer."""
LONGEST_LINE: Final = 400
"""Characters of a line that are looked at: three lines in one, with blanks between all characters, have fewer."""

_STAND_INS: Final = MappingProxyType(
    {"«": "<<", "‹": "<", "〈": "<", "《": "<<", "≪": "<<", "⟨": "<", "˂": "<", "＜": "<", "≺": "<", "ᐸ": "<"}
)
_SHORTEST: Final = 22
_LONGEST: Final = 52
_FEWEST_DIGITS: Final = 6
_MOST_WINDOWS: Final = 4
# The lengths of all lines in one, and into how many lines they part; a swipe reader sends an MRZ so.
_JOINED: Final = MappingProxyType({90: 3, 88: 2, 72: 2, 60: 2})
_MOST_ADRIFT: Final = 2
_MOST_STRAY: Final = 4


@dataclass(frozen=True, slots=True)
class Sheet:
    """Lines to try as one MRZ, the corrections that their cleaning took, and what was wrong with the whole text."""

    lines: tuple[str, ...]
    corrections: tuple[Correction, ...] = ()
    problems: tuple[Problem, ...] = ()


def clean(lines: Sequence[str]) -> Sheet:
    """All that was given, cleaned; empty lines are dropped, and what is beyond the bounds is left out, reported."""
    given, cut = _bounded([lines] if isinstance(lines, str) else lines)
    cleaned: list[str] = []
    corrections: list[Correction] = []
    for line in given:
        text = _spelled(line)
        if not text:
            continue
        if text != line.strip():
            corrections.append(Correction(len(cleaned), 0, line.strip(), text, CorrectionReason.SPELLING))
        cleaned.append(text)
    problems = (Problem(ProblemCode.INPUT_TOO_LONG),) if cut else ()
    return Sheet(tuple(cleaned), tuple(corrections), problems)


def sheets(whole: Sheet) -> Iterator[Sheet]:
    """The ways to see ``whole`` as the lines of one MRZ, the likeliest first; at most a handful."""
    if len(whole.lines) > 1:
        yield whole
    yield from _parted(whole)
    if len(whole.lines) > 2:
        yield from _windows(whole, _likely(whole))


def remnant(whole: Sheet) -> Sheet | None:
    """One or two lines that may be what is left of an MRZ, print dropped; None where there are others or more."""
    likely = _likely(whole)
    if len(likely) not in {1, 2}:
        return None
    return whole if len(likely) == len(whole.lines) else _chosen(whole, likely)


def reordered(whole: Sheet) -> Iterator[Sheet]:
    """The lines of a whole MRZ, and no others, in every other order that begins as an MRZ does."""
    if len(whole.lines) not in {2, 3} or not all(map(_is_likely, whole.lines)):
        return
    for order in islice(permutations(range(len(whole.lines))), 1, None):
        head = whole.lines[order[0]]
        if head[0] in FIRST_LETTERS and head[2:5].rstrip(FILLER) in ISSUERS:
            lines = tuple(whole.lines[number] for number in order)
            corrections = tuple(replace(one, line=order.index(one.line)) for one in whole.corrections)
            yield Sheet(lines, corrections, (*whole.problems, Problem(ProblemCode.LINES_SWAPPED)))


def _bounded(lines: Sequence[str]) -> tuple[list[str], bool]:
    """At most MOST_LINES lines of at most LONGEST_LINE characters, and whether anything was left out."""
    given: list[str] = []
    cut = len(lines) > MOST_LINES
    for entry in lines[:MOST_LINES]:
        head = entry[: MOST_LINES * LONGEST_LINE]
        pieces = head.splitlines()
        cut = cut or len(head) < len(entry) or any(len(piece) > LONGEST_LINE for piece in pieces)
        given += [piece[:LONGEST_LINE] for piece in pieces]
        if len(given) > MOST_LINES:
            return given[:MOST_LINES], True
    return given, cut


def _spelled(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line.upper().replace(" ", "")
    return "".join(_spelling(character) for character in line)


@lru_cache(maxsize=4096)
def _spelling(character: str) -> str:
    stand_in = _STAND_INS.get(character)
    if stand_in is not None:
        return stand_in
    if unicodedata.category(character) in {"Cc", "Cf"}:
        # Controls and invisible marks (byte order, direction of writing) are no part of a line.
        return ""
    return "".join(unicodedata.normalize("NFKC", character).upper().split())


def _parted(whole: Sheet) -> Iterator[Sheet]:
    """The first line that is several in one, cut apart; any of its parts may have lost or gained the fillers."""
    for number, line in enumerate(whole.lines):
        if len(line) > _LONGEST:
            for length, count in _JOINED.items():
                yield from _cuts(whole, number, length // count, count)
            return


def _cuts(whole: Sheet, number: int, width: int, count: int) -> Iterator[Sheet]:
    line = whole.lines[number]
    adrift = len(line) - width * count
    if abs(adrift) > _MOST_ADRIFT:
        return
    for odd in range(count if adrift else 1):
        ends = [width * part + (adrift if part > odd else 0) for part in range(1, count)]
        parts = (line[start:end] for start, end in zip((0, *ends), (*ends, len(line)), strict=True))
        lines = (*whole.lines[:number], *parts, *whole.lines[number + 1 :])
        yield Sheet(lines, _moved(whole.corrections, number, count - 1), whole.problems)


def _windows(whole: Sheet, likely: list[int]) -> list[Sheet]:
    """Neighbours among the likely lines, those of a format's lengths first, then the lowest on the page."""
    ranked: list[tuple[int, int, list[int]]] = []
    for count, widths in ((2, (36, 44)), (3, (30,))):
        for first in range(len(likely) - count + 1):
            window = likely[first : first + count]
            stray = min(sum(abs(len(whole.lines[number]) - width) for number in window) for width in widths)
            if stray <= _MOST_STRAY * count and count < len(whole.lines):
                ranked.append((stray, -window[-1], window))
    return [_chosen(whole, window) for _, _, window in sorted(ranked)[:_MOST_WINDOWS]]


def _chosen(whole: Sheet, numbers: list[int]) -> Sheet:
    place = {number: at for at, number in enumerate(numbers)}
    corrections = tuple(replace(one, line=place[one.line]) for one in whole.corrections if one.line in place)
    lines = tuple(whole.lines[number] for number in numbers)
    return Sheet(lines, corrections, (*whole.problems, Problem(ProblemCode.EXTRA_LINES)))


def _moved(corrections: tuple[Correction, ...], behind: int, by: int) -> tuple[Correction, ...]:
    return tuple(replace(one, line=one.line + by) if one.line > behind else one for one in corrections)


def _likely(whole: Sheet) -> list[int]:
    return [number for number, line in enumerate(whole.lines) if _is_likely(line)]


def _is_likely(line: str) -> bool:
    """Whether this can be a line of an MRZ: its length, and fillers or digits among nothing but its letters."""
    strangers = sum(character not in ALPHABET for character in line)
    marked = FILLER in line or sum(character in DIGITS for character in line) >= _FEWEST_DIGITS
    return _SHORTEST <= len(line) <= _LONGEST and strangers * 10 <= len(line) and marked
