"""What a name sounds like, whoever wrote it down: French, English and Arabic spellings of one name meet here.

A name becomes tokens. Each token has a *sound* (letters with the spelling's habits taken out, vowels in three classes
as in Arabic) for comparing, and a *key* (the sound's consonants, or the family of names it belongs to) for finding:

=================================  =========  =======
spellings                          sound      key
=================================  =========  =======
Ouédraogo, Ouedraogo, Wedraogo     WIDRAUGU   =sWIDRAUGU
Diallo, Jallow, Jalloh, Djalo      JALU       =sJALU
Bagnan, Bannian                    BAGNAN     BGNN
=================================  =========  =======
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from crossing.screening.names.knowledge.lexicon import Known, bare_of, family_by_consonants, look_up
from crossing.screening.names.knowledge.particles import (
    ELDER,
    NAMES_OF_RESPECT,
    OF_A_DAUGHTER,
    OF_A_FATHER,
    OF_A_SON,
    PARTICLES,
    TAKEN_FROM_HERE,
    TITLES,
    TITLES_OF_WOMEN,
    YOUNGER,
)
from crossing.screening.names.scripts import ARABIC, in_latin
from crossing.screening.names.sounds import consonants_of, sound_of

MAX_TOKENS: Final = 10
"""Of a longer name the most telling parts are compared: a hostile one must not cost more time."""

MAX_KEYS: Final = 32
"""By so many different parts a long name is found, whichever of them are compared."""

ABD: Final = "ABD"
"""*Servant of*, however it is joined to the name that follows."""

_ABD_FORMS: Final = frozenset(
    f"ABD{ending}" for ending in ("", "EL", "UL", "OUL", "AL", "OL", "UR", "ER", "AR", "US", "ES", "AS")
)
_BREAKS: Final = re.compile(r"[\s,/·<\-‐‑‒–—]+")
_SURNAME_FIRST: Final = re.compile(r"(?P<surname>[^<,]+)(?:<<|,)(?P<given>[^,]*[^<,\s][^,]*)")


_TELLING_WORDS: Final = OF_A_FATHER | TITLES_OF_WOMEN | NAMES_OF_RESPECT | TAKEN_FROM_HERE | YOUNGER | ELDER


class Token(NamedTuple):
    """``family`` is empty for a name that the tables of families do not hold.

    ``unvowelled``: written in Arabic or Hebrew letters, which leave the short vowels to the reader.
    """

    sound: str
    consonants: str
    key: str
    family: str
    unvowelled: bool
    word: str
    known: Known


@dataclass(frozen=True, slots=True)
class Marks:
    """What the words around a name say. ``sex`` is M, F or empty; ``age`` is "younger" (Jr), "elder" or empty.

    ``spare`` are places of parts that other papers may lack; ``fathers`` of parts called a father's name;
    ``given_first`` every place in the order given names, family name, where the writing shows which is which.
    """

    sex: str = ""
    age: str = ""
    spare: frozenset[int] = frozenset()
    fathers: frozenset[int] = frozenset()
    given_first: tuple[int, ...] = ()


NO_MARKS: Final = Marks()


class Glued(NamedTuple):
    """Two neighbouring parts written as one word, in A to Z. What it sounds like is seldom asked."""

    word: str
    unvowelled: bool

    @property
    def token(self) -> Token:
        return _glued_token(self.word, self.unvowelled)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name's parts in order, and ``letters``, the parts as written, in A to Z.

    ``glued[i]`` is parts i and i+1 as one word. ``written[i]`` is part i as it was written, for showing it.
    ``left_out`` are parts by which the name is found, but which are not compared: it has too many.
    """

    letters: str
    tokens: tuple[Token, ...]
    glued: tuple[Glued, ...]
    marks: Marks = field(default=NO_MARKS)
    written: tuple[str, ...] = field(default=(), compare=False)
    left_out: tuple[Token, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(token.sound for token in self.tokens)

    @property
    def joins(self) -> tuple[Token, ...]:
        """``joins[i]`` is what parts i and i+1 sound like as one word."""
        return tuple(one.token for one in self.glued)

    def __bool__(self) -> bool:
        return bool(self.tokens)


class _Word(NamedTuple):
    """``spare``: it follows a word such as *née*. ``of_father``: it follows a word such as *ould*."""

    letters: str
    written: str
    unvowelled: bool
    spare: bool
    of_father: bool
    in_surname: bool


def spell(*parts: str) -> Spelling:
    """The name written in ``parts`` (surname, given names; any script) as it sounds.

    One part may hold both: ``DIALLO<<MAMADOU<SALIOU`` and ``Diallo, Mamadou`` say which is the surname.
    """
    surname, given = _divided([part for part in parts if part.strip(" <")])
    words = list(_all_words(surname, given))
    kept, left_out = _most_telling(_kept(words))
    return Spelling(
        " ".join(word.letters for word in kept),
        tuple(map(_token, kept)),
        tuple(
            Glued(one.letters + other.letters, one.unvowelled or other.unvowelled) for one, other in pairwise(kept)
        ),
        _marks(words, kept),
        tuple(word.written for word in kept),
        tuple(map(_token, left_out)),
    )


def _divided(parts: list[str]) -> tuple[str, str]:
    """Surname and given names; an empty surname where nothing tells them apart."""
    if len(parts) == 1:
        found = _SURNAME_FIRST.fullmatch(parts[0].strip(" <"))
        return (found["surname"], found["given"]) if found else ("", parts[0])
    return (parts[0], " ".join(parts[1:])) if parts else ("", "")


def _all_words(surname: str, given: str) -> Iterator[_Word]:
    for text, in_surname in ((surname, True), (given, False)):
        spare = of_father = False
        for written in _BREAKS.split(text):
            unvowelled = not written.isascii() and ARABIC.search(written) is not None
            latin = in_latin(written)
            for word in latin:
                letters = ABD if word in _ABD_FORMS else word
                if letters in TAKEN_FROM_HERE:
                    spare = True
                yield _Word(letters, written if len(latin) == 1 else word, unvowelled, spare, of_father, in_surname)
                of_father = letters in OF_A_FATHER


def _kept(words: list[_Word]) -> list[_Word]:
    names = [one for one in words if one.letters not in PARTICLES and one.letters not in TAKEN_FROM_HERE]
    while len(names) > 2 and names[0].letters in TITLES:
        names = names[1:]
    while len(names) > 2 and names[-1].letters in YOUNGER | ELDER:
        names = names[:-1]
    # A name of particles alone (a surname "Ben", "Ag") keeps them.
    return names or words


def _most_telling(words: list[_Word]) -> tuple[list[_Word], list[_Word]]:
    """The parts to compare, in their order, and those that the name is only found by.

    Of a name with too many parts a repeated one counts once and initials not at all. Names that people are known to
    bear come before words that nobody knows: those cost nothing to make up.
    """
    if len(words) <= MAX_TOKENS:
        return words, []
    once = list({word.letters: word for word in reversed(words)}.values())[::-1]
    once = [word for word in once if len(word.letters) > 1] or once
    ranked = sorted(range(len(once)), key=lambda place: _rank(_token(once[place])), reverse=True)
    compared = sorted(ranked[:MAX_TOKENS])
    return [once[place] for place in compared], [once[place] for place in ranked[MAX_TOKENS:MAX_KEYS]]


def _rank(token: Token) -> tuple[bool, float]:
    return bool(token.known.memberships), token.known.bits


def _token(word: _Word) -> Token:
    return token_of(word.letters, word.unvowelled)


def _marks(words: list[_Word], kept: list[_Word]) -> Marks:
    letters = {word.letters for word in words}
    if letters.isdisjoint(_TELLING_WORDS) and not any(word.in_surname for word in kept):
        return NO_MARKS
    spare = {place for place, word in enumerate(kept) if word.spare}
    if len(kept) - len(spare) > 2:
        spare |= {place for place, word in enumerate(kept) if word.letters in NAMES_OF_RESPECT}
    if len(spare) == len(kept):
        spare = set()
    surname = [place for place, word in enumerate(kept) if word.in_surname]
    given = [place for place, word in enumerate(kept) if not word.in_surname]
    marks = Marks(
        sex=_sex_of(letters),
        age="younger" if letters & YOUNGER else "elder" if letters & ELDER else "",
        spare=frozenset(spare),
        fathers=frozenset(place for place, word in enumerate(kept) if word.of_father),
        given_first=(*given, *surname) if surname and given else (),
    )
    return NO_MARKS if marks == NO_MARKS else marks


def _sex_of(letters: set[str]) -> str:
    if letters & OF_A_DAUGHTER or letters & TITLES_OF_WOMEN:
        return "F"
    return "M" if letters & OF_A_SON else ""


@lru_cache(maxsize=30_000)
def token_of(word: str, unvowelled: bool = False) -> Token:
    """The token of one word in A to Z; the same object for the same word, as long as the cache holds it."""
    return _new_token(word, unvowelled)


@lru_cache(maxsize=10_000)
def _glued_token(word: str, unvowelled: bool) -> Token:
    """Kept apart from the words that names are made of: there are far more pairs of them, and few come back."""
    return _new_token(word, unvowelled)


def _new_token(word: str, unvowelled: bool) -> Token:
    sound = sound_of(word)
    consonants = consonants_of(sound)
    known = look_up(word, unvowelled=unvowelled)
    family = known.memberships[0].family if known.memberships else ""
    # A spelling that the tables lack is still found by the consonants of one that they have; a name with an article
    # or a particle written onto it by those of the name alone.
    key = family or family_by_consonants(consonants) or _key_of_bare(word, unvowelled) or consonants
    return Token(sound, consonants, key, family, unvowelled, word, known)


def _key_of_bare(word: str, unvowelled: bool) -> str:
    bare = "" if unvowelled else bare_of(word)
    return token_of(bare).key if bare else ""
