"""Whether a name and a date of birth are those of a listed person: one judge, for the lane and for everybody else.

The evidence is weighed as a logistic regression does: each piece times its weight, added up, bent into 0 to 1.
"""

from enum import StrEnum
from math import exp
from typing import Final, NamedTuple

from crossing.screening.names.alignment import Alignment, align
from crossing.screening.names.births import Relation
from crossing.screening.names.evidence import SIBLING, AskedPerson, Evidence, ListedPerson, Rarity, gather
from crossing.screening.names.telling import tell
from crossing.screening.names.weights import WEIGHTS
from crossing.screening.schemas import Explanation

MATCH: Final = 0.6
POSSIBLE: Final = 0.5
OF_THOUSANDS: Final = 0.59
"""The most that a name reaches which thousands bear, with nothing else to go by: a possible match, no more."""

OF_A_PART: Final = 0.58
"""The most where one part alone agrees and a paper has more, or where each paper has a part that the other lacks. It
is below ``OF_THOUSANDS``: here it is the name that is in doubt, and no list is too short for that."""

OF_A_SIBLING: Final = 0.45
"""The most where each paper has a part that the other lacks and both are names that people tell apart."""


class Decision(StrEnum):
    MATCH = "match"
    POSSIBLE = "possible"
    DIFFERENT = "different"


class Judged(NamedTuple):
    """``score`` from 0 to 1: how likely the two are one, among pairs as alike as a search brings together."""

    score: float
    decision: Decision
    asked: AskedPerson
    listed: ListedPerson
    alignment: Alignment
    evidence: Evidence

    @property
    def relation(self) -> Relation:
        return self.evidence.relation

    @property
    def bits(self) -> float:
        """The agreeing parts of the name are those of one person in two to the power of this."""
        return self.evidence.bits

    @property
    def reasons(self) -> tuple[Explanation, ...]:
        """Put into words only when they are asked for: of most who are judged nobody asks."""
        different = self.decision is Decision.DIFFERENT
        return tell(self.asked, self.listed, self.alignment, self.evidence, different=different)


def judge(
    asked: AskedPerson, listed: ListedPerson, rarity: Rarity | None = None, alignment: Alignment | None = None
) -> Judged:
    """``rarity`` says how common names are on the list; ``alignment`` saves aligning the two names again."""
    if alignment is None:
        alignment = align(asked.name, listed.name, truncated=asked.truncated, listed_truncated=listed.truncated)
    evidence = gather(asked, listed, alignment, rarity)
    score = round(weigh(evidence), 4)
    return Judged(score, _decision(score), asked, listed, alignment, evidence)


def weigh(evidence: Evidence) -> float:
    """The evidence as one number from 0 to 1. What agrees never lowers it, what differs never raises it."""
    total = WEIGHTS["bias"] + sum(WEIGHTS[name] * value for name, value in evidence.features.items() if value)
    score = 1 / (1 + exp(-max(-30.0, min(30.0, total))))
    if evidence.apart:
        return min(score, OF_A_SIBLING if evidence.apart == SIBLING else OF_A_PART)
    return min(score, OF_THOUSANDS) if evidence.of_thousands else score


def _decision(score: float) -> Decision:
    if score >= MATCH:
        return Decision.MATCH
    return Decision.POSSIBLE if score >= POSSIBLE else Decision.DIFFERENT
