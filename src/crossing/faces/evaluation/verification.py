"""One to one: false matches and false non-matches of an engine at the thresholds that wanted rates ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from crossing.faces.engines.base import FloatVector
from crossing.faces.evaluation.collection import Codes, Collection, Grouping, Pairs, Unusable
from crossing.faces.evaluation.enrolment import Enrolled
from crossing.faces.evaluation.impostors import BINS, Counts, Impostors, bins
from crossing.faces.evaluation.intervals import Interval, own_pairs, shared_pairs
from crossing.faces.thresholds import FEWEST_ERRORS, Calibration

REPORTED: Final = (1e-2, 1e-3, 1e-4, 1e-5)


@dataclass(frozen=True, slots=True)
class Measured:
    """A rate, how many errors made it, of how many trials, and where the true rate may lie (95 %)."""

    errors: int
    trials: int
    interval: Interval

    @property
    def rate(self) -> float | None:
        """None where nothing was tried."""
        return self.errors / self.trials if self.trials else None

    @property
    def few_errors(self) -> bool:
        return self.errors < FEWEST_ERRORS

    def over(self, whole: Self) -> float | None:
        """How many times the rate of ``whole``; None where that is 0 or nothing was tried here."""
        return None if self.rate is None or not whole.rate else self.rate / whole.rate


@dataclass(frozen=True, slots=True)
class Operating:
    """The errors at the threshold that the rate ``wanted`` asks for.

    ``gfrr``: the share of genuine pairs refused when a pair whose image could not be enrolled counts as refused
    (generalised false reject rate); FNMR leaves such pairs out, as ISO/IEC 19795-1 does.
    """

    wanted: float
    threshold: float
    fnmr: Measured
    fmr: Measured
    gfrr: float


@dataclass(frozen=True, slots=True)
class GroupOperating:
    """The errors among the persons of one group at everybody's threshold.

    The ratios say how many times as often as among everybody; None where the rate of everybody is 0 or nothing was
    tried in the group.
    """

    wanted: float
    fnmr: Measured
    fmr: Measured
    fnmr_ratio: float | None
    fmr_ratio: float | None


@dataclass(frozen=True, slots=True)
class GroupRates:
    """One group of the collection: all its ``persons`` and ``images``, those that could not be enrolled too.

    ``fte``: failures to enrol among its images; ``fte_ratio``: over everybody's.
    """

    column: str
    group: str
    persons: int
    images: int
    fte: Measured
    fte_ratio: float | None
    rates: tuple[GroupOperating, ...]


@dataclass(frozen=True)
class Comparisons:
    """The genuine scores and all impostor pairs of one engine. ``genuine_person``: whose each genuine pair is.

    ``failed``: how many genuine pairs have an image that could not be enrolled; ``images_of``: how many images each
    person of the collection has, enrolled or not.
    """

    enrolled: Enrolled
    genuine: FloatVector
    genuine_person: Codes
    failed: int
    images_of: Counts
    impostors: Impostors

    @classmethod
    def of(cls, enrolled: Enrolled, pairs: Pairs, collection: Collection) -> Self:
        """Raises :class:`Unusable` where no genuine pair was enrolled."""
        rows = enrolled.row_of[pairs.genuine]
        both = (rows >= 0).all(axis=1)
        rows = rows[both]
        if not len(rows):
            raise Unusable(f"The engine {enrolled.engine} found a face in both images of no genuine pair.")
        scores = np.einsum("ij,ij->i", enrolled.vectors[rows[:, 0]], enrolled.vectors[rows[:, 1]])
        return cls(
            enrolled=enrolled,
            genuine=scores,
            genuine_person=enrolled.person_of[rows[:, 0]],
            failed=int((~both).sum()),
            images_of=np.bincount(collection.person_of, minlength=len(collection.persons)).astype(np.int64),
            impostors=Impostors(enrolled.vectors, enrolled.person_of),
        )

    @property
    def persons(self) -> int:
        """How many the collection has."""
        return len(self.images_of)

    @cached_property
    def enrolled_of(self) -> Counts:
        """How many enrolled images each person has."""
        return np.bincount(self.enrolled.person_of, minlength=self.persons).astype(np.int64)

    def fte(self, members: npt.NDArray[np.bool_] | None = None) -> Measured:
        """Failures to enrol, of all images or of those of ``members``."""
        images = self.images_of if members is None else np.where(members, self.images_of, 0)
        failed = np.where(images > 0, images - self.enrolled_of, 0)
        return Measured(int(failed.sum()), int(images.sum()), own_pairs(failed, images))

    def genuine_per_person(self, below: float | None = None) -> Counts:
        """How many genuine pairs each person has; with ``below``, only those with a lower score."""
        chosen = self.genuine_person if below is None else self.genuine_person[self.genuine < np.float32(below)]
        return np.bincount(chosen, minlength=self.persons).astype(np.int64)


def rates(
    comparisons: Comparisons,
    groupings: Sequence[Grouping] = (),
    fmrs: Sequence[float] = REPORTED,
    *,
    table: Calibration | None = None,
) -> tuple[tuple[Operating, ...], tuple[GroupRates, ...]]:
    """The errors at the thresholds for ``fmrs``; of everybody, and of every group at the same thresholds.

    The thresholds are those that hold the rates among these very impostors, or with ``table`` those that it asks for.
    """
    thresholds = comparisons.impostors.thresholds(fmrs) if table is None else [table.threshold(fmr) for fmr in fmrs]
    everybody, *grouped = _false_matches(comparisons, groupings, thresholds)
    overall = tuple(
        _operating(comparisons, fmr, threshold, everybody[:, place])
        for place, (fmr, threshold) in enumerate(zip(fmrs, thresholds, strict=True))
    )
    groups = tuple(
        _group(comparisons, grouping, code, overall, matches)
        for grouping, matches in zip(groupings, grouped, strict=True)
        for code in range(len(grouping.names))
    )
    return overall, groups


def det_curve(comparisons: Comparisons) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """FMR and FNMR at every bin's lower edge, from the lowest score to the highest: the points of a DET curve."""
    reached = np.cumsum(comparisons.impostors.histogram[::-1])[::-1]
    genuine = np.bincount(bins(comparisons.genuine), minlength=BINS)
    missed = np.cumsum(genuine) - genuine
    return reached / comparisons.impostors.count, missed / len(comparisons.genuine)


