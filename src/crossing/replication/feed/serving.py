"""Serving: which items one machine gets, and whether its place in the feed is one that this feed has ever had."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.platform.crypto import SigningKey
from crossing.platform.logs import log
from crossing.replication.errors import MachineRevoked, NotThisMachine
from crossing.replication.events import MachineRef
from crossing.replication.feed.items import MAX_PAYLOAD_BYTES, Item, can_travel, first_mark
from crossing.replication.feed.models import THE_ONLY, Feed, PublishedItem
from crossing.replication.feed.pages import MOST_PAYLOAD_BYTES, Page, Place, Position, Question, pack
from crossing.replication.feed.publishing import feed_held
from crossing.replication.inbox import MachineKeys

_SIZE: Final = sa.func.least(sa.func.octet_length(PublishedItem.payload), MAX_PAYLOAD_BYTES)


class FeedService:
    """The capital's end of the feed. ``signer`` signs answers; posts got its public key when they enrolled."""

    def __init__(self, *, machines: MachineKeys, signer: SigningKey, clock: Clock) -> None:
        self._machines = machines
        self._signer = signer
        self._clock = clock

    def machine(self, session: Session, caller: UUID) -> MachineRef:
        """The enrolled machine that calls. Raises :class:`MachineRevoked` or :class:`NotThisMachine`."""
        machine = self._machines.find(session, caller)
        if machine is None:
            raise NotThisMachine
        if machine.revoked:
            raise MachineRevoked
        return machine.ref

    def answer(self, session: Session, question: Question) -> tuple[bytes, bytes]:
        """A packed page, and the signature under it as the answer to this question."""
        packed = pack(self._page(session, question))
        return packed, question.sign(packed, self._signer)

    def _page(self, session: Session, question: Question) -> Page:
        # Read before the items: whatever is up to its sequence was committed before it.
        feed = session.get(Feed, THE_ONLY) or feed_held(session)
        place = _place(session, feed, question.since)
        if place is Place.DIVERGED:
            log.warning("replication.feed_diverged", post=question.of.post, machine=question.of.machine)
        start = question.after if place is Place.KNOWN else 0
        now = self._clock.now()
        rows, more = _rows(session, question, start=start, head=feed.sequence, now=now)
        sequence, mark = (rows[-1].sequence, rows[-1].mark) if more else (feed.sequence, feed.mark)
        return Page(
            place=place,
            start=start,
            items=tuple(_sent(feed.feed_id, rows)),
            end=Position(feed.feed_id, sequence, mark),
            head=feed.sequence,
            answered_at=now,
        )


def _place(session: Session, feed: Feed, since: Position | None) -> Place:
    if since is None:
        return Place.KNOWN
    if since.feed_id != feed.feed_id or since.sequence > feed.sequence:
        return Place.DIVERGED
    if since.sequence == feed.sequence:
        return Place.KNOWN if since.mark == feed.mark else Place.DIVERGED
    if since.sequence == 0:
        return Place.KNOWN if since.mark == first_mark(feed.feed_id) else Place.DIVERGED
    mark = session.scalar(sa.select(PublishedItem.mark).where(PublishedItem.sequence == since.sequence))
    if mark is None:
        return Place.AGED
    return Place.KNOWN if mark == since.mark else Place.DIVERGED


def _rows(
    session: Session, question: Question, *, start: int, head: int, now: datetime
) -> tuple[Sequence[PublishedItem], bool]:
    """The items of a page, and whether there are more after them. One statement: what expires meanwhile is forgotten,
    and an item is here with what it said, or not at all."""
    not_for_it = sa.and_(
        PublishedItem.not_to_post.is_not_distinct_from(question.of.post),
        PublishedItem.not_to_machine.is_not_distinct_from(question.of.machine),
    )
    next_ones = (
        sa.select(PublishedItem.sequence, _SIZE.label("size"))
        .where(
            PublishedItem.sequence > start,
            PublishedItem.sequence <= head,
            PublishedItem.expires_at > now,
            PublishedItem.payload.is_not(None),
            ~not_for_it,
        )
        .order_by(PublishedItem.sequence)
        .limit(question.limit + 1)
        .subquery()
    )
    summed = sa.select(
        next_ones.c.sequence,
        sa.func.sum(next_ones.c.size).over(order_by=next_ones.c.sequence).label("size"),
        sa.func.count().over().label("there"),
    ).subquery()
    rows = session.execute(
        sa.select(PublishedItem, summed.c.there)
        .join(summed, summed.c.sequence == PublishedItem.sequence)
        .where(summed.c.size <= MOST_PAYLOAD_BYTES)
        .order_by(PublishedItem.sequence)
        .limit(question.limit)
    ).all()
    return [row[0] for row in rows], bool(rows) and len(rows) < rows[0].there


def _sent(feed_id: UUID, rows: Sequence[PublishedItem]) -> Iterator[tuple[Item, bytes]]:
    """A row that somebody changed until it is no item any more is left out, and stops nobody. One that still looks
    like an item is sent, and the post finds that nobody signed it."""
    for row in rows:
        item = _item(feed_id, row)
        if can_travel(item, row.signature):
            yield item, row.signature
        else:
            log.error("replication.feed_item_broken", sequence=row.sequence)


def _item(feed_id: UUID, row: PublishedItem) -> Item:
    not_to = None
    if row.not_to_post is not None and row.not_to_machine is not None:
        not_to = MachineRef(row.not_to_post, row.not_to_machine)
    return Item(
        feed_id=feed_id,
        sequence=row.sequence,
        item_id=row.item_id,
        type=row.type,
        version=row.version,
        payload=row.payload or "",
        published_at=row.published_at,
        expires_at=row.expires_at,
        not_to=not_to,
    )
