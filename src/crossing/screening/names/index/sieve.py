"""Which of the names that a search finds can be alike at all, told from their words alone.

Nine of ten share a date and one common part with the traveller, and no more. To be laid beside another a name has to
be spelled out first; here it is only asked how many of its words could find a counterpart, and who cannot reach the
wanted likeness is passed over. Nobody is passed over whom ``align`` would put as high, or higher.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from crossing.screening.names.alignment import (
    CUT,
    EXTRA_PART_COST,
    LEAST_PAIR,
    MOST_LONGER,
    is_cut,
    sounds_as_one,
)
from crossing.screening.names.comparing import are_strangers, compare_parts
from crossing.screening.names.index.keys import bit_of, number_of
from crossing.screening.names.spelling import ABD, Glued, Spelling, Token, token_of

_ROUNDING: Final = 1e-9
"""The same likenesses added up in another order differ by less than this."""


class Outline(NamedTuple):
    """What is kept of a listed name beside its writing: ``Spelling.letters`` and ``text``, a bit for the key of each
    part, and the bits of what neighbours are as one word. ``plain``: no part of it counts for less than others."""

    letters: str
    sounds: str
    keys: int
    joins: int
    plain: bool


def is_plain(name: Spelling) -> bool:
    """Whether each part weighs the same, and is written with its vowels."""
    return not name.marks.spare and not any(token.unvowelled or token.word == ABD for token in name.tokens)


def bits_of(tokens: Iterable[Token]) -> int:
    """Of the key and of the sound of each, out of 64: two names with a part of one key or sound share a bit."""
    bits = 0
    for token in tokens:
        bits |= bit_of(number_of(token.key)) | bit_of(number_of(token.sound))
    return bits


class Sieve:
    """Lets through who may be as like ``name`` as ``least`` (0 to 1); where ``apart`` is False and they are not born
    on the day, nobody either whose name is certainly ``Evidence.apart`` from it."""

    def __init__(self, name: Spelling, least: float, *, apart: bool = True, truncated: bool) -> None:
        self._apart: Final = apart
        self._tokens: Final = name.tokens
        self._bits: Final = [(token, bits_of([token])) for token in name.tokens]
        self._any_bit: Final = bits_of(name.tokens)
        self._joins: Final = [(join, bit_of(number_of(join.key))) for join in name.joins]
        self._cut: Final = name.tokens[-1] if truncated and name.tokens else None
        self._least: Final = least - _ROUNDING
        # Namesakes by the dozen have their words in common.
        self._met: Final[dict[str, list[tuple[int, float]]]] = {}
        self._weighs_alike: Final = not name.marks.spare and all(token.word != ABD for token in name.tokens)
        self._weighty: Final = [token is not self._cut and len(token.word) > 1 for token in name.tokens]

    def lets_through(self, listed: Outline, of_the_day: bool) -> bool:
        if not (self._weighs_alike and listed.plain):
            return True
        words = listed.letters.split(" ")
        if self._are_joined(listed, words):
            return True
        best, unmet = self._met_by(words)
        if not (self._apart or of_the_day) and self._are_apart(best, words, unmet):
            return False
        return self._most(best, len(words), len(words) - len(unmet)) >= self._least

    def _are_joined(self, listed: Outline, words: Sequence[str]) -> bool:
        """Whether two neighbours of one name are one word of the other."""
        for join, bit in self._joins:
            if listed.keys & bit or join.sound in listed.sounds:
                theirs = (token_of(word) for word in words if join.unvowelled or _as_long(join, word))
                if any(sounds_as_one(part, join) for part in theirs):
                    return True
        if not listed.joins & self._any_bit:
            return False
        joins = [Glued(one + other, False) for one, other in pairwise(words)]
        return any(
            sounds_as_one(part, join.token)
            for part, bits in self._bits
            if listed.joins & bits
            for join in joins
            if part.unvowelled or _as_long(part, join.word)
        )

    def _met_by(self, words: Sequence[str]) -> tuple[list[float], list[str]]:
        """How like each part is to the best counterpart that it could have, and the ``words`` that are nobody's."""
        best = [0.0] * len(self._tokens)
        unmet = []
        for word in words:
            found = self._met.get(word)
            if found is None:
                found = self._met[word] = self._counterparts(word)
            for place, likeness in found:
                best[place] = max(best[place], likeness)
            if not found:
                unmet.append(word)
        return best, unmet

    def _are_apart(self, best: Sequence[float], words: Sequence[str], unmet: Sequence[str]) -> bool:
        """Whether the names agree in one part of several at most, or each has one that the other lacks."""
        if len(words) - len(unmet) < 2 and len(words) + len(best) > 2:
            return True
        lacking = any(weighty and not likeness for weighty, likeness in zip(self._weighty, best, strict=True))
        return lacking and any(len(word) > 1 for word in unmet)

    def _most(self, best: Sequence[float], theirs: int, met: int) -> float:
        """What ``align`` gives at most: were each part free to take the best counterpart."""
        mine = len(best)
        if met < mine:
            best = sorted(best, reverse=True)[:met]
        whole = min(mine, theirs) + EXTRA_PART_COST * abs(mine - theirs)
        if self._cut is not None and theirs >= mine:
            whole = mine
        return sum(best) / whole

    def _counterparts(self, word: str) -> list[tuple[int, float]]:
        """The places of the parts that ``word`` may be, and how like each it is."""
        found: list[tuple[int, float]] = []
        other = token_of(word)
        for place, token in enumerate(self._tokens):
            likeness = 0.0 if are_strangers(token, other) else compare_parts(token, other).likeness
            if token is self._cut and likeness < CUT and is_cut(token, other):
                likeness = CUT
            if likeness >= LEAST_PAIR:
                found.append((place, likeness))
        return found


def _as_long(part: Token, word: str) -> bool:
    return abs(len(part.word) - len(word)) <= MOST_LONGER
