"""From a traveller's name and birth to the rows of an index that are worth a closer look.

A key that few names have is followed whole. Of one that many have, only those are followed whose date of birth speaks
for them: born on the day, in the year with nothing more known, around the year; and those of whom the list gives no
date, where it is a pair of parts. How many there are is counted over all segments, and without those that are gone:
the answer does not depend on how the index came about.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, combinations
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from crossing.documents.dates import PartialDate
from crossing.screening.names.agreement import Agreement
from crossing.screening.names.index.columns import U32, U64, Bools, Levels
from crossing.screening.names.index.keys import (
    UNDATED,
    BirthQuestion,
    Span,
    agreement_needed,
    joined,
    number_of,
    pairs,
)
from crossing.screening.names.index.postings import Postings
from crossing.screening.names.index.segment import Segment, signature_of
from crossing.screening.names.spelling import Spelling

MAX_POSTINGS: Final = 400
"""A key that leads to more names than this tells too little by itself."""

_MOST_OF_A_PAIR: Final = 5_000
"""So many names with a pair of parts are looked at where the date of birth does not choose among them."""

_MOST_ROWS: Final = 20_000
"""Rows that are looked at for one question, the fewest of a key first."""

_BIRTHS_KEPT: Final = 512
"""Dates of birth: one traveller in four is born on some first of January."""

_MOST_BEGINNINGS: Final = 64
_SHORTEST_BEGINNING: Final = 2

# What speaks for a row, beside each part that it shares with the question.
SAME_DAY: Final = 12.0
_SAME_YEAR: Final = 2.5
_NEAR_YEAR: Final = 1.5
_NO_DATE: Final = 1.5

Worths = npt.NDArray[np.float64]


class Part(NamedTuple):
    """A segment, and what of it is gone: truth values of its names, and the postings of their rows. None: nothing."""

    segment: Segment
    gone: Bools | None
    gone_postings: Postings | None


class Found(NamedTuple):
    """Names of one segment, by their number in it; how many parts each shares; all that speaks for each."""

    names: U32
    shared: Worths
    worths: Worths


class LookedUp(NamedTuple):
    """``whole``: nobody who shares two parts with the question (or its only one) was left out for being one of too
    many. ``enough`` is how many parts that are."""

    found: list[Found]
    whole: bool
    enough: int


class Wanted(NamedTuple):
    """Whom a search is after. ``places``: truth values of persons' places; None for everybody. ``births_fit``: nobody
    whose date of birth is another one in any case. ``agreement`` tells the ``Agreement`` of the persons at some
    places: then nobody either whose date would need more of it."""

    places: Bools | None = None
    births_fit: bool = False
    agreement: Callable[[U32], Levels] | None = None


class _Question(NamedTuple):
    """``telling`` says of each key whether it is of a pair of parts, or of the only part that the name has."""

    keys: U64
    telling: list[bool]
    signature: int
    birth: BirthQuestion | None


class _Followed(NamedTuple):
    """Where the ``size`` rows of a key lie. ``whole``: all that could matter are there."""

    slices: list["_Slice"]
    size: int
    telling: bool
    whole: bool


class _Slice(NamedTuple):
    """Rows of a key in one segment, from ``start`` to below ``end`` of its postings."""

    part: int
    start: int
    end: int


def look_up(
    parts: Sequence[Part], spelling: Spelling, birth: PartialDate | None, wanted: Wanted, *, truncated: bool
) -> LookedUp:
    """For each part the names that share something with the question."""
    asked = _asked(parts, spelling, birth, truncated=truncated)
    gathered: list[list[U32]] = [[] for _ in parts]
    left = _MOST_ROWS
    whole = True
    for some in sorted(_followed(parts, asked), key=lambda key: key.size):
        whole &= not some.telling or (some.whole and some.size <= left)
        for one in some.slices:
            rows = parts[one.part].segment.postings.rows[one.start : one.end][:left]
            left -= len(rows)
            gathered[one.part].append(rows)
    if asked.birth:
        for of_the_day in _born_on(parts, asked.birth.days):
            for some_rows, more in zip(gathered, of_the_day, strict=True):
                some_rows.append(more)
    found = [_weighed(part, rows, asked, wanted) for part, rows in zip(parts, gathered, strict=True)]
    return LookedUp(found, whole, min(2, asked.signature.bit_count()))


def _asked(parts: Sequence[Part], spelling: Spelling, birth: PartialDate | None, *, truncated: bool) -> _Question:
    numbers = list(dict.fromkeys(number_of(token.key) for token in (*spelling.tokens, *spelling.left_out)))
    joins = [number_of(token.key) for token in spelling.joins]
    singles = {*numbers, *(joined(number) for number in numbers), *joins}
    both = list(combinations(numbers, 2))
    if truncated and spelling.tokens:
        beginnings = _beginnings(parts, spelling.tokens[-1].sound)
        singles |= beginnings
        both += [(number, other) for number in numbers for other in beginnings if number != other]
    of_pairs = set(pairs(*np.array(both, np.uint64).reshape(-1, 2).T).tolist())
    keys = np.array([*sorted(singles), *sorted(of_pairs)], np.uint64)
    telling = [len(numbers) == 1] * len(singles) + [True] * (len(keys) - len(singles))
    return _Question(keys, telling, signature_of(numbers), _birth_question(birth) if birth else None)


def _beginnings(parts: Sequence[Part], cut: str) -> set[int]:
    """The parts that ``cut``, the sound of what is left of one, may be the beginning of."""
    # The last letter may sound otherwise with the next: C and CH, O and OU.
    letters = cut[:-1] if len(cut) > _SHORTEST_BEGINNING else cut
    if len(letters) < _SHORTEST_BEGINNING:
        return set()
    found = [part.segment.vocabulary.beginning_with(letters, most=_MOST_BEGINNINGS) for part in parts]
    return set().union(*found)


def _followed(parts: Sequence[Part], asked: _Question) -> Iterator[_Followed]:
    """For each key, and each window of births that narrows it enough, where its rows lie in each part."""
    here = [part.segment.postings.find(asked.keys) for part in parts]
    gone = [part.gone_postings.find(asked.keys) if part.gone_postings else None for part in parts]
    windows = _windows(parts, asked.birth)
    for place, telling in enumerate(asked.telling):
        whole = [
            _Slice(number, starts[place], ends[place])
            for number, (starts, ends) in enumerate(here)
            if starts[place] < ends[place]
        ]
        if not whole:
            continue
        held = _count(whole)
        lost = [_Slice(number, one[0][place], one[1][place]) for number, one in enumerate(gone) if one]
        if held - _count(lost) <= MAX_POSTINGS:
            yield _Followed(whole, held, telling, True)
            continue
        for choices in windows.for_pairs if telling else windows.for_singles:
            for window in choices:
                some = _narrowed(parts, whole, window)
                size, limit = _count(some), window.limit
                if limit is None or size - _count(_narrowed_gone(parts, lost, window)) <= limit:
                    yield _Followed(some, size, telling, window.enough)
                    break
            else:
                yield _Followed([], 0, telling, False)


class _Window(NamedTuple):
    """For each part the ranges of its rows. ``limit``: of a key with more of them there, none is followed.
    ``enough``: nobody outside is missed who could be meant."""

    ranges: list[list[tuple[int, int]]]
    limit: int | None
    enough: bool = True


class _Windows(NamedTuple):
    """Of each row of windows the first that leads to few enough is looked through."""

    for_singles: list[list[_Window]]
    for_pairs: list[list[_Window]]


def _windows(parts: Sequence[Part], birth: BirthQuestion | None) -> _Windows:
    undated = [Span(UNDATED, UNDATED + 1)]
    if birth is None:
        everybody, nobody_dated = _ranges_of(parts, [[Span(0, UNDATED + 1)], undated])
        return _Windows([], [[_Window(everybody, _MOST_OF_A_PAIR), _Window(nobody_dated, None, enough=False)]])
    vague = [[one] for one in birth.vague]
    nobody_dated, days, *single, near, same = _ranges_of(
        parts, [undated, birth.days, *vague, birth.near_years, birth.same_year]
    )
    of_days = [[_Window(days, None)]] if birth.days else []

    def of_birth(limit: int) -> list[list[_Window]]:
        return [*of_days, *([_Window(one, limit)] for one in single), [_Window(near, limit), _Window(same, limit)]]

    return _Windows(of_birth(MAX_POSTINGS), [[_Window(nobody_dated, None)], *of_birth(_MOST_OF_A_PAIR)])


def _ranges_of(parts: Sequence[Part], windows: Sequence[Sequence[Span]]) -> list[list[list[tuple[int, int]]]]:
    """Of each window, for each part, the range of rows of each of its spans; searched for all at once."""
    bounds = np.array([span for spans in windows for span in spans], np.uint32).reshape(-1, 2)
    ends = list(accumulate(map(len, windows)))
    rows = [part.segment.codes.searchsorted(bounds).tolist() for part in parts]
    return [
        [[(first, last) for first, last in of_part[end - len(spans) : end] if first < last] for of_part in rows]
        for spans, end in zip(windows, ends, strict=True)
    ]


def _narrowed(parts: Sequence[Part], whole: Sequence[_Slice], window: _Window) -> list[_Slice]:
    found = []
    for part, begin, stop in whole:
        narrowed = parts[part].segment.postings.narrowed
        for first, last in window.ranges[part]:
            start, end = narrowed(begin, stop, first, last)
            if start < end:
                found.append(_Slice(part, start, end))
    return found


def _narrowed_gone(parts: Sequence[Part], lost: Sequence[_Slice], window: _Window) -> Iterator[_Slice]:
    for one in lost:
        postings = parts[one.part].gone_postings
        if postings is not None:
            for first, last in window.ranges[one.part]:
                yield _Slice(one.part, *postings.narrowed(one.start, one.end, first, last))


def _count(slices: Iterable[_Slice]) -> int:
    total = 0
    for _, start, end in slices:
        total += end - start
    return total


def _born_on(parts: Sequence[Part], days: Sequence[Span]) -> Iterator[list[U32]]:
    """The rows of each day in each part, whatever the name; not of a day on which too many are born."""
    for day in days:
        rows = [_staying_rows(part, *part.segment.codes.searchsorted(np.array(day, np.uint32))) for part in parts]
        if sum(map(len, rows)) <= MAX_POSTINGS:
            yield rows


def _staying_rows(part: Part, first: int, end: int) -> U32:
    rows = np.arange(first, end, dtype=np.uint32)
    return rows if part.gone is None else rows[~part.gone[part.segment.names[rows]]]


def _weighed(part: Part, gathered: Sequence[U32], asked: _Question, wanted: Wanted) -> Found:
    segment = part.segment
    rows = _sorted_once(np.concatenate([np.empty(0, np.uint32), *gathered]))
    codes = segment.codes[rows]
    if wanted.births_fit and asked.birth is not None:
        rows, codes = _fitting(segment, rows, codes, asked.birth.birth, wanted)
    names = segment.names[rows]
    if part.gone is not None:
        stay = ~part.gone[names]
        codes, names = codes[stay], names[stay]
    if wanted.places is not None:
        stay = wanted.places[segment.persons[names]]
        codes, names = codes[stay], names[stay]
    shared = np.bitwise_count(segment.signatures[names] & np.uint64(asked.signature)).astype(np.float64)
    return Found(names, shared, shared + _birth_worths(codes, asked.birth))


def _fitting(segment: Segment, rows: U32, codes: U32, birth: PartialDate, wanted: Wanted) -> tuple[U32, U32]:
    """Those of the rows and their codes whose dates of birth leave it open whether they are meant."""
    needed = agreement_needed(codes, birth)
    stay = needed < Agreement.NEVER
    rows, codes = rows[stay], codes[stay]
    if wanted.agreement is not None:
        stay = wanted.agreement(segment.persons[segment.names[rows]]) >= needed[stay]
        rows, codes = rows[stay], codes[stay]
    return rows, codes


def _sorted_once(rows: U32) -> U32:
    rows.sort()
    new = np.ones(len(rows), bool)
    np.not_equal(rows[1:], rows[:-1], out=new[1:])
    return rows[new]


def _birth_worths(codes: U32, birth: BirthQuestion | None) -> Worths:
    """``codes`` rise, as rows do."""
    worths = np.zeros(len(codes))
    if birth is None:
        return worths
    spans, worth_of = _worth_spans(birth.birth)
    for (start, end), worth in zip(codes.searchsorted(spans).tolist(), worth_of, strict=True):
        worths[start:end] = worth
    return worths


@lru_cache(maxsize=_BIRTHS_KEPT)
def _worth_spans(birth: PartialDate) -> tuple[U32, list[float]]:
    """Spans of codes (n x 2), and what each speaks for a row; the later ones hold where some overlap."""
    asked = _birth_question(birth)
    spans = [(Span(UNDATED, UNDATED + 1), _NO_DATE)]
    for some, worth in ((asked.near_years, _NEAR_YEAR), (asked.same_year, _SAME_YEAR), (asked.days, SAME_DAY)):
        spans += [(span, worth) for span in some]
    return np.array([span for span, _ in spans], np.uint32), [worth for _, worth in spans]


@lru_cache(maxsize=_BIRTHS_KEPT)
def _birth_question(birth: PartialDate) -> BirthQuestion:
    return BirthQuestion(birth)
