"""One to many: searches for persons who are in a gallery, and for persons who are not (open set)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from crossing.faces.engines.base import FloatVector
from crossing.faces.evaluation.collection import Codes, Grouping
from crossing.faces.evaluation.impostors import threshold_for
from crossing.faces.evaluation.intervals import own_pairs
from crossing.faces.evaluation.verification import Comparisons, Measured
from crossing.faces.thresholds import Calibration

REPORTED: Final = (1e-1, 1e-2, 1e-3)
LEAST_LEFT_OUT: Final = 1 / 3
"""At least this share of the persons is left out of the gallery, to search for somebody who is not in it."""

_SEED: Final = 30
_BLOCK_ROWS: Final = 256


@dataclass(frozen=True, slots=True)
class Searching:
    """The errors of searches at the threshold that the rate ``wanted`` asks for (ISO/IEC 19795-1).

    ``fpir``: non-mated searches that raise anybody; ``fnir``: mated searches in which the person's own entry lies
    below the threshold, at whatever rank.
    """

    wanted: float
    threshold: float
    fpir: Measured
    fnir: Measured


@dataclass(frozen=True, slots=True)
class GroupSearching:
    """The errors of the searches for persons of one group, among everybody's entries at everybody's threshold.

    The ratios say how many times as often as of everybody's searches; None where that rate is 0 or nothing was tried.
    """

    wanted: float
    fpir: Measured
    fnir: Measured
    fpir_ratio: float | None
    fnir_ratio: float | None


@dataclass(frozen=True, slots=True)
class Identification:
    """``gallery``: entries, one a person; ``mated`` and ``non_mated``: searches for persons in it and not in it.

    ``first``: the share of mated searches in which the person's own entry is the most alike of all. ``rates``: at the
    thresholds that hold the wanted rates in these very searches; ``in_force``: at those that a table asks for.
    ``groups``: of the column and the group's name, at the thresholds of ``rates``.
    """

    gallery: int
    mated: int
    non_mated: int
    first: float
    rates: tuple[Searching, ...]
    in_force: tuple[Searching, ...]
    groups: dict[tuple[str, str], tuple[GroupSearching, ...]]


@dataclass(frozen=True, slots=True)
class _Searches:
    """The scores of all searches, and whose each was: of a mated one its own entry's, of another one the best."""

    own: FloatVector
    mated_by: Codes
    raised: FloatVector
    non_mated_by: Codes
    persons: int

    def at(self, wanted: float, threshold: float) -> Searching:
        reached = np.float32(threshold)
        return Searching(
            wanted,
            threshold,
            fpir=_measured(self.non_mated_by, self.raised >= reached, self.persons),
            fnir=_measured(self.mated_by, self.own < reached, self.persons),
        )

    def of(self, members: npt.NDArray[np.bool_]) -> Self:
        """The searches for these persons alone."""
        mated, non_mated = members[self.mated_by], members[self.non_mated_by]
        return replace(
            self,
            own=self.own[mated],
            mated_by=self.mated_by[mated],
            raised=self.raised[non_mated],
            non_mated_by=self.non_mated_by[non_mated],
        )

    def by_group(self, grouping: Grouping, code: int, overall: Sequence[Searching]) -> tuple[GroupSearching, ...]:
        searches = self.of(grouping.group_of == code)
        parts = [searches.at(whole.wanted, whole.threshold) for whole in overall]
        return tuple(
            GroupSearching(part.wanted, part.fpir, part.fnir, part.fpir.over(whole.fpir), part.fnir.over(whole.fnir))
            for whole, part in zip(overall, parts, strict=True)
        )


@dataclass(frozen=True, slots=True)
class _Split:
    """Rows of the enrolled images."""

    gallery: Codes
    mated: Codes
    non_mated: Codes


def identify(
    comparisons: Comparisons,
    groupings: Sequence[Grouping] = (),
    fpirs: Sequence[float] = REPORTED,
    *,
    table: Calibration | None = None,
) -> Identification | None:
    """Searches among one image of each person who has several. None where too few persons have several.

    Persons with one image are left out; where those are fewer than a third of all, others are left out too, drawn
    with a fixed seed.
    """
    split = _split(comparisons)
    if split is None:
        return None
    vectors, person_of = comparisons.enrolled.vectors, comparisons.enrolled.person_of
    own, best_other = _searched(vectors, person_of, split.mated, split.gallery)
    _, raised = _searched(vectors, person_of, split.non_mated, split.gallery)
    searches = _Searches(own, person_of[split.mated], raised, person_of[split.non_mated], comparisons.persons)
    size = len(split.gallery)
    overall = tuple(searches.at(fpir, threshold_for(raised, fpir)) for fpir in fpirs)
    in_force = [] if table is None else [(fpir, table.identification_threshold(fpir, size)) for fpir in fpirs]
    return Identification(
        gallery=size,
        mated=len(split.mated),
        non_mated=len(split.non_mated),
        first=float((own > best_other).mean()),
        rates=overall,
        in_force=tuple(searches.at(fpir, threshold) for fpir, threshold in in_force),
        groups={
            (grouping.column, name): searches.by_group(grouping, code, overall)
            for grouping in groupings
            for code, name in enumerate(grouping.names)
        },
    )


def _split(comparisons: Comparisons) -> _Split | None:
    images = comparisons.enrolled_of
    several, single = np.flatnonzero(images > 1), np.flatnonzero(images == 1)
    wanted = math.ceil(LEAST_LEFT_OUT * (len(several) + len(single)))
    drawn = np.random.default_rng(_SEED).permutation(several)[: max(0, wanted - len(single))]
    listed = np.setdiff1d(several, drawn)
    if not len(listed):
        return None
    person_of = comparisons.enrolled.person_of
    # Rows are in the order of the images' paths: a person's first is the entry.
    _, first_row = np.unique(person_of, return_index=True)
    is_entry = np.zeros(len(person_of), dtype=np.bool_)
    is_entry[first_row] = True
    in_gallery = np.isin(person_of, listed)
    return _Split(
        gallery=np.flatnonzero(in_gallery & is_entry),
        mated=np.flatnonzero(in_gallery & ~is_entry),
        non_mated=np.flatnonzero(~in_gallery),
    )


def _searched(
    vectors: FloatVector, person_of: Codes, probes: Codes, gallery: Codes
) -> tuple[FloatVector, FloatVector]:
    """For each probe the score of its own person's entry (-2 where there is none), and the best of the others."""
    own, others = [], []
    for scores, mine in _blocks(vectors, person_of, probes, gallery):
        own.append(np.where(mine, scores, -2).max(axis=1))
        others.append(np.where(mine, -2, scores).max(axis=1))
    return np.concatenate(own), np.concatenate(others)


def _blocks(
    vectors: FloatVector, person_of: Codes, probes: Codes, gallery: Codes
) -> Iterator[tuple[FloatVector, npt.NDArray[np.bool_]]]:
    entries = vectors[gallery].T
    for start in range(0, len(probes), _BLOCK_ROWS):
        rows = probes[start : start + _BLOCK_ROWS]
        yield vectors[rows] @ entries, person_of[rows, None] == person_of[None, gallery]


def _measured(person_of: Codes, wrong: npt.NDArray[np.bool_], persons: int) -> Measured:
    tried = np.bincount(person_of, minlength=persons).astype(np.int64)
    missed = np.bincount(person_of[wrong], minlength=persons).astype(np.int64)
    return Measured(int(missed.sum()), int(tried.sum()), own_pairs(missed, tried))
