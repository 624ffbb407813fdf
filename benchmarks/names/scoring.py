"""What answers are worth: precision, recall, F1 and the rate of false alarms."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """Each from 0 to 1. ``false_alarms`` is the share of the pairs of two persons that were called one."""

    f1: float
    precision: float
    recall: float
    false_alarms: float


def figures(said: Sequence[bool], same: Sequence[bool]) -> Figures:
    both = list(zip(said, same, strict=True))
    rightly = sum(one and is_one for one, is_one in both)
    wrongly = sum(one and not is_one for one, is_one in both)
    positives, negatives = sum(same), len(same) - sum(same)
    return Figures(
        f1=_share(2 * rightly, positives + rightly + wrongly),
        precision=_share(rightly, rightly + wrongly),
        recall=_share(rightly, positives),
        false_alarms=_share(wrongly, negatives),
    )


def best(scores: Sequence[float], same: Sequence[bool]) -> tuple[float, Figures]:
    """The threshold with the best F1 on these very pairs: what no threshold can do better, not what one would do."""
    tried = ((threshold, figures([score >= threshold for score in scores], same)) for threshold in set(scores))
    return max(tried, key=lambda one: (one[1].f1, one[0]))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
