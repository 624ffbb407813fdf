"""Finding the listed names that a traveller's name may be, among a million and more, in milliseconds.

An index is a few segments (``segment.py``): one large one, and small ones for what came since. What is gone is marked
in its segment, and left out when the segment is merged with the next. So a change costs what it changes, and the
answer is that of an index made anew.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from crossing.documents.dates import PartialDate
from crossing.screening.names.alignment import Alignment, align
from crossing.screening.names.index.columns import U32, Bools, Columns, Places, under, within
from crossing.screening.names.index.keys import number_of
from crossing.screening.names.index.lookup import (
    MAX_POSTINGS,
    SAME_DAY,
    Found,
    LookedUp,
    Part,
    Wanted,
    Worths,
    look_up,
)
from crossing.screening.names.index.postings import Postings
from crossing.screening.names.index.segment import ListedName, Segment
from crossing.screening.names.index.sieve import Sieve
from crossing.screening.names.spelling import Spelling, spell

__all__ = ["MAX_POSTINGS", "IndexedName", "ListedName", "NameAnswer", "NameIndex", "NameMatch", "Wanted"]

_RANKED: Final = 300
_WORTH_IN_PERCENT: Final = 4.0
"""What one point that speaks for a name weighs against one percent of likeness."""

_LEAST_OF_STRANGERS: Final = 55.0
"""Percent of likeness that a name has to reach with which none of its parts is found."""

_LEAST_OF_HALF_STRANGERS: Final = 65.0
"""Percent of likeness that a name has to reach of which one part is found, and that is not of the same day."""

_ALIGNED: Final = 20
"""Persons who are compared closely; more only where the next are worth as much as the last, or where only those are
left who can be as alike as is wanted."""

_MOST_ALIGNED: Final = 40
_NAMES_OF_A_PERSON: Final = 2
_EVERYBODY: Final = Wanted()
_COUNTS_KEPT: Final = 20_000
_SPELLINGS_KEPT: Final = 8_192
_GROWTH: Final = 4
"""Each segment is at least so many times as large as the next."""


@dataclass(frozen=True, slots=True)
class IndexedName:
    """One name of a listed person. ``person`` is the person's place in the list's own index."""

    person: int
    weak: bool
    alias: bool
    written: str
    spelling: Spelling


@dataclass(frozen=True, slots=True)
class NameMatch:
    name: IndexedName
    alignment: Alignment


class NameAnswer(NamedTuple):
    """``complete`` is False where some who may be meant were not compared, because too many have such a name."""

    matches: list[NameMatch]
    complete: bool


class _Candidates(NamedTuple):
    names: list[IndexedName]
    complete: bool


class NameIndex:
    """The names of one list version; never changed once built, so any thread may ask it.

    It tells how common a part of a name is on the list (``Rarity``).
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = tuple(parts)
        # Asked for each part of each candidate: the few thousand that are common are asked for again and again.
        self._counted = lru_cache(maxsize=_COUNTS_KEPT)(partial(_count, self._parts))
        self._total = sum(int(np.count_nonzero(_staying(part)[part.segment.names])) for part in self._parts)

    @classmethod
    def of(cls, names: Iterable[ListedName]) -> "NameIndex":
        """The names may come one by one from wherever they are: what is not in the index is not kept."""
        return cls([Part(Segment.of(names), None, None)])

    @classmethod
    def of_columns(cls, columns: Columns) -> "NameIndex":
        """The index of which :meth:`columns` told; quickly, for nothing is spelled anew."""
        numbers = sorted({name.partition("/")[0] for name in columns}, key=int)
        return cls([_part_of(within(number, columns)) for number in numbers])

    def columns(self) -> Columns:
        kept: Columns = {}
        for number, part in enumerate(self._parts):
            kept |= under(f"{number}/segment", part.segment.columns())
            if part.gone is not None and part.gone_postings is not None:
                kept[f"{number}/gone"] = part.gone
                kept |= under(f"{number}/gone_postings", part.gone_postings.columns())
        return kept

    def changed(self, gone: Collection[int], names: Iterable[ListedName]) -> "NameIndex":
        """Another index, without the names of the persons whose places are ``gone``, and with ``names``."""
        places = np.fromiter(gone, np.uint32, len(gone))
        parts = [_without(part, places) for part in self._parts]
        parts.append(Part(Segment.of(names), None, None))
        while len(parts) > 1 and _size(parts[-2]) < _GROWTH * _size(parts[-1]):
            merged = Segment.merged([(part.segment, _staying(part)) for part in parts[-2:]])
            parts[-2:] = [Part(merged, None, None)]
        return NameIndex([part for part in parts if _size(part)] or parts[:1])

    def __len__(self) -> int:
        return sum(_size(part) for part in self._parts)

    def count(self, key: str) -> int:
        """How many names have a part with this ``Token.key``; a name counts for each date of birth of its person."""
        return self._counted(key)

    def total(self) -> int:
        """How many names there are, counted as :meth:`count` does."""
        return self._total

    def search(
        self,
        surname: str,
        given_names: str,
        birth: PartialDate | None,
        *,
        truncated: bool = False,
        may_be: Callable[[int], bool] | None = None,
    ) -> list[NameMatch]:
        """The listed names most like this one, best first; ``birth`` finds the right one of many namesakes."""
        spelling = spell(surname, given_names)
        return self.ask(spelling, birth, truncated=truncated, may_be=may_be).matches

    def ask(
        self,
        spelling: Spelling,
        birth: PartialDate | None,
        *,
        truncated: bool = False,
        wanted: Wanted = _EVERYBODY,
        may_be: Callable[[int], bool] | None = None,
        least: float = 0.0,
        apart: bool = True,
    ) -> NameAnswer:
        """As :meth:`search`, and whether all were compared who may be meant.

        ``wanted`` leaves out many at once, before any are ranked. ``may_be`` says of a person's place whether
        anything could come of it; other persons take nobody's place, nor do names that can't be as like this one as
        ``least``, from 0 to 1. ``apart`` False, with a ``least``: nor do names that are ``Evidence.apart`` from it,
        but for who is born on the day.
        """
        sieve = Sieve(spelling, least, apart=apart, truncated=truncated) if least else None
        found, complete = self._candidates(spelling, birth, wanted, truncated=truncated, may_be=may_be, sieve=sieve)
        # Namesakes are spelled alike, and the very same object: each spelling is aligned once.
        spellings = {id(name.spelling): name.spelling for name in found}
        aligned = {one: align(spelling, theirs, truncated=truncated) for one, theirs in spellings.items()}
        matches = [NameMatch(name, aligned[id(name.spelling)]) for name in found]
        matches.sort(key=lambda match: match.alignment.score, reverse=True)
        return NameAnswer(matches, complete)

    def candidates(
        self,
        spelling: Spelling,
        birth: PartialDate | None,
        *,
        truncated: bool = False,
        may_be: Callable[[int], bool] | None = None,
    ) -> list[IndexedName]:
        """The names of some twenty persons that are worth a close comparison, and that ``may_be`` lets through."""
        return self._candidates(spelling, birth, _EVERYBODY, truncated=truncated, may_be=may_be, sieve=None).names

    def _candidates(
        self,
        spelling: Spelling,
        birth: PartialDate | None,
        wanted: Wanted,
        *,
        truncated: bool,
        may_be: Callable[[int], bool] | None,
        sieve: Sieve | None,
    ) -> _Candidates:
        if not spelling:
            return _Candidates([], True)
        looked_up = look_up(self._parts, spelling, birth, wanted, truncated=truncated)
        (numbers, names, shared, worths), complete = _best(looked_up)
        sounds, persons = self._told_of(numbers, names)
        likeness = _likeness(spelling.text, sounds)
        # Of namesakes by the hundred, the one who shares the date has to come through though spelled otherwise.
        order = np.argsort(-(likeness + _WORTH_IN_PERCENT * worths), kind="stable")
        # Born on the day, and nothing else: nobody would take the one name for the other.
        order = order[(shared[order] > 0) | (likeness[order] >= _LEAST_OF_STRANGERS)]
        if wanted.births_fit:
            # Everybody left could be meant by the date: who shares a part with the name is many, and seldom meant.
            near = (shared[order] > 1) | (likeness[order] >= _LEAST_OF_HALF_STRANGERS)
            order = order[near | (worths[order] >= SAME_DAY)]
        if sieve is not None:
            of_the_day = worths[order] >= SAME_DAY
            order = order[
                self._sieved(sieve, numbers[order], names[order], [sounds[one] for one in order], of_the_day)
            ]
        points = likeness[order] + _WORTH_IN_PERCENT * worths[order]
        columns = (numbers[order], names[order], persons[order], points)
        ranked = zip(*(one.tolist() for one in columns), strict=True)
        chosen, all_chosen = _chosen(ranked, may_be, _ALIGNED if sieve is None else None)
        found = [_indexed(self._parts[number].segment, name) for number, name in chosen]
        return _Candidates(found, complete and all_chosen)

    def _sieved(
        self, sieve: Sieve, numbers: Places, names: Places, sounds: Sequence[str], of_the_day: Bools
    ) -> Bools:
        """Which names the sieve lets through; ``of_the_day``: which are of somebody born on the traveller's day."""
        through = np.zeros(len(names), bool)
        for number, part in enumerate(self._parts):
            here = np.flatnonzero(numbers == number)
            outlines = part.segment.outlines(names[here], [sounds[one] for one in here.tolist()])
            through[here] = list(map(sieve.lets_through, outlines, of_the_day[here].tolist()))
        return through

    def _told_of(self, numbers: Places, names: Places) -> tuple[list[str], Places]:
        """What each of the names, by the number of its part and its own there, sounds like, and whose it is."""
        if len(self._parts) == 1:
            [part] = self._parts
            return part.segment.sounds(names), part.segment.persons[names].astype(np.intp)
        sounds = [""] * len(names)
        persons = np.empty(len(names), np.intp)
        for number, part in enumerate(self._parts):
            here = np.flatnonzero(numbers == number)
            persons[here] = part.segment.persons[names[here]]
            for place, sound in zip(here.tolist(), part.segment.sounds(names[here]), strict=True):
                sounds[place] = sound
        return sounds, persons


