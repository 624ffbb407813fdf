"""Forgetting whom earlier versions of the list had: data of travellers ends with what it is kept for.

What a lane found is in the ledger, which has a hit with its reasons as they were. Of a version its row
stays, with date, counts, digest and signature: each signature is over the one before, and the one in use is verified
as ever.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.screening.errors import ListVersionForgotten
from crossing.screening.lists.formats.ahead import CODE
from crossing.screening.models import DocumentEntry, ListEntry, ListName, ListVersion, WatchList

KEPT: Final = timedelta(days=7)
"""How long after another version took its place it can be told whom a version had."""

MOST_AT_ONCE: Final = 500


def kept_since(session: Session, now: datetime) -> int:
    """The number of the oldest version of which it is still known whom it had; 0 where none was forgotten.

    It was in use within the last days: by when the version after it came, or because none came.
    """
    serving = sa.select(WatchList.serving).where(WatchList.code == CODE).scalar_subquery()
    long_ago = sa.select(sa.func.max(ListVersion.number)).where(
        ListVersion.list_code == CODE, ListVersion.number <= serving, ListVersion.imported_at <= now - KEPT
    )
    return session.scalar(long_ago) or 0


def forget(session: Session, now: datetime) -> int:
    """Delete some of those whom no version has that is still kept; how many."""
    since = kept_since(session, now)
    persons = _gone(session, ListEntry, since)
    documents = _gone(session, DocumentEntry, since)
    session.execute(
        sa.delete(DocumentEntry).where(DocumentEntry.entry_id.in_(persons) | DocumentEntry.id.in_(documents))
    )
    session.execute(sa.delete(ListName).where(ListName.entry_id.in_(persons)))
    session.execute(sa.delete(ListEntry).where(ListEntry.id.in_(persons)))
    return len(persons) + len(documents)


def require_kept(session: Session, code: str, now: datetime, *numbers: int) -> None:
    """Raises ListVersionForgotten where one of these versions can no longer be compared."""
    since = kept_since(session, now) if code == CODE else 0
    for number in numbers:
        if 0 < number < since:
            raise ListVersionForgotten(number=number)


def _gone(session: Session, model: Any, since: int, *which: sa.ColumnElement[bool]) -> list[UUID]:
    gone = sa.select(model.id).where(model.list_code == CODE, model.removed_in <= since, *which)
    return list(session.scalars(gone.limit(MOST_AT_ONCE)))
