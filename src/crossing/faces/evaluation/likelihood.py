"""From scores to likelihood ratios, and whether a stated likelihood ratio is what it says.

Brümmer and du Preez, "Application-independent evaluation of speaker detection", 2006.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from crossing.faces.engines.base import FloatVector
from crossing.faces.evaluation.impostors import BINS, Counts, bin_centres, bins
from crossing.faces.thresholds import SCALE, Calibration

Floats = npt.NDArray[np.float64]

_STEPS: Final = 100
_SMALLEST_STEP: Final = 1e-8
_RIDGE: Final = 1e-6
"""Keeps the slope finite where the scores of both kinds do not overlap."""

_LEAST: Final = 1e-300


@dataclass(frozen=True, slots=True)
class Band:
    """Pairs whose stated log10 likelihood ratio lies from ``low`` to below ``high`` (None: no bound).

    ``observed``: the log10 of the share of genuine pairs that fall in here over the share of impostor pairs; None
    where either is 0. It should lie between the bounds.
    """

    low: float | None
    high: float | None
    genuine: int
    impostors: int
    observed: float | None


@dataclass(frozen=True, slots=True)
class Reliability:
    """``cllr``: the mean cost of the stated ratios in bits; 0 is perfect, 1 says nothing. ``cllr_min``: what it would
    be, had the same order of scores the best possible ratios; the difference is the loss by calibration."""

    cllr: float
    cllr_min: float
    bands: tuple[Band, ...]


def likelihood_line(genuine: FloatVector, impostors: Counts) -> tuple[float, float]:
    """Slope and offset of log10 LR over the score: logistic regression with both kinds weighing the same.

    ``impostors`` counts the scores in each bin of :mod:`impostors`.
    """
    taken = np.flatnonzero(impostors)
    scores = np.concatenate([genuine.astype(np.float64), bin_centres()[taken]])
    same = np.concatenate([np.ones(len(genuine)), np.zeros(len(taken))])
    weight = np.concatenate([np.full(len(genuine), 0.5 / len(genuine)), 0.5 * impostors[taken] / impostors.sum()])
    centre = float(weight @ scores)
    spread = math.sqrt(float(weight @ (scores - centre) ** 2))
    columns = np.stack([(scores - centre) / spread, np.ones_like(scores)])
    line = np.zeros(2)
    for _ in range(_STEPS):
        likely = _logistic(line @ columns)
        gradient = columns @ (weight * (likely - same)) + _RIDGE * line
        curvature = (columns * (weight * likely * (1 - likely))) @ columns.T + _RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        line -= step
        if float(np.abs(step).max()) < _SMALLEST_STEP:
            break
    slope, offset = line[0] / spread, line[1] - line[0] * centre / spread
    return float(slope / math.log(10)), float(offset / math.log(10))


def reliability(calibration: Calibration, genuine: FloatVector, impostors: Counts) -> Reliability:
    """How far the ratios that ``calibration`` states hold for these scores; ``impostors`` counts scores in bins."""
    matches = np.bincount(bins(genuine), minlength=BINS)
    stated = np.array([calibration.log10_likelihood_ratio(score) for score in bin_centres()])
    return Reliability(
        cllr=_cllr(stated * math.log(10), matches, impostors),
        cllr_min=_cllr(_best_ratios(matches, impostors), matches, impostors),
        bands=_bands(stated, matches, impostors),
    )


def _cllr(ratios: Floats, matches: Counts, impostors: Counts) -> float:
    """``ratios``: the natural logarithm of the ratio stated in each bin."""
    missed = float(matches @ np.logaddexp(0, -ratios)) / float(matches.sum())
    raised = float(impostors @ np.logaddexp(0, ratios)) / float(impostors.sum())
    return (missed + raised) / (2 * math.log(2))


def _best_ratios(matches: Counts, impostors: Counts) -> Floats:
    """The best rising ratios in hindsight: neighbours that contradict the order are pooled (PAV)."""
    genuine, strangers = matches / matches.sum(), impostors / impostors.sum()
    pools: list[tuple[float, float, int]] = []
    for one, other in zip(genuine.tolist(), strangers.tolist(), strict=True):
        pool = (one, other, 1)
        # The share of genuine pairs in a pool must be above that of the pool before; an empty pool joins any.
        while pools and pools[-1][0] * pool[1] >= pool[0] * pools[-1][1]:
            before = pools.pop()
            pool = (before[0] + pool[0], before[1] + pool[1], before[2] + pool[2])
        pools.append(pool)
    # Certainty is bounded, for 0 pairs times an endless cost is no number.
    logs = [math.log(max(one, _LEAST)) - math.log(max(other, _LEAST)) for one, other, _ in pools]
    return np.repeat(np.array(logs), [width for _, _, width in pools])


def _bands(stated: Floats, matches: Counts, impostors: Counts) -> tuple[Band, ...]:
    limits = sorted({sign * least for least, _ in SCALE for sign in (-1, 1)})
    place = np.searchsorted(limits, stated, side="right")
    found = []
    for number, (low, high) in enumerate(zip([None, *limits], [*limits, None], strict=True)):
        genuine, strangers = int(matches[place == number].sum()), int(impostors[place == number].sum())
        if genuine or strangers:
            found.append(Band(low, high, genuine, strangers, _observed(genuine, matches, strangers, impostors)))
    return tuple(found)


def _observed(genuine: int, matches: Counts, strangers: int, impostors: Counts) -> float | None:
    if not genuine or not strangers:
        return None
    return math.log10(genuine / int(matches.sum())) - math.log10(strangers / int(impostors.sum()))


def _logistic(values: Floats) -> Floats:
    answer: Floats = 1 / (1 + np.exp(-np.clip(values, -60, 60)))
    return answer