def _operating(comparisons: Comparisons, wanted: float, threshold: float, matches: Counts) -> Operating:
    missed, tried = comparisons.genuine_per_person(below=threshold), comparisons.genuine_per_person()
    images = comparisons.enrolled_of
    refused = int(missed.sum()) + comparisons.failed
    return Operating(
        wanted=wanted,
        threshold=threshold,
        fnmr=Measured(int(missed.sum()), int(tried.sum()), own_pairs(missed, tried)),
        fmr=_of_pairs(matches, images * (images.sum() - images)),
        gfrr=refused / (int(tried.sum()) + comparisons.failed),
    )


def _group(
    comparisons: Comparisons, grouping: Grouping, code: int, overall: Sequence[Operating], matches: Counts
) -> GroupRates:
    members = grouping.group_of == code
    images = np.where(members, comparisons.enrolled_of, 0)
    tried = np.where(members, comparisons.genuine_per_person(), 0)
    found = []
    for place, whole in enumerate(overall):
        missed = np.where(members, comparisons.genuine_per_person(below=whole.threshold), 0)
        fnmr = Measured(int(missed.sum()), int(tried.sum()), own_pairs(missed, tried))
        fmr = _of_pairs(np.where(members, matches[:, place], 0), images * (images.sum() - images))
        found.append(GroupOperating(whole.wanted, fnmr, fmr, fnmr.over(whole.fnmr), fmr.over(whole.fmr)))
    fte = comparisons.fte(members)
    return GroupRates(
        column=grouping.column,
        group=grouping.names[code],
        persons=int(members.sum()),
        images=fte.trials,
        fte=fte,
        fte_ratio=fte.over(comparisons.fte()),
        rates=tuple(found),
    )


def _of_pairs(matches: Counts, trials: Counts) -> Measured:
    """Both count per person, each pair at both of its persons."""
    return Measured(int(matches.sum()) // 2, int(trials.sum()) // 2, shared_pairs(matches, trials))


def _false_matches(
    comparisons: Comparisons, groupings: Sequence[Grouping], thresholds: Sequence[float]
) -> list[Counts]:
    """Persons x thresholds: how often each matched another; then for each grouping, another of the same group."""
    order = np.argsort(thresholds, kind="stable")
    counted = [np.zeros((comparisons.persons, len(thresholds) + 1), np.int64) for _ in range(1 + len(groupings))]
    person_of = comparisons.enrolled.person_of
    for rows, columns, level in comparisons.impostors.matches([thresholds[place] for place in order]):
        first, second = person_of[rows], person_of[columns]
        _add(counted[0], first, second, level)
        for grouping, within in zip(groupings, counted[1:], strict=True):
            groups = grouping.group_of
            same = (groups[first] == groups[second]) & (groups[first] >= 0)
            _add(within, first[same], second[same], level[same])
    # Whoever reaches a threshold has reached those below it.
    reached = [np.cumsum(levels[:, ::-1], axis=1)[:, ::-1][:, 1:] for levels in counted]
    back = np.argsort(order)
    return [levels[:, back] for levels in reached]


def _add(counted: Counts, first: Codes, second: Codes, level: Codes) -> None:
    width = counted.shape[1]
    places = np.concatenate([first * width + level, second * width + level])
    counted += np.bincount(places, minlength=counted.size).reshape(counted.shape)
