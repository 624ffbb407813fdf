"""How far a measured rate may lie from the true one: 95 % intervals.

Pairs that share a person are not independent: one face that the engine reads badly makes many errors. Counting pairs
alone (Wilson) takes them for that many witnesses and gives intervals that are too narrow. So persons are drawn, with
replacement and a fixed seed, and with each all of their pairs (Bolle, Ratha and Pankanti, "Error analysis of pattern
recognition systems - the subsets bootstrap", 2004). Drawing says nothing of an error that did not occur, and little
of one that occurred once or twice: an interval is never narrower than Wilson's, and where there is no error at all,
it is that of as many trials as there are persons.
"""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from crossing.faces.evaluation.impostors import Counts

DRAWS: Final = 1000
_SEED: Final = 19795
_Z: Final = 1.959964
_DRAWN_AT_ONCE: Final = 50

Floats = npt.NDArray[np.float64]


class Interval(NamedTuple):
    """The 95 % confidence interval of a rate, 0 to 1."""

    low: float
    high: float


def wilson(errors: int, trials: int) -> Interval:
    """Wilson's score interval of ``errors`` in ``trials`` independent trials; 0 to 1 where there was none."""
    if trials == 0:
        return Interval(0.0, 1.0)
    rate, square = errors / trials, _Z**2
    middle = (rate + square / (2 * trials)) / (1 + square / trials)
    reach = _Z / (1 + square / trials) * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials**2))
    low = 0.0 if errors == 0 else max(0.0, middle - reach)
    return Interval(low, 1.0 if errors == trials else min(1.0, middle + reach))


def own_pairs(errors: Counts, trials: Counts) -> Interval:
    """Of a rate whose trials each belong to one person. Both count per person."""
    taken = trials > 0
    errors, trials = errors[taken], trials[taken]
    if not len(trials):
        return Interval(0.0, 1.0)
    drawn = [(weights @ errors) / np.maximum(1, weights @ trials) for weights in _draws(len(trials))]
    return _widened(drawn, int(errors.sum()), int(trials.sum()), len(trials))


def shared_pairs(errors: Counts, trials: Counts) -> Interval:
    """Of a rate whose trials each belong to two persons. Both count per person, so that each trial is counted twice.

    A pair weighs what its persons were drawn, taken to the first order: drawn once each it counts once, and one more
    for each time that either of them is drawn again. The pairs themselves need not be kept for that.
    """
    errors_all, trials_all = int(errors.sum()) // 2, int(trials.sum()) // 2
    drawn = [
        np.maximum(0, weights @ errors - errors_all) / np.maximum(1, weights @ trials - trials_all)
        for weights in _draws(len(trials))
    ]
    return _widened(drawn, errors_all, trials_all, int((trials > 0).sum()))


def _widened(drawn: list[Floats], errors: int, trials: int, persons: int) -> Interval:
    if errors in {0, trials}:
        return wilson(0, persons) if errors == 0 else wilson(persons, persons)
    low, high = np.percentile(np.concatenate(drawn), [2.5, 97.5])
    counted = wilson(errors, trials)
    return Interval(min(float(low), counted.low), min(1.0, max(float(high), counted.high)))


def _draws(persons: int) -> Iterator[Floats]:
    """How often each person was drawn, some draws at once: draws x persons."""
    chance = np.random.default_rng(_SEED)
    first = persons * np.arange(_DRAWN_AT_ONCE)[:, None]
    for _ in range(DRAWS // _DRAWN_AT_ONCE):
        drawn = (chance.integers(0, persons, (_DRAWN_AT_ONCE, persons)) + first).ravel()
        often = np.bincount(drawn, minlength=persons * _DRAWN_AT_ONCE)
        yield often.reshape(_DRAWN_AT_ONCE, persons).astype(np.float64)
