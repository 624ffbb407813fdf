"""Whether two dates of birth may be one person's, when many are partial, rounded or guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rapidfuzz.distance import OSA

from crossing.documents.dates import PartialDate

APPROXIMATE_YEARS: Final = 2
"""How far a year that the list or the traveller calls approximate may be off, either way."""

WIDEST_SPAN_YEARS: Final = 50


class Precision(StrEnum):
    EXACT = "exact"
    APPROXIMATE = "approximate"
    BETWEEN = "between"


class Relation(StrEnum):
    """From the strongest to the weakest; each has a sentence in ``words.EXPLANATIONS``."""

    SAME = "birth_same"
    SWAPPED = "birth_swapped"
    YEAR_SAME = "birth_year_same"
    PLACEHOLDER = "birth_placeholder"
    NEAR = "birth_near"
    ONE_PART_OFF = "birth_one_part_off"
    SLIP = "birth_slip"
    UNKNOWN = "birth_unknown"
    DIFFERS = "birth_differs"


_STRENGTH: Final = {relation: rank for rank, relation in enumerate(Relation)}


@dataclass(frozen=True, slots=True)
class ListedBirth:
    """A date of birth as a list gives it; ``last`` differs from ``first`` only where it is BETWEEN the two."""

    precision: Precision
    first: PartialDate
    last: PartialDate

    @classmethod
    def exact(cls, when: PartialDate) -> "ListedBirth":
        return cls(Precision.EXACT, when, when)

    @classmethod
    def approximate(cls, when: PartialDate) -> "ListedBirth":
        return cls(Precision.APPROXIMATE, when, when)

    @classmethod
    def between(cls, first: PartialDate, last: PartialDate) -> "ListedBirth":
        """Raises ValueError for a span that runs backwards or says nothing (over 50 years)."""
        if not first.year <= last.year <= first.year + WIDEST_SPAN_YEARS or first.earliest > last.latest:
            raise ValueError("not a span of years")
        return cls(Precision.BETWEEN, first, last)

    @property
    def years(self) -> range:
        """Every year that it can mean."""
        slack = APPROXIMATE_YEARS if self.precision is Precision.APPROXIMATE else 0
        return range(self.first.year - slack, self.last.year + slack + 1)

    def __str__(self) -> str:
        if self.precision is Precision.BETWEEN:
            return f"{self.first}–{self.last}"
        return f"~{self.first}" if self.precision is Precision.APPROXIMATE else str(self.first)

    def as_json(self) -> dict[str, str]:
        return {"precision": self.precision.value, "first": str(self.first), "last": str(self.last)}

    @classmethod
    def from_json(cls, stored: dict[str, str]) -> "ListedBirth":
        first, last = PartialDate.parse(stored["first"]), PartialDate.parse(stored["last"])
        return cls(Precision(stored["precision"]), first, last)


def compare(
    traveller: PartialDate | None, listed: Sequence[ListedBirth], *, approximate: bool = False
) -> tuple[Relation, ListedBirth | None]:
    """The strongest relation to any of the ``listed`` births, and to which. UNKNOWN where a side has none.
    ``approximate``: the traveller is said to be born about then."""
    if traveller is None or not listed:
        return Relation.UNKNOWN, None
    relations = [(_relation(traveller, one), one) for one in listed]
    if approximate:
        relations += [(_about(traveller.year, one), one) for one in listed]
    return min(relations, key=lambda pair: _STRENGTH[pair[0]])


def is_placeholder(when: PartialDate) -> bool:
    """1 January: what most papers of the region say where only the year is known."""
    return (when.month, when.day) == (1, 1)


def _relation(traveller: PartialDate, listed: ListedBirth) -> Relation:
    if listed.precision is not Precision.EXACT:
        return _to_a_range(traveller, listed)
    other = listed.first
    if traveller.complete and other.complete:
        # No slip of a digit, nor of two beside each other, changes both the year and the day.
        far = traveller.year != other.year and traveller.day != other.day
        return Relation.DIFFERS if far else _whole_dates(traveller, other)
    if traveller.may_be(other) or (
        traveller.year == other.year and (is_placeholder(traveller) or is_placeholder(other))
    ):
        return Relation.YEAR_SAME
    near = abs(traveller.year - other.year) == 1 and (traveller.month is None or other.month is None)
    return Relation.NEAR if near else Relation.DIFFERS


def _about(year: int, listed: ListedBirth) -> Relation:
    """Of somebody born about ``year``: what the list leaves open comes on top."""
    if listed.first.year <= year <= listed.last.year:
        return Relation.YEAR_SAME
    years = listed.years
    near = years.start - APPROXIMATE_YEARS <= year < years.stop + APPROXIMATE_YEARS
    return Relation.NEAR if near else Relation.DIFFERS


def _to_a_range(traveller: PartialDate, listed: ListedBirth) -> Relation:
    if listed.first.year <= traveller.year <= listed.last.year:
        return Relation.YEAR_SAME
    margin = APPROXIMATE_YEARS if listed.precision is Precision.APPROXIMATE else 1
    near = listed.first.year - margin <= traveller.year <= listed.last.year + margin
    return Relation.NEAR if near else Relation.DIFFERS


def _whole_dates(one: PartialDate, other: PartialDate) -> Relation:
    parts, others = (one.year, one.month, one.day), (other.year, other.month, other.day)
    if parts == others:
        return Relation.PLACEHOLDER if is_placeholder(one) else Relation.SAME
    if parts == (other.year, other.day, other.month):
        return Relation.SWAPPED
    if one.year == other.year and (is_placeholder(one) or is_placeholder(other)):
        return Relation.PLACEHOLDER
    if is_placeholder(one) and is_placeholder(other):
        return Relation.NEAR if abs(one.year - other.year) == 1 else Relation.DIFFERS
    differing = (one.year != other.year) + (one.month != other.month) + (one.day != other.day)
    if differing == 1 and abs(one.year - other.year) <= 1:
        return Relation.ONE_PART_OFF
    digits, theirs = _digits(one), _digits(other)
    shuffled = one.year == other.year and sorted(digits) == sorted(theirs)
    return Relation.SLIP if shuffled or OSA.distance(digits, theirs) == 1 else Relation.DIFFERS


def digits_apart(traveller: PartialDate, listed: ListedBirth) -> int:
    """How many digits of YYYYMMDD have to be changed, or exchanged with their neighbour; 0 for equal dates."""
    return OSA.distance(_digits(traveller), _digits(listed.first))


def _digits(when: PartialDate) -> str:
    if when.day is None:
        return str(when).replace("-", "")
    return f"{when.year:04d}{when.month:02d}{when.day:02d}"
