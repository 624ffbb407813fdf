"""Queries on the travellers whom a post looks for."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.screening.ahead.models import AheadTraveller
from crossing.screening.ahead.schemas import TOMBSTONE_KEPT


def get(session: Session, alert_id: UUID) -> AheadTraveller | None:
    return session.get(AheadTraveller, alert_id, with_for_update=True)


def in_force(session: Session, now: datetime, *, skip: int = 0, limit: int | None = None) -> Sequence[AheadTraveller]:
    """Those who are looked for now, the last told first; at most ``limit`` of them, None for all."""
    rows = sa.select(AheadTraveller).where(AheadTraveller.content.is_not(sa.null()), AheadTraveller.expires_at > now)
    ordered = rows.order_by(AheadTraveller.received_at.desc(), AheadTraveller.alert_id)
    return session.scalars(ordered.offset(skip).limit(limit) if limit is not None else ordered).all()


def count(session: Session, now: datetime) -> int:
    """How many are looked for now."""
    here = sa.and_(AheadTraveller.content.is_not(sa.null()), AheadTraveller.expires_at > now)
    return session.scalar(sa.select(sa.func.count()).select_from(AheadTraveller).where(here)) or 0


def empty(session: Session, alert_id: UUID) -> None:
    """Forget who it was, and that anybody is to be looked for."""
    session.execute(
        sa.update(AheadTraveller)
        .where(AheadTraveller.alert_id == alert_id)
        .values(content=sa.null(), left_at=None)
        .execution_options(synchronize_session="fetch")
    )


def is_any_over(session: Session, now: datetime) -> bool:
    """Whether there is anything for :func:`end` to do."""
    return bool(session.scalar(sa.select(AheadTraveller.alert_id).where(_over(now) | _old(now)).limit(1)))


def end(session: Session, now: datetime) -> int:
    """Empty what is over, and forget what was over long ago; how many were emptied."""
    ended = session.execute(
        sa.update(AheadTraveller)
        .where(_over(now))
        .values(content=sa.null(), left_at=None)
        .returning(AheadTraveller.alert_id)
    ).all()
    session.execute(sa.delete(AheadTraveller).where(_old(now)))
    return len(ended)


def mark_listed(session: Session, ids: Collection[UUID], version: int) -> None:
    """``version`` of the list has these; those that an earlier one had stay with it."""
    these = AheadTraveller.alert_id.in_(ids) & AheadTraveller.listed_in.is_(None)
    session.execute(sa.update(AheadTraveller).where(these).values(listed_in=version))


def to_look_back(session: Session, now: datetime) -> Sequence[AheadTraveller]:
    """Those who are in the list and of whom nobody was asked who had left here before they were."""
    waiting = AheadTraveller.listed_in.is_not(None) & AheadTraveller.looked_back_at.is_(None)
    here = AheadTraveller.content.is_not(sa.null()) & (AheadTraveller.expires_at > now)
    return session.scalars(sa.select(AheadTraveller).where(waiting, here)).all()


def mark_looked_back(session: Session, ids: Collection[UUID], now: datetime) -> None:
    session.execute(sa.update(AheadTraveller).where(AheadTraveller.alert_id.in_(ids)).values(looked_back_at=now))


def _over(now: datetime) -> sa.ColumnElement[bool]:
    return AheadTraveller.content.is_not(sa.null()) & (AheadTraveller.expires_at <= now)


def _old(now: datetime) -> sa.ColumnElement[bool]:
    return AheadTraveller.expires_at <= now - TOMBSTONE_KEPT
