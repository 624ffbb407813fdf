"""Whether two parts of names are one: the same, another spelling, akin, a short form, or known to be another name."""

from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from crossing.screening.names.knowledge.lexicon import Known, Membership, bare_of
from crossing.screening.names.knowledge.particles import GLUED
from crossing.screening.names.scripts import misread
from crossing.screening.names.sounds import eastern_of, skeleton_of
from crossing.screening.names.spelling import ABD, Token, token_of


class Kind(StrEnum):
    SAME = "same"
    SPELLING = "spelling"
    FAMILY = "family"
    AKIN = "akin"
    GLUED = "glued"
    UNVOWELLED = "unvowelled"
    INITIAL = "initial"
    CLOSE = "close"
    OTHER = "other"


class Compared(NamedTuple):
    """``likeness`` from 0 to 1."""

    likeness: float
    kind: Kind


# One object for each answer: a hundred thousand are remembered, and what is not made anew is not collected.
_FAMILY: Final = Compared(0.95, Kind.FAMILY)
_FAMILY_NAME: Final = Compared(0.98, Kind.FAMILY)
_FAMILY_SOUND: Final = Compared(1.0, Kind.SPELLING)
_AKIN: Final = Compared(0.86, Kind.AKIN)
_SKELETON: Final = Compared(0.98, Kind.SPELLING)
_SOUND: Final = Compared(0.92, Kind.SPELLING)
_EASTERN: Final = Compared(0.93, Kind.SPELLING)
_UNVOWELLED: Final = Compared(0.93, Kind.UNVOWELLED)
_GLUED: Final = Compared(0.90, Kind.GLUED)
_INITIAL: Final = Compared(0.75, Kind.INITIAL)
_OTHER_SOUNDING_ALIKE: Final = Compared(0.45, Kind.OTHER)
_OTHER: Final = Compared(0.20, Kind.OTHER)
_NOTHING: Final = Compared(0.0, Kind.OTHER)
_UNVOWELLED_NEAR: Final = 0.80
_SHORTEST_GLUED: Final = 4
_SAME: Final = Compared(1.0, Kind.SAME)
_SHORTEST: Final = 3
_IN_COMMON: Final = 0.33
"""One letter of three: as little is in common to Quji and Chuchi, which are one."""

_SHORT: Final = 4
_SHORT_COST: Final = 0.12
_VOWELS: Final = "AIU"
_PROVING: Final = 3
"""Fewer consonants than these are those of many names."""


def compare_parts(one: Token, other: Token) -> Compared:
    """How far two parts are one name, from either side."""
    if one.word == other.word:
        return _SAME
    # The order of the two must not matter, so that one of the orders is computed alone.
    if other.word < one.word:
        one, other = other, one
    return _compared(one.word, one.unvowelled, other.word, other.unvowelled)


def are_strangers(one: Token, other: Token) -> bool:
    """Whether two parts are certainly two names, which is quickly told of nine pairs out of ten: people know both and
    tell them apart, or they have too little in common to be one by any habit of writing."""
    if not one.known.families.isdisjoint(other.known.families):
        return False
    if one.known.by_spelling and other.known.by_spelling:
        return True
    return not (one.unvowelled or other.unvowelled) and _are_unlike(one, other)


@lru_cache(maxsize=100_000)
def _compared(one: str, one_bare: bool, other: str, other_bare: bool) -> Compared:
    return _judged(token_of(one, one_bare), token_of(other, other_bare))


@lru_cache(maxsize=4_096)
def _close(likeness: float) -> Compared:
    """The same object for the same likeness: a ratio of two small numbers, as a rule."""
    return Compared(likeness, Kind.CLOSE)


def _judged(one: Token, other: Token) -> Compared:
    if len(one.word) == 1 or len(other.word) == 1:
        alike = one.word[0] == other.word[0] or one.sound[0] == other.sound[0]
        return _INITIAL if alike else _NOTHING
    kin = _kinship(one.known, other.known)
    if kin is not None:
        return _FAMILY_SOUND if one.sound == other.sound and kin.kind is not Kind.AKIN else kin
    if one.known.by_spelling and other.known.by_spelling:
        # Two names that people tell apart, however alike they look, whatever they are written in.
        return _OTHER_SOUNDING_ALIKE if one.sound == other.sound else _OTHER
    if one.unvowelled or other.unvowelled:
        return _by_consonants(one, other)
    return _NOTHING if _are_unlike(one, other) else _by_writing(one, other)


def _are_unlike(one: Token, other: Token) -> bool:
    """By what is written and what it sounds like. Hardly anything is in common to Jo and Jae, which are one."""
    if len(one.word) <= _SHORTEST or len(other.word) <= _SHORTEST:
        return False
    return not (
        OSA.normalized_similarity(one.word, other.word, score_cutoff=_IN_COMMON)
        or OSA.normalized_similarity(one.sound, other.sound, score_cutoff=_IN_COMMON)
    )