def _chosen(
    ranked: Iterable[tuple[int, int, int, float]], may_be: Callable[[int], bool] | None, enough: int | None
) -> tuple[Iterable[tuple[int, int]], bool]:
    """The best names of the ``enough`` best persons; False where others, worth as much as the last, had to be left.

    ``ranked``, best first: the number of a part, of a name there, whose it is, and its points. ``enough`` None: each
    of them may be meant, and False is said of whoever is left.
    """
    # A name is there once for each date of birth that its person has.
    chosen: dict[tuple[int, int], None] = {}
    names_of: dict[int, int] = {}
    refused: set[int] = set()
    last = 0.0
    for number, name, person, points in ranked:
        if person in refused or (number, name) in chosen:
            continue
        held = names_of.get(person, 0)
        if held >= _NAMES_OF_A_PERSON:
            continue
        if not held:
            if enough is not None and len(names_of) >= enough and points < last:
                break
            if may_be is not None and not may_be(person):
                refused.add(person)
                continue
            if len(names_of) >= _MOST_ALIGNED:
                return chosen, False
            last = points
        names_of[person] = held + 1
        chosen[number, name] = None
    return chosen, True


def _likeness(text: str, sounds: Sequence[str]) -> npt.NDArray[np.float32]:
    """In percent, one for each of ``sounds``. Many are the same: each is compared once."""
    places: dict[str, int] = {}
    which = [places.setdefault(sound, len(places)) for sound in sounds]
    likeness: npt.NDArray[np.float32] = process.cdist([text], list(places), scorer=fuzz.token_set_ratio)[0]
    return likeness[which]


