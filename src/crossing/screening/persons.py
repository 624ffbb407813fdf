"""The persons of one list version: kept as columns, and made into an object when one is asked for.

Each has a *place*, which stays theirs while versions follow each other: who comes is added behind, and the place of
who goes is not given to anybody else.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from crossing.documents.dates import PartialDate
from crossing.screening.names.births import ListedBirth, Precision
from crossing.screening.names.index.columns import U32, Bools, Places, Texts, batches, private

_ID: Final = "S16"
_PERSONS_AT_ONCE: Final = 50_000
_TERMS_KEPT: Final = 4_096


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

    def __init__(self, columns: tuple["_Columns", ...]) -> None:
        self._columns = columns
        self._ends = np.cumsum([len(one.ids) for one in columns])
        self.places: Final[Mapping[UUID, int]] = _PersonPlaces(self)

    @classmethod
    def of(cls, persons: Iterable[IndexedPerson]) -> "ListedPersons":
        """The persons may come one by one from wherever they are: as objects they are not kept."""
        pieces = [_Columns.of(some) for some in batches(persons, _PERSONS_AT_ONCE)]
        return cls((_Columns.joined(pieces),))

    def changed(self, gone: Collection[int], persons: Iterable[IndexedPerson]) -> "ListedPersons":
        """Others: without those at the places ``gone``, and with ``persons`` at places of their own."""
        places = np.fromiter(gone, np.intp, len(gone))
        columns = []
        for one, end in zip(self._columns, self._ends.tolist(), strict=True):
            start = end - len(one.ids)
            columns.append(one.without(places[(places >= start) & (places < end)] - start))
        more = ListedPersons.of(persons)._columns
        # The last ones grow with each change; the many before them stay as they are.
        last = [_Columns.joined([*columns[1:], *more])] if len(columns) > 1 else list(more)
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
        number = int(np.searchsorted(self._ends, place, side="right"))
        one = self._columns[number]
        return one.person(place - int(self._ends[number]) + len(one.ids))

    @property
    def room(self) -> int:
        """How many places there are; those of persons who are gone are counted."""
        return int(self._ends[-1])

    def places_of(self, ids: npt.NDArray[Any]) -> Places:
        """The place of each of these ids (n x 16 bytes, or n of type S16); -1 for who is not in use."""
        asked = np.ascontiguousarray(ids).view(_ID).ravel()
        places = np.full(len(asked), -1, np.intp)
        for one, end in zip(self._columns, self._ends.tolist(), strict=True):
            here = one.find(asked)
            places = np.where(here >= 0, here + end - len(one.ids), places)
        return places

    def with_portrait(self) -> Iterator[IndexedPerson]:
        for one in self._columns:
            yield from (one.person(place) for place in np.flatnonzero(one.stays & one.has_portrait).tolist())

    def count_portraits(self) -> int:
        return sum(int(np.count_nonzero(one.stays & one.has_portrait)) for one in self._columns)


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


class _Columns(NamedTuple):
    """Persons by place. ``order`` sorts the ids. ``terms`` are what many have in common; ``term_of`` says whose."""

    ids: npt.NDArray[Any]
    order: U32
    stays: Bools
    has_portrait: Bools
    records: Texts
    terms: Texts
    term_of: U32

    @classmethod
    def of(cls, persons: Collection[IndexedPerson]) -> "_Columns":
        terms: dict[str, int] = {}
        term_of = [terms.setdefault(_terms(person), len(terms)) for person in persons]
        ids = np.frombuffer(b"".join(person.id.bytes for person in persons), _ID)
        return cls(
            ids=private(ids),
            order=_order(ids),
            stays=np.ones(len(ids), bool),
            has_portrait=np.array([person.portrait_sha256 is not None for person in persons], bool),
            records=Texts.of(_record(person) for person in persons),
            terms=Texts.of(terms),
            term_of=private(np.array(term_of, np.uint32)),
        )

    @classmethod
    def joined(cls, parts: Collection["_Columns"]) -> "_Columns":
        if len(parts) == 1:
            [one] = parts
            return one
        ids = np.concatenate([one.ids for one in parts])
        every = [np.arange(len(one.ids)) for one in parts]
        terms: dict[str, int] = {}
        numbers = [[terms.setdefault(text, len(terms)) for text in one.terms] for one in parts]
        of_parts = [np.array(mine, np.uint32)[one.term_of] for mine, one in zip(numbers, parts, strict=True)]
        return cls(
            ids=private(ids),
            order=_order(ids),
            stays=np.concatenate([one.stays for one in parts]),
            has_portrait=np.concatenate([one.has_portrait for one in parts]),
            records=Texts.joined([(one.records, places) for one, places in zip(parts, every, strict=True)]),
            terms=Texts.of(terms),
            term_of=private(np.concatenate(of_parts)),
        )

    def without(self, places: Places) -> "_Columns":
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
        reference, label, births, portrait = json.loads(self.records[place])
        sex, nationalities, orders = _opened_terms(self.terms[int(self.term_of[place])])
        return IndexedPerson(
            # Not the element itself, of which numpy cuts zeros at the end.
            id=UUID(bytes=self.ids[place : place + 1].tobytes()),
            reference=reference,
            label=label,
            births=tuple(map(_birth, births)),
            sex=sex,
            nationalities=nationalities,
            portrait_sha256=portrait,
            orders=orders,
        )


def _order(ids: npt.NDArray[Any]) -> U32:
    order: U32 = private(np.argsort(ids, kind="stable").astype(np.uint32))
    return order


def _record(person: IndexedPerson) -> str:
    births = [[birth.precision, astuple(birth.first), astuple(birth.last)] for birth in person.births]
    return _json([person.reference, person.label, births, person.portrait_sha256])


def _terms(person: IndexedPerson) -> str:
    return _json([person.sex, person.nationalities, *astuple(person.orders)])


@lru_cache(maxsize=_TERMS_KEPT)
def _opened_terms(stored: str) -> tuple[str, tuple[str, ...], Orders]:
    sex, nationalities, action, caution, handling, colour, review, expires = json.loads(stored)
    return sex, tuple(nationalities), Orders(action, caution, handling, colour, _day(review), _day(expires))


def _json(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=date.isoformat)


def _birth(stored: list[Any]) -> ListedBirth:
    precision, first, last = stored
    return ListedBirth(Precision(precision), PartialDate(*first), PartialDate(*last))


def _day(stored: str | None) -> date | None:
    return None if stored is None else date.fromisoformat(stored)
