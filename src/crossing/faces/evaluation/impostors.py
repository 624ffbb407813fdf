"""All pairs of images of different persons, in memory that does not grow with their number.

20,000 images make 200 million pairs. They are gone through in blocks, and as often as needed: once to count scores in
narrow bins, once to look into the few bins in which the wanted thresholds lie, once to count who matches whom there.
The thresholds are exact all the same.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from crossing.faces.engines.base import FloatVector
from crossing.faces.evaluation.collection import Codes

Counts = npt.NDArray[np.int64]

BINS: Final = 1 << 16
"""Of equal width over the scores -1 to 1: a bin is 3e-5 wide."""

_BLOCK_ROWS: Final = 256


@dataclass(frozen=True, slots=True)
class Block:
    """Scores of the pairs (``rows[i]``, ``columns[j]``); only where ``wanted`` is it a pair to count."""

    scores: FloatVector
    wanted: npt.NDArray[np.bool_]
    rows: slice
    columns: slice


@dataclass(frozen=True)
class Impostors:
    """The impostor pairs of enrolled images: ``vectors`` n x dimension, ``person_of`` n."""

    vectors: FloatVector
    person_of: Codes

    @cached_property
    def count(self) -> int:
        """How many pairs there are."""
        return pairs_between(np.bincount(self.person_of))

    @cached_property
    def histogram(self) -> Counts:
        """How many scores lie in each of :data:`BINS` bins, the lowest first."""
        counted = np.zeros(BINS, dtype=np.int64)
        for block in self._blocks():
            counted += np.bincount(bins(block.scores[block.wanted]), minlength=BINS)
        return counted

    def thresholds(self, fmrs: Sequence[float]) -> list[float]:
        """For each rate the lowest score that at most ``floor(rate * count)`` impostors reach.

        A score at or above the threshold is a match. Impostors that tie are let through together or not at all.
        """
        reached = np.cumsum(self.histogram[::-1])[::-1]
        allowed = [math.floor(fmr * self.count) for fmr in fmrs]
        first_refused = [int(np.flatnonzero(reached > number)[-1]) for number in allowed]
        inside = self._inside(sorted(set(first_refused)))
        return [
            _just_above(*inside[bin_], number - int(reached[bin_ + 1] if bin_ + 1 < BINS else 0))
            for bin_, number in zip(first_refused, allowed, strict=True)
        ]

    def matches(self, thresholds: Sequence[float]) -> Iterator[tuple[Codes, Codes, Codes]]:
        """The false matches, in parts: both rows of each, and how many of ``thresholds`` (rising) it reaches."""
        rising = np.array(thresholds, dtype=np.float32)
        for block in self._blocks():
            rows, columns = np.nonzero(block.wanted & (block.scores >= rising[0]))
            level = np.searchsorted(rising, block.scores[rows, columns], side="right")
            yield rows + block.rows.start, columns + block.columns.start, level

    def most_alike(self, limit: int) -> list[tuple[int, int, float]]:
        """Both rows and the score of the ``limit`` pairs with the highest scores, the highest first."""
        best: list[tuple[int, int, float]] = []
        for block in self._blocks():
            least = best[-1][2] if len(best) == limit else -np.inf
            rows, columns = np.nonzero(block.wanted & (block.scores > least))
            scores = block.scores[rows, columns]
            chosen = np.argsort(-scores, kind="stable")[:limit]
            first, second = rows[chosen] + block.rows.start, columns[chosen] + block.columns.start
            found = zip(first.tolist(), second.tolist(), scores[chosen].tolist(), strict=True)
            best = sorted([*best, *found], key=lambda pair: -pair[2])[:limit]
        return best

    def _inside(self, wanted: Sequence[int]) -> dict[int, tuple[FloatVector, Counts]]:
        """The different scores in some bins, in falling order, each with how often it occurs."""
        chosen = np.zeros(BINS, dtype=np.bool_)
        chosen[list(wanted)] = True
        values, counts = np.empty(0, np.float32), np.empty(0, np.int64)
        for block in self._blocks():
            scores = block.scores[block.wanted]
            fresh, often = np.unique(scores[chosen[bins(scores)]], return_counts=True)
            values, where = np.unique(np.concatenate([values, fresh]), return_inverse=True)
            counts = np.bincount(where, np.concatenate([counts, often]), len(values)).astype(np.int64)
        place = bins(values)
        return {one: (values[place == one][::-1], counts[place == one][::-1]) for one in wanted}

    def _blocks(self) -> Iterator[Block]:
        for start in range(0, len(self.vectors), _BLOCK_ROWS):
            rows, columns = slice(start, start + _BLOCK_ROWS), slice(start, len(self.vectors))
            wanted = self.person_of[rows, None] != self.person_of[None, columns]
            # Above the diagonal, so that no pair comes twice.
            wanted &= np.arange(wanted.shape[1])[None, :] > np.arange(wanted.shape[0])[:, None]
            yield Block(self.vectors[rows] @ self.vectors[columns].T, wanted, rows, columns)


def bins(scores: FloatVector) -> Codes:
    """The bin of each score: never lower for a higher score."""
    places = (scores + np.float32(1)) * np.float32(BINS / 2)
    return np.asarray(np.clip(places, 0, BINS - 1), dtype=np.intp)


def bin_centres() -> npt.NDArray[np.float64]:
    """The score in the middle of each bin."""
    return np.asarray((np.arange(BINS) + 0.5) * (2 / BINS) - 1, dtype=np.float64)


def pairs_between(images: Counts | Codes) -> int:
    """How many pairs of images of different persons there are; ``images`` counts those of each person."""
    each = images.astype(np.int64)
    return int(each.sum() ** 2 - (each**2).sum()) // 2


def threshold_for(scores: npt.NDArray[np.float32], rate: float) -> float:
    """The lowest score that at most ``floor(rate * n)`` of the n ``scores`` reach."""
    values, counts = np.unique(scores, return_counts=True)
    return _just_above(values[::-1], counts[::-1], math.floor(rate * len(scores)))


def _just_above(values: FloatVector, counts: Counts, allowed: int) -> float:
    """The lowest float32 above the first of ``values`` (falling) that would let more than ``allowed`` through."""
    refused = int(np.flatnonzero(np.cumsum(counts) > allowed)[0])
    return float(np.nextafter(values[refused], np.float32(2)))
