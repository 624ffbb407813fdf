"""What the indexes read of a list's rows: all that are in use, or what came and went since a version.

Rows come one by one, so that a list of a million takes no more memory than a short one.
"""

from collections.abc import Iterator, Set
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.screening.models import DocumentEntry, ListEntry, ListName
from crossing.screening.repository import in_use

_ROWS_AT_ONCE: Final = 1_000


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
