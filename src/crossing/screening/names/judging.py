"""Whether a name and a date of birth are those of a listed person: one judge, for the lane and for everybody else.

The evidence is weighed as a logistic regression does: each piece times its weight, added up, bent into 0 to 1.
"""

from enum import StrEnum
from math import exp
from typing import Final, NamedTuple

from crossing.screening.names.alignment import Alignment, align
from crossing.screening.names.births import Relation
from crossing.screening.names.evidence import AskedPerson, Evidence, ListedPerson, Rarity, gather
from crossing.screening.names.telling import tell
from crossing.screening.names.weights import WEIGHTS
from crossing.screening.schemas import Explanation

MATCH: Final = 0.6
POSSIBLE: Final = 0.5
OF_THOUSANDS: Final = 0.59
"""The most that a name reaches which thousands bear, with nothing else to go by: a possible match, no more."""


class Decision(StrEnum):
    MATCH = "match"
    POSSIBLE = "possible"
    DIFFERENT = "different"


class Judged(NamedTuple):
    """``score`` from 0 to 1: how likely the two are one, among pairs as alike as a search brings together.

    ``bits``: the agreeing parts of the name are those of one person in two to the power of this.
    """

    score: float
    decision: Decision
    reasons: tuple[Explanation, ...]
    relation: Relation
    bits: float


def judge(
    asked: AskedPerson, listed: ListedPerson, rarity: Rarity | None = None, alignment: Alignment | None = None
) -> Judged:
    """``rarity`` says how common names are on the list; ``alignment`` saves aligning the two names again."""
    if alignment is None:
        alignment = align(asked.name, listed.name, truncated=asked.truncated, listed_truncated=listed.truncated)
    evidence = gather(asked, listed, alignment, rarity)
    score = round(weigh(evidence), 4)
    decision = _decision(score)
    reasons = tell(asked, listed, alignment, evidence, different=decision is Decision.DIFFERENT)
    return Judged(score, decision, reasons, evidence.relation, evidence.bits)


def weigh(evidence: Evidence) -> float:
    """The evidence as one number from 0 to 1. What agrees never lowers it, what differs never raises it."""
    total = WEIGHTS["bias"] + sum(WEIGHTS[name] * value for name, value in evidence.features.items() if value)
    score = 1 / (1 + exp(-max(-30.0, min(30.0, total))))
    return min(score, OF_THOUSANDS) if evidence.of_thousands else score


def _decision(score: float) -> Decision:
    if score >= MATCH:
        return Decision.MATCH
    return Decision.POSSIBLE if score >= POSSIBLE else Decision.DIFFERENT
