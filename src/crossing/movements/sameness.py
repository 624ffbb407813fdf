"""Whether two crossings were made under one identity, when faces already say that it may be one person.

Looser than what :func:`~crossing.movements.service.history_of` goes by: there a match joins two records by itself,
here it only tells "known traveller" from "another name", and many names of the region are written as they were heard.
"""

from dataclasses import dataclass
from typing import Final

from crossing.movements.keys import births_agree, document_key, name_sounds, name_tokens
from crossing.movements.schemas import MovementRecord, Person, TravelDocument

APPROXIMATE_YEARS: Final = 2
"""How far two years of birth may lie apart, where one of them is said to be approximate."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who somebody said to be at the desk, or what their document said."""

    person: Person
    document: TravelDocument | None

    @classmethod
    def of(cls, movement: MovementRecord) -> "Claim":
        return cls(movement.person, movement.document)


def same_identity(one: Claim, other: Claim) -> bool:
    """The same document, or the same name as written or as heard; and births that can be one person's."""
    if not births_may_agree(one.person, other.person):
        return False
    return same_document(one, other) is True or same_name(one, other)


def same_document(one: Claim, other: Claim) -> bool | None:
    """None where either showed none."""
    if one.document is None or other.document is None:
        return None
    return document_key(one.document) == document_key(other.document)


def same_name(one: Claim, other: Claim) -> bool:
    """As written, or as heard; parts in any order."""
    mine, theirs = (name_tokens(who.person.surname, who.person.given_names) for who in (one, other))
    if mine == theirs:
        return bool(mine)
    heard, said = (name_sounds(who.person.surname, who.person.given_names) for who in (one, other))
    return bool(heard) and heard == said


def births_may_agree(one: Person, other: Person) -> bool:
    """Whether two dates of birth, each perhaps partial, rounded to 1 January or approximate, can be one person's."""
    first, second = _known_part(one), _known_part(other)
    if births_agree(first, second):
        return True
    if first is None or second is None or not (one.birth_approximate or other.birth_approximate):
        return False
    return abs(int(first[:4]) - int(second[:4])) <= APPROXIMATE_YEARS


def _known_part(person: Person) -> str | None:
    born = person.birth_date
    return born[:4] if born is not None and born.endswith("-01-01") else born
