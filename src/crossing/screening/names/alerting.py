"""When two names and dates are worth an officer's time: one rule, for the lists of a post and for a bridge's copy.

A name alone never alerts: thousands share one. It takes a second element, and a hit takes the date of birth.

========  ======================================================================================
verdict   needs
========  ======================================================================================
HIT       a match by name and the same whole date of birth, and no other sex
POSSIBLE  a possible match with the same whole date of birth; or a match and

          - a date of birth that may be the same (a year, a rounded date, day and month exchanged),
          - a year near the listed one, no other nationality and no other sex,
          - a whole date with one part or digit of another, three parts of the name, the same nationality,
          - no date of birth to compare, and the same nationality
nothing   everything else; a date of birth that can't be the same in any case
========  ======================================================================================

The longer a list, the more it holds of similar name and date by mere chance, so the more alike the two have to be:
with a year alone nobody alerts where more than a few of that name and year may be expected there, and a name that is
only similar, another sex or nationality, or a date that is not quite the same, needs a better score than on a short
list.

Whether names and dates match is said by ``judging``, here as in ``crossing names compare``. A weak alias counts with
a date of birth only, never with the nationality alone.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from crossing.documents.dates import PartialDate
from crossing.screening.names.agreement import Agreement, agreement, could_alert, sexes_differ
from crossing.screening.names.alignment import Likeness
from crossing.screening.names.births import Precision, Relation, is_placeholder
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.index import NameMatch
from crossing.screening.names.judging import OF_THOUSANDS, Decision, Judged
from crossing.screening.schemas import CheckOutcome, Explanation

WORTH_JUDGING: Final = 0.6
"""Names that are less alike than this are never judged a match; the evidence need not be gathered."""

_MANY_PARTS: Final = 3
_MAY_BE: Final = frozenset({Relation.SWAPPED, Relation.YEAR_SAME, Relation.PLACEHOLDER})
_VAGUE: Final = frozenset({Relation.YEAR_SAME, Relation.PLACEHOLDER, Relation.NEAR})
_YEARS_OF_BIRTH: Final = 50
_DAYS_OF_BIRTH: Final = _YEARS_OF_BIRTH * 365
_NEAR_IS_WEAKER: Final = 20
"""There are two years beside the listed one; and of the dates known by the year, one in ten or so is a year off."""

_KNOWN_BY_YEAR: Final = 0.1
"""One in ten or so on a list is known by no more than the year: of a traveller who is, too, only they are namesakes
as alike."""

_PART_LEFT_OVER: Final = 10
"""Where one name has a part that the other lacks, so many times as many are as alike by chance: it agrees with three
times as many, for anything may stand in the part's place, while one person's papers lack one in a third at most."""

_FURTHER_PART: Final = 3
"""So many times as many again for each further part that is left over on one side."""

_Limits = Mapping[Agreement, float]
"""How many namesakes the list may be expected to hold by chance: where nationality and sex are the same, where a side
has no nationality, and where either is another one. Namesakes are counted whatever their nationality."""

_MOST_OF_A_YEAR: Final[_Limits] = MappingProxyType(
    {Agreement.SAME: 0.7, Agreement.UNSAID: 0.15, Agreement.OPPOSED: 0.01}
)
"""With a date that is no more than a year on one side."""

_MOST_KNOWN_BY_YEAR: Final[_Limits] = MappingProxyType(
    {Agreement.SAME: 8.0, Agreement.UNSAID: 4.0, Agreement.OPPOSED: 0.01}
)
"""The same where it is no more than a year on both sides: more than name, year and nationality can never agree of
such a person, so that nobody with a common name could be found if it took more."""

_MOST_OF_A_DAY: Final[_Limits] = MappingProxyType(
    {Agreement.SAME: 4.0, Agreement.UNSAID: 0.5, Agreement.OPPOSED: 0.1}
)
"""With the same whole date, and a name that is not the very same."""

_FEW_OF_A_DAY: Final = 0.02
"""With the same whole date, nationality and sex: where fewer than this share even the parts that agree, a part that
nobody recognises is more likely the same one written otherwise."""

_FAIR_LENGTH: Final = 75e3
"""With the same whole date: the length of a list on which a pair judged 0.5 is as often one person as chance. So it
is with day and month exchanged where no part of the name is left over: that is one other date, and no more."""

_FAIR_LENGTH_OPPOSED: Final = 10e3
"""The same where nationality or sex is another one, or day and month are exchanged and a part of the name is left
over: by chance it is as often so as not, by a slip of a pen seldom."""

_FAIR_LENGTH_SLIP: Final = 5e3
"""There are dozens of dates with a part or digit of another."""

_THE_NAME: Final = frozenset({Likeness.SAME, Likeness.SAME_SPELLING})

_ONE_SLIP: Final = frozenset({Relation.ONE_PART_OFF, Relation.SLIP})


def alert(asked: AskedPerson, listed: ListedPerson, match: NameMatch, judged: Judged) -> CheckOutcome | None:
    """HIT, POSSIBLE, or None where it is not worth an alert. ``judged`` is of these two."""
    relation = judged.relation
    if judged.decision is Decision.DIFFERENT:
        return None
    # A name of thousands is no match by itself; here it is weighed by how many of them the list may hold.
    matches = judged.score >= OF_THOUSANDS
    if relation is Relation.SAME:
        sure = matches and not match.name.weak and not _sex_differs(asked, listed)
        return CheckOutcome.HIT if sure else CheckOutcome.POSSIBLE
    if not matches:
        return None
    if relation in _MAY_BE:
        return CheckOutcome.POSSIBLE
    return CheckOutcome.POSSIBLE if _is_supported(asked, listed, match, relation) else None


def is_chance(asked: AskedPerson, listed: ListedPerson, match: NameMatch, judged: Judged, total: int) -> bool:
    """Whether a list of ``total`` names holds as many people so alike that one more tells nothing. The very name with
    the very date is never chance, nor is with the date what is none with the year; with no date to compare the length
    of the list says nothing."""
    relation = judged.relation
    if relation in _VAGUE:
        return _is_of_many(asked, listed, match, judged, total)
    if relation is Relation.UNKNOWN:
        return False
    if relation is Relation.SAME:
        agrees = _agrees(asked, listed)
        namesakes = _namesakes(asked, listed, match, judged, total)
        of_a_day = namesakes / _DAYS_OF_BIRTH
        rare = agrees is Agreement.SAME and of_a_day < _FEW_OF_A_DAY
        few = rare or namesakes / _YEARS_OF_BIRTH <= _MOST_OF_A_YEAR[agrees]
        if few or match.alignment.likeness in _THE_NAME:
            return False
        if of_a_day > _MOST_OF_A_DAY[agrees]:
            return True
    return judged.score < total / (total + _fair_length(asked, listed, match, relation))


def is_slip(asked: AskedPerson, listed: ListedPerson, relation: Relation, parts: int) -> bool:
    """Whether two whole dates that differ in a part or a digit may be one, written wrongly: two persons' they are far
    more often, so it takes ``parts`` of the name that agree, the same nationality and no other sex."""
    alike = _same_nationality(asked, listed) is Agreement.SAME and not _sex_differs(asked, listed)
    return relation in _ONE_SLIP and alike and parts >= _MANY_PARTS


def name_reasons(match: NameMatch) -> Iterator[Explanation]:
    """How the two names are alike."""
    likeness, percent = match.alignment.likeness, int(match.alignment.score * 100)
    params: dict[str, str | int] = {"listed": match.name.written}
    if likeness is Likeness.CLOSE:
        params["percent"] = percent
    yield Explanation(code=likeness.value, params=params)
    if match.name.weak:
        yield Explanation(code="weak_alias")
    elif match.name.alias:
        yield Explanation(code="alias")


def person_reasons(asked: AskedPerson, listed: ListedPerson) -> Iterator[Explanation]:
    """What nationality and sex say."""
    same = _same_nationality(asked, listed)
    if same is not Agreement.UNSAID:
        code = "nationality_same" if same is Agreement.SAME else "nationality_differs"
        yield Explanation(code=code, params={"listed": ", ".join(listed.nationalities)})
    if _sex_differs(asked, listed):
        yield Explanation(code="sex_differs", params={"listed": listed.sex})


def _is_of_many(asked: AskedPerson, listed: ListedPerson, match: NameMatch, judged: Judged, total: int) -> bool:
    """Whether too many may be expected to share name and year."""
    namesakes = _namesakes(asked, listed, match, judged, total) / _YEARS_OF_BIRTH
    limits = _MOST_OF_A_YEAR
    if judged.relation is Relation.NEAR:
        namesakes *= _NEAR_IS_WEAKER
    elif _both_by_year(asked, listed):
        namesakes *= _KNOWN_BY_YEAR
        limits = _MOST_KNOWN_BY_YEAR
    return namesakes > limits[_agrees(asked, listed)]


def _namesakes(asked: AskedPerson, listed: ListedPerson, match: NameMatch, judged: Judged, total: int) -> float:
    """How many of ``total`` names may be expected to agree in the same parts, whenever they were born."""
    namesakes = float(total * 2 ** (-judged.bits))
    left = _left_over(asked, listed, match)
    return namesakes * _PART_LEFT_OVER * _FURTHER_PART ** (left - 1) if left else namesakes


def _left_over(asked: AskedPerson, listed: ListedPerson, match: NameMatch) -> int:
    """The most parts of a side that have no counterpart, though the other name had room for them."""
    mine = 0 if listed.truncated else len(match.alignment.left_mine)
    theirs = 0 if asked.truncated else len(match.alignment.left_theirs)
    return max(mine, theirs)


def _both_by_year(asked: AskedPerson, listed: ListedPerson) -> bool:
    if asked.birth is None or not _is_by_year(asked.birth):
        return False
    year = asked.birth.year
    return any(
        birth.precision is Precision.EXACT and birth.first.year == year and _is_by_year(birth.first)
        for birth in listed.births
    )


def _is_by_year(when: PartialDate) -> bool:
    return when.month is None or is_placeholder(when)


def _fair_length(asked: AskedPerson, listed: ListedPerson, match: NameMatch, relation: Relation) -> float:
    if relation in _ONE_SLIP:
        return _FAIR_LENGTH_SLIP
    doubtful = relation is Relation.SWAPPED and _left_over(asked, listed, match) > 0
    return _FAIR_LENGTH_OPPOSED if doubtful or _agrees(asked, listed) is Agreement.OPPOSED else _FAIR_LENGTH


def _is_supported(asked: AskedPerson, listed: ListedPerson, match: NameMatch, relation: Relation) -> bool:
    """Whether nationality and sex make up for what the date of birth leaves open."""
    if relation in _ONE_SLIP:
        return is_slip(asked, listed, relation, match.alignment.parts)
    weak = match.name.weak and relation is not Relation.NEAR
    return could_alert(relation, _agrees(asked, listed)) and not weak


def _same_nationality(asked: AskedPerson, listed: ListedPerson) -> Agreement:
    return agreement(asked.nationality, listed.nationalities)


def _agrees(asked: AskedPerson, listed: ListedPerson) -> Agreement:
    return agreement(asked.nationality, listed.nationalities, (asked.sex, listed.sex))


def _sex_differs(asked: AskedPerson, listed: ListedPerson) -> bool:
    return sexes_differ(asked.sex, listed.sex)
