"""A part of a name index: names as columns, in the order of birth, and what they are found by.

Each name has a *row* for each date of birth of its person, and rows lie in the order of birth codes (``keys.py``).
So a key alone leads to the rows that have it, and of those the ones of a day, of some years or without a date are
found by two binary searches: no key has to be kept once more for each year and each day.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple, Self

import numpy as np

from crossing.screening.names.births import ListedBirth
from crossing.screening.names.index.columns import (
    U32,
    U64,
    Bools,
    Bytes,
    Columns,
    Places,
    Texts,
    batches,
    private,
    under,
    within,
)
from crossing.screening.names.index.keys import birth_codes, bit_of, joined, number_of, pairs
from crossing.screening.names.index.postings import GONE, Moved, Postings
from crossing.screening.names.index.sieve import Outline, bits_of, is_plain
from crossing.screening.names.index.vocabulary import Vocabulary
from crossing.screening.names.spelling import Spelling, spell

_BETWEEN: Final = "\x1f"
_WEAK, _ALIAS, _PLAIN = 1, 2, 4
_NAMES_AT_ONCE: Final = 50_000


class ListedName(NamedTuple):
    """A name to be indexed. ``person`` is the person's place on the list, ``births`` are the person's."""

    person: int
    weak: bool
    alias: bool
    surname: str
    given_names: str
    births: Sequence[ListedBirth]


class WrittenName(NamedTuple):
    """A name as the list has it."""

    person: int
    weak: bool
    alias: bool
    surname: str
    given_names: str


class _Written(NamedTuple):
    """Of each name: whose it is, its kind, 64 bits of which its parts set some, and others of which its neighbours as
    one word do, its letters, its sound, and how it is written."""

    persons: U32
    flags: Bytes
    signatures: U64
    joins: U64
    letters: Texts
    sounds: Texts
    written: Texts


class Segment:
    """``names[r]`` is the name of row r and ``codes[r]`` its birth code; codes rise. Never changed once made."""

    def __init__(self, columns: _Written, names: U32, codes: U32, postings: Postings, vocabulary: Vocabulary) -> None:
        self._columns = columns
        self.names: Final = names
        self.codes: Final = codes
        self.postings: Final = postings
        self.vocabulary: Final = vocabulary

    @classmethod
    def of(cls, names: Iterable[ListedName]) -> "Segment":
        """The names, in bounded memory beyond what is kept of them."""
        pieces = [_built(some) for some in batches(names, _NAMES_AT_ONCE)]
        if len(pieces) == 1:
            return pieces[0]
        return cls.merged([(piece, np.ones(len(piece), bool)) for piece in pieces])

    @classmethod
    def merged(cls, parts: Sequence[tuple["Segment", Bools]]) -> Self:
        """One of several, with those names of each that its truth values say."""
        chosen = [(segment, np.flatnonzero(stay)) for segment, stay in parts]
        columns = _Written(
            persons=private(np.concatenate([segment.persons[which] for segment, which in chosen])),
            flags=private(np.concatenate([segment._columns.flags[which] for segment, which in chosen])),
            signatures=private(np.concatenate([segment.signatures[which] for segment, which in chosen])),
            joins=private(np.concatenate([segment._columns.joins[which] for segment, which in chosen])),
            letters=Texts.joined([(segment._columns.letters, which) for segment, which in chosen]),
            sounds=Texts.joined([(segment._columns.sounds, which) for segment, which in chosen]),
            written=Texts.joined([(segment._columns.written, which) for segment, which in chosen]),
        )
        names = np.concatenate(list(_renumbered(chosen)))
        codes = np.concatenate([segment.codes for segment, _ in chosen])
        order = np.argsort(codes, kind="stable")
        order = order[names[order] != GONE]
        moved = np.full(len(names), GONE, np.uint32)
        moved[order] = np.arange(len(order), dtype=np.uint32)
        ends = np.cumsum([0, *(len(segment.codes) for segment, _ in chosen)])
        postings = Postings.merged(
            [
                Moved(segment.postings, moved[start:end])
                for (segment, _), start, end in zip(chosen, ends, ends[1:], strict=False)
            ]
        )
        vocabulary = Vocabulary.merged([segment.vocabulary for segment, _ in chosen])
        return cls(columns, private(names[order]), private(codes[order]), postings, vocabulary)

    @classmethod
    def of_columns(cls, columns: Columns) -> Self:
        written = _Written(
            columns["persons"],
            columns["flags"],
            columns["signatures"],
            columns["joins"],
            Texts.of_columns(within("letters", columns)),
            Texts.of_columns(within("sounds", columns)),
            Texts.of_columns(within("written", columns)),
        )
        postings = Postings.of_columns(within("postings", columns))
        vocabulary = Vocabulary.of_columns(within("vocabulary", columns))
        return cls(written, columns["names"], columns["codes"], postings, vocabulary)

    def columns(self) -> Columns:
        return {
            "persons": self._columns.persons,
            "flags": self._columns.flags,
            "signatures": self._columns.signatures,
            "joins": self._columns.joins,
            **under("letters", self._columns.letters.columns()),
            **under("sounds", self._columns.sounds.columns()),
            **under("written", self._columns.written.columns()),
            "names": self.names,
            "codes": self.codes,
            **under("postings", self.postings.columns()),
            **under("vocabulary", self.vocabulary.columns()),
        }

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._columns.persons)

    @property
    def persons(self) -> U32:
        """Whose each name is."""
        return self._columns.persons

    @property
    def signatures(self) -> U64:
        return self._columns.signatures

    def sounds(self, names: Places) -> list[str]:
        """What ``Spelling.text`` is of each of these names."""
        return self._columns.sounds.some(names)

    def outlines(self, names: Places, sounds: Sequence[str]) -> Iterator[Outline]:
        """Of names of which :meth:`sounds` told the ``sounds``."""
        columns = self._columns
        plain = (columns.flags[names] & _PLAIN).astype(bool)
        kept = (columns.signatures[names], columns.joins[names], plain)
        return map(Outline, columns.letters.some(names), sounds, *(one.tolist() for one in kept))

    def written(self, name: int) -> WrittenName:
        surname, _, given = self._columns.written[name].partition(_BETWEEN)
        flags = int(self._columns.flags[name])
        return WrittenName(
            int(self.persons[name]), bool(flags & _WEAK), bool(flags & _ALIAS), surname, given
        )  # fmt: skip


def signature_of(numbers: Iterable[int]) -> int:
    """One bit for each number, out of 64. Two names share about as many bits as parts."""
    bits = 0
    for number in numbers:
        bits |= bit_of(number)
    return bits


class _Parts(NamedTuple):
    """The numbers of a name's parts and of its joins, each sorted, each once."""

    single: list[int]
    joined: list[int]


