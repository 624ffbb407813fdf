"""From the database's rows to a list in memory: whole, or what changed since the version before."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.screening import repository, rows
from crossing.screening.documents import DocumentIndex, IndexedDocument
from crossing.screening.listed import ListIndex
from crossing.screening.lists.formats import FORMATS
from crossing.screening.lists.views import SealState
from crossing.screening.models import ListVersion, WatchList
from crossing.screening.names.index import NameIndex
from crossing.screening.names.index.columns import batches
from crossing.screening.persons import ListedPersons, Orders
from crossing.screening.snapshots import Snapshot
from crossing.screening.vehicles import VehicleIndex

_LOOKED_UP_AT_ONCE: Final = 10_000
_NOBODY: Final = UUID(int=0)

_MOST_CHANGED: Final = 1 / 4
"""A version that shares less with the one before is read whole: nothing is left in memory of who is gone."""


def read_list(
    session: Session, watch_list: WatchList, version: ListVersion, seal: SealState, kept: Snapshot | None = None
) -> ListIndex:
    """A list as the database has it; ``kept`` has its persons and names already. At no moment is there an object for
    everybody."""
    code = watch_list.code
    persons, names = kept or _persons_and_names(session, code)
    documents, orders = _documents(session, code, persons)
    vehicles, vehicle_orders = _vehicles(session, code)
    portraits, missing = persons.count_portraits(), _missing(version)
    return ListIndex(
        code=code,
        name=watch_list.name,
        format=watch_list.format,
        version=version.number,
        as_of=version.as_of,
        max_age_days=watch_list.max_age_days,
        covers=FORMATS[watch_list.format].covers,
        persons=persons,
        names=names,
        documents=documents,
        document_orders=orders,
        vehicles=vehicles,
        vehicle_orders=vehicle_orders,
        waiting=portraits,
        unusable=missing,
        portraits=portraits + missing,
        missing=missing,
        seal=seal,
    )


def never_read(watch_list: WatchList, version: ListVersion) -> ListIndex:
    """What stands for a list that was never read. As version 0 it is no version that it could be taken for."""
    return ListIndex(
        code=watch_list.code,
        name=watch_list.name,
        format=watch_list.format,
        version=0,
        as_of=version.as_of,
        max_age_days=watch_list.max_age_days,
        covers=FORMATS[watch_list.format].covers,
        persons=ListedPersons.of(()),
        names=NameIndex.of(()),
        seal=SealState.CONTENT_DIFFERS,
        waiting=1,
        portraits=1,
    )


def _persons_and_names(session: Session, code: str) -> Snapshot:
    persons = ListedPersons.of(rows.person(row) for row in rows.persons(session, code))
    return Snapshot(persons, NameIndex.of(rows.listed_names(rows.names(session, code), persons)))


def brought_up(
    session: Session, old: ListIndex | None, watch_list: WatchList, version: ListVersion
) -> ListIndex | None:
    """``old`` brought up to ``version``; None where there is none, too little of it would be left, or it is not what
    the version was made from."""
    if old is None or old.seal is not SealState.WHOLE or version.number < old.version:
        return None
    code, since = watch_list.code, old.version
    places = rows.places(old.persons, rows.persons_gone(session, code, since=since))
    if -1 in places:
        return None
    came = [rows.person(row) for row in rows.persons(session, code, since=since)]
    persons = old.persons.changed(places, came)
    if persons.room - len(persons) > _MOST_CHANGED * len(persons):
        return None
    vehicles, vehicle_orders = _vehicles(session, code)
    index = replace(
        old,
        name=watch_list.name,
        format=watch_list.format,
        version=version.number,
        as_of=version.as_of,
        max_age_days=watch_list.max_age_days,
        persons=persons,
        names=old.names.changed(places, rows.listed_names(rows.names(session, code, since=since), persons)),
        vehicles=vehicles,
        vehicle_orders=vehicle_orders,
        faces=None,
        enrolled=frozenset(),
        waiting=persons.count_portraits(),
        unusable=_missing(version),
        portraits=persons.count_portraits() + _missing(version),
        missing=_missing(version),
    )
    if not rows.documents_changed(session, code, since=since):
        return index
    documents, orders = _documents(session, code, persons)
    return replace(index, documents=documents, document_orders=orders)


def _missing(version: ListVersion) -> int:
    return int(version.report.get("portraits_missing", 0))


def _documents(session: Session, code: str, persons: ListedPersons) -> tuple[DocumentIndex, Mapping[UUID, Orders]]:
    known: dict[Orders, Orders] = {}
    orders: dict[UUID, Orders] = {}

    def documents() -> Iterator[IndexedDocument]:
        for some in batches(rows.documents(session, code), _LOOKED_UP_AT_ONCE):
            owners = rows.places(persons, (row.entry_id or _NOBODY for row in some))
            for row, place in zip(some, owners, strict=True):
                its_orders = rows.orders(row)
                # Many have the same: it is kept once.
                orders[row.id] = known.setdefault(its_orders, its_orders)
                yield rows.document(row, None if place < 0 else place)

    return DocumentIndex(documents()), orders


def _vehicles(session: Session, code: str) -> tuple[VehicleIndex, Mapping[UUID, Orders]]:
    listed = list(repository.vehicles_in_use(session, code))
    return VehicleIndex(map(rows.vehicle, listed)), {row.id: rows.orders(row) for row in listed}
