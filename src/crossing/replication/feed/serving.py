"""Serving: which items one machine gets, and whether its place in the feed is one that this feed has ever had."""

from collections.abc import Sequence
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
from crossing.replication.feed.items import Item, first_mark
from crossing.replication.feed.models import THE_ONLY, Feed, PublishedItem
from crossing.replication.feed.pages import MOST_PAYLOAD_BYTES, Page, Place, Position, Question, pack
from crossing.replication.feed.publishing import feed_held
from crossing.replication.inbox import MachineKeys

_SIZE: Final = sa.func.octet_length(PublishedItem.payload)


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
            items=tuple((_item(feed.feed_id, row), row.signature) for row in rows),
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
    """The items of a page, and whether there are more after them."""
    not_for_it = sa.and_(
        PublishedItem.not_to_post.is_not_distinct_from(question.of.post),
        PublishedItem.not_to_machine.is_not_distinct_from(question.of.machine),
    )
    sizes = session.execute(
        sa.select(PublishedItem.sequence, _SIZE)
        .where(
            PublishedItem.sequence > start,
            PublishedItem.sequence <= head,
            PublishedItem.expires_at > now,
            PublishedItem.payload.is_not(None),
            ~not_for_it,
        )
        .order_by(PublishedItem.sequence)
        .limit(question.limit + 1)
    ).all()
    wanted = _that_fit([(row[0], row[1]) for row in sizes[: question.limit]])
    rows = session.scalars(
        sa.select(PublishedItem).where(PublishedItem.sequence.in_(wanted)).order_by(PublishedItem.sequence)
    ).all()
    return rows, len(wanted) < len(sizes)


def _that_fit(sizes: Sequence[tuple[int, int]]) -> list[int]:
    """The first sequences whose payloads fit into one page together."""
    fitting: list[int] = []
    room = MOST_PAYLOAD_BYTES
    for sequence, size in sizes:
        room -= size
        if room < 0:
            break
        fitting.append(sequence)
    return fitting


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
