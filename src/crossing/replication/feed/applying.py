"""What a post does with a page: items and cursor in one transaction, and what cannot be applied put aside."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crossing.platform.errors import DomainError
from crossing.platform.logs import log
from crossing.replication.feed.appliers import FeedAppliers
from crossing.replication.feed.items import Item, for_applier
from crossing.replication.feed.models import THE_ONLY, AsideItem, FeedCursor
from crossing.replication.feed.pages import Page, Place, Position

UNKNOWN_TYPE: Final = "unknown_type"
BAD_SIGNATURE: Final = "bad_signature"
MOST_ASIDE: Final = 10_000
_AT_ONCE: Final = 100
_PULLED_NOTED_EVERY: Final = timedelta(minutes=5)
"""A pull that brings nothing is written down this often only: each write wears the disk."""


@dataclass(frozen=True, slots=True)
class CursorState:
    """How far this post has come, and when it last had everything; ``diverged_at`` as in the table."""

    position: Position | None = None
    pulled_at: datetime | None = None
    diverged_at: datetime | None = None


def cursor_state(session: Session) -> CursorState:
    row = session.get(FeedCursor, THE_ONLY)
    if row is None:
        return CursorState()
    return CursorState(Position(row.feed_id, row.sequence, row.mark), row.pulled_at, row.diverged_at)


def is_news(page: Page, known: CursorState, now: datetime) -> bool:
    """Whether a page must be written down at all."""
    if page.items or page.place is Place.DIVERGED or page.end != known.position or known.pulled_at is None:
        return True
    return abs(now - known.pulled_at) >= _PULLED_NOTED_EVERY


def take_in(session: Session, appliers: FeedAppliers, page: Page, *, capital_key: bytes, now: datetime) -> None:
    """Apply a page and move the cursor over it. An item that cannot be applied is put aside and stops nothing.

    What has expired is passed over, by the capital's clock: a post's own may be wrong. ``now`` is the post's, by
    which an item's end is kept from here on: as far from now as the capital meant.
    """
    put_aside = False
    for item, signature in page.items:
        if item.expires_at <= page.answered_at:
            continue
        here = replace(item, expires_at=_by_own_clock(item.expires_at, page, now))
        reason = _apply(session, appliers, here) if item.holds(signature, capital_key) else BAD_SIGNATURE
        if reason is None:
            _take_back(session, item.item_id)
        else:
            _put_aside(session, here, reason, now)
            put_aside = True
    if put_aside:
        _keep_within_bounds(session)
    _move(session, page, now)


def retry_aside(
    session: Session, appliers: FeedAppliers, *, now: datetime, after: tuple[int, UUID] | None
) -> tuple[int, tuple[int, UUID] | None]:
    """Try some items that were put aside, after ``after``; how many were applied, and where to go on (None: the end).

    Expired ones go. One that the capital had not signed is never tried.
    """
    session.execute(sa.delete(AsideItem).where(AsideItem.expires_at <= now))
    place = sa.tuple_(AsideItem.sequence, AsideItem.item_id)
    query = sa.select(AsideItem).where(AsideItem.reason != BAD_SIGNATURE)
    if after is not None:
        query = query.where(place > sa.tuple_(sa.literal(after[0]), sa.literal(after[1], AsideItem.item_id.type)))
    rows = session.scalars(query.order_by(AsideItem.sequence, AsideItem.item_id).limit(_AT_ONCE)).all()
    applied = 0
    for row in rows:
        reason = _apply(session, appliers, row)
        if reason is None:
            session.delete(row)
            applied += 1
        else:
            row.reason, row.attempts = reason, row.attempts + 1
    return applied, (rows[-1].sequence, rows[-1].item_id) if len(rows) == _AT_ONCE else None


def count_aside(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(AsideItem)) or 0


def is_any_aside(session: Session, type: str, now: datetime) -> bool:  # noqa: A002 - the item's own word
    """Whether something of this type, in whatever version, is in force and could not be applied here."""
    aside = sa.select(AsideItem.item_id).where(AsideItem.type == type, AsideItem.expires_at > now)
    return session.scalar(aside.limit(1)) is not None


def _apply(session: Session, appliers: FeedAppliers, item: Item | AsideItem) -> str | None:
    """Apply one item in a savepoint of its own; None, or the reason for which nothing of it was applied."""
    applier = appliers.find(item.type, item.version)
    if applier is None:
        return UNKNOWN_TYPE
    try:
        with session.begin_nested():
            applier(session, for_applier(item))
            session.flush()
    except Exception as failure:
        if isinstance(failure, DBAPIError) and failure.connection_invalidated:
            raise
        # A code, never the error's text: that may hold a person's data.
        code = failure.code if isinstance(failure, DomainError) else type(failure).__name__
        log.error("replication.feed_applier", item_type=item.type, item_version=item.version, error=code)
        return f"applier_failed:{code}"[:100]
    return None


def _by_own_clock(end: datetime, page: Page, now: datetime) -> datetime:
    try:
        return now + (end - page.answered_at)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _take_back(session: Session, item_id: UUID) -> None:
    session.execute(sa.delete(AsideItem).where(AsideItem.item_id == item_id))


def _put_aside(session: Session, item: Item, reason: str, now: datetime) -> None:
    """What nobody signed must not take the place of what the capital did."""
    known = session.get(AsideItem, item.item_id)
    if known is not None and reason == BAD_SIGNATURE:
        return
    if known is not None:
        session.delete(known)
        session.flush()
    session.add(
        AsideItem(
            item_id=item.item_id,
            sequence=item.sequence,
            type=item.type,
            version=item.version,
            payload=item.payload,
            published_at=item.published_at,
            expires_at=item.expires_at,
            reason=reason,
            attempts=known.attempts + 1 if known else 1,
            since=known.since if known else now,
        )
    )
    log.warning("replication.feed_aside", reason=reason, item_type=item.type, sequence=item.sequence)


def _keep_within_bounds(session: Session) -> None:
    """The oldest go first: they are the nearest to their end."""
    session.flush()
    surplus = count_aside(session) - MOST_ASIDE
    if surplus > 0:
        oldest = sa.select(AsideItem.item_id).order_by(AsideItem.since, AsideItem.sequence).limit(surplus)
        session.execute(sa.delete(AsideItem).where(AsideItem.item_id.in_(oldest)))
        log.error("replication.feed_aside_full", dropped=surplus)


def _move(session: Session, page: Page, now: datetime) -> None:
    row = session.get(FeedCursor, THE_ONLY)
    if row is None:
        row = FeedCursor(id=THE_ONLY)
        session.add(row)
    row.feed_id, row.sequence, row.mark = page.end.feed_id, page.end.sequence, page.end.mark
    if page.end.sequence == page.head:
        row.pulled_at = now
    if page.place is Place.DIVERGED:
        row.diverged_at = now
