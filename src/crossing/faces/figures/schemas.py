"""What the figures by group say: counts of what the engine said and officers judged, and the rates in them."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from crossing.faces.figures.words import COUNTS, KINDS, NOTES, RATES

MINIMUM: Final = 10
"""No count from one to nine is shown, and none that another can be subtracted from to find such a count."""

RATE_MINIMUM: Final = 30
"""A rate is shown where at least so many were counted: below, its interval is too wide to say anything."""


class FigureKind(StrEnum):
    """``PORTRAIT``: was a live portrait taken, and a face found in it; the others are the face checks."""

    PORTRAIT = "portrait"
    FACE_MATCH = "face_match"
    FACE_LIST = "face_list"
    FACE_RECENT = "face_recent"

    @property
    def label(self) -> str:
        """An English sentence, the message id."""
        return KINDS[self]


class CountOf(StrEnum):
    """What is counted; each kind has its own. Of ``portrait``: crossings are pictured, excepted or absent; pictured
    are acquired or failed. Of ``face_match``: comparisons are match or raised; raised are inconclusive or no_match.
    Of the searches: no_candidate or with_candidate; candidates are counted one by one. What was raised, and every
    candidate, is judged in one of three ways or not at all.
    """

    CROSSINGS = "crossings"
    PICTURED = "pictured"
    EXCEPTED = "excepted"
    ABSENT = "absent"
    ACQUIRED = "acquired"
    FAILED = "failed"
    VEIL = "veil"
    INJURY = "injury"
    CHILD = "child"
    OTHER_REASON = "other_reason"
    COMPARISONS = "comparisons"
    MATCH = "match"
    RAISED = "raised"
    INCONCLUSIVE = "inconclusive"
    NO_MATCH = "no_match"
    SEARCHES = "searches"
    NO_CANDIDATE = "no_candidate"
    WITH_CANDIDATE = "with_candidate"
    CANDIDATES = "candidates"
    JUDGED_SAME = "judged_same"
    JUDGED_OTHER = "judged_other"
    JUDGED_UNSURE = "judged_unsure"
    NOT_JUDGED = "not_judged"

    @property
    def label(self) -> str:
        return COUNTS[self]


class RateOf(StrEnum):
    """``FAILURE_TO_ACQUIRE``: failed of pictured. ``EXCEPTED``: of crossings. ``RAISED``, ``INCONCLUSIVE``,
    ``NO_MATCH`` and ``FIELD_FALSE_NON_MATCH`` (judged the same person all the same): of comparisons.
    ``WITH_CANDIDATE``: of searches. ``JUDGED_SAME``, ``JUDGED_OTHER``: of what was raised, or of candidates.
    ``CANDIDATES_PER_SEARCH`` is a mean and can be above 1.
    """

    FAILURE_TO_ACQUIRE = "failure_to_acquire"
    EXCEPTED = "excepted"
    RAISED = "raised"
    INCONCLUSIVE = "inconclusive"
    NO_MATCH = "no_match"
    FIELD_FALSE_NON_MATCH = "field_false_non_match"
    WITH_CANDIDATE = "with_candidate"
    CANDIDATES_PER_SEARCH = "candidates_per_search"
    JUDGED_SAME = "judged_same"
    JUDGED_OTHER = "judged_other"

    @property
    def label(self) -> str:
        return RATES[self]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rate(_Frozen):
    """``low`` and ``high``: Wilson's 95 % interval, None for a mean. ``of``: the denominator. ``ratio``: to the rate
    of the whole, None where that is 0 or not shown."""

    value: Annotated[float, Field(ge=0)]
    of: Annotated[int, Field(ge=RATE_MINIMUM)]
    low: float | None = None
    high: float | None = None
    ratio: float | None = None


class FigureRow(_Frozen):
    """One group, or the whole where none of the three is set. A group's own codes are in ``faces/figures/groups.py``.

    A count is None where it is not shown, 0 where there was none; ``suppressed``: at least one is not shown.
    A rate is None where its counts are not shown or are too few.
    """

    sex: str | None = None
    age_band: str | None = None
    nationality_group: str | None = None
    counts: dict[CountOf, int | None]
    rates: dict[RateOf, Rate | None]
    suppressed: bool = False


class FigureBlock(_Frozen):
    """One kind of check by one version of one engine. ``engine`` is empty where no engine was asked.

    ``by_sex_and_age`` is empty unless it was asked for. Every table has the same whole. ``left_out``: some groups had
    so few that they are in no figure of this block, the whole included; their rows stand there without counts.
    """

    kind: FigureKind
    engine: str
    version: str
    left_out: bool
    whole: FigureRow
    by_sex: tuple[FigureRow, ...]
    by_age_band: tuple[FigureRow, ...]
    by_nationality_group: tuple[FigureRow, ...]
    by_sex_and_age: tuple[FigureRow, ...] = ()

    @property
    def rows(self) -> tuple[FigureRow, ...]:
        """The whole first, then every table's rows."""
        return (self.whole, *self.by_sex, *self.by_age_band, *self.by_nationality_group, *self.by_sex_and_age)


class FaceFigures(_Frozen):
    """From ``first_month`` to ``last_month``, both YYYY-MM and both counted; ``post`` None: every post that this
    database knows. ``notes``: what the figures can't say, as English sentences."""

    post: str | None
    first_month: str
    last_month: str
    minimum: int = MINIMUM
    rate_minimum: int = RATE_MINIMUM
    notes: tuple[str, ...] = NOTES
    blocks: tuple[FigureBlock, ...]
