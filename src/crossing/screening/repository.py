"""Every query of the room on lists. Checks are queried in ``ledger.py``, rechecks in ``rechecks.py``."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.screening.models import DocumentEntry, ListEntry, ListName, ListVersion, WatchList

_ROWS_AT_ONCE = 500


class Served(NamedTuple):
    """A row of the version in use: its id, and the fingerprint of what the list says."""

    id: UUID
    fingerprint: str


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


def served_persons(session: Session, code: str) -> dict[str, Served]:
    """The persons in use, by reference."""
    return _served(session, ListEntry, code, ListEntry.removed_in.is_(None))


def served_documents(session: Session, code: str) -> dict[str, Served]:
    """The documents in use that belong to no listed person, by reference."""
    return _served(
        session, DocumentEntry, code, DocumentEntry.removed_in.is_(None) & DocumentEntry.entry_id.is_(None)
    )


def insert(session: Session, model: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(sa.insert(model), rows)


def take_out_persons(session: Session, ids: Iterable[UUID], version_number: int) -> None:
    """Mark persons, and the documents that belong to them, as gone from ``version_number`` on."""
    for some in _batches(ids):
        session.execute(sa.update(ListEntry).where(ListEntry.id.in_(some)).values(removed_in=version_number))
        session.execute(
            sa.update(DocumentEntry)
            .where(DocumentEntry.entry_id.in_(some), DocumentEntry.removed_in.is_(None))
            .values(removed_in=version_number)
        )


def take_out_documents(session: Session, ids: Iterable[UUID], version_number: int) -> None:
    for some in _batches(ids):
        session.execute(sa.update(DocumentEntry).where(DocumentEntry.id.in_(some)).values(removed_in=version_number))


def persons_in_use(session: Session, code: str) -> Iterator[sa.Row[Any]]:
    """What the index needs of each person, in a fixed order."""
    return _in_use(session, code, ListEntry, ListEntry.label, ListEntry.births, ListEntry.sex,
                   ListEntry.nationalities, ListEntry.portrait_sha256)  # fmt: skip


def documents_in_use(session: Session, code: str) -> Iterator[sa.Row[Any]]:
    """What the index needs of each document, in a fixed order."""
    return _in_use(session, code, DocumentEntry, DocumentEntry.entry_id, DocumentEntry.number, DocumentEntry.issuer,
                   DocumentEntry.type, DocumentEntry.reason)  # fmt: skip


def names_in_use(session: Session, code: str) -> Iterator[sa.Row[Any]]:
    """Entry id, kind, surname and given names, in a fixed order."""
    return iter(
        session.execute(
            sa.select(ListName.entry_id, ListName.kind, ListName.surname, ListName.given_names)
            .join(ListEntry, ListEntry.id == ListName.entry_id)
            .where(ListEntry.list_code == code, ListEntry.removed_in.is_(None))
            .order_by(ListName.id)
        )
    )


def portraits_in_use(session: Session) -> Iterator[tuple[UUID, str]]:
    """Each person in use who has a portrait, with its SHA-256."""
    rows = session.execute(
        sa.select(ListEntry.id, ListEntry.portrait_sha256)
        .where(ListEntry.removed_in.is_(None), ListEntry.portrait_sha256.is_not(None))
        .order_by(ListEntry.id)
        .execution_options(yield_per=1000)
    )
    return ((row.id, row.portrait_sha256) for row in rows)


def persons_with_portrait(session: Session) -> dict[str, set[UUID]]:
    """The persons in use who have a portrait, by the code of their list."""
    rows = session.execute(
        sa.select(ListEntry.list_code, ListEntry.id).where(
            ListEntry.removed_in.is_(None), ListEntry.portrait_sha256.is_not(None)
        )
    )
    persons: dict[str, set[UUID]] = {}
    for row in rows:
        persons.setdefault(row.list_code, set()).add(row.id)
    return persons


def portrait_in_use(session: Session, entry_id: UUID) -> str | None:
    """The SHA-256 of a person's portrait; None where the person has none, or is in use no more."""
    return session.scalar(
        sa.select(ListEntry.portrait_sha256).where(ListEntry.id == entry_id, ListEntry.removed_in.is_(None))
    )


def _in_use(session: Session, code: str, model: Any, *columns: Any) -> Iterator[sa.Row[Any]]:
    orders = (
        model.action, model.caution, model.handling, model.notice_colour, model.review_on, model.expires_on,
    )  # fmt: skip
    return iter(
        session.execute(
            sa.select(model.id, model.reference, *columns, *orders)
            .where(model.list_code == code, model.removed_in.is_(None))
            .order_by(model.id)
        )
    )


def _served(session: Session, model: Any, code: str, in_use: sa.ColumnElement[bool]) -> dict[str, Served]:
    rows = session.execute(
        sa.select(model.reference, model.id, model.fingerprint).where(model.list_code == code, in_use)
    )
    return {reference: Served(row_id, fingerprint) for reference, row_id, fingerprint in rows}


def _batches(ids: Iterable[UUID]) -> Iterator[tuple[UUID, ...]]:
    rest = list(ids)
    for start in range(0, len(rest), _ROWS_AT_ONCE):
        yield tuple(rest[start : start + _ROWS_AT_ONCE])
