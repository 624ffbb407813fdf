"""Made-up persons by the frequencies of their traditions, and how papers elsewhere write them.

A person is drawn from a number alone, so a million of them need not be kept to know who the tenth is.
"""

import random
import unicodedata
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from typing import Final

from benchmarks.screening.traditions import WEST_AFRICAN, WORLD, Spellings, Tradition
from crossing.documents.dates import PartialDate
from crossing.screening.schemas import Subject, SubjectName

WEST_AFRICANS: Final = 0.3
MRZ_COLUMNS: Final = 39
_UNKNOWN_DAY: Final = 0.06
"""Share of births of which a paper has the year alone, or 1 January for it."""

_GERMAN: Final = str.maketrans({"Ä": "AE", "Ö": "OE", "Ü": "UE", "ß": "SS", "Ø": "OE", "Å": "AA", "Ñ": "N", "Ğ": "G"})
_SLIPS: Final = (("O", "0"), ("I", "1"), ("RN", "M"), ("L", "I"), ("S", "5"), ("B", "8"))


@dataclass(frozen=True, slots=True)
class Person:
    """``surname`` and ``given`` hold the spellings of each part, the listed one first."""

    tradition: Tradition
    surname: tuple[Spellings, ...]
    given: tuple[Spellings, ...]
    birth: PartialDate
    sex: str
    nationality: str

    @property
    def names(self) -> tuple[str, str]:
        """Surname and given names as a list has them."""
        return " ".join(part[0] for part in self.surname), " ".join(part[0] for part in self.given)


def person(number: int, *, seed: int, west_african: float = WEST_AFRICANS) -> Person:
    chance = random.Random((seed << 40) + number)
    of_region = chance.random() < west_african
    tradition = _pick(WEST_AFRICAN if of_region else WORLD, chance)
    sex = "M" if chance.random() < 0.6 else "F"
    own = tradition.men if sex == "M" else tradition.women
    if not tradition.is_patronymic:
        given = _some(own, chance.choices((1, 2, 3), (60, 33, 7))[0], chance)
        surname = _some(tradition.surnames, 2 if tradition.name == "iberian" else 1, chance)
        if tradition.name == "slavic" and sex == "F":
            surname = tuple(tuple(_feminine(one) for one in part) for part in surname)
    else:
        link = tradition.link[sex == "F"]
        given = _some(own, 1, chance)
        fathers = _some(tradition.men, chance.choices((1, 2), (45, 55))[0] if tradition.fathers > 1 else 1, chance)
        surname = ((link,), *fathers) if link else fathers
    return Person(tradition, surname, given, _birth(chance, of_region), sex, chance.choice(tradition.states))


def at_the_border(person: Person, chance: random.Random) -> Subject:
    """The person as the chip or the MRZ of a passport shows them, spelled as its issuer spells."""
    surname = [_spelled(part, person.tradition, chance) for part in person.surname]
    given = [_spelled(part, person.tradition, chance) for part in person.given]
    if len(given) > 1 and chance.random() < 0.15:
        given.pop(chance.randrange(1, len(given)))
    names = (" ".join(surname), " ".join(given))
    if chance.random() < 0.1:
        names = (names[1], names[0])
    if chance.random() < 0.02:
        names = (names[0], _with_slip(names[1], chance))
    return _subject(person, names, _as_papers_date(person.birth, chance))


def in_mrz(name: str) -> str:
    """Letters A to Z and spaces, as Doc 9303 part 3 section 6 writes most of them."""
    upper = name.upper().translate(_GERMAN)
    plain = unicodedata.normalize("NFKD", upper).encode("ascii", "ignore").decode()
    return " ".join(plain.replace("-", " ").replace("'", "").split())


def _subject(person: Person, names: tuple[str, str], birth: PartialDate) -> Subject:
    surname, given = in_mrz(names[0]), in_mrz(names[1])
    room = max(0, MRZ_COLUMNS - len(surname) - 2)
    name = SubjectName(surname=surname[:MRZ_COLUMNS], given_names=given[:room], truncated=len(given) > room)
    return Subject(names=(name,), birth=birth, sex=person.sex, nationality=person.nationality)


def _pick(traditions: Sequence[Tradition], chance: random.Random) -> Tradition:
    return chance.choices(traditions, [one.weight for one in traditions])[0]


def _some(table: Sequence[Sequence[str]], count: int, chance: random.Random) -> tuple[Spellings, ...]:
    """Different entries, by Zipf's law: the second is half as common as the first, and so on."""
    sums = _sums(len(table))
    places: dict[int, None] = {}
    while len(places) < count:
        places[bisect(sums, chance.random() * sums[-1])] = None
    return tuple(tuple(table[place]) for place in places)


@cache
def _sums(count: int) -> list[float]:
    return list(accumulate(1 / (rank + 2) for rank in range(count)))


def _birth(chance: random.Random, of_region: bool) -> PartialDate:
    """More than a few in the Sahel are "born on 1 January"; a list then has the year."""
    day = date(1940, 1, 1) + timedelta(days=chance.randrange(67 * 365))
    return PartialDate(day.year) if of_region and chance.random() < _UNKNOWN_DAY else PartialDate.of(day)


def _as_papers_date(birth: PartialDate, chance: random.Random) -> PartialDate:
    if birth.month is None or birth.day is None:
        return PartialDate(birth.year, 1, 1)
    luck = chance.random()
    if luck < 0.01:
        return PartialDate(birth.year, 1, 1)
    if luck < 0.03 and birth.day <= 12:
        return PartialDate(birth.year, birth.day, birth.month)
    return birth


def _feminine(surname: str) -> str:
    if surname.endswith(("ov", "ev", "in")):
        return f"{surname}a"
    return f"{surname[:-1]}aya" if surname.endswith("sky") else surname


def _spelled(part: Spellings, tradition: Tradition, chance: random.Random) -> str:
    """One of the table's spellings, or one that is in no table."""
    word = chance.choice(part) if chance.random() < 0.6 else part[0]
    rules = [(old, new) for old, new in tradition.rules if old in word.lower()]
    if rules and chance.random() < 0.25:
        old, new = chance.choice(rules)
        word = word.lower().replace(old, new, 1)
    return word


def _with_slip(name: str, chance: random.Random) -> str:
    """A sign that an optical reader takes for another."""
    upper = in_mrz(name)
    slips = [(old, new) for old, new in _SLIPS if old in upper]
    if not slips:
        return upper
    old, new = chance.choice(slips)
    return upper.replace(old, new, 1)
