"""How far two names are one: their parts laid side by side, whatever their order, spelling and number."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from rapidfuzz.distance import Indel, Levenshtein

from crossing.screening.names.spelling import Spelling, Token

EXTRA_PART_COST: Final = 0.15
"""What a part that only one side has weighs: papers leave out fathers' and grandfathers' names."""

ONE_PART_LIMIT: Final = 0.80
"""The most that names which agree in a single part can reach."""

_FAMILY: Final = 0.95
_CUT: Final = 0.97
_UNVOWELLED: Final = 0.93
_LEAST: Final = 0.70


class Likeness(StrEnum):
    """Each has a sentence in ``words.EXPLANATIONS``."""

    SAME = "name_same"
    SAME_SPELLING = "name_same_spelling"
    CUT = "name_cut"
    CLOSE = "name_close"
    PARTIAL = "name_partial"


@dataclass(frozen=True, slots=True)
class Alignment:
    """``score`` from 0 to 1; ``parts`` is how many parts of the shorter name found a counterpart."""

    score: float
    parts: int
    likeness: Likeness


class _Segment(NamedTuple):
    """One part, or two neighbouring parts read as one word."""

    first: int
    last: int
    token: Token


class _Pair(NamedTuple):
    likeness: float
    cut: bool
    mine: _Segment
    theirs: _Segment


def align(name: Spelling, listed: Spelling, *, truncated: bool = False) -> Alignment:
    """``truncated``: the last part of ``name`` may be cut, and parts may have followed it in the document."""
    chosen = _choose(name, listed, truncated=truncated)
    if not chosen:
        return Alignment(0.0, 0, Likeness.PARTIAL)
    matched = sum(pair.likeness * _weight(pair) for pair in chosen)
    covered = sum(_weight(pair) for pair in chosen)
    mine = sum(_width(pair.mine) for pair in chosen)
    theirs = sum(_width(pair.theirs) for pair in chosen)
    lost_mine, lost_theirs = len(name.tokens) - mine, len(listed.tokens) - theirs
    # What the shorter name has and the longer lacks speaks against it; what only the longer has hardly does.
    against, beside = sorted((lost_mine, lost_theirs))
    if truncated and lost_theirs >= lost_mine:
        beside = 0
    score = matched / (covered + against + EXTRA_PART_COST * (beside - against if beside > against else 0))
    parts = max(mine, theirs)
    if parts < 2:
        score = min(score, ONE_PART_LIMIT)
    if name.letters == listed.letters:
        return Alignment(score, parts, Likeness.SAME)
    return Alignment(score, parts, _word_for(chosen, score, whole=not (lost_mine or lost_theirs)))


def _choose(name: Spelling, listed: Spelling, *, truncated: bool) -> list[_Pair]:
    """The best pairs, none of which shares a part with another."""
    pairs = sorted(_pairs(name, listed, truncated=truncated), key=_rank, reverse=True)
    chosen: list[_Pair] = []
    used_mine: set[int] = set()
    used_theirs: set[int] = set()
    for pair in pairs:
        mine, theirs = {pair.mine.first, pair.mine.last}, {pair.theirs.first, pair.theirs.last}
        if not (mine & used_mine or theirs & used_theirs):
            chosen.append(pair)
            used_mine |= mine
            used_theirs |= theirs
    return chosen


def _pairs(name: Spelling, listed: Spelling, *, truncated: bool) -> Iterator[_Pair]:
    mine, theirs = _parts(name), _parts(listed)
    last = len(mine) - 1
    for one in mine:
        for other in theirs:
            found = _likeness(one.token, other.token)
            cut = truncated and one.first == last and other.token.sound.startswith(one.token.sound)
            if cut and found < 1:
                yield _Pair(_CUT if len(one.token.sound) > 1 else _FAMILY, True, one, other)
            elif found >= _LEAST:
                yield _Pair(found, False, one, other)
    for ones, others in ((mine, _joined(listed)), (_joined(name), theirs)):
        for one in ones:
            for other in others:
                if one.token.sound == other.token.sound or one.token.key == other.token.key:
                    yield _Pair(_likeness(one.token, other.token), False, one, other)


def _likeness(one: Token, other: Token) -> float:
    if one.sound == other.sound:
        return 1.0
    if one.family and one.family == other.family:
        return _FAMILY
    if len(one.sound) == 1 or len(other.sound) == 1:
        return 0.75 if one.sound[0] == other.sound[0] else 0.0
    if one.consonants == other.consonants and one.unvowelled != other.unvowelled:
        return _UNVOWELLED
    if one.key == other.key:
        base = 0.82 if len(one.key) > 2 else 0.70
        return base + 0.14 * Indel.normalized_similarity(one.sound, other.sound)
    return Levenshtein.normalized_similarity(one.sound, other.sound)


def _parts(name: Spelling) -> list[_Segment]:
    return [_Segment(place, place, token) for place, token in enumerate(name.tokens)]


def _joined(name: Spelling) -> list[_Segment]:
    return [_Segment(place, place + 1, token) for place, token in enumerate(name.joins)]


def _width(segment: _Segment) -> int:
    return segment.last - segment.first + 1


def _weight(pair: _Pair) -> int:
    return max(_width(pair.mine), _width(pair.theirs))


def _rank(pair: _Pair) -> tuple[float, int]:
    return pair.likeness, _weight(pair)


def _word_for(chosen: list[_Pair], score: float, *, whole: bool) -> Likeness:
    if any(pair.cut for pair in chosen):
        return Likeness.CUT
    if all(pair.likeness == 1 for pair in chosen):
        return Likeness.SAME_SPELLING if whole else Likeness.PARTIAL
    return Likeness.CLOSE if score >= _LEAST else Likeness.PARTIAL
