"""Which rows of a segment have a key: the keys sorted, and behind each its rows in rising order."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple, Self

import numpy as np

from crossing.faces.gallery.private_memory import private_array
from crossing.screening.names.index.columns import U32, U64, Bools, Columns, Places, private

_MERGED_AT_ONCE: Final = 2_000_000

GONE: Final = np.uint32(2**32 - 1)
"""In place of a new row: the old one is not taken over."""


class Moved(NamedTuple):
    """Postings to be merged, and the new number of each of their rows, or GONE."""

    postings: "Postings"
    rows: U32


class Postings:
    """``starts`` has one more than ``keys``. Never changed once made."""

    def __init__(self, keys: U64, starts: U32, rows: U32) -> None:
        self._keys = keys
        self._starts = starts
        self.rows: Final = rows
        self._bisected = rows.data

    @classmethod
    def of(cls, keys: U64, rows: U32) -> Self:
        """``keys[i]`` is a key of the row ``rows[i]``, each such pair once."""
        return cls(*(private(column) for column in _compressed(keys, rows)))

    @classmethod
    def merged(cls, parts: Sequence[Moved]) -> Self:
        """One of several. Beyond its parts and itself it needs some sixty megabytes, however large they are."""
        most = sum(len(part.postings.rows) for part in parts)
        keys: U64 = private_array((most,), np.uint64)
        starts: U32 = private_array((most + 1,), np.uint32)
        rows: U32 = private_array((most,), np.uint32)
        many = held = 0
        for first, end in _ranges(most):
            taken = [part.postings._between(first, end, part.rows) for part in parts]
            some = _compressed(np.concatenate([one[0] for one in taken]), np.concatenate([one[1] for one in taken]))
            keys[many : many + len(some[0])] = some[0]
            starts[many : many + len(some[0])] = some[1][:-1] + np.uint32(held)
            rows[held : held + len(some[2])] = some[2]
            many, held = many + len(some[0]), held + len(some[2])
        starts[many] = held
        # Pages of a private array that were never written to take no memory.
        return cls(keys[:many], starts[: many + 1], rows[:held])

    @classmethod
    def of_columns(cls, columns: Columns) -> Self:
        return cls(columns["keys"], columns["starts"], columns["rows"])

    def columns(self) -> Columns:
        return {"keys": self._keys, "starts": self._starts, "rows": self.rows}

    def find(self, keys: U64) -> tuple[list[int], list[int]]:
        """Where the rows of each key begin and end in ``rows``; an absent key's end where they begin."""
        if not len(self._keys):
            return [0] * len(keys), [0] * len(keys)
        places = np.minimum(self._keys.searchsorted(keys), len(self._keys) - 1)
        starts = self._starts[places]
        ends = np.where(self._keys[places] == keys, self._starts[places + 1], starts)
        return starts.tolist(), ends.tolist()

    def narrowed(self, start: int, end: int, first: int, last: int) -> tuple[int, int]:
        """What of ``rows[start:end]`` is of rows from ``first`` to below ``last``."""
        begin = bisect_left(self._bisected, first, start, end)
        return begin, bisect_left(self._bisected, last, begin, end)

    def only(self, chosen: Bools) -> "Postings":
        """Those of the ``chosen`` rows; ``chosen`` has a truth value for each row."""
        which = chosen[self.rows]
        counts = np.diff(self._starts).astype(np.intp)
        return Postings.of(np.repeat(self._keys, counts)[which], self.rows[which])

    def _between(self, first: int, end: int, moved: U32) -> tuple[U64, U32]:
        """Keys from ``first`` to ``end``, both included, with the new numbers of their rows."""
        low = int(np.searchsorted(self._keys, np.uint64(first), "left"))
        high = int(np.searchsorted(self._keys, np.uint64(end), "right"))
        counts = np.diff(self._starts[low : high + 1]).astype(np.intp)
        rows = moved[self.rows[self._starts[low] : self._starts[high]]]
        stay = rows != GONE
        return np.repeat(self._keys[low:high], counts)[stay], rows[stay]


def _compressed(keys: U64, rows: U32) -> tuple[U64, U32, U32]:
    order: Places = np.lexsort((rows, keys))
    keys = keys[order]
    begins = np.flatnonzero(np.concatenate([np.ones(min(1, len(keys)), bool), keys[1:] != keys[:-1]]))
    starts = np.append(begins, len(keys)).astype(np.uint32)
    return keys[begins], starts, rows[order]


def _ranges(total: int) -> list[tuple[int, int]]:
    """Ranges of keys, from and to, that share out the postings more or less evenly. Keys are as good as random."""
    count = total // _MERGED_AT_ONCE + 1
    step = 2**64 // count
    return [(number * step, (number + 1) * step - 1 if number < count - 1 else 2**64 - 1) for number in range(count)]
