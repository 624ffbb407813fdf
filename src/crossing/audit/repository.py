"""Every query of the audit trail."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from crossing.audit.chain import FIRST, HASHED
from crossing.audit.models import AuditEntry, AuditHead
from crossing.audit.schemas import AuditEntryOut, AuditPage
from crossing.platform.db import Session

_HEAD_ID: Final = UUID(int=1)
_ROWS_AT_ONCE: Final = 1000


class Head(NamedTuple):
    """The chain's last entry: its place, counted from 1, and its hash."""

    sequence: int
    hash: str


def recorded_head(session: Session) -> Head | None:
    """What the head row says, or None where there is no row."""
    row = session.execute(sa.select(AuditHead.sequence, AuditHead.hash).where(AuditHead.id == _HEAD_ID)).first()
    return Head(row.sequence, row.hash) if row else None


def head(session: Session) -> Head:
    """Where to go on. The head row counts before the entries: what was cut off then stays missing for good."""
    return recorded_head(session) or _last_entry(session) or Head(0, FIRST)


def append(session: Session, values: Mapping[str, Any]) -> None:
    session.execute(sa.insert(AuditEntry).values(**values))
    place = {"sequence": values["sequence"], "hash": values["hash"]}
    moved = session.execute(
        sa.update(AuditHead).where(AuditHead.id == _HEAD_ID).values(**place).returning(AuditHead.id)
    ).first()
    if moved is None:
        session.execute(sa.insert(AuditHead).values(id=_HEAD_ID, **place))


def in_order(session: Session) -> Iterator[Mapping[str, Any]]:
    """Every entry from the first on, as a mapping of :data:`HASHED` and ``hash``; a few held in memory at once."""
    columns = [getattr(AuditEntry, name) for name in (*HASHED, "hash")]
    after: int | None = None
    while True:
        query = sa.select(*columns).order_by(AuditEntry.sequence).limit(_ROWS_AT_ONCE)
        rows = session.execute(query if after is None else query.where(AuditEntry.sequence > after)).mappings().all()
        yield from (dict(row) for row in rows)
        if len(rows) < _ROWS_AT_ONCE:
            return
        after = rows[-1]["sequence"]


def page(
    session: Session, *, before: int | None, limit: int, action: str | None, subject_id: str | None
) -> AuditPage:
    query = sa.select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(AuditEntry.sequence < before)
    if action is not None:
        query = query.where(AuditEntry.action == action)
    if subject_id is not None:
        query = query.where(AuditEntry.subject_id == subject_id)
    found = session.scalars(query).all()
    shown = [AuditEntryOut.model_validate(entry) for entry in found[:limit]]
    return AuditPage(entries=shown, next_before=shown[-1].sequence if len(found) > limit else None)


def _last_entry(session: Session) -> Head | None:
    query = sa.select(AuditEntry.sequence, AuditEntry.hash).order_by(AuditEntry.sequence.desc()).limit(1)
    row = session.execute(query).first()
    return Head(row.sequence, row.hash) if row else None
