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

With a year alone, nobody alerts where a list as long as this one holds others of that name and year by mere chance.
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


def is_chance(asked: AskedPerson, listed: ListedPerson, judged: Judged, total: int) -> bool:
    """Whether a list of ``total`` names holds as many people of this name and year that one more tells nothing."""
    if judged.relation not in _VAGUE:
        return False
    namesakes = total * 2 ** (-judged.bits) / _YEARS_OF_BIRTH
    return namesakes > _MOST_NAMESAKES[_same_nationality(asked, listed)]


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
