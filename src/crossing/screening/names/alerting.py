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
with a year alone nobody alerts where others of that name and year may be expected there, and a name that is only
similar, or a date that is not quite the same, needs a better score than on a short list.

Whether names and dates match is said by ``judging``, here as in ``crossing names compare``. A weak alias counts with
a date of birth only, never with the nationality alone.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from crossing.screening.names.alignment import Likeness
from crossing.screening.names.births import Relation
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
_MOST_NAMESAKES: Final[Mapping[bool | None, float]] = MappingProxyType({True: 0.5, None: 0.1, False: 0.01})
"""With a date that is no more than a year: how many on the list may be expected to share name and year by chance, by
whether the nationality is the same, not known, or another one."""

_FAIR_LENGTH: Final[Mapping[bool | None, float]] = MappingProxyType({True: 150e3, None: 150e3, False: 10e3})
"""With the same whole date: the length of a list on which a pair judged 0.5 is as often one person as chance, by
nationality as above. On a list of a million, 2.8 % of made-up travellers who are not on it alerted before this rule,
and 0.6 % do with it; of those who are on it as many were found."""
_FAIR_LENGTH_SWAPPED: Final = 33e3
_FAIR_LENGTH_SLIP: Final = 5e3
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
    the very date is never chance."""
    same_nationality = _same_nationality(asked, listed)
    if judged.relation in _VAGUE:
        return total * 2 ** (-judged.bits) / _YEARS_OF_BIRTH > _MOST_NAMESAKES[same_nationality]
    if judged.relation is Relation.SAME and match.alignment.likeness in _THE_NAME:
        return False
    fair = _fair_length(judged.relation, same_nationality)
    return fair is not None and judged.score < total / (total + fair)


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
    if same is not None:
        code = "nationality_same" if same else "nationality_differs"
        yield Explanation(code=code, params={"listed": ", ".join(listed.nationalities)})
    if _sex_differs(asked, listed):
        yield Explanation(code="sex_differs", params={"listed": listed.sex})


def _fair_length(relation: Relation, same_nationality: bool | None) -> float | None:
    """None where the length of a list says nothing."""
    if relation in _ONE_SLIP:
        return _FAIR_LENGTH_SLIP
    if relation is Relation.SWAPPED:
        return min(_FAIR_LENGTH_SWAPPED, _FAIR_LENGTH[same_nationality])
    return _FAIR_LENGTH[same_nationality] if relation is Relation.SAME else None


def _is_supported(asked: AskedPerson, listed: ListedPerson, match: NameMatch, relation: Relation) -> bool:
    """Whether nationality and sex make up for what the date of birth leaves open."""
    same_nationality = _same_nationality(asked, listed)
    if _sex_differs(asked, listed):
        return False
    if relation is Relation.NEAR:
        return same_nationality is not False
    if relation in _ONE_SLIP:
        # A slip of the pen; but two dates that are whole and differ are two persons' far more often.
        return same_nationality is True and match.alignment.parts >= _MANY_PARTS
    return same_nationality is True and not match.name.weak


def _same_nationality(asked: AskedPerson, listed: ListedPerson) -> bool | None:
    """None where a side has none."""
    if not asked.nationality or not listed.nationalities:
        return None
    return asked.nationality in listed.nationalities


def _sex_differs(asked: AskedPerson, listed: ListedPerson) -> bool:
    return {asked.sex, listed.sex} == {"M", "F"}
