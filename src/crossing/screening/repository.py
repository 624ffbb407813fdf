"""Queries of the room on lists. What an import writes is in ``lists/staging.py``, checks are queried in
``ledger.py``, rechecks in ``rechecks.py``.

Of a list's rows those are in use that :func:`in_use` says: an import writes its rows, and marks those that go, under
a number above the one that is served, until it is whole.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.screening.models import DocumentEntry, ListEntry, ListVersion, VehicleEntry, WatchList


class Served(NamedTuple):
    """A row of the version in use: its id, and the fingerprint of what the list says."""

    id: UUID
    fingerprint: str


class ServedPortrait(NamedTuple):
    """The file name by which the list names it, None where that was not kept, and the SHA-256 of the picture."""

    file: str | None
    sha256: str


def get_list(session: Session, code: str) -> WatchList | None:
    return session.get(WatchList, code)


def lists(session: Session) -> list[tuple[WatchList, ListVersion | None]]:
    """Every list with the version in use, by code."""
    in_use = sa.and_(ListVersion.list_code == WatchList.code, ListVersion.number == WatchList.serving)
    rows = session.execute(sa.select(WatchList, ListVersion).outerjoin(ListVersion, in_use).order_by(WatchList.code))
    return [(row[0], row[1]) for row in rows]


def version(session: Session, code: str, number: int) -> ListVersion | None:
    return session.scalar(sa.select(ListVersion).where(ListVersion.list_code == code, ListVersion.number == number))


def last_number(session: Session, code: str) -> int:
    """The number of the latest version, 0 before the first."""
    return session.scalar(sa.select(sa.func.max(ListVersion.number)).where(ListVersion.list_code == code)) or 0


def in_use(model: Any, code: str) -> sa.ColumnElement[bool]:
    """The rows of ``model`` (persons, documents, vehicles) that the version in use of one list has."""
    serving = sa.select(WatchList.serving).where(WatchList.code == code).scalar_subquery()
    return sa.and_(model.list_code == code, at_version(model, serving))


def at_version(model: Any, number: Any) -> sa.ColumnElement[bool]:
    """The rows that a version has: those that came with it or before, and went later if at all."""
    return sa.and_(model.added_in <= number, sa.or_(model.removed_in.is_(None), model.removed_in > number))


def served_persons(session: Session, code: str) -> dict[str, Served]:
    """The persons in use, by reference."""
    return _served(session, ListEntry, in_use(ListEntry, code))


def served_portraits(session: Session, code: str) -> dict[str, ServedPortrait]:
    """The portraits of the persons in use, by the reference of the person."""
    rows = session.execute(
        sa.select(ListEntry.reference, ListEntry.portrait_file, ListEntry.portrait_sha256).where(
            in_use(ListEntry, code), ListEntry.portrait_sha256.is_not(None)
        )
    )
    return {reference: ServedPortrait(file, sha256 or "") for reference, file, sha256 in rows}


def served_documents(session: Session, code: str) -> dict[str, Served]:
    """The documents in use that belong to no listed person, by reference."""
    return _served(session, DocumentEntry, in_use(DocumentEntry, code) & DocumentEntry.entry_id.is_(None))


def served_vehicles(session: Session, code: str) -> dict[str, Served]:
    """The vehicles in use, by reference."""
    return _served(session, VehicleEntry, in_use(VehicleEntry, code))


def count_in_use(session: Session, code: str) -> int:
    """How many entries the version in use has; documents of listed persons are not counted by themselves."""
    counted = (
        sa.select(sa.func.count()).select_from(model).where(in_use(model, code), *also)
        for model, also in (
            (ListEntry, ()),
            (DocumentEntry, (DocumentEntry.entry_id.is_(None),)),
            (VehicleEntry, ()),
        )
    )
    return sum(session.scalar(one) or 0 for one in counted)


def vehicles_in_use(session: Session, code: str) -> Iterator[sa.Row[Any]]:
    """What an index needs of each vehicle, in a fixed order."""
    return _in_use(session, code, VehicleEntry, VehicleEntry.plate, VehicleEntry.plate_key, VehicleEntry.country,
                   VehicleEntry.vin, VehicleEntry.make, VehicleEntry.model, VehicleEntry.colour,
                   VehicleEntry.reason)  # fmt: skip


def portraits_in_use(session: Session) -> Iterator[tuple[UUID, str]]:
    """Each person in use who has a portrait, with its SHA-256."""
    rows = session.execute(
        sa.select(ListEntry.id, ListEntry.portrait_sha256)
        .join(WatchList, WatchList.code == ListEntry.list_code)
        .where(at_version(ListEntry, WatchList.serving), ListEntry.portrait_sha256.is_not(None))
        .order_by(ListEntry.id)
        .execution_options(yield_per=1000)
    )
    return ((row.id, row.portrait_sha256) for row in rows)


def persons_with_portrait(session: Session) -> dict[str, set[UUID]]:
    """The persons in use who have a portrait, by the code of their list."""
    rows = session.execute(
        sa.select(ListEntry.list_code, ListEntry.id)
        .join(WatchList, WatchList.code == ListEntry.list_code)
        .where(at_version(ListEntry, WatchList.serving), ListEntry.portrait_sha256.is_not(None))
    )
    persons: dict[str, set[UUID]] = {}
    for row in rows:
        persons.setdefault(row.list_code, set()).add(row.id)
    return persons


def is_listed_portrait(session: Session, code: str, sha256: str) -> bool:
    """Whether a person in use on this list has this portrait."""
    return bool(
        session.scalar(
            sa.select(ListEntry.id).where(in_use(ListEntry, code), ListEntry.portrait_sha256 == sha256).limit(1)
        )
    )


def portrait_in_use(session: Session, entry_id: UUID) -> str | None:
    """The SHA-256 of a person's portrait; None where the person has none, or is in use no more."""
    return session.scalar(
        sa.select(ListEntry.portrait_sha256)
        .join(WatchList, WatchList.code == ListEntry.list_code)
        .where(ListEntry.id == entry_id, at_version(ListEntry, WatchList.serving))
    )


def _in_use(session: Session, code: str, model: Any, *columns: Any) -> Iterator[sa.Row[Any]]:
    orders = (
        model.action, model.caution, model.handling, model.notice_colour, model.review_on, model.expires_on,
    )  # fmt: skip
    return iter(
        session.execute(
            sa.select(model.id, model.reference, *columns, *orders).where(in_use(model, code)).order_by(model.id)
        )
    )


def _served(session: Session, model: Any, which: sa.ColumnElement[bool]) -> dict[str, Served]:
    rows = session.execute(sa.select(model.reference, model.id, model.fingerprint).where(which))
    return {reference: Served(row_id, fingerprint) for reference, row_id, fingerprint in rows}
