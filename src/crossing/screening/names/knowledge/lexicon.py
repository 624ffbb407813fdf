"""One look-up over the tables of names: which families a written name belongs to, who bears it, how common it is."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NamedTuple

from crossing.screening.names.knowledge.particles import BEFORE_ANY_NAME
from crossing.screening.names.scripts import in_latin
from crossing.screening.names.sounds import consonants_of, skeleton_of, sound_of

BITS_OF_CLASS: Final = MappingProxyType({"1": 4.5, "2": 7.0, "3": 9.0, "4": 10.5})
"""How telling a name of each class of commonness is: minus the base-2 logarithm of its share of all bearers."""

MOST_BITS: Final = 12.0
"""A name that no table knows: borne by one in four thousand, or by fewer."""

_BITS_OF_A_LETTER: Final = 1.6
_SURE_CONSONANTS: Final = 3
_SURE_SKELETON: Final = 5
_SHORTEST_BARE: Final = 4
_SURE_BARE: Final = 2
_LONGEST_FIRST: Final = tuple(sorted(BEFORE_ANY_NAME, key=len, reverse=True))
_SUN_LETTER: Final = re.compile(r"[AE]([SNRZDT])(?=\1)")


class Membership(NamedTuple):
    """``family`` names the line of the table, ``kin`` the place in it between two slashes; ``use`` who bears it."""

    family: str
    kin: int
    use: str
    bits: float
    regional: bool


class Known(NamedTuple):
    """``by_spelling``: this very spelling stands in a table. ``sex`` is M, F, or empty where the name has none."""

    memberships: tuple[Membership, ...]
    families: frozenset[str]
    by_spelling: bool
    sex: str
    bits: float


def look_up(word: str, *, unvowelled: bool = False) -> Known:
    """What is known of a name in A to Z; ``memberships`` is empty for one that no table has."""
    return _look_up(word, unvowelled)


@lru_cache(maxsize=30_000)
def bare_of(word: str) -> str:
    """The name without the article or particle that is written onto it: Ladin of Binladin, Salem of Assalem.

    Empty where there is none, or too little would be left to be a name.
    """
    sun = _SUN_LETTER.match(word)
    if not sun and not word.startswith(_LONGEST_FIRST):
        return ""
    glued = sun[0] if sun else next(one for one in _LONGEST_FIRST if word.startswith(one))
    bare = word[len(glued) :]
    sure = len(bare) >= _SHORTEST_BARE and len(consonants_of(sound_of(bare))) >= _SURE_BARE
    return bare if sure else ""


def family_by_consonants(consonants: str) -> str:
    """A regional family of which some spelling has these consonants; empty for none, or too few to tell."""
    return _BY_CONSONANTS.get(consonants, "")


def twin_names(one: str, other: str) -> bool:
    """Whether the two are names that the region gives to twins, such as Hassane and Housseini."""
    mine, theirs = look_up(one).families, look_up(other).families
    return any(
        (first in mine and second in theirs) or (second in mine and first in theirs) for first, second in _TWINS
    )


@lru_cache(maxsize=30_000)
def _look_up(word: str, unvowelled: bool) -> Known:
    # An initial is no name, whoever is called so.
    found = _BY_SPELLING.get(word, ()) if len(word) > 1 else ()
    if found:
        return _known(found, by_spelling=True)
    if not unvowelled and len(word) > 1:
        found = _BY_SOUND.get(sound_of(word), ()) or _by_skeleton(word)
    if found:
        return _known(found, by_spelling=False)
    bare = "" if unvowelled else bare_of(word)
    if bare and (known := _look_up(bare, False)).memberships:
        return known._replace(by_spelling=False)
    return Known((), frozenset(), False, "", min(MOST_BITS, _BITS_OF_A_LETTER * max(2, len(word))))


def _by_skeleton(word: str) -> tuple[Membership, ...]:
    # No skeleton is longer than its word but by the letters of an X, which is two sounds.
    if len(word) + word.count("X") < _SURE_SKELETON:
        return ()
    skeleton = skeleton_of(word)
    return _BY_SKELETON.get(skeleton, ()) if len(skeleton) >= _SURE_SKELETON else ()


def _known(found: tuple[Membership, ...], *, by_spelling: bool) -> Known:
    families = frozenset(one.family for one in found)
    return Known(found, families, by_spelling, _sex(found), min(one.bits for one in found))


def _sex(memberships: Iterable[Membership]) -> str:
    uses = {one.use for one in memberships if one.use != "s"}
    return uses.pop().upper() if len(uses) == 1 and uses <= {"m", "f"} else ""


def _table(name: str) -> list[str]:
    text = (files(__package__) / name).read_text("utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def _memberships(name: str, *, regional: bool) -> Iterator[tuple[str, Membership]]:
    for line in _table(name):
        head, names = line.split(" ", 1)
        family = f"={head[0]}{sound_of(names.split(' ', 1)[0])}"
        for kin, group in enumerate(names.split("/")):
            for spelling in group.split():
                word = "".join(in_latin(spelling.replace("_", " ")))
                yield word, Membership(family, kin, head[0], BITS_OF_CLASS[head[1]], regional)


def _gathered(pairs: Iterable[tuple[str, Membership]]) -> MappingProxyType[str, tuple[Membership, ...]]:
    found: dict[str, dict[str, Membership]] = {}
    for key, one in pairs:
        found.setdefault(key, {}).setdefault(one.family, one)
    return MappingProxyType({key: tuple(ones.values()) for key, ones in found.items()})


_REGION: Final = tuple(_memberships("region.txt", regional=True))
_WORLD: Final = tuple(_memberships("world.txt", regional=False))
_BY_SPELLING: Final = _gathered((*_REGION, *_WORLD))
_BY_SOUND: Final = _gathered((sound_of(word), one) for word, one in _REGION)
_BY_SKELETON: Final = _gathered((skeleton_of(word), one) for word, one in _WORLD)
_BY_CONSONANTS: Final = MappingProxyType(
    {
        consonants: one.family
        for word, one in reversed(_REGION)
        if len(consonants := consonants_of(sound_of(word))) >= _SURE_CONSONANTS
    }
)
_TWINS: Final = tuple(tuple(_BY_SPELLING[word][0].family for word in line.split()) for line in _table("twins.txt"))
