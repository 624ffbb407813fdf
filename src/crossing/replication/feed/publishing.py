"""Publishing: the capital's end of the feed, where items get their numbers and signatures, and are forgotten."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.platform.crypto import SigningKey
from crossing.platform.db import Database
from crossing.platform.db.locks import hold_until_commit
from crossing.replication.errors import EventInvalid
from crossing.replication.events import MachineRef
from crossing.replication.feed.items import Item, first_mark, payload_text, require_type
from crossing.replication.feed.models import THE_ONLY, Feed, PublishedItem

_LOCK: Final = "feed"
_MARKS_KEPT: Final = timedelta(days=90)
"""For how long after its end an item's mark is kept: a post that was away longer begins the feed anew."""
_MOST_AT_ONCE: Final = 1000


def publish(  # noqa: PLR0913 - an item has this many parts
    session: Session,
    *,
    signer: SigningKey,
    item_id: UUID,
    type: str,  # noqa: A002 - the item's own word
    version: int,
    payload: Mapping[str, object],
    published_at: datetime,
    expires_at: datetime,
    not_to: MachineRef | None = None,
) -> None:
    """Tell all posts of the country, but the machine ``not_to``, in the caller's transaction.

    From here until that transaction ends no other one publishes: a post that has seen a sequence will never find a
    lower one later. ``item_id`` that was published before changes nothing. ``type`` and ``version`` (from 1) name the
    applier at the posts; ``payload`` is any JSON object of at most 64 KiB. Raises :class:`EventInvalid`.
    """
    require_type(type, version)
    text = payload_text(payload)
    if expires_at <= published_at:
        raise EventInvalid(reason="expiry")
    feed = feed_held(session)
    known = sa.select(PublishedItem.sequence).where(PublishedItem.item_id == item_id)
    if session.scalar(known) is not None:
        return
    item = Item(
        feed_id=feed.feed_id,
        sequence=feed.sequence + 1,
        item_id=item_id,
        type=type,
        version=version,
        payload=text,
        published_at=published_at,
        expires_at=expires_at,
        not_to=not_to,
    )
    feed.sequence, feed.mark = item.sequence, item.mark(feed.mark)
    session.add(_row(item, item.sign(signer), feed.mark))
    session.flush()


def published_to(session: Session, machine: MachineRef, *, item_id: UUID, type: str) -> dict[str, Any] | None:  # noqa: A002
    """What ``machine`` is told under this id; None where nothing of this type was published under it, where that is
    not for this machine, and once it is forgotten."""
    row = session.scalar(sa.select(PublishedItem).where(PublishedItem.item_id == item_id, PublishedItem.type == type))
    if row is None or row.payload is None or (row.not_to_post, row.not_to_machine) == tuple(machine):
        return None
    said: dict[str, Any] = json.loads(row.payload)
    return said


def begin_feed(database: Database) -> None:
    """Make the feed where there is none yet, before anybody asks for it: who reads then never waits for a writer."""
    with database.unit_of_work() as session:
        feed_held(session)


def feed_held(session: Session) -> Feed:
    """The feed, made at its first use, and held: until this transaction ends nobody else publishes."""
    hold_until_commit(session, _LOCK)
    # What this session read before it held the lock may be old by now.
    feed = session.get(Feed, THE_ONLY, populate_existing=True)
    if feed is None:
        feed_id = uuid4()
        feed = Feed(id=THE_ONLY, feed_id=feed_id, sequence=0, mark=first_mark(feed_id))
        session.add(feed)
        session.flush()
    return feed


def forget_expired(session: Session, now: datetime) -> int:
    """Forget what expired items said, and old marks, a bounded number of each; returns how many rows changed."""
    expired = (
        sa.select(PublishedItem.sequence)
        .where(PublishedItem.expires_at <= now, PublishedItem.payload.is_not(None))
        .order_by(PublishedItem.expires_at)
        .limit(_MOST_AT_ONCE)
    )
    emptied = session.execute(
        sa.update(PublishedItem)
        .where(PublishedItem.sequence.in_(expired))
        .values(payload=None)
        .returning(PublishedItem.sequence)
    )
    old = (
        sa.select(PublishedItem.sequence)
        .where(PublishedItem.expires_at <= now - _MARKS_KEPT, PublishedItem.payload.is_(None))
        .order_by(PublishedItem.expires_at)
        .limit(_MOST_AT_ONCE)
    )
    removed = session.execute(
        sa.delete(PublishedItem).where(PublishedItem.sequence.in_(old)).returning(PublishedItem.sequence)
    )
    return len(emptied.all()) + len(removed.all())


def _row(item: Item, signature: bytes, mark: bytes) -> PublishedItem:
    return PublishedItem(
        sequence=item.sequence,
        item_id=item.item_id,
        type=item.type,
        version=item.version,
        payload=item.payload,
        published_at=item.published_at,
        expires_at=item.expires_at,
        not_to_post=item.not_to.post if item.not_to else None,
        not_to_machine=item.not_to.machine if item.not_to else None,
        signature=signature,
        mark=mark,
    )
