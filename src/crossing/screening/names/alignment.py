"""How far two names are one: their parts laid side by side, whatever their order, spelling and number."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from crossing.screening.names.comparing import Kind, compare_parts
from crossing.screening.names.spelling import ABD, Glued, Spelling, Token

EXTRA_PART_COST: Final = 0.15
"""What a part that only one side has weighs: papers leave out fathers' and grandfathers' names."""

ONE_PART_LIMIT: Final = 0.80
"""The most that names which agree in a single part can reach."""

CUT: Final = 0.97
"""How like a part is of which the document shows the beginning."""

_CUT_TO_A_LETTER: Final = 0.95
LEAST_PAIR: Final = 0.70
"""Parts that are less alike are never taken for one."""

MOST_LONGER: Final = 4
"""Letters by which spellings of one word in one script differ in length: no others are looked at closely."""

_PROVING: Final = 3
"""Two parts in Arabic letters with fewer consonants together than these are a part of another script by chance."""

_SPARE_COST: Final = 0.3
"""What a part that may be missing costs, beside any other part."""


class Likeness(StrEnum):
    """Each has a sentence in ``words.EXPLANATIONS``."""

    SAME = "name_same"
    SAME_SPELLING = "name_same_spelling"
    CUT = "name_cut"
    CLOSE = "name_close"
    PARTIAL = "name_partial"


class Pair(NamedTuple):
    """Two parts taken for one; ``mine`` and ``theirs`` are places, two of them for parts read as one word."""

    likeness: float
    kind: Kind
    cut: bool
    mine: tuple[int, ...]
    theirs: tuple[int, ...]

    @property
    def width(self) -> int:
        return max(len(self.mine), len(self.theirs))


@dataclass(frozen=True, slots=True)
class Alignment:
    """``score`` from 0 to 1; ``parts`` is how many parts of the shorter name found a counterpart.

    ``left_mine`` and ``left_theirs`` are the places of the parts that found none.
    """

    score: float
    parts: int
    likeness: Likeness
    name: Spelling
    listed: Spelling
    pairs: tuple[Pair, ...] = ()
    left_mine: tuple[int, ...] = ()
    left_theirs: tuple[int, ...] = ()


def align(name: Spelling, listed: Spelling, *, truncated: bool = False, listed_truncated: bool = False) -> Alignment:
    """``truncated``: the last part of ``name`` may be cut, and parts may have followed it in the document."""
    pairs = _choose(_pairs(name, listed, truncated=truncated, listed_truncated=listed_truncated))
    left_mine = _left(name, {place for pair in pairs for place in pair.mine})
    left_theirs = _left(listed, {place for pair in pairs for place in pair.theirs})
    if not pairs:
        return Alignment(0.0, 0, Likeness.PARTIAL, name, listed, (), left_mine, left_theirs)
    matched = sum(pair.likeness * pair.width for pair in pairs)
    covered = sum(pair.width for pair in pairs)
    lost_mine, lost_theirs = _cost(left_mine, name), _cost(left_theirs, listed)
    # What the shorter name has and the longer lacks speaks against it; what only the longer has hardly does.
    against, beside = sorted((lost_mine, lost_theirs))
    if (truncated and lost_theirs >= lost_mine) or (listed_truncated and lost_mine >= lost_theirs):
        beside = against
    score = matched / (covered + against + EXTRA_PART_COST * (beside - against))
    parts = max(sum(len(pair.mine) for pair in pairs), sum(len(pair.theirs) for pair in pairs))
    if parts < 2:
        score = min(score, ONE_PART_LIMIT)
    same = name.letters == listed.letters
    word = Likeness.SAME if same else _word_for(pairs, score, whole=not (left_mine or left_theirs))
    return Alignment(score, parts, word, name, listed, pairs, left_mine, left_theirs)


def _left(name: Spelling, used: set[int]) -> tuple[int, ...]:
    if len(used) == len(name.tokens):
        return ()
    return tuple(place for place in range(len(name.tokens)) if place not in used)


def _cost(left: Sequence[int], name: Spelling) -> float:
    """What the parts without a counterpart weigh: *servant of* alone names nobody, a maiden name may be missing."""
    if not left:
        return 0.0
    light = name.marks.spare
    return sum(_SPARE_COST if place in light or name.tokens[place].word == ABD else 1.0 for place in left)


def _choose(pairs: list[Pair]) -> tuple[Pair, ...]:
    """The best pairs, none of which shares a part with another."""
    pairs.sort(key=_rank, reverse=True)
    chosen: list[Pair] = []
    mine: set[int] = set()
    theirs: set[int] = set()
    for pair in pairs:
        if mine.isdisjoint(pair.mine) and theirs.isdisjoint(pair.theirs):
            chosen.append(pair)
            mine.update(pair.mine)
            theirs.update(pair.theirs)
    return tuple(chosen)


def _rank(pair: Pair) -> tuple[float, int, int, int]:
    # Among equals the parts that stand in the same places belong together.
    return pair.likeness, pair.width, -abs(pair.mine[0] - pair.theirs[0]), -min(pair.mine[0], pair.theirs[0])


def _pairs(name: Spelling, listed: Spelling, *, truncated: bool, listed_truncated: bool) -> list[Pair]:
    found: list[Pair] = []
    last_mine, last_theirs = len(name.tokens) - 1, len(listed.tokens) - 1
    for place, one in enumerate(name.tokens):
        for at, other in enumerate(listed.tokens):
            likeness, kind = compare_parts(one, other)
            if likeness < CUT and (
                (truncated and place == last_mine and is_cut(one, other))
                or (listed_truncated and at == last_theirs and is_cut(other, one))
            ):
                short = min(len(one.sound), len(other.sound)) == 1
                found.append(Pair(_CUT_TO_A_LETTER if short else CUT, kind, True, (place,), (at,)))
            elif likeness >= LEAST_PAIR:
                found.append(Pair(likeness, kind, False, (place,), (at,)))
    if listed.glued:
        _join(found, name.tokens, listed.glued, mine_joined=False)
    if name.glued:
        _join(found, listed.tokens, name.glued, mine_joined=True)
    return found


def _join(found: list[Pair], parts: Sequence[Token], glued: Sequence[Glued], *, mine_joined: bool) -> None:
    """Adds what matches where two neighbours of one name are read as one word."""
    for place, part in enumerate(parts):
        length = len(part.word)
        for at, both in enumerate(glued):
            if both.unvowelled is part.unvowelled and abs(len(both.word) - length) > MOST_LONGER:
                continue
            join = both.token
            if not sounds_as_one(part, join):
                continue
            likeness, kind = compare_parts(part, join)
            if likeness < LEAST_PAIR:
                continue
            two = (at, at + 1)
            mine, theirs = (two, (place,)) if mine_joined else ((place,), two)
            found.append(Pair(likeness, kind, False, mine, theirs))


def sounds_as_one(part: Token, join: Token) -> bool:
    """Whether two neighbours of one name, read as one word, can be a part of another."""
    if part.sound != join.sound and part.key != join.key:
        return False
    return part.unvowelled == join.unvowelled or len(join.consonants) >= _PROVING


def is_cut(one: Token, other: Token) -> bool:
    """Whether ``one`` may be the beginning of ``other``."""
    return other.word.startswith(one.word) or other.sound.startswith(one.sound)


def _word_for(pairs: Sequence[Pair], score: float, *, whole: bool) -> Likeness:
    if any(pair.cut for pair in pairs):
        return Likeness.CUT
    if all(pair.likeness == 1 for pair in pairs):
        return Likeness.SAME_SPELLING if whole else Likeness.PARTIAL
    return Likeness.CLOSE if score >= LEAST_PAIR else Likeness.PARTIAL