def _best(looked_up: LookedUp) -> tuple[tuple[Places, Places, Worths, Worths], bool]:
    """The names that most speaks for: of each the number of its part and its own there, the parts that it shares,
    and all that speaks for it. False where others that share enough are left out."""
    worths, shared, names, numbers = _gathered(looked_up.found)
    order = np.argsort(-worths, kind="stable")
    ranked, left = order[:_RANKED], order[_RANKED:]
    complete = looked_up.whole and not bool((shared[left] >= looked_up.enough).any())
    return (numbers[ranked], names[ranked], shared[ranked], worths[ranked]), complete


def _gathered(found: Sequence[Found]) -> tuple[Worths, Worths, Places, Places]:
    """Of all that was found: what speaks for each, the parts it shares, its own number and that of its part."""
    if len(found) == 1:
        [one] = found
        return one.worths, one.shared, one.names.astype(np.intp), np.zeros(len(one.names), np.intp)
    worths = np.concatenate([one.worths for one in found])
    shared = np.concatenate([one.shared for one in found])
    names = np.concatenate([one.names for one in found]).astype(np.intp)
    return worths, shared, names, np.repeat(np.arange(len(found)), [len(one.names) for one in found])


@lru_cache(maxsize=_SPELLINGS_KEPT)
def _spelled(surname: str, given_names: str) -> Spelling:
    return spell(surname, given_names)


def _indexed(segment: Segment, number: int) -> IndexedName:
    name = segment.written(number)
    written = f"{name.surname} {name.given_names}".strip()
    return IndexedName(name.person, name.weak, name.alias, written, _spelled(name.surname, name.given_names))


def _count(parts: Sequence[Part], key: str) -> int:
    keys = np.array([number_of(key)], np.uint64)
    count = 0
    for part in parts:
        for postings, sign in ((part.segment.postings, 1), (part.gone_postings, -1)):
            if postings is not None:
                [start], [end] = postings.find(keys)
                count += sign * (end - start)
    return count


def _part_of(columns: Columns) -> Part:
    gone = columns.get("gone")
    gone_postings = None if gone is None else Postings.of_columns(within("gone_postings", columns))
    return Part(Segment.of_columns(within("segment", columns)), gone, gone_postings)


def _without(part: Part, persons: U32) -> Part:
    gone = np.isin(part.segment.persons, persons)
    if not gone.any():
        return part
    if part.gone is not None:
        gone |= part.gone
    return Part(part.segment, gone, part.segment.postings.only(gone[part.segment.names]))


def _staying(part: Part) -> Bools:
    return np.ones(len(part.segment), bool) if part.gone is None else ~part.gone


def _size(part: Part) -> int:
    """How many names are left of it."""
    return int(np.count_nonzero(_staying(part)))
