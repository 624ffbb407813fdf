"""What no traveller could ever be found by, whatever the format: names without a letter, years nobody was born in.

A person whose every name is like that would be counted, and clear everybody; so it is left out, and said to be.
"""

import re
from dataclasses import replace
from datetime import date
from typing import Final

from crossing.screening.lists.contents import Finding, FindingCode, ListContents, ListedPerson, NameGiven
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.spelling import spell

EARLIEST_YEAR: Final = 1850
"""Nobody who travels was born before."""

_SURELY_A_NAME: Final = re.compile("[A-Za-z]{2}")
"""Spelling takes a hundred times as long, and a list has a million names."""


def is_readable(surname: str, given_names: str) -> bool:
    """Whether a name has letters that can be compared with others."""
    written = f"{surname} {given_names}"
    if _SURELY_A_NAME.search(written):
        return True
    return any(map(str.isalpha, written)) and bool(spell(surname, given_names))


def is_possible(birth: ListedBirth, today: date) -> bool:
    """Whether somebody who travels can have been born then."""
    return birth.first.year >= EARLIEST_YEAR and birth.first.earliest <= today


def sift(contents: ListContents, today: date) -> None:
    """Leave out of ``contents`` who has no name that can be read, and dates of birth that can't be; each is a
    finding."""
    persons = []
    for person in contents.persons:
        known = [name for name in person.names if is_readable(name.surname, name.given_names)]
        if not known:
            _note(contents, person, FindingCode.NAME_MISSING, "")
            continue
        for _ in range(len(person.names) - len(known)):
            _note(contents, person, FindingCode.NAME_UNREADABLE, "names")
        persons.append(_shown(_born(contents, person, today), known))
    contents.persons[:] = persons


def _shown(person: ListedPerson, known: list[NameGiven]) -> ListedPerson:
    """Without the names that nobody can be found by; the first that is left is what officers see."""
    return person if len(known) == len(person.names) else replace(person, names=tuple(known))


def _born(contents: ListContents, person: ListedPerson, today: date) -> ListedPerson:
    births = tuple(one for one in person.births if is_possible(one, today))
    for _ in range(len(person.births) - len(births)):
        _note(contents, person, FindingCode.BIRTH_UNREADABLE, "birth_dates")
    return person if len(births) == len(person.births) else replace(person, births=births)


def _note(contents: ListContents, person: ListedPerson, code: FindingCode, field: str) -> None:
    contents.findings.append(Finding(contents.lines.get(person.reference, 0), person.reference, code, field))
