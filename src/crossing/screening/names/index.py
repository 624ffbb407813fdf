"""Finding the listed names that a traveller's name may be, among a hundred thousand and more, in milliseconds.

Every listed name is entered under keys: pairs of its parts, pairs and parts with each year in which the person may
be born, parts with the whole date. A key is one 64-bit number; all keys lie sorted in one array beside the name they
lead to, so that an index of a million names is some hundred megabytes and asking it is a handful of binary searches.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from crossing.documents.dates import PartialDate
from crossing.screening.names.alignment import Alignment, align
from crossing.screening.names.births import ListedBirth, plausible_years
from crossing.screening.names.spelling import Spelling, spell

MAX_POSTINGS: Final = 400
"""A key that leads to more names than this tells too little, unless the listed person has no date of birth."""

_RANKED_BY_KEYS: Final = 300
_WORTH_IN_PERCENT: Final = 2.0
"""What one point of shared keys weighs against one percent of likeness."""

_ALIGNED: Final = 20

# The kinds of key, in the top bits of the number, and what finding a name by one of them is worth.
_SINGLE, _PAIR, _UNDATED_PAIR, _YEAR, _PAIR_YEAR, _DATE = range(1, 7)
_WORTH: Final = np.array([0.0, 1.0, 3.0, 3.0, 1.5, 4.0, 5.0])
_TAG_SHIFT: Final = 60
_FIRST_SHIFT: Final = 34
_SECOND_SHIFT: Final = 8
_YEAR_ZERO: Final = 1850
_YEAR_MASK: Final = 0xFF


@dataclass(frozen=True, slots=True)
class IndexedName:
    """One name of a listed person. ``person`` is the person's place in the list's own index."""

    person: int
    weak: bool
    alias: bool
    written: str
    spelling: Spelling


class _Numbers(NamedTuple):
    """The vocabulary's numbers of a name's parts, and of its parts and joins together; each sorted, each once."""

    parts: list[int]
    with_joins: list[int]


@dataclass(frozen=True, slots=True)
class NameMatch:
    name: IndexedName
    alignment: Alignment


class NameIndex:
    """The names of one list version; never changed once built, so any thread may ask it."""

    def __init__(self, names: Sequence[IndexedName], births: Sequence[Sequence[ListedBirth]]) -> None:
        """``births[person]`` are the person's dates of birth."""
        self._names = names
        self._texts = [name.spelling.text for name in names]
        self._numbers: dict[str, int] = {}
        for name in names:
            for token in (*name.spelling.tokens, *name.spelling.joins):
                self._numbers.setdefault(token.key, len(self._numbers))
        keys, places = _postings(
            [self._known(name.spelling) for name in names], [births[one.person] for one in names]
        )
        order = np.argsort(keys, kind="stable")
        self._keys, self._places = keys[order], places[order]

    def __len__(self) -> int:
        return len(self._names)

    def search(
        self, surname: str, given_names: str, birth: PartialDate | None, *, truncated: bool = False
    ) -> list[NameMatch]:
        """The listed names most like this one, best first; ``birth`` finds the right one of many namesakes."""
        spelling = spell(surname, given_names)
        places, worth = self._candidates(spelling, birth)
        texts = [self._texts[place] for place in places]
        likeness = process.cdist([spelling.text], texts, scorer=fuzz.token_set_ratio)[0]
        # Of namesakes by the hundred, the one who shares the date has to come through though spelled otherwise.
        best = places[np.argsort(-(likeness + _WORTH_IN_PERCENT * worth), kind="stable")[:_ALIGNED]]
        matches = [
            NameMatch(self._names[place], align(spelling, self._names[place].spelling, truncated=truncated))
            for place in best
        ]
        return sorted(matches, key=lambda match: match.alignment.score, reverse=True)

    def _candidates(
        self, spelling: Spelling, birth: PartialDate | None
    ) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float64]]:
        """Places of names that share keys with ``spelling``, the most telling first; and what the keys are worth."""
        keys = np.fromiter(self._asked(spelling, birth), dtype=np.uint64)
        if not len(keys) or not len(self._keys):
            return _NO_PLACES, _NO_WORTH
        starts, ends = np.searchsorted(self._keys, keys, "left"), np.searchsorted(self._keys, keys, "right")
        tags = (keys >> np.uint64(_TAG_SHIFT)).astype(np.intp)
        counts = ends - starts
        tells = (counts > 0) & ((counts <= MAX_POSTINGS) | (tags == _UNDATED_PAIR) | (tags == _DATE))
        if not tells.any():
            return _NO_PLACES, _NO_WORTH
        starts, ends, tags, counts = starts[tells], ends[tells], tags[tells], counts[tells]
        found = np.concatenate([self._places[start:end] for start, end in zip(starts, ends, strict=True)])
        places, which = np.unique(found, return_inverse=True)
        worth: npt.NDArray[np.float64] = np.bincount(which, weights=np.repeat(_WORTH[tags], counts)).astype(
            np.float64
        )
        ranked = np.argsort(-worth, kind="stable")[:_RANKED_BY_KEYS]
        return places[ranked], worth[ranked]

    def _known(self, spelling: Spelling) -> _Numbers:
        """The numbers of the keys that some listed name has too."""
        parts = {number for token in spelling.tokens if (number := self._numbers.get(token.key)) is not None}
        joins = {number for token in spelling.joins if (number := self._numbers.get(token.key)) is not None}
        return _Numbers(sorted(parts), sorted(parts | joins))

    def _asked(self, spelling: Spelling, birth: PartialDate | None) -> Iterator[int]:
        """The keys under which a traveller's name is looked for: any year of birth is allowed to be one off."""
        known = self._known(spelling)
        years = [year for year in _years_around(birth) if _is_indexed(year)]
        yield from (_key(_SINGLE, number) for number in known.with_joins)
        for one, other in combinations(known.parts, 2):
            yield _key(_PAIR, one, other)
            yield _key(_UNDATED_PAIR, one, other)
            yield from (_key(_PAIR_YEAR, one, other, year) for year in years)
        for number in known.with_joins:
            yield from (_key(_YEAR, number, year=year) for year in years)
            yield from (_key(_DATE, number, ordinal) for ordinal in _days(birth))