def _built(listed: Sequence[ListedName]) -> Segment:
    numbers: dict[str, int] = {}
    sounds: dict[str, int] = {}
    spelled = [spell(name.surname, name.given_names) for name in listed]
    parts = [_parts(spelling, numbers, sounds) for spelling in spelled]
    columns = _Written(
        persons=private(np.array([name.person for name in listed], np.uint32)),
        flags=private(
            np.array([_flags(name, spelling) for name, spelling in zip(listed, spelled, strict=True)], np.uint8)
        ),
        signatures=private(np.array([signature_of(one.single) for one in parts], np.uint64)),
        joins=private(np.array([bits_of(spelling.joins) for spelling in spelled], np.uint64)),
        letters=Texts.of(spelling.letters for spelling in spelled),
        sounds=Texts.of(spelling.text for spelling in spelled),
        written=Texts.of(_written(name) for name in listed),
    )
    births = [birth_codes(name.births) for name in listed]
    counts = np.fromiter(map(len, births), np.intp, len(births))
    codes = np.fromiter(chain.from_iterable(births), np.uint32)
    order = np.argsort(codes, kind="stable")
    names = np.repeat(np.arange(len(listed), dtype=np.uint32), counts)[order]
    keys, of_names = _keys(parts)
    # The rows of name n, one after the other: all in the order of names, and where n's begin in it.
    by_name = np.argsort(names, kind="stable").astype(np.uint32)
    begins = np.cumsum(counts) - counts
    times = counts[of_names]
    within = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    rows = by_name[np.repeat(begins[of_names], times) + within]
    postings = Postings.of(np.repeat(keys, times), rows)
    return Segment(columns, private(names), private(codes[order]), postings, Vocabulary.of(sounds))


def _flags(name: ListedName, spelling: Spelling) -> int:
    return _WEAK * name.weak | _ALIAS * name.alias | _PLAIN * is_plain(spelling)


def _parts(spelling: Spelling, numbers: dict[str, int], sounds: dict[str, int]) -> _Parts:
    """Numbers are kept in ``numbers`` for the keys to come, and in ``sounds`` for the sounds that lead to them."""
    for token in (*spelling.tokens, *spelling.left_out, *spelling.joins):
        if token.key not in numbers:
            numbers[token.key] = number_of(token.key)
    parts = (*spelling.tokens, *spelling.left_out)
    for token in parts:
        sounds[token.sound] = numbers[token.key]
    return _Parts(
        sorted({numbers[token.key] for token in parts}),
        sorted({joined(numbers[token.key]) for token in spelling.joins}),
    )


def _keys(parts: Sequence[_Parts]) -> tuple[U64, Places]:
    """Every key of every name, and the name's place; by whole columns, since there are some ten of a name."""
    columns = [_column(one.single for one in parts), _column(one.joined for one in parts)]
    by_size: dict[int, list[int]] = {}
    for place, one in enumerate(parts):
        by_size.setdefault(len(one.single), []).append(place)
    for size, places in by_size.items():
        if size > 1:
            singles = np.array([parts[place].single for place in places], np.uint64)
            first, second = np.triu_indices(size, 1)
            both = pairs(singles[:, first], singles[:, second]).ravel()
            columns.append((both, np.repeat(np.array(places, np.intp), len(first))))
    return np.concatenate([column for column, _ in columns]), np.concatenate([places for _, places in columns])


def _column(rows: Iterable[Sequence[int]]) -> tuple[U64, Places]:
    held = list(rows)
    counts = np.fromiter(map(len, held), np.intp, len(held))
    values = np.fromiter(chain.from_iterable(held), np.uint64)
    return values, np.repeat(np.arange(len(held)), counts)


def _written(name: ListedName) -> str:
    return f"{name.surname.replace(_BETWEEN, ' ')}{_BETWEEN}{name.given_names}"


def _renumbered(chosen: Sequence[tuple[Segment, Places]]) -> Iterator[U32]:
    """The new number of the name of each row, or GONE, segment by segment."""
    before = 0
    for segment, which in chosen:
        numbers = np.full(len(segment), GONE, np.uint32)
        numbers[which] = np.arange(before, before + len(which), dtype=np.uint32)
        before += len(which)
        yield numbers[segment.names]
