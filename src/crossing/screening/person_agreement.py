"""How the nationality and sex of many listed persons are to a traveller's, told at once."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np

from crossing.screening.names.agreement import Agreement, agreement
from crossing.screening.names.index.columns import U32, Levels

_TRAVELLERS_KEPT: Final = 64
"""Nationalities and sexes of travellers; those of a border are few."""

_Kind = tuple[str, tuple[str, ...]]
"""Sex and nationalities, as many persons have them in common."""


class Terms(NamedTuple):
    """What persons of one part of a list have in common: ``term_of`` says which of ``many`` terms a person has, by
    place, and ``kind`` tells the sex and nationalities of one."""

    term_of: U32
    many: int
    kind: Callable[[int], _Kind]


class Agreements:
    """A term is opened when the first of its persons is met, and then remembered; any thread may ask."""

    def __init__(self, parts: Sequence[Terms]) -> None:
        self._parts = parts
        self._ends = list(accumulate(len(one.term_of) for one in parts))
        self._kinds: list[list[_Kind | None]] = [[None] * one.many for one in parts]
        # Terms by the ten thousand, each with its own orders, are of a few hundred kinds.
        self._same: dict[_Kind, _Kind] = {}
        self._known = lru_cache(maxsize=_TRAVELLERS_KEPT)(_Known)

    def of(self, nationality: str, sex: str, places: U32) -> Levels:
        """The ``Agreement`` of the person at each of the ``places`` with a traveller."""
        known = self._known(nationality, sex)
        return np.fromiter((known[self._kind(place)] for place in places.tolist()), np.int8, len(places))

    def _kind(self, place: int) -> _Kind:
        part = bisect_right(self._ends, place)
        terms = self._parts[part]
        term = int(terms.term_of[place - self._ends[part] + len(terms.term_of)])
        kind = self._kinds[part][term]
        if kind is None:
            kind = terms.kind(term)
            kind = self._kinds[part][term] = self._same.setdefault(kind, kind)
        return kind


class _Known(dict[_Kind, Agreement]):
    """Of each kind of person, worked out when it is first asked for."""

    def __init__(self, nationality: str, sex: str) -> None:
        self._nationality = nationality
        self._sex = sex

    def __missing__(self, kind: _Kind) -> Agreement:
        sex, states = kind
        found = self[kind] = agreement(self._nationality, states, (self._sex, sex))
        return found