_NO_PLACES: Final[npt.NDArray[np.uint32]] = np.empty(0, np.uint32)
_NO_WORTH: Final[npt.NDArray[np.float64]] = np.empty(0, np.float64)


def _key(tag: int, first: int, second: int = 0, year: int = _YEAR_ZERO) -> int:
    return tag << _TAG_SHIFT | first << _FIRST_SHIFT | second << _SECOND_SHIFT | (year - _YEAR_ZERO)


def _is_indexed(year: int) -> bool:
    return 0 <= year - _YEAR_ZERO <= _YEAR_MASK


def _years_around(birth: PartialDate | None) -> range:
    return range(birth.year - 1, birth.year + 2) if birth else range(0)


def _postings(
    numbers: Sequence[_Numbers], births: Sequence[Sequence[ListedBirth]]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]:
    """Every key of every name, and the name's place; by whole columns, since there are tens of a name."""
    years = _Ragged([[year - _YEAR_ZERO for year in plausible_years(some) if _is_indexed(year)] for some in births])
    days = _Ragged([[one.first.earliest.toordinal() for one in some if one.first.complete] for some in births])
    singles = _Ragged([known.with_joins for known in numbers])
    first = singles.values << np.uint64(_FIRST_SHIFT)
    pair_places, pairs = _pairs(numbers)
    undated = np.array([not some for some in births], dtype=bool)[pair_places] if births else np.empty(0, bool)
    columns = [
        (_SINGLE, first, singles.places),
        (_PAIR, pairs, pair_places),
        (_UNDATED_PAIR, pairs[undated], pair_places[undated]),
        (_PAIR_YEAR, *years.combined(pairs, pair_places, shift=0)),
        (_YEAR, *years.combined(first, singles.places, shift=0)),
        (_DATE, *days.combined(first, singles.places, shift=_SECOND_SHIFT)),
    ]
    keys = np.concatenate([column | np.uint64(tag << _TAG_SHIFT) for tag, column, _ in columns])
    return keys, np.concatenate([places for _, _, places in columns]).astype(np.uint32)


def _pairs(numbers: Sequence[_Numbers]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint64]]:
    """For every two parts of a name: its place, and their numbers in their places of a key."""
    by_size: dict[int, list[int]] = defaultdict(list)
    for place, known in enumerate(numbers):
        by_size[len(known.parts)].append(place)
    places, pairs = [np.empty(0, np.intp)], [np.empty(0, np.uint64)]
    for size, some in by_size.items():
        if size > 1:
            parts = np.array([numbers[place].parts for place in some], dtype=np.uint64)
            one, other = np.triu_indices(size, 1)
            pairs.append(
                (parts[:, one] << np.uint64(_FIRST_SHIFT) | parts[:, other] << np.uint64(_SECOND_SHIFT)).ravel()
            )
            places.append(np.repeat(np.array(some, dtype=np.intp), len(one)))
    return np.concatenate(places), np.concatenate(pairs)


class _Ragged:
    """A row of values for each place, rows of any length, as columns."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self._counts = np.array([len(row) for row in rows], dtype=np.intp)
        self._starts = np.cumsum(self._counts) - self._counts
        self.values = np.array([value for row in rows for value in row], dtype=np.uint64)
        self.places = np.repeat(np.arange(len(rows)), self._counts)

    def combined(
        self, keys: npt.NDArray[np.uint64], places: npt.NDArray[np.intp], *, shift: int
    ) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.intp]]:
        """Each key once with each value of its place's row."""
        counts = self._counts[places]
        repeated = np.repeat(np.arange(len(keys)), counts)
        within = np.arange(len(repeated)) - np.repeat(np.cumsum(counts) - counts, counts)
        values = self.values[self._starts[places[repeated]] + within]
        return keys[repeated] | values << np.uint64(shift), places[repeated]


def _days(birth: PartialDate | None) -> list[int]:
    """A whole date as a day number, and again with day and month exchanged where that is a date too."""
    if birth is None or birth.month is None or birth.day is None:
        return []
    days = [birth.earliest.toordinal()]
    if birth.day <= 12 and birth.day != birth.month:
        days.append(birth.earliest.replace(month=birth.day, day=birth.month).toordinal())
    return days
