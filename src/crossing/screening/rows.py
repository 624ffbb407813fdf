"""What the indexes read of a list's rows: all that are in use, or what came and went since a version; and what is
made of a row.

Rows come one by one, so that a list of a million takes no more memory than a short one.
"""

from collections.abc import Iterable, Iterator, Set
from typing import Any, Final
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.screening.documents import IndexedDocument
from crossing.screening.lists.contents import NameKind
from crossing.screening.models import DocumentEntry, ListEntry, ListName
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.index import ListedName
from crossing.screening.names.index.columns import batches
from crossing.screening.persons import IndexedPerson, ListedPersons, Orders
from crossing.screening.repository import in_use
from crossing.screening.vehicles import IndexedVehicle

_ROWS_AT_ONCE: Final = 1_000
_LOOKED_UP_AT_ONCE: Final = 10_000


def persons(session: Session, code: str, *, since: int = 0) -> Iterator[sa.Row[Any]]:
    """Who is in use and came after the version ``since``, in a fixed order."""
    columns = (ListEntry.label, ListEntry.births, ListEntry.sex, ListEntry.nationalities, ListEntry.portrait_sha256)
    return _in_use(session, code, ListEntry, since, *columns)


def documents(session: Session, code: str) -> Iterator[sa.Row[Any]]:
    """Every document in use, in a fixed order."""
    columns = (DocumentEntry.entry_id, DocumentEntry.number, DocumentEntry.issuer, DocumentEntry.type)
    return _in_use(session, code, DocumentEntry, 0, *columns, DocumentEntry.reason)


def names(session: Session, code: str, *, since: int = 0) -> Iterator[sa.Row[Any]]:
    """The names of those whom :func:`persons` gives: entry id, kind, surname, given names, births of the person."""
    return _streamed(
        session,
        sa.select(ListName.entry_id, ListName.kind, ListName.surname, ListName.given_names, ListEntry.births)
        .join(ListEntry, ListEntry.id == ListName.entry_id)
        .where(in_use(ListEntry, code), ListEntry.added_in > since)
        .order_by(ListName.id),
    )


def persons_gone(session: Session, code: str, *, since: int) -> Set[UUID]:
    """Who was in use at the version ``since`` and is no more."""
    return set(_gone(session, code, ListEntry, since))


def documents_changed(session: Session, code: str, *, since: int) -> bool:
    """Whether any document came or went after the version ``since``."""
    came = sa.select(DocumentEntry.id).where(in_use(DocumentEntry, code), DocumentEntry.added_in > since)
    return bool(_gone(session, code, DocumentEntry, since)) or session.scalar(came.limit(1)) is not None


def person(row: Any) -> IndexedPerson:
    return IndexedPerson(
        id=row.id,
        reference=row.reference,
        label=row.label,
        births=tuple(ListedBirth.from_json(birth) for birth in row.births),
        sex=row.sex,
        nationalities=tuple(row.nationalities),
        portrait_sha256=row.portrait_sha256,
        orders=orders(row),
    )


def listed_names(found: Iterable[sa.Row[Any]], persons: ListedPersons) -> Iterator[ListedName]:
    """What :func:`names` gives, with the places that its ``persons`` have."""
    for some in batches(found, _LOOKED_UP_AT_ONCE):
        for row, place in zip(some, places(persons, (row.entry_id for row in some)), strict=True):
            births = tuple(map(ListedBirth.from_json, row.births))
            weak, alias = row.kind == NameKind.WEAK_ALIAS, row.kind != NameKind.PRIMARY
            yield ListedName(place, weak, alias, row.surname, row.given_names, births)


def places(persons: ListedPersons, ids: Iterable[UUID]) -> list[int]:
    """The place of each, -1 for who is not in use."""
    found: list[int] = persons.places_of(np.frombuffer(b"".join(one.bytes for one in ids), np.uint8)).tolist()
    return found


def document(row: Any, owner: int | None) -> IndexedDocument:
    return IndexedDocument(row.id, row.reference, row.number, row.issuer, row.type, row.reason, owner)


def orders(row: Any) -> Orders:
    return Orders(row.action, row.caution, row.handling, row.notice_colour, row.review_on, row.expires_on)


def vehicle(row: Any) -> IndexedVehicle:
    return IndexedVehicle(
        row.id, row.reference, row.plate, row.country, row.vin, row.make, row.model, row.colour, row.reason
    )


def _gone(session: Session, code: str, model: Any, since: int) -> list[UUID]:
    left = sa.and_(model.removed_in > since, model.added_in <= since)
    gone = sa.select(model.id).where(model.list_code == code, left, sa.not_(in_use(model, code)))
    return list(session.scalars(gone))


def _in_use(session: Session, code: str, model: Any, since: int, *columns: Any) -> Iterator[sa.Row[Any]]:
    orders = (
        model.action, model.caution, model.handling, model.notice_colour, model.review_on, model.expires_on,
    )  # fmt: skip
    return _streamed(
        session,
        sa.select(model.id, model.reference, *columns, *orders)
        .where(in_use(model, code), model.added_in > since)
        .order_by(model.id),
    )


def _streamed(session: Session, query: sa.Select[*tuple[Any, ...]]) -> Iterator[sa.Row[Any]]:
    return iter(session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)))
