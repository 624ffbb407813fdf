"""Ranges of consecutive numbers: blanks stolen by the box, before anybody's name was in them.

A number is split into what stands before its last run of digits, that run, and what stands after it. A range is the
same before and after, with as many digits. The numbers stand in the file as they are: a blank has no holder.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

from crossing.ports.document_set.keys import Likeness, strongly_folded, tidied

MAX_RANGES: Final = 100_000

_SHAPE: Final = re.compile(r"(.*?)([0-9]+)([^0-9]*)", re.DOTALL)


class RangeRefused(ValueError):
    """The two ends are no range: another shape, or the wrong way round."""


@dataclass(frozen=True, slots=True, order=True)
class NumberRange:
    """Both ends are listed, and everything between them. Tidied numbers of one length."""

    first: str
    last: str
    issuer: str = ""
    type: str = ""
    reason: str = ""
    year: int | None = None

    @classmethod
    def between(
        cls, first: str, last: str, issuer: str = "", kind: str = "", reason: str = "", year: int | None = None
    ) -> "NumberRange":
        """The range from ``first`` to ``last`` as written. Raises :class:`RangeRefused`."""
        one, other = tidied(first), tidied(last)
        for start, end in ((_split(one), _split(other)), (_split(_fold(one)), _split(_fold(other)))):
            if start is None or end is None or start.shape != end.shape or start.value > end.value:
                raise RangeRefused
        return cls(one, other, issuer, kind, reason, year)

    def has(self, tidy: str) -> bool:
        """Whether a tidied number is one of the range, letter for letter."""
        first, last, asked = _split(self.first), _split(self.last), _split(tidy)
        if first is None or last is None or asked is None:
            return False
        return asked.shape == first.shape and first.value <= asked.value <= last.value


class RangeTable:
    """All ranges of a set, in memory."""

    def __init__(self, ranges: Iterable[NumberRange]) -> None:
        groups: dict[_Shape, list[tuple[int, int, NumberRange]]] = defaultdict(list)
        for one in ranges:
            first, last = _split(_fold(one.first)), _split(_fold(one.last))
            if first is None or last is None:
                raise RangeRefused
            groups[first.shape].append((first.value, last.value, one))
        self._groups = {shape: _Group(found) for shape, found in groups.items()}

    def search(self, tidy: str) -> Iterator[tuple[NumberRange, Likeness]]:
        """The ranges that a tidied number, or a twin of it, lies in."""
        asked = _split(_fold(tidy))
        group = None if asked is None else self._groups.get(asked.shape)
        if asked is None or group is None:
            return
        for one in group.around(asked.value):
            yield one, Likeness.IN_RANGE if one.has(tidy) else Likeness.TWIN


class _Shape(NamedTuple):
    before: str
    digits: int
    after: str


class _Split(NamedTuple):
    shape: _Shape
    value: int


class _Group:
    """Ranges of one shape by their first number; ``_reach`` is how far those up to each place go."""

    def __init__(self, found: list[tuple[int, int, NumberRange]]) -> None:
        self._found = sorted(found)
        self._firsts = [first for first, _, _ in self._found]
        self._reach = list(accumulate((last for _, last, _ in self._found), max))

    def around(self, value: int) -> Iterator[NumberRange]:
        place = bisect_right(self._firsts, value) - 1
        while place >= 0 and self._reach[place] >= value:
            _, last, one = self._found[place]
            if last >= value:
                yield one
            place -= 1


def _fold(tidy: str) -> str:
    return strongly_folded(tidy)


def _split(tidy: str) -> _Split | None:
    parts = _SHAPE.fullmatch(tidy)
    if parts is None:
        return None
    before, digits, after = parts.groups()
    return _Split(_Shape(before, len(digits), after), int(digits))
