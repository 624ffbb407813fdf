"""The persons of one list version: kept as columns, and made into an object when one is asked for.

Each has a *place*, which stays theirs while versions follow each other: who comes is added behind, and the place of
who goes is not given to anybody else.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from functools import lru_cache, partial
from itertools import accumulate
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from crossing.documents.dates import PartialDate
from crossing.screening.names.births import ListedBirth, Precision
from crossing.screening.names.index.columns import (
    U32,
    Bools,
    Columns,
    Levels,
    Places,
    Texts,
    batches,
    private,
    under,
    within,
)
from crossing.screening.person_agreement import Agreements, Terms

_ID: Final = "S16"
_PERSONS_AT_ONCE: Final = 50_000
_TERMS_KEPT: Final = 4_096
_BIRTHS_KEPT: Final = 32_768


@dataclass(frozen=True, slots=True)
class Orders:
    """What an officer who meets the entry has to know, and how long it counts."""

    action: str
    caution: str
    handling: str
    notice_colour: str
    review_on: date | None
    expires_on: date | None

    def counts_on(self, day: date) -> bool:
        return self.expires_on is None or day <= self.expires_on


_Terms = tuple[str, tuple[str, ...], Orders]
"""Sex, nationalities and orders."""


@dataclass(frozen=True, slots=True)
class IndexedPerson:
    id: UUID
    reference: str
    label: str
    births: tuple[ListedBirth, ...]
    sex: str
    nationalities: tuple[str, ...]
    portrait_sha256: str | None
    orders: Orders


class ListedPersons(Collection[IndexedPerson]):
    """The persons in use; never changed once made, so any thread may read them."""

    def __init__(self, columns: tuple["_Held", ...]) -> None:
        self._columns = columns
        self._ends = list(accumulate(len(one.ids) for one in columns))
        self.places: Final[Mapping[UUID, int]] = _PersonPlaces(self)
        # Asked for each traveller, and the same all day.
        self._counting: tuple[date, Bools | None] | None = None
        self._agreements = Agreements([_terms_of(one) for one in columns])

    @classmethod
    def of(cls, persons: Iterable[IndexedPerson]) -> "ListedPersons":
        """The persons may come one by one from wherever they are: as objects they are not kept."""
        pieces = [_Held.of(some) for some in batches(persons, _PERSONS_AT_ONCE)]
        return cls((_Held.joined(pieces),))

    @classmethod
    def of_columns(cls, columns: Columns) -> "ListedPersons":
        """The persons of whom :meth:`columns` told."""
        numbers = sorted({name.partition("/")[0] for name in columns}, key=int)
        return cls(tuple(_Held.of_columns(within(number, columns)) for number in numbers))

    def columns(self) -> Columns:
        kept: Columns = {}
        for number, one in enumerate(self._columns):
            kept |= under(str(number), one.columns())
        return kept

    def changed(self, gone: Collection[int], persons: Iterable[IndexedPerson]) -> "ListedPersons":
        """Others: without those at the places ``gone``, and with ``persons`` at places of their own."""
        places = np.fromiter(gone, np.intp, len(gone))
        columns = []
        for one, end in zip(self._columns, self._ends, strict=True):
            start = end - len(one.ids)
            columns.append(one.without(places[(places >= start) & (places < end)] - start))
        more = ListedPersons.of(persons)._columns
        # The last ones grow with each change; the many before them stay as they are.
        last = [_Held.joined([*columns[1:], *more])] if len(columns) > 1 else list(more)
        return ListedPersons((*columns[:1], *last))

    def __len__(self) -> int:
        return sum(int(np.count_nonzero(one.stays)) for one in self._columns)

    def __iter__(self) -> Iterator[IndexedPerson]:
        """Everybody who is in use, in the order of their places."""
        for one in self._columns:
            yield from (one.person(place) for place in np.flatnonzero(one.stays).tolist())

    def __contains__(self, person: object) -> bool:
        return (
            isinstance(person, IndexedPerson) and person.id in self.places and self[self.places[person.id]] == person
        )

    def __getitem__(self, place: int) -> IndexedPerson:
        one, inside = self._at(place)
        return one.person(inside)

    @property
    def room(self) -> int:
        """How many places there are; those of persons who are gone are counted."""
        return self._ends[-1]

    def places_of(self, ids: npt.NDArray[Any]) -> Places:
        """The place of each of these ids (n x 16 bytes, or n of type S16); -1 for who is not in use."""
        asked = np.ascontiguousarray(ids).view(_ID).ravel()
        places = np.full(len(asked), -1, np.intp)
        for one, end in zip(self._columns, self._ends, strict=True):
            here = one.find(asked)
            places = np.where(here >= 0, here + end - len(one.ids), places)
        return places

    def births(self, place: int) -> tuple[ListedBirth, ...]:
        """Of the person at ``place``; quicker than making the whole person."""
        one, inside = self._at(place)
        return one.births_of(inside)

    def counts_on(self, place: int, day: date) -> bool:
        """Whether the entry at ``place`` has not ended by ``day``."""
        one, inside = self._at(place)
        return one.terms_of(inside)[2].counts_on(day)

    def sex_and_states(self, place: int) -> tuple[str, tuple[str, ...]]:
        """M, F or empty, and the nationalities, of the person at ``place``."""
        one, inside = self._at(place)
        sex, states, _ = one.terms_of(inside)
        return sex, states

    def counting(self, day: date) -> Bools | None:
        """Of each place whether its entry has not ended by ``day``; None where none has."""
        known = self._counting
        if known is None or known[0] != day:
            counting = self._where(lambda terms: terms[2].counts_on(day))
            known = self._counting = (day, None if counting.all() else counting)
        return known[1]

    def agreement(self, nationality: str, sex: str) -> Callable[[U32], Levels]:
        """Tells the ``Agreement`` of the persons at some places with a traveller of this nationality and sex."""
        return partial(self._agreements.of, nationality, sex)

    def of_nationality(self, state: str) -> Bools:
        """Of each place whether its person has the nationality."""
        return self._where(lambda terms: state in terms[1])

    def _where(self, holds: Callable[[_Terms], bool]) -> Bools:
        return np.concatenate([one.where(holds) for one in self._columns])

    def with_portrait(self) -> Iterator[IndexedPerson]:
        for one in self._columns:
            yield from (one.person(place) for place in np.flatnonzero(one.stays & one.has_portrait).tolist())

    def count_portraits(self) -> int:
        return sum(int(np.count_nonzero(one.stays & one.has_portrait)) for one in self._columns)

    def _at(self, place: int) -> tuple["_Held", int]:
        """The columns of a place, and the place in them."""
        number = bisect_right(self._ends, place)
        one = self._columns[number]
        return one, place - self._ends[number] + len(one.ids)


class _PersonPlaces(Mapping[UUID, int]):
    """The place of everybody who is in use, by id."""

    def __init__(self, persons: ListedPersons) -> None:
        self._persons = persons

    def __getitem__(self, person_id: UUID) -> int:
        [place] = self._persons.places_of(np.frombuffer(person_id.bytes, np.uint8)).tolist()
        if place < 0:
            raise KeyError(person_id)
        return int(place)

    def __len__(self) -> int:
        return len(self._persons)

    def __iter__(self) -> Iterator[UUID]:
        return (person.id for person in self._persons)


class _Held(NamedTuple):
    """Persons by place. ``order`` sorts the ids. ``terms`` and ``births`` are what many have in common; ``term_of``
    and ``birth_of`` say whose."""

    ids: npt.NDArray[Any]
    order: U32
    stays: Bools
    has_portrait: Bools
    records: Texts
    terms: Texts
    term_of: U32
    births: Texts
    birth_of: U32

    @classmethod
    def of(cls, persons: Collection[IndexedPerson]) -> "_Held":
        terms, term_of = _shared(map(_terms, persons))
        births, birth_of = _shared(_json(list(map(_stored, person.births))) for person in persons)
        ids = np.frombuffer(b"".join(person.id.bytes for person in persons), _ID)
        return cls(
            ids=private(ids),
            order=_order(ids),
            stays=np.ones(len(ids), bool),
            has_portrait=np.array([person.portrait_sha256 is not None for person in persons], bool),
            records=Texts.of(_record(person) for person in persons),
            terms=terms,
            term_of=term_of,
            births=births,
            birth_of=birth_of,
        )

    @classmethod
    def joined(cls, parts: Collection["_Held"]) -> "_Held":
        if len(parts) == 1:
            [one] = parts
            return one
        ids = np.concatenate([one.ids for one in parts])
        every = [np.arange(len(one.ids)) for one in parts]
        terms, term_of = _shared_by_all([(one.terms, one.term_of) for one in parts])
        births, birth_of = _shared_by_all([(one.births, one.birth_of) for one in parts])
        return cls(
            ids=private(ids),
            order=_order(ids),
            stays=np.concatenate([one.stays for one in parts]),
            has_portrait=np.concatenate([one.has_portrait for one in parts]),
            records=Texts.joined([(one.records, places) for one, places in zip(parts, every, strict=True)]),
            terms=terms,
            term_of=term_of,
            births=births,
            birth_of=birth_of,
        )

    @classmethod
    def of_columns(cls, columns: Columns) -> "_Held":
        return cls(
            ids=columns["ids"],
            order=columns["order"],
            stays=columns["stays"],
            has_portrait=columns["has_portrait"],
            records=Texts.of_columns(within("records", columns)),
            terms=Texts.of_columns(within("terms", columns)),
            term_of=columns["term_of"],
            births=Texts.of_columns(within("births", columns)),
            birth_of=columns["birth_of"],
        )

    def columns(self) -> Columns:
        kept: Columns = {}
        for name, held in self._asdict().items():
            kept |= under(name, held.columns()) if isinstance(held, Texts) else {name: held}
        return kept

    def without(self, places: Places) -> "_Held":
        if not len(places):
            return self
        stays = self.stays.copy()
        stays[places] = False
        return self._replace(stays=stays)

    def find(self, ids: npt.NDArray[Any]) -> Places:
        """The place of each id, -1 where it is not here or gone. Of an id that was here before, the last counts."""
        if not len(self.ids):
            return np.full(len(ids), -1, np.intp)
        at = np.searchsorted(self.ids, ids, side="right", sorter=self.order) - 1
        places = self.order[np.maximum(at, 0)].astype(np.intp)
        return np.where((self.ids[places] == ids) & self.stays[places], places, -1)

    def person(self, place: int) -> IndexedPerson:
        reference, label, portrait = json.loads(self.records[place])
        sex, nationalities, orders = self.terms_of(place)
        return IndexedPerson(
            # Not the element itself, of which numpy cuts zeros at the end.
            id=UUID(bytes=self.ids[place : place + 1].tobytes()),
            reference=reference,
            label=label,
            births=self.births_of(place),
            sex=sex,
            nationalities=nationalities,
            portrait_sha256=portrait,
            orders=orders,
        )

    def births_of(self, place: int) -> tuple[ListedBirth, ...]:
        return _opened_births(self.births[int(self.birth_of[place])])

    def where(self, holds: Callable[[_Terms], bool]) -> Bools:
        kept = np.fromiter((holds(_opened_terms(stored)) for stored in self.terms), bool, len(self.terms))
        answer: Bools = kept[self.term_of]
        return answer

    def terms_of(self, place: int) -> _Terms:
        return _opened_terms(self.terms[int(self.term_of[place])])


def _terms_of(held: _Held) -> Terms:
    return Terms(held.term_of, len(held.terms), lambda term: _opened_terms(held.terms[term])[:2])


def _order(ids: npt.NDArray[Any]) -> U32:
    order: U32 = private(np.argsort(ids, kind="stable").astype(np.uint32))
    return order


def _record(person: IndexedPerson) -> str:
    return _json([person.reference, person.label, person.portrait_sha256])


def _terms(person: IndexedPerson) -> str:
    return _json([person.sex, person.nationalities, *astuple(person.orders)])


@lru_cache(maxsize=_TERMS_KEPT)
def _opened_terms(stored: str) -> _Terms:
    sex, nationalities, action, caution, handling, colour, review, expires = json.loads(stored)
    return sex, tuple(nationalities), Orders(action, caution, handling, colour, _day(review), _day(expires))


def _json(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=date.isoformat)


def _shared(texts: Iterable[str]) -> tuple[Texts, U32]:
    """Each text once, and for each of the ``texts`` which one it is."""
    places: dict[str, int] = {}
    which = [places.setdefault(text, len(places)) for text in texts]
    return Texts.of(places), private(np.array(which, np.uint32))


def _shared_by_all(parts: Sequence[tuple[Texts, U32]]) -> tuple[Texts, U32]:
    places: dict[str, int] = {}
    numbers = [np.array([places.setdefault(text, len(places)) for text in texts], np.uint32) for texts, _ in parts]
    which = [mine[used] for mine, (_, used) in zip(numbers, parts, strict=True)]
    return Texts.of(places), private(np.concatenate(which))


@lru_cache(maxsize=_BIRTHS_KEPT)
def _opened_births(stored: str) -> tuple[ListedBirth, ...]:
    return tuple(map(_birth, json.loads(stored)))


def _stored(birth: ListedBirth) -> list[Any]:
    return [birth.precision, astuple(birth.first), astuple(birth.last)]


def _birth(stored: list[Any]) -> ListedBirth:
    precision, first, last = stored
    return ListedBirth(Precision(precision), PartialDate(*first), PartialDate(*last))


def _day(stored: str | None) -> date | None:
    return None if stored is None else date.fromisoformat(stored)
