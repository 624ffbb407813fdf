"""Columns in place of objects: a list of a million persons is some arrays and some blobs of text.

All are made once and never changed, so any thread may read them. They hold personal data, in memory alone: the maps
are left out of core dumps and kept from the swap as far as the process may (see ``private_memory``).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Self, TypeVar

import numpy as np
import numpy.typing as npt

from crossing.faces.gallery.private_memory import private_array

Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]
Levels = npt.NDArray[np.int8]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]

Columns = dict[str, npt.NDArray[Any]]
"""Arrays of one dimension by name: what a snapshot keeps of an index."""

_TEXTS_AT_ONCE: Final = 65_536
_MOST_BYTES: Final = 2**32


_One = TypeVar("_One")


def batches(values: Iterable[_One], size: int) -> Iterator[list[_One]]:
    """The values in lists of ``size``; the last may be shorter. Always at least one, which may be empty."""
    rest = iter(values)
    batch = list(islice(rest, size))
    yield batch
    while batch := list(islice(rest, size)):
        yield batch


def private(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A copy of ``values`` in private memory."""
    held = private_array(values.shape, values.dtype)
    held[...] = values
    return held


def under(name: str, columns: Columns) -> Columns:
    """The same columns, each called ``name/`` and what it was called before."""
    return {f"{name}/{inner}": values for inner, values in columns.items()}


def within(name: str, columns: Columns) -> Columns:
    """What :func:`under` was given; empty where nothing was put under ``name``."""
    start = f"{name}/"
    return {inner.removeprefix(start): values for inner, values in columns.items() if inner.startswith(start)}


class Texts:
    """Texts by place: one blob of UTF-8, and where each text ends in it (n + 1 offsets)."""

    def __init__(self, blob: Bytes, offsets: U32) -> None:
        self._blob = blob
        self._offsets = offsets
        self._view = blob.data

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        pieces = [text.encode("utf-8", "replace") for text in texts]
        return cls(
            private(np.frombuffer(b"".join(pieces), np.uint8)),
            _offsets(np.fromiter(map(len, pieces), np.uint64, len(pieces))),
        )

    @classmethod
    def joined(cls, parts: Sequence[tuple["Texts", Places]]) -> Self:
        """The texts at the given places of each of the ``parts``, one after the other."""
        lengths = np.concatenate([np.empty(0, np.uint64), *(texts._lengths()[places] for texts, places in parts)])
        offsets = _offsets(lengths)
        blob: Bytes = private_array((int(offsets[-1]),), np.uint8)
        at = 0
        for texts, places in parts:
            for start in range(0, len(places), _TEXTS_AT_ONCE):
                piece = texts._bytes(places[start : start + _TEXTS_AT_ONCE])
                blob[at : at + len(piece)] = piece
                at += len(piece)
        return cls(blob, offsets)

    @classmethod
    def of_columns(cls, columns: Columns) -> Self:
        return cls(columns["blob"], columns["offsets"])

    def columns(self) -> Columns:
        return {"blob": self._blob, "offsets": self._offsets}

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, place: int) -> str:
        return str(self._view[self._offsets[place] : self._offsets[place + 1]], "utf-8")

    def __iter__(self) -> Iterator[str]:
        return (self[place] for place in range(len(self)))

    def some(self, places: Places) -> list[str]:
        """The texts at ``places``; quicker than one by one."""
        view, starts, ends = self._view, self._offsets[places].tolist(), self._offsets[places + 1].tolist()
        return [str(view[start:end], "utf-8") for start, end in zip(starts, ends, strict=True)]

    def _lengths(self) -> U64:
        return np.diff(self._offsets).astype(np.uint64)

    def _bytes(self, places: Places) -> Bytes:
        """The texts at ``places`` without anything between them."""
        starts, lengths = self._offsets[places].astype(np.intp), self._lengths_at(places)
        before = np.cumsum(lengths) - lengths
        return self._blob[np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))]

    def _lengths_at(self, places: Places) -> Places:
        return (self._offsets[places + 1] - self._offsets[places]).astype(np.intp)


def _offsets(lengths: U64) -> U32:
    """Raises OverflowError for texts of more than 4 GB together."""
    ends = np.concatenate([np.zeros(1, np.uint64), np.cumsum(lengths, dtype=np.uint64)])
    if int(ends[-1]) >= _MOST_BYTES:
        raise OverflowError("the texts of a list are too long together")
    return private(ends.astype(np.uint32))