def _by_writing(one: Token, other: Token) -> Compared:
    """Two names of which a table knows one at most."""
    if _one_skeleton(one.word, other.word):
        return _SKELETON
    if one.sound == other.sound:
        return _SOUND
    if _is_feminine(one, other):
        return _OTHER
    folded = eastern_of(one.word)
    if folded and folded == eastern_of(other.word):
        return _EASTERN
    if _is_glued(one.word, other.word):
        return _GLUED
    near, without = _by_letters(one, other), _without_glued(one, other)
    return without if without.likeness > near else _close(near)


def _without_glued(one: Token, other: Token) -> Compared:
    """The two without what may be written onto them: Benladen and Ladin, Elzawahry and Zawahiri."""
    my_bare, their_bare = bare_of(one.word), bare_of(other.word)
    if not (my_bare or their_bare):
        return _NOTHING
    mine = token_of(my_bare) if my_bare else one
    theirs = token_of(their_bare) if their_bare else other
    if len(mine.word) < _SHORTEST_GLUED or len(theirs.word) < _SHORTEST_GLUED:
        return _NOTHING
    if _one_skeleton(mine.word, theirs.word) or mine.sound == theirs.sound:
        return _GLUED
    return _close(_by_letters(mine, theirs)) if mine.consonants == theirs.consonants else _NOTHING


def _kinship(one: Known, other: Known) -> Compared | None:
    best: Compared | None = None
    for mine in one.memberships:
        for theirs in other.memberships:
            if mine.family == theirs.family:
                found = _within(mine, theirs)
                best = found if best is None else max(best, found)
    return best


def _within(mine: Membership, theirs: Membership) -> Compared:
    if mine.kin != theirs.kin:
        return _AKIN
    return _FAMILY_NAME if mine.use == "s" else _FAMILY


def _by_consonants(one: Token, other: Token) -> Compared:
    if one.unvowelled == other.unvowelled:
        return _close(OSA.normalized_similarity(one.sound, other.sound))
    mine, theirs = _hard(one.sound), _hard(other.sound)
    if mine == theirs:
        bare, whole = (one, other) if one.unvowelled else (other, one)
        return _UNVOWELLED if len(mine) >= _PROVING or _holds(whole, bare) else _OTHER
    return _close(min(_UNVOWELLED_NEAR, OSA.normalized_similarity(mine, theirs)))


def _holds(whole: Token, bare: Token) -> bool:
    """Whether all that the Arabic or Hebrew letters write is in the other sound, in this order, long vowels too. Both
    begin with a vowel or neither, but for *servant of*."""
    if whole.word != ABD and (whole.sound[0] in _VOWELS) != (bare.sound[0] in _VOWELS):
        return False
    letters = iter(whole.sound)
    return all(letter in letters for letter in bare.sound.lstrip(_VOWELS))


@lru_cache(maxsize=100_000)
def _hard(sound: str) -> str:
    """The consonants without the half-vowels that Arabic writes as letters."""
    bones = sound.translate(_HALF_VOWELS)
    return "".join(letter for place, letter in enumerate(bones) if bones[place - 1 : place] != letter) or sound


_HALF_VOWELS: Final = str.maketrans("", "", "AIUWY")


def _one_skeleton(one: str, other: str) -> bool:
    """Whether the two differ by habits of spelling alone. CH is KH to Germans, and nobody says which was meant."""
    if skeleton_of(one) == skeleton_of(other):
        return True
    german = ("CH" in one) != ("CH" in other)
    if german and skeleton_of(one.replace("CH", "KH")) == skeleton_of(other.replace("CH", "KH")):
        return True
    # Of the signs that are misread RN alone is of another length than what it is taken for.
    return (len(one) == len(other) or "RN" in one or "RN" in other) and misread(one) == misread(other)


def _is_feminine(one: Token, other: Token) -> bool:
    """Daniel and Daniela: a man's name, and the woman's made from it."""
    if abs(len(one.word) - len(other.word)) > 1:
        return False
    short, long = (one, other) if len(one.word) < len(other.word) else (other, one)
    return short.known.sex == "M" and long.word in {f"{short.word}A", f"{short.word}E", f"{short.word[:-1]}A"}


def _is_glued(one: str, other: str) -> bool:
    short, long = (one, other) if len(one) < len(other) else (other, one)
    return len(short) >= _SHORTEST_GLUED and long.endswith(short) and long[: -len(short)] in GLUED


def _by_letters(one: Token, other: Token) -> float:
    """The likeness of what is written and of what it sounds like. One slip in a short name makes another name."""
    bones, others = skeleton_of(one.word), skeleton_of(other.word)
    written = OSA.normalized_similarity(one.word, other.word)
    if bones != one.word or others != other.word:
        written = max(written, OSA.normalized_similarity(bones, others))
    sounding = OSA.normalized_similarity(one.sound, other.sound)
    likeness = max(written, 0.5 * (written + sounding))
    if min(len(one.word), len(other.word)) <= _SHORT and one.consonants != other.consonants:
        likeness -= _SHORT_COST
    return max(0.0, likeness)
